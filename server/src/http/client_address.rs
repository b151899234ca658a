//! The client's address behind reverse proxies. Headers of a peer that is not trusted must never be used.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use super::header_list::elements;
use crate::addresses::ClientAddress;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address: the socket's peer, unless that is a trusted proxy; then the right-most address in
/// `X-Forwarded-For` that is not a trusted proxy itself. RFC 7239 `Forwarded` is read if the older header is
/// missing: a proxy that writes only `Forwarded` must remove a client's own `X-Forwarded-For`.
///
/// What a client wrote to the left of that address is never read. Where an element that a trusted proxy has added is not an
/// address, the client is unknown: the proxy's own address in its place would pass for somebody inside.
#[must_use]
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
    let mut client = peer.to_canonical();
    if !is_trusted(client, trusted) {
        return ClientAddress::Known(client);
    }
    for hop in hops(headers).into_iter().rev() {
        let Some(address) = hop.and_then(address) else { return ClientAddress::Unknown };
        client = address;
        if !is_trusted(client, trusted) {
            break;
        }
    }
    ClientAddress::Known(client)
}

/// Whether there seems to be a reverse proxy that is not configured, so that all users share one address. Only peers in
/// private networks count: a distant client can send forwarding headers by itself.
#[must_use]
pub fn looks_proxied(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    let is_near = match peer {
        IpAddr::V4(peer) => peer.is_private() || peer.is_loopback(),
        IpAddr::V6(peer) => peer.is_unique_local() || peer.is_loopback(),
    };
    let is_forwarded = headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(header::FORWARDED);
    is_near && is_forwarded && !is_trusted(peer, trusted)
}

/// Whether a peer is a trusted proxy. The address must be canonical.
pub(crate) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// The hops from left to right, over all lines of the header. `None` is one that cannot be read.
fn hops(headers: &HeaderMap) -> Vec<Option<&str>> {
    if headers.contains_key(X_FORWARDED_FOR) {
        return elements(headers, &X_FORWARDED_FOR).collect();
    }
    elements(headers, &header::FORWARDED).map(|element| element.and_then(forwarded_for)).collect()
}

/// `for=192.0.2.1;proto=https` or `for="[2001:db8::1]:4711"` (RFC 7239, 4).
fn forwarded_for(element: &str) -> Option<&str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    Some(value.trim().trim_matches('"'))
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let parsed = bare.parse::<IpAddr>().or_else(|_| hop.parse::<std::net::SocketAddr>().map(|socket| socket.ip()));
    parsed.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, headers: &[(&'static str, &str)], trusted: &[&str]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    const PROXIES: &[&str] = &["10.0.0.0/8", "fd00::/8"];

    #[test]
    fn a_direct_client_cannot_choose_its_address() {
        assert_eq!(seen("203.0.113.9", &[("x-forwarded-for", "10.0.0.1")], PROXIES), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &[("x-forwarded-for", "198.51.100.1")], &[]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_that_appends_is_believed_for_its_own_hop_only() {
        let spoofed = "1.2.3.4, 198.51.100.7";
        assert_eq!(seen("10.0.0.1", &[("x-forwarded-for", spoofed)], PROXIES), "198.51.100.7");
    }

    #[test]
    fn two_proxies_are_walked_from_the_right() {
        let hops = "1.2.3.4, 198.51.100.7, 10.0.0.2";
        assert_eq!(seen("10.0.0.1", &[("x-forwarded-for", hops)], PROXIES), "198.51.100.7");
        let lines = [("x-forwarded-for", "1.2.3.4, 198.51.100.7"), ("x-forwarded-for", "10.0.0.2")];
        assert_eq!(seen("10.0.0.1", &lines, PROXIES), "198.51.100.7");
    }

    #[test]
    fn what_a_trusted_proxy_added_and_is_no_address_leaves_the_client_unknown() {
        let unreadable =
            ["", " ", ",", "unknown", "\u{e9}", "\u{80}", "198.51.100.7, unknown, 10.0.0.2", "198.51.100.7,"];
        for hops in unreadable {
            assert_eq!(seen("10.0.0.1", &[("x-forwarded-for", hops)], PROXIES), "unknown", "{hops}");
        }
        for hidden in ["", "for=unknown", "for=_hidden", "proto=https", "for=\"[2001:db8::1\"", "for=\u{e9}"] {
            assert_eq!(seen("10.0.0.1", &[("forwarded", hidden)], PROXIES), "unknown", "{hidden}");
        }
        assert_eq!(seen("10.0.0.1", &[], PROXIES), "10.0.0.1", "the proxy itself asks");
    }

    #[test]
    fn no_byte_of_a_client_hides_the_address_that_the_proxy_added() {
        for byte in (0x80..=0xff).chain([b'\t', b'"', b'\\', b'(', b';']) {
            let mut headers = HeaderMap::new();
            let line = [&[byte], &b", for=10.0.0.9, 198.51.100.7"[..]].concat();
            headers.append(X_FORWARDED_FOR, line[..].try_into().unwrap());
            let trusted = ["10.0.0.0/8".parse().unwrap()];
            let seen = client_address("10.0.0.1".parse().unwrap(), &headers, &trusted);
            assert_eq!(seen.to_string(), "198.51.100.7", "{byte:#x}");
        }
    }

    #[test]
    fn where_all_hops_are_trusted_the_farthest_is_the_client() {
        assert_eq!(seen("10.0.0.1", &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")], PROXIES), "10.0.0.3");
    }

    #[test]
    fn every_written_form_of_an_address_is_read() {
        for hop in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711"] {
            assert_eq!(seen("fd00::1", &[("x-forwarded-for", hop)], PROXIES), "2001:db8::1");
        }
        assert_eq!(seen("::ffff:10.0.0.1", &[("x-forwarded-for", "198.51.100.7:80")], PROXIES), "198.51.100.7");
    }

    #[test]
    fn rfc_7239_forwarded_is_read_where_the_older_header_is_missing() {
        let forwarded = "for=1.2.3.4, for=\"[2001:db8::1]:80\";proto=https;by=10.0.0.2";
        assert_eq!(seen("10.0.0.1", &[("forwarded", forwarded)], PROXIES), "2001:db8::1");
        let both = [("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(seen("10.0.0.1", &both, PROXIES), "198.51.100.7");
    }

    #[test]
    fn a_proxy_that_nobody_named_is_noticed() {
        let mut headers = HeaderMap::new();
        let peer = "10.0.0.1".parse().unwrap();
        assert!(!looks_proxied(peer, &headers, &[]));
        headers.insert("x-forwarded-for", "198.51.100.7".parse().unwrap());
        assert!(looks_proxied(peer, &headers, &[]));
        assert!(looks_proxied("::ffff:127.0.0.1".parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]));
        assert!(!looks_proxied(peer, &headers, &["10.0.0.0/8".parse().unwrap()]));
        assert!(!looks_proxied("203.0.113.9".parse().unwrap(), &headers, &[]), "a distant client only pretends");
    }
}
