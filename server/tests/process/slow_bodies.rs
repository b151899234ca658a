//! Requests whose bodies arrive late.

use std::io::{Read, Write};

use axum::http::Method;
use postern_testkit::{ADA, Installation, PASSWORD};
use postern_types::route;
use serde_json::json;

use crate::socket::connect;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_before_the_body_has_arrived_does_nothing_on_both_databases() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        let mut owner = server.browser();
        owner.sign_in(ADA).await.expect(200);
        let body = json!({"current_password": PASSWORD, "new_password": "quiet harbour lamp anchor"});
        let request = owner.bytes_of(Method::POST, route::MY_PASSWORD, &body, server.port);
        let (beginning, end) = request.split_at(request.len() - 1);
        let mut stream = connect(server.port);
        stream.write_all(beginning).unwrap();
        // A round trip through the same program, so that it has read the beginning.
        owner.sign_out().await.expect(200);
        stream.write_all(end).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 401");
        server.browser().sign_in(ADA).await.expect(200);
    }
}
