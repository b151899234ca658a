//! Alarms: what is reported to a user by mail and in the record, when, and what the link *This was not me* does.

use futures::future::join_all;
use postern::config::SmtpUrl;
use postern::mail::delivery::deliver_due;
use postern_testkit::{ADA, Browser, MailServer, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

const NEW: &str = "quiet harbour lamp anchor";
pub(crate) const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";

/// A node that sends mails.
pub(crate) async fn with_mail(portal: &Portal, server: &MailServer) -> Portal {
    let url = format!("smtp://localhost:{}", server.port);
    portal.node_with(|config| config.mail.url = SmtpUrl::parse(&url).unwrap()).await
}

/// How many mails of a kind wait, with those in whose place they are sent.
pub(crate) async fn mails(portal: &Portal, kind: &str) -> i64 {
    portal
        .database
        .count(&format!("select cast(coalesce(sum(1 + joined), 0) as bigint) from outbox where kind = '{kind}'"))
        .await
}

pub(crate) async fn events(portal: &Portal, what: &str) -> i64 {
    portal.database.count(&format!("select count(*) from events where what = '{what}'")).await
}

/// A browser at this address in which the user with the secret of RFC 6238 is logged in. A later code is used.
pub(crate) async fn logged_in(portal: &Portal, browser: Browser, address: &str) -> Browser {
    portal.advance(30);
    let mut browser = browser.at(address);
    assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "code");
    browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    browser
}

/// Ada with a second factor, and the browser of her first log-in.
pub(crate) async fn known(portal: &Portal) -> Browser {
    portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
    logged_in(portal, portal.browser(), "198.51.100.7").await
}

/// The one-time link of the latest mail to Ada.
fn token(server: &MailServer) -> String {
    let mail = server.mails().pop().unwrap();
    let link = mail.lines().find(|line| line.starts_with("http")).unwrap_or_else(|| panic!("no link: {mail}"));
    link.split_once("/console/link#").unwrap().1.to_owned()
}

