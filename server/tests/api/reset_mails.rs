//! The mails about reset requests: who is asked to approve, for how long, and who is told of the end.

use postern::housekeeping::clean_up;
use postern::mail::delivery::deliver_due;
use postern_testkit::{ADA, Admin, MailServer, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

use crate::alarms::with_mail;
use crate::reset_requests::{BO, CY, approve, ask, has_factor, mails, refuse, request, two_accounts, two_admins};

const APPROVAL: &str = "two_factor_reset_approval";

/// When the latest mail that asks for an approval is due, in seconds from now.
async fn due_in_s(portal: &Portal) -> i64 {
    let due = format!("select max(next_attempt_at) from outbox where kind = '{APPROVAL}'");
    portal.database.count(&due).await - portal.now()
}

/// Another administrator of the account.
async fn third(portal: &Portal) -> Admin {
    portal.admin("Acme", "dan@example.com").await
}

/// The text of a mail, without its line breaks and its HTML.
fn text(mail: &str) -> String {
    let plain = mail.split("text/html").next().unwrap_or_default();
    plain.replace("=\r\n", "").replace("=\n", "").replace("\r\n", " ").replace('\n', " ")
}

on_both_databases! {
    async fn nobody_is_asked_to_approve_a_request_that_was_refused_withdrawn_or_done(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        for by_ada in [false, true] {
            let id = request(&mut ada, &bo).await;
            assert_eq!(mails(portal, APPROVAL).await, [CY]);
            refuse(if by_ada { &mut ada } else { &mut cy }, &id).await.expect(204);
            assert!(mails(portal, APPROVAL).await.is_empty());
        }
        let id = request(&mut ada, &bo).await;
        approve(&mut cy, &id).await.expect(200);
        assert!(mails(portal, APPROVAL).await.is_empty());
    }

    async fn nobody_is_asked_to_approve_a_request_that_the_operator_or_time_has_ended(portal) {
        let (mut ada, _, bo) = two_admins(portal, 0).await;
        request(&mut ada, &bo).await;
        portal.reset(BO).await;
        assert!(mails(portal, APPROVAL).await.is_empty());
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        request(&mut ada, &bo).await;
        portal.advance(72 * 3600);
        clean_up(&portal.state).await.unwrap();
        assert!(mails(portal, APPROVAL).await.is_empty());
    }

    async fn nobody_is_asked_to_approve_a_request_about_somebody_who_is_deleted(portal) {
        let (mut ada, _, bo) = two_admins(portal, 0).await;
        request(&mut ada, &bo).await;
        let path = ada.user_path(route::ACCOUNT_USER, &bo);
        ada.browser.delete(&path).await.expect(204);
        assert!(mails(portal, APPROVAL).await.is_empty());
    }

    async fn nobody_is_asked_to_approve_a_request_of_somebody_who_is_no_longer_an_administrator(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        request(&mut ada, &bo).await;
        let path = cy.user_path(route::ACCOUNT_USER, &ada.id);
        cy.browser.patch(&path, json!({"admin": false})).await.expect(200);
        assert!(mails(portal, APPROVAL).await.is_empty());
    }

    async fn somebody_who_is_no_longer_an_administrator_is_not_asked_to_approve(portal) {
        let (mut ada, cy, bo) = two_admins(portal, 0).await;
        request(&mut ada, &bo).await;
        let path = ada.user_path(route::ACCOUNT_USER, &cy.id);
        ada.browser.patch(&path, json!({"admin": false})).await.expect(200);
        assert!(mails(portal, APPROVAL).await.is_empty());
    }

    async fn a_request_that_expires_before_its_mails_leave_is_not_mailed(portal) {
        let (mut ada, _, bo) = two_admins(portal, 0).await;
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        request(&mut ada, &bo).await;
        portal.advance(72 * 3600);
        deliver_due(&node.state).await.unwrap();
        assert!(!server.mails().iter().any(|mail| mail.contains("Subject: Approve")), "{:?}", server.mails());
        assert!(mails(portal, APPROVAL).await.is_empty());
    }

    async fn once_an_administrator_has_approved_the_others_of_the_account_are_not_asked_any_more(portal) {
        let (mut ada, mut eve, bo) = two_accounts(portal).await;
        portal.reset_policy(&ada.account, false, true, 0).await;
        let mut cy = portal.admin("Acme", CY).await;
        third(portal).await;
        let id = request(&mut ada, &bo).await;
        assert_eq!(mails(portal, APPROVAL).await, [CY, "dan@example.com", "eve@example.com"]);
        approve(&mut cy, &id).await.expect(202);
        assert_eq!(mails(portal, APPROVAL).await, ["eve@example.com"], "the other account has not approved");
        approve(&mut eve, &id).await.expect(200);
    }

    async fn each_of_many_requests_is_mailed_at_once_to_those_who_can_approve(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        for _ in 0..20 {
            let id = request(&mut ada, &bo).await;
            assert!(due_in_s(portal).await <= 0);
            refuse(&mut cy, &id).await.expect(204);
        }
    }

    async fn a_mail_that_asks_for_an_approval_waits_ten_minutes_at_most(portal) {
        let (mut ada, _, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        refuse(&mut ada, &id).await.expect(204);
        portal.database.execute("update mail_pace set full_at = full_at + 90000").await;
        request(&mut ada, &bo).await;
        assert_eq!(due_in_s(portal).await, 600);
    }

    async fn a_mail_that_asks_for_an_approval_leads_to_the_requests_of_the_account(portal) {
        let (mut ada, mut eve, bo) = two_accounts(portal).await;
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        request(&mut eve, &bo).await;
        deliver_due(&node.state).await.unwrap();
        let mails = server.mails();
        let mail = text(mails.iter().find(|mail| mail.contains("Subject: Approve")).unwrap());
        assert!(mail.contains(&format!("/console/{}/users", ada.account)), "{mail}");
        assert!(!mail.contains(&eve.account), "{mail}");
        let path = ada.path(route::ACCOUNT_RESET_REQUESTS);
        ada.browser.get(&path).await.expect(200);
    }

    async fn whoever_asked_is_told_when_a_reset_that_waited_is_done(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        assert!(mails(portal, "two_factor_reset_done").await.is_empty());
        approve(&mut cy, &id).await.expect(200);
        assert_eq!(mails(portal, "two_factor_reset_done").await, [ADA]);
    }

    async fn a_reset_that_is_done_at_once_is_mailed_to_the_user_alone(portal) {
        let (mut ada, _, bo) = two_admins(portal, 0).await;
        portal.reset_policy(&ada.account, false, false, 0).await;
        ask(&mut ada, &bo).await.expect(200);
        assert!(!has_factor(portal, &bo).await);
        assert!(mails(portal, "two_factor_reset_done").await.is_empty());
        assert_eq!(mails(portal, "two_factor_reset").await, [BO]);
    }

    async fn the_mail_about_a_reset_says_whether_the_set_up_needs_a_code(portal) {
        let (mut ada, _, bo) = two_admins(portal, 0).await;
        let server = MailServer::start().await;
        let node = with_mail(portal, &server).await;
        for (at, needs_code) in [false, true].into_iter().enumerate() {
            portal.reset_policy(&ada.account, needs_code, false, 0).await;
            ask(&mut ada, &bo).await.expect(200);
            deliver_due(&node.state).await.unwrap();
            let mails = server.mails();
            let mails: Vec<_> = mails.iter().filter(|mail| mail.contains("authentication was reset")).collect();
            assert_eq!(mails.len(), at + 1);
            assert_eq!(text(mails[at]).contains("you need a set-up code"), needs_code, "{}", mails[at]);
            portal.give_factor(&bo, RFC_6238_SECRET).await;
        }
    }
}
