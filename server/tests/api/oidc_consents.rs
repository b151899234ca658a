//! Consents that a user sees and takes back, and the clients that administrators see.

use postern::oidc::client::ClientKind;
use postern_testkit::{ACCOUNT, ADA, Browser, Portal, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

use crate::oidc::{CALLBACK, ISSUER, Rp, another_client, bo, client, text};
use crate::oidc_consent::{asking, decide};

/// Lets a user agree to a client of the application *Wiki*, which is added to the user's account; returns the client's id.
pub(crate) async fn agreed(portal: &Portal, user_id: &str) -> String {
    let account = "select name from accounts where id = (select account_id from memberships where user_id = '";
    let account = portal.database.texts(&format!("{account}{user_id}')")).await;
    if portal.database.count("select count(*) from applications where name = 'Wiki'").await == 0 {
        portal.add_application(&portal.application(&account[0], "Wiki", "https://wiki.example.com", &[])).await;
    }
    let rp = another_client(portal, &format!("Client of {user_id}"), |_| {}).await;
    let give = "insert into application_accounts (application_id, account_id, everyone_since)
        select $1, account_id, 1 from memberships where user_id = $2 on conflict do nothing";
    portal.database.execute_with(give, &[&rp.application, user_id]).await;
    let agree = "insert into oidc_consents (user_id, client_id, scope, given_at) values ($1, $2, 'openid', 1)";
    portal.database.execute_with(agree, &[user_id, &rp.id]).await;
    rp.id
}

/// Agrees, and redeems the code.
async fn agree(rp: &Rp, browser: &mut Browser) -> Value {
    let page = rp.ask(browser, &[]).await.expect(200);
    let returned = Rp::returned(decide(browser, &page, "allow").await);
    rp.redeem(&returned["code"]).await.expect(200).json()
}

async fn mine(browser: &mut Browser) -> Value {
    browser.get(route::MY_CONSENTS).await.expect(200).json()
}

async fn take_back(browser: &mut Browser, rp: &Rp) {
    browser.delete(&route::fill(route::MY_CONSENT, &[&rp.id])).await.expect(204);
}

on_both_databases! {
    async fn a_user_sees_what_they_have_agreed_to_the_newest_first(portal) {
        let (rp, mut browser) = asking(portal).await;
        assert_eq!(mine(&mut browser).await, json!({"consents": []}));
        let other = another_client(portal, "Wiki for phones", |client| client.requires_consent = true).await;
        agree(&rp, &mut browser).await;
        portal.advance(60);
        agree(&other, &mut browser).await;
        let consents = mine(&mut browser).await["consents"].take();
        assert_eq!((&consents[0]["client_id"], &consents[1]["client_id"]), (&json!(other.id), &json!(rp.id)));
        assert_eq!(consents[0]["name"], "Wiki", "the application");
        assert_eq!(consents[0]["scopes"], json!(["openid", "profile", "email", "groups"]));
        assert!(text(&consents[0], "given_at") > text(&consents[1], "given_at"));
    }

    async fn a_consent_that_is_taken_back_ends_the_tokens_and_is_asked_for_again(portal) {
        let (rp, mut browser) = asking(portal).await;
        let tokens = agree(&rp, &mut browser).await;
        let code = rp.code(&mut browser, &[]).await;
        take_back(&mut browser, &rp).await;
        rp.expect_dead(&tokens).await;
        rp.redeem(&code).await.expect_error(400, "invalid_grant");
        assert_eq!(mine(&mut browser).await, json!({"consents": []}));
        assert!(rp.ask(&mut browser, &[]).await.expect(200).text().contains("Log in to Wiki?"));
        let recorded = "select what from events where what = 'consent_taken_back'";
        assert_eq!(portal.database.texts(recorded).await.len(), 1);
        assert_eq!(browser.step().await, "signed_in", "the session goes on");
    }

    async fn agreeing_again_to_less_takes_nothing_back_and_is_not_recorded_again(portal) {
        let (rp, mut browser) = asking(portal).await;
        agree(&rp, &mut browser).await;
        for _ in 0..2 {
            let page = rp.ask(&mut browser, &[("scope", "openid"), ("prompt", "consent")]).await.expect(200);
            Rp::returned(decide(&mut browser, &page, "allow").await);
        }
        let consents = mine(&mut browser).await["consents"].take();
        assert_eq!(consents[0]["scopes"], json!(["openid", "profile", "email", "groups"]), "earlier tokens still tell that");
        assert_eq!(portal.database.count("select count(*) from events where what = 'consent_given'").await, 1);
    }

    async fn a_client_that_needs_no_consent_keeps_none(portal) {
        let mut browser = crate::oidc::logged_in(portal).await;
        let rp = client(portal).await;
        let page = rp.ask(&mut browser, &[("prompt", "consent")]).await.expect(200);
        Rp::returned(decide(&mut browser, &page, "allow").await);
        assert_eq!(mine(&mut browser).await, json!({"consents": []}));
    }

    async fn an_account_without_the_application_learns_of_no_consent(portal) {
        let (rp, mut browser) = asking(portal).await;
        portal.add_user("Beta", "eve@example.com").await;
        let ada = portal.database.texts("select id from users where email = 'ada@example.com'").await;
        portal.join("Beta", &ada[0]).await;
        agree(&rp, &mut browser).await;
        take_back(&mut browser, &rp).await;
        let of = "select a.name || ' ' || e.what from events e join accounts a on a.id = e.account_id
            where e.what like 'consent%' order by e.id";
        let own = [format!("{ACCOUNT} consent_given"), format!("{ACCOUNT} consent_taken_back")];
        assert_eq!(portal.database.texts(of).await, own);
    }

    async fn taking_back_ends_nothing_else(portal) {
        let (rp, mut browser) = asking(portal).await;
        let other = another_client(portal, "Wiki for phones", |client| client.requires_consent = true).await;
        let mut bos = bo(portal).await;
        let tokens = (agree(&other, &mut browser).await, agree(&rp, &mut bos).await);
        agree(&rp, &mut browser).await;
        take_back(&mut browser, &rp).await;
        other.expect_alive(&tokens.0).await;
        rp.expect_alive(&tokens.1).await;
        assert_eq!(mine(&mut browser).await["consents"][0]["client_id"], json!(other.id));
        assert_eq!(mine(&mut bos).await["consents"][0]["client_id"], json!(rp.id));
    }

    async fn what_was_taken_back_or_never_given_cannot_be_taken_back(portal) {
        let (rp, mut browser) = asking(portal).await;
        agree(&rp, &mut browser).await;
        let path = route::fill(route::MY_CONSENT, &[&rp.id]);
        bo(portal).await.delete(&path).await.expect_error(404, "not_found");
        browser.delete(&path).await.expect(204);
        browser.delete(&path).await.expect_error(404, "not_found");
    }

    async fn administrators_see_the_clients_of_their_applications(portal) {
        let mut admin = portal.admin(ACCOUNT, ADA).await;
        let wiki = client(portal).await;
        let phones = another_client(portal, "Wiki for phones", |client| client.kind = ClientKind::Public).await;
        portal.add_application(&portal.application(ACCOUNT, "Board", "https://board.example.com", &[])).await;
        let mut elsewhere = portal.admin("Elsewhere", "cy@example.com").await;
        let path = admin.path(route::ACCOUNT_APPLICATIONS);
        let listed = admin.browser.get(&path).await.expect(200).json();
        assert_eq!(listed["issuer"], ISSUER);
        assert_eq!(listed["applications"][0]["clients"], json!([]));
        assert_eq!(listed["applications"][1]["clients"], json!([
            {"name": "Wiki", "client_id": wiki.id, "public": false, "redirect_uris": [CALLBACK]},
            {"name": "Wiki for phones", "client_id": phones.id, "public": true, "redirect_uris": [CALLBACK]},
        ]));
        let path = elsewhere.path(route::ACCOUNT_APPLICATIONS);
        assert_eq!(elsewhere.browser.get(&path).await.expect(200).json()["applications"], json!([]));
    }
}
