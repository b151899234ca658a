//! The browser app as the server hands it out. `cargo xtask test` builds the app first.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use postern_testkit::Portal;
use sha2::{Digest, Sha256};

/// The files of the portal, without the page and without their compressed copies.
fn files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/web");
    let names = std::fs::read_dir(folder).expect("the app is built: `cargo xtask test` does it");
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> =
        names.filter(|name| !name.ends_with(".html") && !name.ends_with(".br") && !name.ends_with(".gz")).collect();
    assert!(files.iter().any(|name| name.ends_with(".wasm")), "the app is built: `cargo xtask test` does it");
    files
}

async fn page(portal: &Portal) -> (String, String) {
    let answer = portal.browser().get("/").await.expect(200);
    (answer.header("content-security-policy").to_owned(), String::from_utf8(answer.body).unwrap())
}

#[tokio::test]
async fn every_file_has_its_type_in_every_compression() {
    let portal = Portal::on_sqlite().await;
    for name in files() {
        let kind = match name.rsplit_once('.').unwrap().1 {
            "wasm" => "application/wasm",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("no type is known for .{other}"),
        };
        for (accepted, encoding) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("", ""), ("identity", "")] {
            let mut browser = portal.browser().with_header("accept-encoding", accepted);
            let answer = browser.get(&format!("/{name}")).await.expect(200);
            assert_eq!((answer.header("content-type"), answer.header("content-encoding")), (kind, encoding), "{name}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_missing_ones_not_at_all() {
    let portal = Portal::on_sqlite().await;
    for name in files() {
        let answer = portal.browser().get(&format!("/{name}")).await.expect(200);
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{name}");
    }
    for gone in ["/postern-frontend-0000000000000000.js", "/postern-frontend-0000000000000000_bg.wasm", "/gone.css"] {
        let answer = portal.browser().get(gone).await.expect(404);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.body.starts_with(b"<"), "never the page");
    }
}

#[tokio::test]
async fn the_page_is_fetched_anew_each_time_and_names_files_that_are_there() {
    let portal = Portal::on_sqlite().await;
    assert_eq!(portal.browser().get("/").await.header("cache-control"), "no-store");
    let (_, page) = page(&portal).await;
    let names = files();
    let named: Vec<&String> = names.iter().filter(|name| page.contains(&format!("/{name}"))).collect();
    assert!(
        named.iter().any(|name| name.ends_with(".js")) && named.iter().any(|name| name.ends_with(".css")),
        "{page}"
    );
}

#[tokio::test]
async fn r29_the_page_runs_only_the_scripts_whose_hashes_its_policy_names() {
    let (policy, page) = page(&Portal::on_sqlite().await).await;
    let directive = |name: &str| policy.split("; ").find_map(|part| part.strip_prefix(name)).unwrap_or_default();
    let mut sources: Vec<String> = vec!["'self'".into(), "'wasm-unsafe-eval'".into()];
    for rest in page.split("<script").skip(1) {
        let (tag, rest) = rest.split_once('>').unwrap();
        let text = rest.split_once("</script>").unwrap().0;
        if !tag.contains("src=") {
            sources.push(format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text))));
        }
    }
    assert_eq!(directive("script-src ").split(' ').map(str::to_owned).collect::<Vec<_>>(), sources);
    assert_eq!(directive("style-src "), "'self'");
    assert_eq!((directive("base-uri "), directive("form-action ")), ("'none'", "'self'"));
    assert!(
        !page.contains(" style=")
            && !page.contains("<style")
            && !page.contains(" nonce=")
            && !page.contains(" onload=")
    );
}

#[tokio::test]
async fn paths_that_the_app_does_not_own_are_404() {
    let portal = Portal::on_sqlite().await;
    for path in [
        "/account",
        "/sign-in",
        "/index.html",
        "/favicon.ico",
        "/..%2fCargo.toml",
        "/%2e%2e/Cargo.toml",
        "//",
        "/health",
    ] {
        assert!(!portal.browser().get(path).await.expect(404).body.starts_with(b"<"), "{path}");
    }
}

#[tokio::test]
async fn the_form_of_the_page_never_puts_a_password_into_an_address() {
    let portal = Portal::on_sqlite().await;
    let (_, page) = page(&portal).await;
    let form = page.split_once("<form").expect("the log-in form is in the page").1.split_once('>').unwrap().0;
    assert!(form.contains("method=\"post\""), "{form}");
    portal.browser().post("/", serde_json::json!({})).await.expect(405);
}

#[tokio::test]
async fn the_page_bears_the_products_name() {
    let portal = Portal::on_sqlite().await;
    let node = portal.node_with(|config| config.brand.product_name = "Smith & <Sons>".to_owned()).await;
    assert!(page(&node).await.1.contains("<title>Smith &amp; &lt;Sons&gt;</title>"));
}
