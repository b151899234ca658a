//! The one-time code of a later log-in.

use futures::future::join_all;

use crate::app::ADA;
use crate::on_both_databases;

on_both_databases! {
    async fn c35_of_50_parallel_requests_with_one_right_code_exactly_one_gets_in(app) {
        let key = app.add_user_with_factor(ADA).await;
        let mut browsers: Vec<_> = (0..50).map(|_| app.browser()).collect();
        for browser in &mut browsers {
            assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "code");
        }
        let code = app.code(&key);
        let answers = join_all(browsers.iter_mut().map(|browser| browser.code(&code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(app.count("select count(*) from sessions where authenticated_at is not null").await, 2);
    }
}
