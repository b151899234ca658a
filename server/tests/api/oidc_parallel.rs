//! Many requests at once, at two nodes.

use futures::future::join_all;
use postern_testkit::{Portal, on_both_databases};
use serde_json::Value;

use crate::oidc::{CALLBACK, Rp, scene, text};

/// Sends the same form 500 times, to two nodes in turn; returns what came of it.
async fn at_once(portal: &Portal, rp: &Rp, fields: &[(&str, &str)]) -> (Vec<Value>, usize) {
    let nodes = [portal.node().await, portal.node().await].map(|portal| Rp { portal, ..rp.clone() });
    let answers = join_all((0..500).map(|number| nodes[number % 2].post("/oidc/token", fields))).await;
    let won: Vec<Value> = answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.json()).collect();
    let refused = answers.iter().filter(|answer| answer.status == 400 && answer.json()["error"] == "invalid_grant");
    (won, refused.count())
}

on_both_databases! {
    async fn of_500_who_redeem_one_code_at_once_at_two_nodes_one_wins_and_the_family_ends(portal) {
        let (rp, mut browser) = scene(portal).await;
        rp.tokens(&mut browser).await;
        let code = rp.code(&mut browser, &[]).await;
        let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
        let (won, refused) = at_once(portal, &rp, &fields).await;
        assert_eq!(won.len(), 1);
        assert!(refused > 100, "{refused}");
        rp.redeem(&code).await.expect_error(400, "invalid_grant");
        rp.expect_dead(&won[0]).await;
        assert_eq!(portal.database.count("select count(*) from oidc_grants").await, 1, "that of the first log-in");
    }

    async fn of_500_who_use_one_refresh_token_at_once_at_two_nodes_one_wins_and_the_family_ends(portal) {
        let (rp, mut browser) = scene(portal).await;
        let other = rp.tokens(&mut browser).await;
        let tokens = rp.tokens(&mut browser).await;
        let token = text(&tokens, "refresh_token");
        let (won, refused) = at_once(portal, &rp, &[("grant_type", "refresh_token"), ("refresh_token", &token)]).await;
        assert!(won.len() == 1, "{} got tokens", won.len());
        assert!(refused > 100, "{refused}");
        rp.expect_dead(&won[0]).await;
        rp.expect_dead(&tokens).await;
        rp.expect_alive(&other).await;
    }

    async fn a_refresh_token_that_was_used_before_ends_the_family(portal) {
        let (rp, mut browser) = scene(portal).await;
        let first = rp.tokens(&mut browser).await;
        let second = rp.refresh(&text(&first, "refresh_token")).await.expect(200).json();
        let third = rp.refresh(&text(&second, "refresh_token")).await.expect(200).json();
        rp.expect_alive(&third).await;
        rp.refresh(&text(&first, "refresh_token")).await.expect_error(400, "invalid_grant");
        rp.expect_dead(&third).await;
    }
}
