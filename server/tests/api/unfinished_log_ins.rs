//! Log-ins that show the correct password and no second factor: when they are reported, and how often.

use postern::alarms::raise_due;
use postern::mail::delivery::deliver_due;
use postern_testkit::{ADA, MailServer, RFC_6238_KEY, on_both_databases};

use crate::alarms::{FIREFOX, events, known, logged_in, mails, with_mail};

const NIGHT_S: i64 = 8 * 3600;

on_both_databases! {
    async fn a_password_without_a_second_factor_is_reported_after_three_minutes_by_one_of_two_nodes(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        let mut thief = portal.browser().at("203.0.113.9").with_header("user-agent", FIREFOX);
        thief.sign_in(ADA).await.expect(200);
        portal.advance(179);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(mails(portal, "second_factor_not_shown").await, 0);
        portal.advance(1);
        let (one, other) = tokio::join!(raise_due(&portal.state), raise_due(&node.state));
        one.and(other).unwrap();
        assert_eq!((mails(portal, "second_factor_not_shown").await, events(portal, "second_factor_not_shown").await), (1, 1));
        deliver_due(&node.state).await.unwrap();
        let mail = server.mails().pop().unwrap();
        assert!(mail.contains("from 203.0.113.9, with Firefox on Linux"), "{mail}");
        raise_due(&portal.state).await.unwrap();
        assert_eq!(mails(portal, "second_factor_not_shown").await, 0, "once");
    }

    async fn cancelling_or_replacing_a_log_in_does_not_hide_it(portal) {
        known(portal).await;
        let mut thief = portal.browser().at("203.0.113.9");
        thief.sign_in(ADA).await.expect(200);
        thief.cancel().await.expect(200);
        portal.advance(90);
        thief.sign_in(ADA).await.expect(200);
        thief.sign_in(ADA).await.expect(200);
        portal.add_user("Acme", "bo@example.com").await;
        thief.sign_in("bo@example.com").await.expect(200);
        portal.advance(90);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(mails(portal, "second_factor_not_shown").await, 1);
    }

    async fn a_log_in_that_is_completed_is_not_reported_however_often_it_was_begun(portal) {
        let browser = known(portal).await;
        let mut browser = browser.at("203.0.113.9");
        browser.sign_out().await.expect(200);
        browser.sign_in(ADA).await.expect(200);
        browser.cancel().await.expect(200);
        let mut browser = browser.at("192.0.2.1");
        browser.sign_in(ADA).await.expect(200);
        let mut browser = browser.at("203.0.113.9");
        browser.sign_in(ADA).await.expect(200);
        portal.advance(30);
        browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        portal.advance(600);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(mails(portal, "second_factor_not_shown").await, 0);
    }

    async fn a_log_in_elsewhere_is_reported_although_the_owner_logs_in_meanwhile(portal) {
        let browser = known(portal).await;
        portal.browser().at("203.0.113.9").sign_in(ADA).await.expect(200);
        logged_in(portal, browser, "198.51.100.7").await;
        portal.advance(180);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(mails(portal, "second_factor_not_shown").await, 1);
    }

    async fn who_has_no_second_factor_or_is_locked_by_then_is_not_warned(portal) {
        known(portal).await;
        portal.browser().sign_in(ADA).await.expect(200);
        portal.lock(ADA).await;
        portal.add_user_who_needs_a_factor("bo@example.com").await;
        portal.browser().sign_in("bo@example.com").await.expect(200);
        portal.advance(180);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(mails(portal, "second_factor_not_shown").await, 0);
        assert_eq!(portal.database.count("select count(*) from unfinished_log_ins").await, 0);
    }

    async fn of_many_attempts_in_a_night_a_few_mails_come(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        for _ in 0..NIGHT_S / 600 {
            portal.browser().at("203.0.113.9").sign_in(ADA).await.expect(200);
            portal.advance(600);
            raise_due(&portal.state).await.unwrap();
            deliver_due(&node.state).await.unwrap();
        }
        assert!(server.mails().len() <= 9, "{}", server.mails().len());
    }

    async fn however_many_log_ins_are_begun_the_record_has_no_more_entries_than_mails_are_sent(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        known(portal).await;
        for n in 0..40 {
            portal.browser().at(&format!("203.0.{n}.9")).sign_in(ADA).await.expect(200);
            portal.advance(60);
            raise_due(&portal.state).await.unwrap();
            deliver_due(&node.state).await.unwrap();
        }
        for _ in 0..24 {
            portal.advance(3600);
            deliver_due(&node.state).await.unwrap();
        }
        let sent = server.mails().iter().filter(|mail| mail.contains("Subject: Somebody entered your password")).count();
        assert!(sent < 10, "{sent}");
        assert_eq!(events(portal, "second_factor_not_shown").await, i64::try_from(sent).unwrap());
    }
}
