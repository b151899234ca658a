//! The host of a URL. `url` recognises numeric addresses in http and https only; in other schemes it reads them as names.

use std::net::IpAddr;

use url::{Host, Url};

/// The host, in any scheme: a name, an IPv4 or an IPv6 address. `None` if there is none, or it is malformed.
pub(super) fn host(url: &Url) -> Option<Host> {
    Host::parse(url.host_str()?).ok().map(|host| match host {
        Host::Ipv6(address) => match IpAddr::V6(address).to_canonical() {
            IpAddr::V4(address) => Host::Ipv4(address),
            IpAddr::V6(address) => Host::Ipv6(address),
        },
        other => other,
    })
}

/// Whether this host is the machine itself.
pub(super) fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Host> {
        host(&Url::parse(text).unwrap())
    }

    #[test]
    fn an_address_is_an_address_in_every_scheme() {
        for scheme in ["smtp", "smtps", "postgres", "https"] {
            let read = |host| read(&format!("{scheme}://{host}:25"));
            assert_eq!(read("127.0.0.1"), Some(Host::Ipv4([127, 0, 0, 1].into())), "{scheme}");
            assert_eq!(read("[::1]"), Some(Host::Ipv6([0, 0, 0, 0, 0, 0, 0, 1].into())), "{scheme}");
            assert_eq!(read("[::ffff:192.0.2.7]"), Some(Host::Ipv4([192, 0, 2, 7].into())), "{scheme}");
            assert_eq!(read("mail.example.com"), Some(Host::Domain("mail.example.com".to_owned())), "{scheme}");
        }
    }

    #[test]
    fn this_machine_is_known_by_its_name_and_by_its_addresses() {
        for local in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(is_loopback(&read(&format!("smtp://{local}")).unwrap()), "{local}");
        }
        for distant in ["localhost.example.com", "192.0.2.7", "[2001:db8::1]", "127.0.0.1.example.com"] {
            assert!(!is_loopback(&read(&format!("smtp://{distant}")).unwrap()), "{distant}");
        }
    }
}
