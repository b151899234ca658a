//! Mails: written with the change that they report, sent once, never lost.

use std::os::unix::fs::PermissionsExt;

use postern::auth::associated_data::AssociatedData;
use postern::config::SmtpUrl;
use postern::ids::MailId;
use postern::mail::delivery::deliver_due;
use postern_testkit::{ADA, Admin, MailServer, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

const BO: &str = "bo@example.com";
const NEW: &str = "quiet harbour lamp anchor";

/// The same portal, with a mail server.
async fn with_mail(portal: &Portal, port: u16) -> Portal {
    portal.node_with(|config| config.mail.url = SmtpUrl::parse(&format!("smtp://localhost:{port}")).unwrap()).await
}

async fn deliver(portal: &Portal) {
    deliver_due(&portal.state).await.unwrap();
}

/// The token of the one-time link in a mail.
fn token(mail: &str) -> String {
    let link = mail.lines().find(|line| line.starts_with("http")).unwrap_or_else(|| panic!("no link: {mail}"));
    link.split_once("/console/link#").unwrap().1.to_owned()
}

async fn reset(admin: &mut Admin, user: &str) {
    let path = admin.user_path(route::ACCOUNT_USER_RESET, user);
    admin.browser.post(&path, json!({})).await.expect(200);
}

on_both_databases! {
    async fn r21_whoever_is_reset_is_told_by_mail_once(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, server.port).await;
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        reset(&mut admin, &bo).await;
        deliver(&node).await;
        deliver(&node).await;
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        for part in ["To: bo@example.com", "Subject: Your two-factor authentication was reset", "ada@example.com reset your"] {
            assert!(mails[0].contains(part), "{part}: {}", mails[0]);
        }
    }

    async fn a_new_user_gets_in_from_the_invitation_to_the_second_log_in(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, server.port).await;
        let mut admin = portal.admin("Acme", ADA).await;
        let path = admin.path(route::ACCOUNT_USERS);
        let id = admin.browser.post(&path, json!({"email": BO})).await.expect(201).json()["id"].as_str().unwrap().to_owned();
        deliver(&node).await;
        assert!(server.mails().is_empty(), "a locked user is not written to");
        let user = admin.user_path(route::ACCOUNT_USER, &id);
        admin.browser.patch(&user, json!({"active": true})).await.expect(200);
        deliver(&node).await;
        let body = json!({"token": token(&server.mails()[0]), "new_password": NEW});
        assert_eq!(portal.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200).step(), "signed_in");
        assert_eq!(portal.browser().sign_in_with(BO, NEW).await.expect(200).step(), "signed_in");
    }

    async fn a_user_of_another_account_joins_by_the_mail_alone(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, server.port).await;
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Bolt", BO).await;
        let path = admin.path(route::ACCOUNT_USERS);
        let body = json!({"email": BO, "name": "Bo", "admin": true});
        let id = admin.browser.post(&path, body).await.expect(201).json()["id"].as_str().unwrap().to_owned();
        assert_ne!(id, bo);
        let user = admin.user_path(route::ACCOUNT_USER, &id);
        admin.browser.patch(&user, json!({"active": true})).await.expect(200);
        deliver(&node).await;
        let mail = server.mails().remove(0);
        assert!(mail.contains("Subject: Acme invites you to join"), "{mail}");
        let token = json!({"token": token(&mail)});
        let about = portal.browser().post(route::LINK, token.clone()).await.expect(200).json();
        assert_eq!(about, json!({"link": "invitation", "email": BO, "account": "Acme", "email_confirmed": true}));
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        let accounts = |answer: Value| answer["accounts"].as_array().unwrap().len();
        assert_eq!(accounts(browser.flow().await.json()), 1);
        assert_eq!(accounts(browser.post(route::INVITATION_ACCEPT, token.clone()).await.expect(200).json()), 2);
        portal.browser().post(route::INVITATION_ACCEPT, token).await.expect_error(404, "not_found");
        browser.get(&path).await.expect(200);
        admin.browser.get(&admin.user_path(route::ACCOUNT_USER, &bo)).await.expect(200);
        assert_eq!(portal.database.count("select count(*) from invitations").await, 0);
    }

    async fn an_invitation_that_was_closed_again_is_dead(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, server.port).await;
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Bolt", BO).await;
        let path = admin.path(route::ACCOUNT_USERS);
        let id = admin.browser.post(&path, json!({"email": BO})).await.expect(201).json()["id"].as_str().unwrap().to_owned();
        let user = admin.user_path(route::ACCOUNT_USER, &id);
        admin.browser.patch(&user, json!({"active": true})).await.expect(200);
        deliver(&node).await;
        admin.browser.patch(&user, json!({"active": false})).await.expect(200);
        let token = json!({"token": token(&server.mails()[0])});
        portal.browser().post(route::INVITATION_ACCEPT, token).await.expect_error(404, "not_found");
    }

    async fn a_forgotten_password_is_replaced_by_mail_and_only_a_user_gets_one(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, server.port).await;
        portal.give_factor(&portal.add_user("Acme", BO).await, RFC_6238_SECRET).await;
        portal.add_user("Acme", "locked@example.com").await;
        portal.lock("locked@example.com").await;
        for email in ["BO@example.com", "nobody@example.com", "locked@example.com"] {
            node.browser().post(route::PASSWORD_RESET, json!({"email": email})).await.expect(202);
        }
        deliver(&node).await;
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        let body = json!({"token": token(&mails[0]), "new_password": NEW});
        let mut browser = portal.browser();
        assert_eq!(browser.post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200).step(), "code");
        browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        deliver(&node).await;
        assert!(server.mails()[1].contains("password was changed"));
    }

    async fn changes_of_ones_own_are_told_by_mail(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, server.port).await;
        portal.add_user("Acme", BO).await;
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        let body = json!({"current_password": PASSWORD, "new_password": NEW});
        browser.post(route::MY_PASSWORD, body).await.expect(200);
        let key = browser.post(route::MY_AUTHENTICATOR, json!({"current_password": NEW})).await.expect(200).security_key();
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": portal.code(&key)})).await.expect(200);
        deliver(&node).await;
        let mails = server.mails();
        assert_eq!(mails.len(), 2);
        for told in ["password was changed", "Two-factor authentication was set up"] {
            assert!(mails.iter().any(|mail| mail.contains(told)), "{told}: {mails:?}");
        }
    }

    async fn while_the_mail_server_is_down_nothing_is_lost(portal) {
        let port = MailServer::start().await.port;
        let node = with_mail(portal, port).await;
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        reset(&mut admin, &bo).await;
        for wait in [0, 30, 60, 120] {
            portal.advance(wait);
            deliver(&node).await;
            assert_eq!(portal.database.count("select count(*) from outbox").await, 1);
        }
        let server = MailServer::start_on(port).await;
        deliver(&node).await;
        assert!(server.mails().is_empty(), "it is not tried before its time");
        portal.advance(240);
        deliver(&node).await;
        assert_eq!(server.mails().len(), 1);
        assert_eq!(portal.database.count("select count(*) from outbox").await, 0);
    }

    async fn after_three_days_a_mail_is_given_up(portal) {
        let port = MailServer::start().await.port;
        let node = with_mail(portal, port).await;
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        reset(&mut admin, &bo).await;
        portal.advance(3 * 86_400);
        deliver(&node).await;
        assert_eq!(portal.database.count("select count(*) from outbox").await, 0);
    }

    async fn two_nodes_send_a_mail_once(portal) {
        let server = MailServer::start().await;
        let (first, second) = (with_mail(portal, server.port).await, with_mail(portal, server.port).await);
        let mut admin = portal.admin("Acme", ADA).await;
        for n in 0..10 {
            let user = portal.add_user("Acme", &format!("user-{n}@example.com")).await;
            portal.give_factor(&user, RFC_6238_SECRET).await;
            reset(&mut admin, &user).await;
        }
        for _ in 0..10 {
            tokio::join!(deliver(&first), deliver(&second));
        }
        assert_eq!(server.mails().len(), 10);
    }

    async fn a_mail_of_a_newer_version_waits_for_it(portal) {
        let sealed = portal.state.cipher.seal(br#"{"TeaIsReady":{}}"#, AssociatedData::Mail(&MailId::named("1".to_owned())));
        let queue = "insert into outbox (id, to_address, message_sealed, created_at, attempts, next_attempt_at)
            values ('1', 'ada@example.com', $1, 1700000000, 0, 0)";
        portal.database.execute_with(queue, &[sealed.as_str()]).await;
        deliver_due(&portal.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from outbox where next_attempt_at > 1700000010").await, 1);
    }

    async fn the_claim_of_a_node_that_was_killed_ends_by_itself(portal) {
        let server = MailServer::start().await;
        let node = with_mail(portal, server.port).await;
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        reset(&mut admin, &bo).await;
        postern::store::outbox::claim(&portal.state.db, portal.now(), portal.now() + 120, false).await.unwrap().unwrap();
        deliver(&node).await;
        assert!(server.mails().is_empty());
        portal.advance(120);
        deliver(&node).await;
        assert_eq!(server.mails().len(), 1);
    }

    async fn a_link_does_not_lie_in_the_database_unsealed(portal) {
        portal.add_user("Acme", BO).await;
        portal.browser().post(route::PASSWORD_RESET, json!({"email": BO})).await.expect(202);
        let stored = portal.database.texts("select message_sealed || to_address || id from outbox").await;
        assert_eq!(stored.len(), 1);
        assert!(stored[0].starts_with("v1.") && !stored[0].contains("console/link"));
    }

    async fn without_a_mail_server_a_mail_is_a_file_for_its_owner_alone(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        reset(&mut admin, &bo).await;
        deliver(portal).await;
        let folder = portal.state.config.server.data_dir.join("mail");
        let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].extension().unwrap(), "eml");
        let name = files[0].file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("2023-11-14T22") && name.contains("-bo@example.com-"), "{name}");
        assert_eq!(std::fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        let mail = std::fs::read_to_string(&files[0]).unwrap();
        assert!(mail.contains("To: bo@example.com") && !mail.contains("=\r\n"), "{mail}") ;
        assert_eq!(admin.browser.flow().await.json()["mail"], "files");
    }

    async fn a_change_that_is_refused_sends_no_mail(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let reset = admin.user_path(route::ACCOUNT_USER_RESET, "nobody");
        admin.browser.post(&reset, json!({})).await.expect_error(404, "not_found");
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, json!({"token": "x", "new_password": NEW})).await.expect(404);
        assert_eq!(portal.database.count("select count(*) from outbox").await, 0);
    }
}
