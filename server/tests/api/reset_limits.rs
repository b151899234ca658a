//! How many resets the administrators of an account request, and what that does to the mails about them.

use postern::config::SmtpUrl;
use postern::mail::delivery::deliver_due;
use postern_testkit::{ADA, MailServer, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

use crate::reset_requests::{BO, EVE, ask, refuse, request, two_accounts, two_admins};

/// When the latest mail with the link that cancels is due, in seconds from now.
async fn due_in_s(portal: &Portal) -> i64 {
    let due = "select max(next_attempt_at) from outbox where kind = 'two_factor_reset_asked'";
    portal.database.count(due).await - portal.now()
}

on_both_databases! {
    async fn after_30_requests_the_administrators_of_an_account_have_to_wait_and_others_do_not(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 24).await;
        let mut eve = portal.admin("Bolt", EVE).await;
        let dee = portal.add_user("Bolt", "dee@example.com").await;
        portal.give_factor(&dee, RFC_6238_SECRET).await;
        for _ in 0..=30 {
            let id = request(&mut ada, &bo).await;
            refuse(&mut ada, &id).await.expect(204);
        }
        for admin in [&mut ada, &mut cy] {
            let refused = ask(admin, &bo).await.expect_error(429, "throttled").json();
            assert_eq!(refused["retry_after_s"], 30);
        }
        ask(&mut eve, &dee).await.expect(200);
        portal.advance(30);
        request(&mut cy, &bo).await;
    }

    async fn set_up_codes_and_resets_of_nobody_count_too_because_each_costs_a_hash(portal) {
        let mut ada = portal.admin("Acme", ADA).await;
        let nobody = "0".repeat(32);
        let [reset, code] =
            [route::ACCOUNT_USER_RESET, route::ACCOUNT_USER_SET_UP_CODE].map(|path| ada.user_path(path, &nobody));
        for n in 0..=30 {
            let path = if n % 2 == 0 { &reset } else { &code };
            ada.browser.post(path, json!({})).await.expect_error(404, "not_found");
        }
        for path in [&reset, &code] {
            ada.browser.post(path, json!({})).await.expect_error(429, "throttled");
        }
    }

    async fn a_request_is_refused_without_a_wait_however_many_there_were(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 24).await;
        for _ in 0..30 {
            let id = request(&mut ada, &bo).await;
            refuse(&mut cy, &id).await.expect(204);
        }
        let id = request(&mut ada, &bo).await;
        ask(&mut ada, &bo).await.expect_error(429, "throttled");
        refuse(&mut cy, &id).await.expect(204);
    }

    async fn of_requests_that_stopped_the_asker_gets_one_mail_for_each_user_and_the_user_none_while_another_is_open(portal) {
        let (mut ada, _, bo) = two_admins(portal, 24).await;
        let dee = portal.add_user("Acme", "dee@example.com").await;
        portal.give_factor(&dee, RFC_6238_SECRET).await;
        for user in [&bo, &dee, &bo, &bo] {
            let id = request(&mut ada, user).await;
            refuse(&mut ada, &id).await.expect(204);
        }
        let mails = "select to_address || ' ' || about || ' ' || joined from outbox
            where kind = 'two_factor_reset_stopped' order by 1";
        let expected = [
            "ada@example.com bo@example.com 2",
            "ada@example.com dee@example.com 0",
            "bo@example.com bo@example.com 0",
            "dee@example.com dee@example.com 0",
        ];
        assert_eq!(portal.database.texts(mails).await, expected);
        request(&mut ada, &bo).await;
        let mails = portal.database.texts(mails).await;
        assert!(!mails.contains(&expected[2].to_owned()), "otherwise it could arrive as the last word: {mails:?}");
    }

    async fn the_link_that_cancels_waits_ten_minutes_at_most_although_requests_about_the_user_came_before(portal) {
        let (mut ada, mut eve, bo) = two_accounts(portal).await;
        portal.reset_policy(&ada.account, false, false, 1).await;
        let server = MailServer::start().await;
        let url = format!("smtp://127.0.0.1:{}", server.port);
        let node = portal.node_with(|config| config.mail.url = SmtpUrl::parse(&url).unwrap()).await;
        for _ in 0..15 {
            for admin in [&mut ada, &mut eve] {
                let id = request(admin, &bo).await;
                refuse(admin, &id).await.expect(204);
            }
            deliver_due(&node.state).await.unwrap();
        }
        let series = "update mail_pace set full_at = full_at + 90000";
        portal.database.execute(series).await;
        portal.database.execute("delete from outbox").await;
        request(&mut ada, &bo).await;
        assert_eq!(due_in_s(portal).await, 600);
    }

    async fn the_link_that_cancels_is_tried_every_ten_minutes_at_least_while_the_mail_server_is_away(portal) {
        let (mut ada, _, bo) = two_admins(portal, 1).await;
        let node = portal.node_with(|config| config.mail.url = SmtpUrl::parse("smtp://127.0.0.1:1").unwrap()).await;
        request(&mut ada, &bo).await;
        for _ in 0..12 {
            deliver_due(&node.state).await.unwrap();
            let wait_s = due_in_s(portal).await;
            assert!((1..=600).contains(&wait_s), "{wait_s}");
            portal.advance(wait_s);
        }
    }

    async fn the_link_that_cancels_goes_before_invitations(portal) {
        let (mut ada, _, bo) = two_admins(portal, 1).await;
        let path = ada.path(route::ACCOUNT_USERS);
        let new = ada.browser.post(&path, json!({"email": "new@example.com"})).await.expect(201).json();
        let path = ada.user_path(route::ACCOUNT_USER, new["id"].as_str().unwrap());
        ada.browser.patch(&path, json!({"active": true})).await.expect(200);
        assert_eq!(portal.database.count("select count(*) from outbox where kind = 'invitation'").await, 1);
        request(&mut ada, &bo).await;
        let first = "select to_address from outbox where priority = (select min(priority) from outbox)";
        assert_eq!(portal.database.texts(first).await, [BO]);
    }
}
