//! The client's address, seen through reverse proxies, and what depends on it.

use postern_testkit::{ADA, Browser, Portal, on_both_databases};

async fn behind_proxies(portal: &Portal) -> Portal {
    portal.node_with(|config| config.server.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()]).await
}

fn forwarded(browser: Browser, hops: &str) -> Browser {
    browser.with_header("x-forwarded-for", hops)
}

/// The address that the history holds of the one log-in so far.
async fn recorded(portal: &Portal) -> String {
    let addresses = portal.database.texts("select address from login_history").await;
    assert_eq!(addresses.len(), 1);
    addresses[0].clone()
}

on_both_databases! {
    async fn a_direct_client_cannot_choose_its_address(portal) {
        portal.add_user("Acme", ADA).await;
        let node = behind_proxies(portal).await;
        let client = node.browser().at("203.0.113.9").with_header("forwarded", "for=10.0.0.1");
        forwarded(client, "10.0.0.1").sign_in(ADA).await.expect(200);
        assert_eq!(recorded(portal).await, "203.0.113.9");
    }

    async fn behind_a_trusted_proxy_the_hop_that_it_added_counts(portal) {
        portal.add_user("Acme", ADA).await;
        let node = behind_proxies(portal).await;
        forwarded(node.browser().at("10.0.0.1"), "1.2.3.4, 198.51.100.7").sign_in(ADA).await.expect(200);
        assert_eq!(recorded(portal).await, "198.51.100.7");
    }

    async fn two_proxies_are_walked_from_the_right(portal) {
        portal.add_user("Acme", ADA).await;
        let node = behind_proxies(portal).await;
        forwarded(node.browser().at("10.0.0.1"), "1.2.3.4, 198.51.100.7, 10.0.0.2").sign_in(ADA).await.expect(200);
        assert_eq!(recorded(portal).await, "198.51.100.7");
    }

    async fn a_byte_that_is_no_text_does_not_hide_the_hop_that_the_proxy_added(portal) {
        portal.add_user("Acme", ADA).await;
        let node = behind_proxies(portal).await;
        forwarded(node.browser().at("10.0.0.1"), "\u{e9}, 198.51.100.7").sign_in(ADA).await.expect(200);
        assert_eq!(recorded(portal).await, "198.51.100.7");
    }

    async fn an_address_that_the_proxy_does_not_name_is_unknown_and_on_no_list(portal) {
        let id = portal.add_user("Acme", ADA).await;
        let sql = format!("update memberships set allowed_addresses = '10.0.0.0/8' where user_id = '{id}'");
        portal.database.execute(&sql).await;
        let node = behind_proxies(portal).await;
        forwarded(node.browser().at("10.0.0.1"), "\u{e9}").sign_in(ADA).await.expect_error(403, "address_refused");
        assert_eq!(recorded(portal).await, "unknown");
    }

    async fn without_trusted_proxies_no_header_counts(portal) {
        portal.add_user("Acme", ADA).await;
        forwarded(portal.browser().at("10.0.0.1"), "198.51.100.7").sign_in(ADA).await.expect(200);
        assert_eq!(recorded(portal).await, "10.0.0.1");
    }

    async fn a_spoofed_address_does_not_dodge_the_waits(portal) {
        portal.add_user("Acme", ADA).await;
        let node = behind_proxies(portal).await;
        for n in 0..4 {
            let client = forwarded(node.browser().at("10.0.0.1"), &format!("1.2.3.{n}, 198.51.100.7"));
            client.clone().sign_in_with(ADA, "wrong password").await.expect(401);
        }
        forwarded(node.browser().at("10.0.0.1"), "9.9.9.9, 198.51.100.7").sign_in(ADA).await.expect(429);
        forwarded(node.browser().at("10.0.0.1"), "198.51.100.8").sign_in(ADA).await.expect(200);
    }

    async fn behind_a_proxy_that_nobody_named_ten_typing_errors_hold_up_nobody_else(portal) {
        portal.add_user("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        for _ in 0..10 {
            forwarded(portal.browser().at("10.0.0.1"), "198.51.100.7").sign_in_with(ADA, "wrong password").await;
        }
        forwarded(portal.browser().at("10.0.0.1"), "198.51.100.8").sign_in("bo@example.com").await.expect(200);
    }

    async fn an_ipv6_client_counts_by_its_64_bit_network(portal) {
        portal.add_user("Acme", ADA).await;
        for n in 1..=4 {
            portal.browser().at(&format!("2001:db8::{n}")).sign_in_with(ADA, "wrong password").await.expect(401);
        }
        portal.browser().at("2001:db8::ffff").sign_in(ADA).await.expect(429);
        portal.browser().at("2001:db8:0:1::1").sign_in(ADA).await.expect(200);
    }
}
