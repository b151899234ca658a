//! Mails outlive the process that was about to send them.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use postern_testkit::{ACCOUNT, ADA, END_OF_MAIL, HOLD, Installation, MailServer, PASSWORD, eventually};
use postern_types::route;
use serde_json::json;

const NEW: &str = "quiet harbour lamp anchor";
const LIMIT: Duration = Duration::from_secs(20);

/// The mails that were written as files.
fn mails(portal: &Installation) -> Vec<String> {
    let files = fs::read_dir(portal.data_dir().join("mail")).into_iter().flatten();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_between_the_write_and_the_mail_the_mail_still_goes_once() {
    for portal in Installation::on_both().await {
        portal.create();
        portal.run(&["account", "add", ACCOUNT]);
        portal.add_user(ADA);
        // A mail server that accepts the connection and never speaks.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://localhost:{}", silent.local_addr().unwrap().port());
        let mut server = portal.start_with(&[("POSTERN_SMTP_URL", &url)]).await;
        let mut browser = server.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.post(route::MY_PASSWORD, json!({"current_password": PASSWORD, "new_password": NEW})).await.expect(200);
        let claimed =
            async || portal.database.count("select count(*) from outbox where claimed_until is not null").await == 1;
        eventually("the mail is being sent", claimed).await;
        server.kill();
        assert_eq!(portal.database.count("select count(*) from outbox").await, 1);
        // What two minutes do.
        portal.database.execute("update outbox set claimed_until = 0").await;
        let server = portal.start().await;
        eventually("the mail is out", async || !mails(&portal).is_empty()).await;
        let is_empty = async || portal.database.count("select count(*) from outbox").await == 0;
        eventually("the outbox is empty", is_empty).await;
        let mails = mails(&portal);
        assert_eq!(mails.len(), 1, "{}", server.log());
        assert!(mails[0].contains("To: ada@example.com") && mails[0].contains("password was changed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_asked_for_before_a_kill_is_sent_after_it() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let mut server = portal.start().await;
        let mut browser = server.browser();
        // Whatever the answer finds of the mail, the kill comes right behind it.
        browser.post(route::PASSWORD_RESET, json!({"email": ADA})).await.expect(202);
        server.kill();
        portal.database.execute("update outbox set claimed_until = 0").await;
        let server = portal.start().await;
        eventually("the mail is out", async || !mails(&portal).is_empty()).await;
        assert!(mails(&portal)[0].contains("/console/link#"), "{}", server.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_the_mail_server_once_it_has_the_mail_and_not_before() {
    for (held, is_sent) in [("RCPT TO", false), (END_OF_MAIL, true)] {
        for portal in Installation::on_both().await {
            let portal = portal.with_ada();
            let mail_server = MailServer::start_with(&[(held, HOLD)]).await;
            let url = format!("smtp://127.0.0.1:{}", mail_server.port);
            let mut server = portal.start_with(&[("POSTERN_SMTP_URL", &url)]).await;
            server.browser().post(route::PASSWORD_RESET, json!({"email": ADA})).await.expect(202);
            eventually("the mail is being sent", async || !mail_server.commands(held).is_empty()).await;
            server.signal("TERM");
            if is_sent {
                let refuses = async || server.browser().try_post(route::SIGN_OUT, json!({})).await.is_err();
                eventually("the server stops", refuses).await;
                mail_server.go_on();
            }
            assert_eq!(server.wait(LIMIT).code(), Some(0), "{}", server.log());
            assert_eq!(mail_server.mails().len(), usize::from(is_sent));
            let rows = portal.database.count("select count(*) from outbox").await;
            let due = portal.database.count("select count(*) from outbox where claimed_until is null").await;
            assert_eq!((rows, due), if is_sent { (0, 0) } else { (1, 1) }, "{held}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_what_works_and_what_does_not() {
    let portal = Installation::on_sqlite().with_ada();
    drop(portal.start().await);
    let text = portal.run(&["doctor"]);
    for line in ["settings", "database", "key", "passkeys", "outbox", "no mail server is configured"] {
        assert!(text.contains(line), "{text}");
    }
    let text = portal.refused(&["doctor", "--mail-to", "ada@example.com"]);
    assert!(text.contains("FAILED  mail") && text.contains("the test e-mail was not sent"), "{text}");
    assert!(mails(&portal).is_empty());
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = portal.refused(&["doctor", "--set", &format!("smtp_url=smtp://localhost:{gone}")]);
    assert!(text.contains("FAILED  mail") && text.contains("ok      database"), "{text}");
    fs::remove_file(portal.key_file()).unwrap();
    assert!(portal.refused(&["doctor"]).contains("FAILED  key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_glass_link_lets_an_administrator_back_in() {
    let portal = Installation::on_sqlite();
    portal.create();
    portal.run(&["account", "add", ACCOUNT]);
    portal.run(&["user", "add", ADA, "--account", ACCOUNT, "--admin"]);
    portal.run(&["user", "add", "bo@example.com", "--account", ACCOUNT, "--active"]);
    let url = ["--public-url", "https://login.example.com"];
    let refused = portal.refused(&[&["admin-link", "bo@example.com"], &url[..]].concat());
    assert!(refused.contains("not an administrator"), "{refused}");
    let link = portal.run_json(&[&["admin-link", ADA], &url[..]].concat());
    let link = link["link"].as_str().unwrap();
    let token = link.strip_prefix("https://login.example.com/console/link#").unwrap();
    let server = portal.start().await;
    let body = json!({"token": token, "new_password": NEW});
    assert_eq!(server.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200).step(), "set_up");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_link_is_printed_and_works_once() {
    for portal in Installation::on_both().await {
        let server = portal.start().await;
        let printed = server.printed();
        let link = printed.lines().find_map(|line| line.trim().split_once("/console/link#"));
        let token = link.unwrap_or_else(|| panic!("{printed}")).1;
        assert!(!server.log().contains(token), "a log is kept");
        let body = json!({"token": token, "account": "Acme", "email": ADA, "name": "Ada L.", "password": NEW});
        assert_eq!(server.browser().post(route::FIRST_RUN, body.clone()).await.expect(200).step(), "set_up");
        server.browser().post(route::FIRST_RUN, body).await.expect_error(404, "not_found");
        drop(server);
        assert_eq!(portal.start().await.printed(), "");
    }
}
