//! What is compressed, and what never is (BREACH).

use std::io::Read;

use axum::http::Method;
use flate2::read::GzDecoder;
use postern_testkit::{ADA, Browser, Portal, on_both_databases};
use postern_types::route;
use serde_json::Value;

use crate::routes::all;

/// Everything that may be compressed: lists for administrators, and what is public.
const COMPRESSED: [&str; 4] =
    [route::ACCOUNT_USERS, route::ACCOUNT_LOGIN_HISTORY, route::ACCOUNT_LOGIN_HISTORY_CSV, route::ACCOUNT_EVENTS];

fn accepting(browser: &Browser) -> Browser {
    browser.clone().with_header("accept-encoding", "gzip, deflate, br, zstd")
}

async fn fill(portal: &Portal) {
    for n in 0..30 {
        portal.add_user("Acme", &format!("user{n}@example.com")).await;
        portal.browser().at("192.0.2.1").sign_in(&format!("user{n}@example.com")).await.expect(200);
    }
}

on_both_databases! {
    async fn lists_are_compressed_where_the_client_accepts_it(portal) {
        let admin = portal.admin("Acme", ADA).await;
        fill(portal).await;
        for path in [route::ACCOUNT_USERS, route::ACCOUNT_LOGIN_HISTORY, route::ACCOUNT_LOGIN_HISTORY_CSV, "/api/openapi.json"] {
            let path = admin.path(path);
            let plain = admin.browser.clone().page(&path).await.expect(200);
            assert_eq!(plain.header("content-encoding"), "", "{path}");
            let packed = accepting(&admin.browser).page(&path).await.expect(200);
            assert_eq!((packed.header("content-encoding"), packed.header("vary")), ("gzip", "accept-encoding"), "{path}");
            let mut unpacked = Vec::new();
            GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
            assert!(unpacked == plain.body && packed.body.len() < plain.body.len() / 2, "{path}");
        }
    }

    async fn nothing_else_is_compressed_however_long_it_is(portal) {
        let admin = portal.admin("Acme", ADA).await;
        fill(portal).await;
        for _ in 0..10 {
            portal.browser().sign_in(ADA).await.expect(200);
        }
        for (method, path) in all(portal).await.into_iter().filter(|(_, path)| !COMPRESSED.contains(&path.as_str())) {
            if method == Method::GET {
                let answer = accepting(&admin.browser).page(&admin.user_path(&path, &admin.id)).await;
                assert_eq!(answer.header("content-encoding"), "", "{path}");
            }
        }
        portal.add_user_who_needs_a_factor("bo@example.com").await;
        let mut set_up = accepting(&portal.browser());
        let step = set_up.sign_in("bo@example.com").await.expect(200);
        assert!(step.body.len() > 1024 && !step.security_key().is_empty());
        let again = set_up.page(route::FLOW).await.expect(200);
        let json: Value = serde_json::from_slice(&again.body).expect("not compressed");
        assert_eq!(json["security_key"], step.security_key());

    }
}
