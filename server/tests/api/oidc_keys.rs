//! The keys that sign tokens: made when they are needed, sealed, and published before and after they sign.

use futures::future::join_all;
use postern::housekeeping;
use postern::oidc::key::Algorithm;
use postern::provider::keys::{MadeKey, make};
use postern::store::oidc_keys::NewKey;
use postern::store::transactions;
use postern_testkit::{ADA, Portal, RFC_6238_SECRET, on_both_databases};
use serde_json::Value;

use crate::oidc::{another_client, claims, header, log_in_again, scene, text};

/// What `postern oidc keys rotate` does for RS256.
async fn rotate(portal: &Portal) -> bool {
    let MadeKey { id, private_key_sealed, public_key } = make(&portal.state.cipher, Algorithm::Rs256).await.unwrap();
    let next = NewKey {
        id: &id,
        algorithm: Algorithm::Rs256,
        private_key_sealed: &private_key_sealed,
        public_key: &public_key,
        now: portal.now(),
    };
    let db = &portal.state.db;
    transactions::rotate_key(db, &portal.operator(), &next, portal.now() + 86_400).await.unwrap()
}

/// The ids of the published keys of RS256.
async fn published(portal: &Portal) -> Vec<String> {
    let keys = portal.browser().page("/oidc/keys").await.expect(200).json();
    let keys = keys["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == "RS256");
    keys.map(|key| text(key, "kid")).collect()
}

fn kid(tokens: &Value) -> String {
    text(&header(&text(tokens, "id_token")), "kid")
}

on_both_databases! {
    async fn the_first_keys_are_made_once_when_they_are_needed(portal) {
        assert_eq!(portal.database.count("select count(*) from oidc_keys").await, 0);
        let nodes = [portal.node().await, portal.node().await];
        let asked = join_all((0..6).map(|number| published(&nodes[number % 2]))).await;
        assert!(asked.iter().all(|kids| *kids == asked[0] && kids.len() == 1), "{asked:?}");
        assert_eq!(portal.database.count("select count(*) from oidc_keys").await, 2, "one of each algorithm");
    }

    async fn a_private_key_is_stored_sealed(portal) {
        published(portal).await;
        for sealed in portal.database.texts("select private_key_sealed from oidc_keys").await {
            assert!(sealed.starts_with("v1."), "{sealed}");
        }
        for public in portal.database.texts("select public_key from oidc_keys").await {
            let key: Value = serde_json::from_str(&public).unwrap();
            for name in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key.get(name).is_none(), "{name}");
            }
        }
        let stranger = portal.node_with_another_key().await;
        stranger.browser().page("/oidc/keys").await.expect(500);
    }

    async fn the_next_key_is_published_a_day_before_it_signs_and_the_old_one_as_long_as_a_token_may_meet_it(portal) {
        let (rp, mut browser) = scene(portal).await;
        let old = kid(&rp.tokens(&mut browser).await);
        assert!(rotate(portal).await);
        assert!(!rotate(portal).await, "one waits already");
        let both = published(portal).await;
        assert_eq!((both.len(), &both[0]), (2, &old));
        let next = both[1].clone();
        portal.advance(86_399);
        let mut browser = log_in_again(portal).await;
        portal.set_clock(portal.now() - 30);
        assert_eq!(kid(&rp.tokens(&mut browser).await), old, "a client that has kept the keys for a day still knows it");
        portal.advance(1);
        let hint = rp.tokens(&mut browser).await;
        assert_eq!(kid(&hint), next);
        portal.advance(86_400 + 3_599);
        assert_eq!(published(portal).await, [old.clone(), next.clone()]);
        portal.advance(1);
        assert_eq!(published(portal).await, std::slice::from_ref(&next));
        for _ in 0..60 {
            housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert_eq!(portal.database.texts("select id from oidc_keys where algorithm = 'RS256'").await, [next]);
    }

    async fn another_node_signs_with_the_same_key(portal) {
        let (rp, mut browser) = scene(portal).await;
        let here = rp.tokens(&mut browser).await;
        let node = portal.node().await;
        let there = crate::oidc::Rp { portal: node.clone(), ..rp.clone() };
        let elsewhere = there.tokens(&mut browser.moved_to(&node)).await;
        assert_eq!(kid(&here), kid(&elsewhere));
        there.expect_alive(&here).await;
    }

    async fn each_client_has_its_own_algorithm_and_form_of_access_tokens(portal) {
        let (rp, mut browser) = scene(portal).await;
        let other = another_client(portal, "Other", |client| {
            client.algorithm = Algorithm::Es256;
            client.access_tokens = postern::oidc::client::TokenForm::Jwt;
        }).await;
        let tokens = rp.tokens(&mut browser).await;
        assert_eq!(text(&header(&text(&tokens, "id_token")), "alg"), "RS256");
        assert_eq!(text(&tokens, "access_token").len(), 43);
        let tokens = other.tokens(&mut browser).await;
        let access_token = text(&tokens, "access_token");
        assert_eq!((text(&header(&access_token), "alg"), text(&header(&access_token), "typ")), ("ES256".into(), "at+jwt".into()));
        let said = claims(&access_token);
        assert_eq!((&said["client_id"], &said["aud"]), (&Value::from(other.id.as_str()), &Value::from("https://wiki.example.com")));
        assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 600);
        assert!(said["jti"].is_string() && said["scope"].is_string() && said["auth_time"].is_i64());
        other.expect_alive(&tokens).await;
        browser.sign_out().await.expect(200);
        other.expect_dead(&tokens).await;
    }

    async fn nothing_that_opens_anything_is_stored_in_the_clear(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = log_in_again(portal).await;
        let rp = crate::oidc::client(portal).await;
        let code = rp.code(&mut browser, &[]).await;
        let tokens = rp.redeem(&code).await.expect(200).json();
        let rows = "select id || code_hash || coalesce(refresh_hash, '') || coalesce(nonce, '') from oidc_grants
            union all select token_hash from oidc_access_tokens union all select secret_hash from oidc_secrets";
        let stored = portal.database.texts(rows).await.join(" ");
        let refresh_token = text(&tokens, "refresh_token");
        for secret in [code.as_str(), &text(&tokens, "access_token"), refresh_token.split('.').nth(1).unwrap(), &rp.secret] {
            assert!(!stored.contains(secret), "{secret}");
        }
    }
}
