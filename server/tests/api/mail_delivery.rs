//! The conversation with the mail server (RFC 5321): how the portal introduces itself, and what a refusal means.

use postern::config::{PublicUrl, SmtpUrl};
use postern::mail::delivery::deliver_due;
use postern_testkit::{END_OF_MAIL, HOLD, MailServer, Portal, RFC_6238_SECRET, eventually, on_both_databases};

const BO: &str = "bo@example.com";
const CY: &str = "cy@slow.example";

async fn with_mail(portal: &Portal, server: &MailServer) -> Portal {
    let url = SmtpUrl::parse(&format!("smtp://127.0.0.1:{}", server.port)).unwrap();
    portal.node_with(|config| config.mail.url = url).await
}

/// Queues a notice to a new user.
async fn notice(portal: &Portal, email: &str) {
    let id = portal.add_user("Acme", email).await;
    portal.give_factor(&id, RFC_6238_SECRET).await;
    portal.reset(email).await;
}

async fn undelivered(portal: &Portal) -> Vec<String> {
    portal.database.texts("select detail from events where what = 'mail_not_delivered'").await
}

async fn waiting(portal: &Portal) -> i64 {
    portal.database.count("select count(*) from outbox").await
}

on_both_databases! {
    async fn the_portal_introduces_itself_by_the_host_of_its_public_url(portal) {
        let hosts = [
            ("https://login.example.com", "EHLO login.example.com"),
            ("https://192.0.2.7:8443", "EHLO [192.0.2.7]"),
            ("https://[2001:db8::7]", "EHLO [IPv6:2001:db8::7]"),
        ];
        for (url, hello) in hosts {
            let server = MailServer::start().await;
            let node = with_mail(portal, &server).await;
            let node = node.node_with(|config| config.server.public_url = PublicUrl::parse(url).unwrap()).await;
            notice(portal, &format!("user@h{}.example", hello.len())).await;
            deliver_due(&node.state).await.unwrap();
            assert_eq!(server.commands("EHLO"), [hello]);
        }
    }

    async fn a_recipient_or_mail_that_is_refused_for_good_is_tried_once_and_recorded(portal) {
        for (n, command) in ["RCPT TO", END_OF_MAIL].into_iter().enumerate() {
            let server = MailServer::start_with(&[(command, "550 5.1.1 no such user")]).await;
            let node = with_mail(portal, &server).await;
            notice(portal, &format!("user{n}@example.com")).await;
            deliver_due(&node.state).await.unwrap();
            portal.advance(86_400);
            deliver_due(&node.state).await.unwrap();
            assert_eq!((server.commands(command).len(), waiting(portal).await), (1, 0), "{command}");
            assert!(undelivered(portal).await[n].contains(r#""why":"refused""#));
        }
    }

    async fn a_refusal_for_now_or_of_the_portal_itself_is_tried_again(portal) {
        let refusals = [
            ("EHLO", "554 5.7.1 go away"),
            ("MAIL FROM", "550 5.7.1 sender refused"),
            ("RCPT TO", "451 4.7.1 greylisted"),
            (END_OF_MAIL, "452 4.3.1 disk full"),
        ];
        for (n, (command, refusal)) in refusals.into_iter().enumerate() {
            let refusing = MailServer::start_with(&[(command, refusal)]).await;
            notice(portal, &format!("user{n}@example.com")).await;
            deliver_due(&with_mail(portal, &refusing).await.state).await.unwrap();
            assert_eq!((refusing.mails().len(), waiting(portal).await), (0, 1), "{refusal}");
            portal.advance(60);
            let accepting = MailServer::start().await;
            deliver_due(&with_mail(portal, &accepting).await.state).await.unwrap();
            assert_eq!((accepting.mails().len(), waiting(portal).await), (1, 0), "{refusal}");
        }
        assert!(undelivered(portal).await.is_empty());
    }

    async fn a_recipient_whose_server_is_slow_holds_up_nobody_else(portal) {
        let server = MailServer::start_with(&[("RCPT TO:<cy@slow.example>", HOLD)]).await;
        let node = with_mail(portal, &server).await;
        notice(portal, CY).await;
        let sending = tokio::spawn(async move { deliver_due(&node.state).await.unwrap() });
        eventually("the slow server is asked", async || !server.commands("RCPT").is_empty()).await;
        notice(portal, BO).await;
        deliver_due(&with_mail(portal, &server).await.state).await.unwrap();
        assert!(server.mails()[0].contains("To: bo@example.com"));
        server.go_on();
        sending.await.unwrap();
        assert_eq!((server.mails().len(), waiting(portal).await), (2, 0));
    }

    async fn an_alarm_that_the_mail_server_refuses_uses_up_no_earlier_link(portal) {
        let accepting = MailServer::start().await;
        let id = portal.add_user("Acme", BO).await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        portal.reset(BO).await;
        deliver_due(&with_mail(portal, &accepting).await.state).await.unwrap();
        let links = async || portal.database.texts("select token_hash from links where kind = 'not_me'").await;
        let sent = links().await;
        assert_eq!(sent.len(), 1);
        let refusing = MailServer::start_with(&[("RCPT TO", "451 4.7.1 greylisted")]).await;
        let node = with_mail(portal, &refusing).await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        portal.reset(BO).await;
        for _ in 0..12 {
            deliver_due(&node.state).await.unwrap();
            portal.advance(3600);
        }
        assert_eq!(links().await, sent);
    }

    async fn an_alarm_that_joins_one_whose_delivery_failed_goes_at_its_next_attempt(portal) {
        let refusing = MailServer::start_with(&[("RCPT TO", "451 4.7.1 greylisted")]).await;
        let id = portal.add_user("Acme", BO).await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        portal.reset(BO).await;
        deliver_due(&with_mail(portal, &refusing).await.state).await.unwrap();
        let due = async || portal.database.count("select next_attempt_at from outbox").await;
        let first = due().await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        portal.reset(BO).await;
        assert_eq!((waiting(portal).await, due().await), (1, first));
    }
}
