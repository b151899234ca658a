//! Limits of mails: nobody can flood a mailbox, or hold up the mails of others.

use postern::config::SmtpUrl;
use postern::mail::Mail;
use postern::mail::delivery::deliver_due;
use postern::store::transactions;
use postern_testkit::{MailServer, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::{Email, route};
use serde_json::json;

const BO: &str = "bo@example.com";

async fn with_mail(portal: &Portal, url: &str) -> Portal {
    portal.node_with(|config| config.mail.url = SmtpUrl::parse(url).unwrap()).await
}

/// Queues a notice about a reset.
async fn notice(portal: &Portal, id: &str, email: &str) {
    portal.give_factor(id, RFC_6238_SECRET).await;
    portal.reset(email).await;
}

async fn ask_for_link(portal: &Portal, email: &str) {
    let mail = portal.state.mail(&Email::parse(email).unwrap(), &Mail::PasswordLinkWanted);
    transactions::request_password_link(&portal.state.db, &mail).await.unwrap();
}

on_both_databases! {
    async fn of_many_notices_of_one_kind_a_few_are_sent_and_the_last_one_stands_for_the_others(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &format!("smtp://127.0.0.1:{}", server.port)).await;
        let id = portal.add_user("Acme", BO).await;
        for _ in 0..100 {
            notice(portal, &id, BO).await;
            deliver_due(&node.state).await.unwrap();
        }
        assert_eq!(server.mails().len(), 3);
        assert_eq!(portal.database.count("select count(*) from outbox").await, 1);
        portal.advance(600);
        deliver_due(&node.state).await.unwrap();
        let mails = server.mails();
        assert_eq!(mails.len(), 4);
        assert!(mails[3].contains("96 earlier notices of this kind were combined"), "{}", mails[3]);
    }

    async fn a_link_that_somebody_waits_for_goes_before_notices(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &format!("smtp://127.0.0.1:{}", server.port)).await;
        for n in 0..30 {
            let email = format!("user{n}@example.com");
            let id = portal.add_user("Acme", &email).await;
            notice(portal, &id, &email).await;
        }
        portal.add_user("Acme", BO).await;
        ask_for_link(portal, BO).await;
        deliver_due(&node.state).await.unwrap();
        let mails = server.mails();
        let place = mails.iter().position(|mail| mail.contains("Choose a new password")).unwrap();
        assert!(place < 2 && mails.len() == 31, "place {place} of {}", mails.len());
    }

    async fn a_request_is_stored_before_it_is_answered_for_every_address_alike(portal) {
        portal.add_user("Acme", BO).await;
        for email in [BO, "nobody@example.com"] {
            portal.browser().post(route::PASSWORD_RESET, json!({"email": email})).await.expect(202);
        }
        assert_eq!(portal.database.count("select count(*) from outbox").await, 2);
        assert_eq!(portal.database.count("select count(*) from links").await, 0);
        deliver_due(&portal.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from links").await, 1);
        assert_eq!(portal.database.count("select count(*) from outbox").await, 0);
    }

    async fn a_mail_whose_link_has_run_out_is_not_sent_and_is_recorded(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &format!("smtp://127.0.0.1:{}", server.port)).await;
        portal.add_user("Acme", BO).await;
        ask_for_link(portal, BO).await;
        portal.advance(1800);
        deliver_due(&node.state).await.unwrap();
        assert!(server.mails().is_empty());
        let recorded = portal.database.texts("select detail from events where what = 'mail_not_delivered'").await;
        assert_eq!(recorded, [r#"{"detail":"mail","mail":"password_link","why":"link_expired"}"#]);
    }

    async fn a_mail_that_was_queued_while_the_clock_was_ahead_is_due_when_it_is_right_again(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, &format!("smtp://127.0.0.1:{}", server.port)).await;
        let id = portal.add_user("Acme", BO).await;
        portal.advance(86_400);
        notice(portal, &id, BO).await;
        portal.advance(-86_400);
        deliver_due(&node.state).await.unwrap();
        assert_eq!(server.mails().len(), 1);
    }
}
