//! Invitations: an account cannot tell whether it invites somebody new or a user of another account.

use futures::future::join;
use postern::config::SmtpUrl;
use postern::mail::delivery::deliver_due;
use postern_testkit::{ADA, Admin, MailServer, Portal, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

const NEW: &str = "new@example.com";
const CY: &str = "cy@example.com";
const PASSWORD: &str = "quiet harbour lamp anchor";

async fn add(admin: &mut Admin, email: &str) -> String {
    let path = admin.path(route::ACCOUNT_USERS);
    let answer = admin.browser.post(&path, json!({"email": email, "name": "Cy"})).await.expect(201).json();
    answer["id"].as_str().unwrap().to_owned()
}

async fn change(admin: &mut Admin, user: &str, body: Value) -> Value {
    let path = admin.user_path(route::ACCOUNT_USER, user);
    admin.browser.patch(&path, body).await.expect(200).json()
}

async fn seen(admin: &mut Admin, user: &str) -> Value {
    let path = admin.user_path(route::ACCOUNT_USER, user);
    admin.browser.get(&path).await.expect(200).json()
}

async fn get(admin: &mut Admin, path: &str) -> Value {
    let path = admin.path(path);
    admin.browser.get(&path).await.expect(200).json()
}

/// The portal with a mail server.
async fn with_mail(portal: &Portal) -> (MailServer, Portal) {
    let server = MailServer::start().await;
    let url = format!("smtp://localhost:{}", server.port);
    let node = portal.node_with(|config| config.mail.url = SmtpUrl::parse(&url).unwrap()).await;
    (server, node)
}

/// The tokens in the mails so far, the latest last.
async fn tokens(server: &MailServer, node: &Portal) -> Vec<String> {
    deliver_due(&node.state).await.unwrap();
    let mails = server.mails();
    let links = mails.iter().filter_map(|mail| mail.split_once("/console/link#"));
    links.map(|(_, rest)| rest.split_whitespace().next().unwrap().to_owned()).collect()
}

on_both_databases! {
    async fn every_view_of_an_account_is_the_same_for_a_new_user_and_a_user_elsewhere(portal) {
        let mut views = Vec::new();
        for (account, email) in [("Acme", NEW), ("Bolt", CY)] {
            let mut admin = portal.admin(account, &format!("admin@{}.example", account.to_lowercase())).await;
            if email == CY {
                portal.add_user("Elsewhere", CY).await;
            }
            let id = add(&mut admin, email).await;
            change(&mut admin, &id, json!({"active": true, "admin": true})).await;
            for _ in 0..2 {
                portal.browser().sign_in_with(email, "wrong password").await.expect_error(401, "invalid_credentials");
            }
            let own = admin.user_path(route::ACCOUNT_USER, &admin.id);
            admin.browser.patch(&own, json!({"admin": false})).await.expect_error(409, "last_administrator");
            let effect = get(&mut admin, route::ACCOUNT_SECURITY_EFFECT).await;
            let history = get(&mut admin, route::ACCOUNT_LOGIN_HISTORY).await["total"].clone();
            let events = get(&mut admin, route::ACCOUNT_EVENTS).await["total"].clone();
            views.push(json!([effect["users"], effect["set_up"], effect["to_be_asked"], effect["never_signed_in"], history, events]));
        }
        assert_eq!(views[0], views[1]);
        assert_eq!(views[0][0], 2, "whoever was invited is counted");
    }

    async fn an_invitation_stays_what_the_administrator_has_entered(portal) {
        let (server, node) = with_mail(portal).await;
        let mut acme = portal.admin("Acme", ADA).await;
        let mut bolt = portal.admin("Bolt", "eve@example.com").await;
        let cy = portal.add_user("Bolt", CY).await;
        portal.browser().sign_in(CY).await.expect(200);
        let id = add(&mut acme, CY).await;
        let before = change(&mut acme, &id, json!({"active": true})).await;
        change(&mut bolt, &cy, json!({"email": "moved@example.com"})).await;
        assert_eq!(seen(&mut acme, &id).await, before);
        let path = bolt.user_path(route::ACCOUNT_USER, &cy);
        bolt.browser.delete(&path).await.expect(204);
        assert_eq!(seen(&mut acme, &id).await, before);
        let token = tokens(&server, &node).await.remove(0);
        let link = portal.browser().post(route::LINK, json!({"token": token})).await.expect(200).json();
        assert_eq!(link, json!({"link": "password", "email": CY}), "the mailbox belongs to nobody else now");
        let body = json!({"token": token, "new_password": PASSWORD});
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200);
        assert_eq!(get(&mut acme, route::ACCOUNT_USERS).await["total"], 2);
        portal.browser().sign_in_with(CY, PASSWORD).await.expect(200);
    }

    async fn an_expired_invitation_looks_locked_and_can_be_opened_again(portal) {
        let mut acme = portal.admin("Acme", ADA).await;
        let id = add(&mut acme, NEW).await;
        let open = change(&mut acme, &id, json!({"active": true})).await;
        assert_eq!((&open["state"], &open["invited"]), (&json!("active"), &json!(true)));
        portal.advance(7 * 86_400);
        let mut acme = portal.admin("Acme", "late@example.com").await;
        let expired = seen(&mut acme, &id).await;
        assert_eq!((&expired["state"], &expired["invited"]), (&json!("locked"), &json!(false)));
        assert_eq!(change(&mut acme, &id, json!({"active": true})).await["invited"], true);
    }

    async fn a_link_that_is_sent_again_replaces_the_one_before_it(portal) {
        let (server, node) = with_mail(portal).await;
        let mut acme = portal.admin("Acme", ADA).await;
        portal.add_user("Elsewhere", CY).await;
        for (email, kind) in [(NEW, "password"), (CY, "invitation")] {
            let id = add(&mut acme, email).await;
            let invite = acme.user_path(route::ACCOUNT_USER_INVITE, &id);
            acme.browser.post(&invite, json!({})).await.expect_error(409, "out_of_step");
            change(&mut acme, &id, json!({"active": true})).await;
            tokens(&server, &node).await;
            portal.advance(1);
            assert_eq!(acme.browser.post(&invite, json!({})).await.expect(200).json()["invited"], true);
            assert_eq!(get(&mut acme, route::ACCOUNT_EVENTS).await["items"][0]["what"], "invited_again");
            let tokens = tokens(&server, &node).await;
            let [old, new] = &tokens[tokens.len() - 2..] else { panic!("{tokens:?}") };
            portal.browser().post(route::LINK, json!({"token": old})).await.expect_error(404, "not_found");
            assert_eq!(portal.browser().post(route::LINK, json!({"token": new})).await.expect(200).json()["link"], kind);
        }
    }

    async fn an_invitation_reaches_no_user_of_another_account_who_was_given_its_address(portal) {
        let (server, node) = with_mail(portal).await;
        let mut acme = portal.admin("Acme", ADA).await;
        let mut evil = portal.admin("Evil", "eve@example.com").await;
        let accomplice = portal.add_user("Evil", "accomplice@example.com").await;
        portal.browser().sign_in("accomplice@example.com").await.expect(200);
        change(&mut evil, &accomplice, json!({"email": CY})).await;
        let id = add(&mut acme, CY).await;
        change(&mut acme, &id, json!({"active": true})).await;
        let token = json!({"token": tokens(&server, &node).await.pop().unwrap()});
        let about = portal.browser().post(route::LINK, token.clone()).await.expect(200).json();
        assert_eq!(about["email_confirmed"], false);
        let mut accomplice = portal.browser();
        accomplice.sign_in(CY).await.expect(200);
        for mut browser in [portal.browser(), accomplice] {
            browser.post(route::INVITATION_ACCEPT, token.clone()).await.expect_error(403, "forbidden");
        }
        assert_eq!(portal.database.count("select count(*) from memberships").await, 3);
        portal.browser().post(route::PASSWORD_RESET, json!({"email": CY})).await.expect(202);
        let link = json!({"token": tokens(&server, &node).await.pop().unwrap(), "new_password": "quiet harbour lamp anchor"});
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, link).await.expect(200);
        portal.browser().post(route::INVITATION_ACCEPT, token).await.expect(200);
        portal.browser().sign_in(CY).await.expect_error(401, "invalid_credentials");
    }

    async fn whoever_the_operator_has_locked_neither_sees_nor_accepts_an_invitation(portal) {
        let (server, node) = with_mail(portal).await;
        let mut acme = portal.admin("Acme", ADA).await;
        portal.add_user("Elsewhere", CY).await;
        let id = add(&mut acme, CY).await;
        change(&mut acme, &id, json!({"active": true})).await;
        let token = json!({"token": tokens(&server, &node).await.remove(0)});
        portal.lock(CY).await;
        portal.browser().post(route::LINK, token.clone()).await.expect_error(404, "not_found");
        portal.browser().post(route::INVITATION_ACCEPT, token.clone()).await.expect_error(404, "not_found");
        portal.unlock(CY).await;
        portal.browser().post(route::INVITATION_ACCEPT, token).await.expect(200);
    }

    async fn of_a_removal_and_an_acceptance_at_once_one_wins_and_nothing_is_half_done(portal) {
        let (server, node) = with_mail(portal).await;
        let mut acme = portal.admin("Acme", ADA).await;
        let mut bolt = portal.admin("Bolt", "eve@example.com").await;
        for n in 0..5 {
            let email = format!("cy{n}@example.com");
            let cy = portal.add_user("Bolt", &email).await;
            let id = add(&mut acme, &email).await;
            change(&mut acme, &id, json!({"active": true})).await;
            let token = json!({"token": tokens(&server, &node).await.pop().unwrap()});
            let path = bolt.user_path(route::ACCOUNT_USER, &cy);
            let mut browser = portal.browser();
            let (removed, accepted) = join(bolt.browser.delete(&path), browser.post(route::INVITATION_ACCEPT, token)).await;
            removed.expect(204);
            let is_member = portal.database.count(&format!("select count(*) from memberships where user_id = '{cy}'")).await;
            let is_invited = portal.database.count(&format!("select count(*) from invitations where id = '{id}'")).await;
            let expected = if accepted.status == 200 { (1, 0) } else { (0, 1) };
            assert_eq!((is_member, is_invited), expected, "{}", accepted.status);
            assert!([200, 404].contains(&accepted.status.as_u16()));
        }
    }
}
