//! The listener for Prometheus.

use std::net::TcpListener;
use std::time::Duration;

use postern_testkit::{ADA, Browser, Installation, Place};

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_have_a_listener_of_their_own_and_the_portals_port_has_none() {
    let portal = Installation::on_sqlite().with_ada();
    let port = free_port();
    let mut server = portal.start_with(&[("POSTERN_METRICS__LISTEN", &format!("127.0.0.1:{port}"))]).await;
    server.browser().sign_in(ADA).await.expect(200);
    let answer = Browser::new(Place::Port(port)).page("/metrics").await.expect(200).text();
    assert!(
        answer.contains("\npostern_authentications_total{factor=\"password\",result=\"next_factor\"} 1\n"),
        "{answer}"
    );
    assert!(answer.ends_with("# EOF\n"));
    server.browser().page("/metrics").await.expect(404);
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(15)).success());
    assert_eq!(server.log().matches("stopping").count(), 1, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_for_the_figures_that_is_taken_or_wrong_prevents_the_start() {
    let portal = Installation::on_sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = |address: &str| {
        portal.refused(&["serve", "--listen", "127.0.0.1:0", "--set", &format!("metrics.listen={address}")])
    };
    let text = refused(&address);
    assert!(text.contains(&address) && text.contains("with metrics.listen"), "{text}");
    assert!(refused("9464").contains("metrics.listen"));
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
