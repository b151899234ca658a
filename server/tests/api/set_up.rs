//! Setting up an authenticator app during the first log-in.

use crate::app::ADA;
use crate::on_both_databases;

on_both_databases! {
    async fn the_first_log_in_sets_up_a_factor_and_later_ones_ask_for_its_code(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let answer = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "set_up");
        let key = answer["security_key"].as_str().unwrap();
        assert_eq!(browser.confirm(&app.code(key)).await.expect(200).step(), "signed_in");
        app.advance(30);
        let mut later = app.browser();
        assert_eq!(later.sign_in(ADA).await.expect(200).step(), "code");
        assert_eq!(later.code(&app.code(key)).await.expect(200).step(), "signed_in");
        assert_eq!(later.step().await, "signed_in");
    }
}
