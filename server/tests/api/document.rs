//! The OpenAPI document: every route, every refusal, and the paths that both sides share.

use axum::http::Method;
use postern_testkit::on_both_databases;
use postern_types::route;

use crate::routes::{all, document};

/// The source of the constants that the router and the client share.
const CONSTANTS: &str = include_str!("../../../crates/postern-types/src/route.rs");

on_both_databases! {
    async fn the_document_names_every_path_that_both_sides_share(portal) {
        let documented: Vec<String> = all(portal).await.into_iter().map(|(_, path)| path).collect();
        let constants: Vec<&str> = CONSTANTS.lines().filter(|line| line.starts_with("pub const ")).collect();
        assert!(constants.len() >= 6);
        for line in constants {
            let path = line.split('"').nth(1).unwrap();
            assert!(documented.iter().any(|it| it == path), "{path} is not in the document");
        }
    }

    async fn the_document_holds_every_route_of_the_contract_and_the_server_answers_it(portal) {
        let documented = all(portal).await;
        for (method, path) in [
            (Method::GET, "/api/flow"), (Method::POST, "/api/sign-in"), (Method::POST, "/api/sign-in/code"),
            (Method::POST, "/api/sign-in/cancel"), (Method::POST, "/api/set-up/confirm"), (Method::POST, "/api/sign-out"),
            (Method::GET, "/health/live"), (Method::GET, "/health/ready"),
        ] {
            assert!(documented.contains(&(method.clone(), path.to_owned())), "{method} {path}");
            let answer = portal.browser().send(method.clone(), path, "{}").await;
            assert!(!matches!(answer.status.as_u16(), 404 | 405 | 500), "{method} {path}: {answer:?}");
        }
    }

    async fn the_document_lists_the_status_of_every_refusal_of_a_log_in(portal) {
        let document = document(portal).await;
        for (path, statuses) in [
            (route::SIGN_IN, vec!["200", "400", "401", "403", "413", "415", "429", "503"]),
            (route::SIGN_IN_CODE, vec!["200", "400", "401", "403", "409", "429"]),
            (route::SET_UP_CONFIRM, vec!["200", "400", "401", "403", "409", "429"]),
        ] {
            for status in statuses {
                assert!(document["paths"][path]["post"]["responses"][status].is_object(), "{path} {status}");
            }
        }
    }

    async fn the_document_is_there_for_people_too_without_anything_from_elsewhere(portal) {
        let page = portal.browser().page("/api/docs").await.expect(200);
        assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
        let text = String::from_utf8(page.body).unwrap();
        for (method, path) in all(portal).await {
            assert!(text.contains(&format!("<b>{method}</b> <code>{path}</code>")), "{method} {path}");
        }
        // Addresses in examples are text: no attribute and no style leads anywhere else.
        for loads in ["=\"http", "='http", "=http", "=\"//", "='//", "url(", "@import", "<script", "<link", "<img"] {
            assert!(!text.contains(loads), "{loads}");
        }
    }

    async fn the_document_describes_every_id_in_a_path_and_every_refusal_of_its_layers(portal) {
        let document = document(portal).await;
        for (method, path) in all(portal).await {
            let operation = &document["paths"][&path][method.as_str().to_lowercase()];
            let parameters: Vec<&str> = operation["parameters"].as_array().into_iter().flatten()
                .filter(|it| it["in"] == "path").map(|it| it["name"].as_str().unwrap()).collect();
            let ids: Vec<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
            assert_eq!(parameters, ids, "{path}");
            let mut statuses = vec!["500", "503"];
            statuses.extend((!method.is_safe()).then_some(["400", "403", "408", "413", "415"]).into_iter().flatten());
            for status in statuses.into_iter().filter(|_| path.starts_with("/api/")) {
                assert!(operation["responses"][status].is_object(), "{method} {path} {status}");
            }
        }
    }

    async fn every_body_that_is_sent_has_an_example(portal) {
        let document = document(portal).await;
        let paths = document["paths"].as_object().unwrap().values();
        let mut bodies = 0;
        for operation in paths.flat_map(|methods| methods.as_object().unwrap().values()) {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let Some(name) = body.as_str().and_then(|reference| reference.rsplit('/').next()) else { continue };
            assert!(!document["components"]["schemas"][name]["example"].is_null(), "{name} has no example");
            bodies += 1;
        }
        assert!(bodies > 15, "{bodies}");
    }
}