on_both_databases! {
    async fn the_first_log_in_and_the_same_browser_in_the_same_region_raise_no_alarm(portal) {
        let browser = known(portal).await;
        let browser = logged_in(portal, browser, "198.51.100.8").await;
        logged_in(portal, browser, "198.51.7.7").await;
        assert_eq!((mails(portal, "unfamiliar_sign_in").await, events(portal, "unfamiliar_sign_in").await), (0, 0));
    }

    async fn a_log_in_from_an_unknown_browser_is_reported_with_time_address_and_browser(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        let thief = portal.browser().with_header("user-agent", FIREFOX);
        logged_in(portal, thief, "198.51.100.9").await;
        assert_eq!(events(portal, "unfamiliar_sign_in").await, 1);
        deliver_due(&node.state).await.unwrap();
        let mail = server.mails().pop().unwrap();
        for part in ["Subject: New log-in to Postern", "2023-11-14 at 22:14 UTC", "from 198.51.100.9, with Firefox on Linux"] {
            assert!(mail.contains(part), "{part}: {mail}");
        }
    }

    async fn nothing_that_a_browser_says_of_itself_is_repeated_in_a_mail(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        let thief = portal.browser().with_header("user-agent", "Call +1 555 0100 <b>now</b> https://evil.example");
        logged_in(portal, thief, "198.51.100.9").await;
        deliver_due(&node.state).await.unwrap();
        let mail = server.mails().pop().unwrap();
        assert!(mail.contains("with an unknown browser"), "{mail}");
        assert!(!mail.contains("555 0100") && !mail.contains("evil.example"), "{mail}");
    }

    async fn a_known_browser_is_reported_once_in_each_new_region_and_again_after_90_days(portal) {
        let browser = known(portal).await;
        let browser = logged_in(portal, browser, "203.0.113.7").await;
        assert_eq!(mails(portal, "unfamiliar_sign_in").await, 1);
        let browser = logged_in(portal, browser, "203.0.200.1").await;
        let browser = logged_in(portal, browser, "198.51.100.7").await;
        assert_eq!(mails(portal, "unfamiliar_sign_in").await, 1, "both regions are known by now");
        portal.advance(60 * 86_400);
        let browser = logged_in(portal, browser, "198.51.100.7").await;
        portal.advance(60 * 86_400);
        let browser = logged_in(portal, browser, "198.51.100.7").await;
        assert_eq!(mails(portal, "unfamiliar_sign_in").await, 1);
        logged_in(portal, browser, "203.0.113.7").await;
        assert_eq!(mails(portal, "unfamiliar_sign_in").await, 2, "not seen there for 120 days");
    }

    async fn a_phone_that_roams_is_reported_no_more_once_its_regions_are_known(portal) {
        let mut phone = known(portal).await;
        let regions = ["100.64.0.1", "100.65.9.1", "2001:db8:1::1", "2001:db9:2::2", "198.51.100.7"];
        for day in 0..20 {
            portal.advance(86_400);
            phone = logged_in(portal, phone, regions[day % regions.len()]).await;
        }
        assert_eq!(mails(portal, "unfamiliar_sign_in").await, 4);
    }

    async fn at_most_50_regions_of_a_user_are_remembered(portal) {
        let mut browser = known(portal).await;
        for n in 0..60 {
            browser = logged_in(portal, browser, &format!("100.{n}.0.1")).await;
        }
        assert_eq!(portal.database.count("select count(*) from places").await, 50);
        let reported = mails(portal, "unfamiliar_sign_in").await;
        logged_in(portal, browser, "100.20.7.7").await;
        assert_eq!(mails(portal, "unfamiliar_sign_in").await, reported);
    }

    async fn a_user_without_a_second_factor_is_warned_of_a_new_browser_too(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().sign_in(ADA).await.expect(200);
        assert_eq!(mails(portal, "unfamiliar_sign_in").await, 0);
        portal.browser().sign_in(ADA).await.expect(200);
        assert_eq!((mails(portal, "unfamiliar_sign_in").await, events(portal, "unfamiliar_sign_in").await), (1, 1));
    }

    async fn a_log_in_by_recovery_code_is_reported_in_one_mail(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        browser.confirm(&portal.code(&key)).await.expect(200);
        let codes = browser.save_recovery_codes().await;
        portal.database.execute("delete from outbox").await;
        portal.ticket(ADA).await.recovery_code(&codes[0]).await.expect(200);
        assert_eq!(portal.database.texts("select kind from outbox").await, ["recovery_code_used"]);
    }

    async fn a_code_that_is_entered_again_warns_by_mail_and_in_every_live_session(portal) {
        let mut owner = known(portal).await;
        let mut thief = portal.browser().at("203.0.113.9");
        thief.sign_in(ADA).await.expect(200);
        thief.code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "invalid_code");
        let shown = owner.flow().await.json()["code_replayed"].clone();
        assert_eq!(shown["address"], "203.0.113.9");
        assert_eq!((mails(portal, "code_replayed").await, events(portal, "code_replayed").await), (1, 1));
        portal.advance(600);
        assert_eq!(owner.flow().await.json()["code_replayed"], shown, "until the user acts");
        owner.post(route::MY_ALARM_DISMISS, json!({})).await.expect(204);
        assert_eq!(owner.flow().await.json()["code_replayed"], json!(null));
    }

    async fn a_session_dismisses_the_alarm_for_itself_alone(portal) {
        let mut owner = known(portal).await;
        let mut other = logged_in(portal, portal.browser(), "198.51.100.7").await;
        let mut thief = portal.ticket(ADA).await;
        thief.code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "invalid_code");
        other.post(route::MY_ALARM_DISMISS, json!({})).await.expect(204);
        assert!(owner.flow().await.json()["code_replayed"].is_object());
    }

    async fn ending_all_other_sessions_acts_on_the_alarm(portal) {
        let mut owner = known(portal).await;
        portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "invalid_code");
        owner.delete(route::MY_SESSIONS).await.expect(204);
        assert_eq!(owner.flow().await.json()["code_replayed"], json!(null));
    }

    async fn a_code_that_is_entered_again_at_a_step_up_warns_too(portal) {
        let mut owner = known(portal).await;
        owner.post(route::STEP_UP, json!({"code": portal.code(RFC_6238_KEY)})).await.expect_error(401, "invalid_code");
        assert_eq!((mails(portal, "code_replayed").await, portal.results("replayed").await), (1, 1));
    }

    async fn one_request_that_is_sent_twice_an_older_code_and_a_wrong_one_raise_no_alarm(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut tabs = vec![portal.ticket(ADA).await; 2];
        let older = portal.code(RFC_6238_KEY);
        portal.advance(30);
        let code = portal.code(RFC_6238_KEY);
        for answer in join_all(tabs.iter_mut().map(|tab| tab.code(&code))).await {
            assert_eq!(answer.expect(200).step(), "signed_in");
        }
        let mut other = portal.ticket(ADA).await;
        other.code(&older).await.expect_error(401, "invalid_code");
        other.code(&portal.wrong_code(RFC_6238_KEY)).await.expect_error(401, "invalid_code");
        assert_eq!((mails(portal, "code_replayed").await, portal.results("replayed").await), (0, 1));
    }

    async fn not_me_ends_everything_sets_a_password_and_goes_on_to_the_second_factor(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        let mut owner = known(portal).await;
        let mut thief = logged_in(portal, portal.browser(), "203.0.113.9").await;
        deliver_due(&node.state).await.unwrap();
        let token = token(&server);
        let mut browser = portal.browser();
        let about = browser.post(route::LINK, json!({"token": token})).await.expect(200).json();
        assert_eq!(about, json!({"link": "not_me", "email": ADA}));
        let body = json!({"token": token, "new_password": NEW});
        assert_eq!(browser.post(route::PASSWORD_RESET_CONFIRM, body.clone()).await.expect(200).step(), "code");
        for gone in [&mut owner, &mut thief] {
            assert_eq!(gone.step().await, "credentials");
        }
        browser.get(route::MY_SESSIONS).await.expect_error(403, "second_factor_required");
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect_error(404, "not_found");
        portal.browser().sign_in_with(ADA, PASSWORD).await.expect_error(401, "invalid_credentials");
        assert_eq!(portal.database.count("select count(*) from known_browsers").await, 0);
        assert_eq!(events(portal, "alarm_link_used").await, 1);
        portal.advance(30);
        assert_eq!(browser.code(&portal.code(RFC_6238_KEY)).await.expect(200).step(), "signed_in");
    }

    async fn recovery_codes_of_the_last_seven_days_end_with_the_link_and_older_ones_stay(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        let mut owner = known(portal).await;
        let codes = owner.post(route::MY_RECOVERY_CODES, json!({})).await.expect(200).recovery_codes();
        deliver_due(&node.state).await.unwrap();
        let link = token(&server);
        portal.database.execute("update recovery_codes set created_at = created_at - 604801").await;
        let body = json!({"token": link, "new_password": NEW});
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200);
        let mut browser = portal.browser();
        browser.sign_in_with(ADA, NEW).await.expect(200);
        browser.recovery_code(&codes[0]).await.expect(200);
        let codes = browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect(200).recovery_codes();
        deliver_due(&node.state).await.unwrap();
        let body = json!({"token": token(&server), "new_password": "seven slow yellow trams"});
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200);
        browser.sign_in_with(ADA, "seven slow yellow trams").await.expect(200);
        browser.recovery_code(&codes[0]).await.expect_error(401, "invalid_code");
    }

    async fn the_link_of_an_alarm_works_for_seven_days_and_a_newer_alarm_does_not_take_it_away(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        logged_in(portal, portal.browser(), "203.0.113.9").await;
        deliver_due(&node.state).await.unwrap();
        let first = json!({"token": token(&server)});
        portal.advance(7 * 86_400 - 60);
        logged_in(portal, portal.browser(), "203.0.113.9").await;
        deliver_due(&node.state).await.unwrap();
        portal.browser().post(route::LINK, first.clone()).await.expect(200);
        portal.advance(60);
        portal.browser().post(route::LINK, first).await.expect_error(404, "not_found");
        portal.browser().post(route::LINK, json!({"token": token(&server)})).await.expect(200);
    }

    async fn of_many_alarms_the_latest_ten_have_links_that_work(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        for _ in 0..12 {
            portal.advance(3600);
            logged_in(portal, portal.browser(), "203.0.113.9").await;
            deliver_due(&node.state).await.unwrap();
        }
        assert_eq!(server.mails().len(), 12);
        assert_eq!(portal.database.count("select count(*) from links").await, 10);
    }

    async fn an_alarm_is_sent_whatever_becomes_of_links_before_it_leaves(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        let mut owner = known(portal).await;
        logged_in(portal, portal.browser(), "203.0.113.9").await;
        let body = json!({"current_password": PASSWORD, "new_password": NEW});
        owner.post(route::MY_PASSWORD, body).await.expect(200);
        portal.database.execute("delete from links").await;
        deliver_due(&node.state).await.unwrap();
        let mails = server.mails();
        assert_eq!(mails.len(), 2);
        assert!(mails.iter().all(|mail| mail.contains("/console/link#")), "{mails:?}");
        portal.browser().post(route::LINK, json!({"token": token(&server)})).await.expect(200);
    }

    async fn who_is_locked_by_then_gets_the_alarm_without_a_link(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        logged_in(portal, portal.browser(), "203.0.113.9").await;
        portal.lock(ADA).await;
        deliver_due(&node.state).await.unwrap();
        let mail = server.mails().pop().unwrap();
        assert!(mail.contains("New log-in") && !mail.contains("/console/link"), "{mail}");
    }

    async fn two_who_use_one_link_at_once_set_one_password(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        logged_in(portal, portal.browser(), "203.0.113.9").await;
        deliver_due(&node.state).await.unwrap();
        let token = token(&server);
        let body = |new_password: &str| json!({"token": token, "new_password": new_password});
        let (mut one, mut other) = (portal.browser(), node.browser());
        let (one, other) = tokio::join!(
            one.post(route::PASSWORD_RESET_CONFIRM, body(NEW)),
            other.post(route::PASSWORD_RESET_CONFIRM, body("another long password"))
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
    }
}
