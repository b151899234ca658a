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

    async fn c34_c36_a_used_code_is_refused_however_it_is_written(app) {
        let key = app.add_user_with_factor(ADA).await;
        let (code, mut browser) = (app.code(&key), app.browser());
        browser.sign_in(ADA).await.expect(200);
        browser.code(&code).await.expect(200);
        let mut other = app.browser();
        other.sign_in(ADA).await.expect(200);
        for text in [code.clone(), format!("{code} "), format!("{} {}", &code[..3], &code[3..])] {
            other.code(&text).await.expect_error(401, "invalid_code");
        }
        assert_eq!(app.texts("select result from login_history where result = 'replayed'").await.len(), 3);
    }

    async fn c45_r11_wrong_codes_cost_waits_and_the_right_one_is_refused_meanwhile(app) {
        let key = app.add_user_with_factor(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        for _ in 0..5 {
            browser.code(&app.wrong_code(&key)).await.expect_error(401, "invalid_code");
        }
        let refused = browser.code(&app.code(&key)).await.expect_error(429, "throttled");
        assert_eq!(refused.header("retry-after"), "15");
        app.advance(15);
        browser.code(&app.code(&key)).await.expect(200);
    }

    async fn r28_a_request_from_another_site_is_refused(app) {
        app.add_user("Acme", ADA).await;
        let mut foreign = app.browser().with_header("sec-fetch-site", "cross-site");
        foreign.sign_in(ADA).await.expect_error(403, "forbidden");
    }
}
