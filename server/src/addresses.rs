//! The addresses of clients, and lists of the addresses and networks from which an account or a user can be used.
//! Stored as text, one network per line.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use postern_types::Reason;
use serde::{Deserialize, Serialize};

/// Maximum number of entries.
pub const MAX_NETWORKS: usize = 100;

/// Where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientAddress {
    /// The socket's peer, or what trusted proxies say.
    Known(IpAddr),
    /// A trusted proxy said something that is not an address.
    Unknown,
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(address) => address.fmt(f),
            // The name of RFC 7239, 6.2.
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// A validated list. An empty one allows every address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressList(Vec<IpNet>);

impl AddressList {
    /// Parses what an administrator entered: addresses and networks, IPv4 and IPv6. Host bits are cleared.
    ///
    /// # Errors
    /// With what is wrong, and in which line.
    pub fn parse(entries: &[String]) -> Result<Self, Reason> {
        if entries.len() > MAX_NETWORKS {
            return Err(Reason::TooMany { max: MAX_NETWORKS as u32 });
        }
        let mut list = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let network = parse_network(entry.trim()).ok_or(Reason::NotAnAddress { line: index as u32 + 1 })?;
            if !list.contains(&network) {
                list.push(network);
            }
        }
        Ok(Self(list))
    }

    /// Parses a column. `None` if a line is unreadable; the caller must then allow nobody.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let network = |line: &str| line.parse().ok().map(|network| canonical(network).unwrap_or(network));
        text.lines().map(network).collect::<Option<Vec<_>>>().map(Self)
    }

    /// The text for a column.
    #[must_use]
    pub fn to_stored(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// The entries for display; single addresses without a prefix length.
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        let text = |network: &IpNet| {
            let single = network.prefix_len() == network.max_prefix_len();
            if single { network.addr().to_string() } else { network.to_string() }
        };
        self.0.iter().map(text).collect()
    }

    /// Whether a client with this address is allowed. An unknown one is on no list.
    #[must_use]
    pub fn allows(&self, address: ClientAddress) -> bool {
        let is_on_the_list = |address: IpAddr| self.0.iter().any(|network| network.contains(&address.to_canonical()));
        self.0.is_empty() || matches!(address, ClientAddress::Known(address) if is_on_the_list(address))
    }
}

/// An address or a network, IPv4 or IPv6, without host bits. An IPv4 address in its IPv6 form (`::ffff:192.0.2.7`) becomes the
/// IPv4 address, which is how clients are known. `None` for anything else.
#[must_use]
pub fn parse_network(text: &str) -> Option<IpNet> {
    let network = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    canonical(network).map(|network| network.trunc())
}

/// The network with its IPv4 addresses written as such. `None` for a network that begins among them and goes beyond, which
/// nobody can mean.
fn canonical(network: IpNet) -> Option<IpNet> {
    let IpAddr::V4(address) = network.addr().to_canonical() else { return Some(network) };
    let bits = if network.max_prefix_len() == 128 { 96 } else { 0 };
    IpNet::new(address.into(), network.prefix_len().checked_sub(bits)?).ok()
}

/// Whether the list in a column allows a client. A damaged list allows nobody.
#[must_use]
pub fn stored_allows(text: &str, address: ClientAddress) -> bool {
    AddressList::from_stored(text).is_some_and(|list| list.allows(address))
}

/// The networks that share limits, the narrowest first: an IPv4 address and its /24; of an IPv6 address the /64, which belongs to
/// one customer, the /56 and the /48.
#[must_use]
pub fn networks(address: IpAddr) -> Vec<String> {
    let address = address.to_canonical();
    let prefixes: &[u8] = if address.is_ipv4() { &[32, 24] } else { &[64, 56, 48] };
    let network = |prefix: &u8| IpNet::new(address, *prefix).map_or_else(|_| address.to_string(), text_of_network);
    prefixes.iter().map(network).collect()
}

/// The narrowest network that shares limits with a client; `unknown` for an unknown address.
#[must_use]
pub fn narrow_network(address: ClientAddress) -> String {
    match address {
        ClientAddress::Known(known) => networks(known).swap_remove(0),
        ClientAddress::Unknown => address.to_string(),
    }
}

/// The network by which it is noticed that somebody logs in from a new place: the /16 of an IPv4 address, the /32 of an IPv6
/// address. That is about what one provider has in one region, so a phone that moves stays in a few of them. `None` for an unknown
/// address.
#[must_use]
pub fn place(address: ClientAddress) -> Option<String> {
    let ClientAddress::Known(address) = address else { return None };
    let address = address.to_canonical();
    let prefix = if address.is_ipv4() { 16 } else { 32 };
    IpNet::new(address, prefix).ok().map(text_of_network)
}

fn text_of_network(network: IpNet) -> String {
    network.trunc().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Result<AddressList, Reason> {
        AddressList::parse(&entries.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn allows(entries: &[&str], address: &str) -> bool {
        list(entries).unwrap().allows(ClientAddress::Known(address.parse().unwrap()))
    }

    #[test]
    fn an_empty_list_allows_everybody_and_a_filled_one_its_networks_only() {
        assert!(allows(&[], "203.0.113.9"));
        assert!(allows(&["192.0.2.0/24", "2001:db8::/32"], "192.0.2.200"));
        assert!(allows(&["192.0.2.0/24", "2001:db8::/32"], "2001:db8:1::1"));
        assert!(!allows(&["192.0.2.0/24", "2001:db8::/32"], "192.0.3.1"));
        assert!(!allows(&["192.0.2.7"], "192.0.2.8"));
    }

    #[test]
    fn an_ipv4_client_on_an_ipv6_socket_is_the_same_client() {
        assert!(allows(&["192.0.2.7"], "::ffff:192.0.2.7"));
    }

    #[test]
    fn an_ipv4_address_in_its_ipv6_form_is_the_same_entry() {
        let kept = list(&["::ffff:192.0.2.7", "192.0.2.7", "::ffff:198.51.100.9/120", "::ffff:c633:6400/120"]).unwrap();
        assert_eq!(kept.entries(), ["192.0.2.7", "198.51.100.0/24"]);
        for client in ["192.0.2.7", "::ffff:192.0.2.7", "198.51.100.200"] {
            assert!(kept.allows(ClientAddress::Known(client.parse().unwrap())), "{client}");
        }
        assert!(!kept.allows(ClientAddress::Known("192.0.2.8".parse().unwrap())));
        assert_eq!(list(&["::1", "::ffff:192.0.2.7/80"]), Err(Reason::NotAnAddress { line: 2 }));
        assert_eq!(list(&["::/0"]).unwrap().entries(), ["::/0"]);
    }

    #[test]
    fn a_list_from_before_is_read_in_the_same_way() {
        let address = |text: &str| ClientAddress::Known(text.parse().unwrap());
        assert!(stored_allows("::ffff:192.0.2.7/128", address("192.0.2.7")));
        assert!(
            stored_allows("::ffff:0:0/80\n192.0.2.7/32", address("192.0.2.7")),
            "a useless entry does not shut out"
        );
    }

    #[test]
    fn what_is_no_network_is_refused_by_its_line() {
        for entry in ["192.0.2.0/33", "office", "", "192.0.2.1:80", "192.0.2.1-9"] {
            assert_eq!(list(&["192.0.2.1", entry]), Err(Reason::NotAnAddress { line: 2 }), "{entry}");
        }
        assert!(AddressList::parse(&vec!["192.0.2.1".to_owned(); 101]).is_err());
    }

    #[test]
    fn a_list_is_kept_and_read_back_without_host_bits_and_repeats() {
        let kept = list(&["192.0.2.9/24", "192.0.2.0/24", " 2001:db8::1 "]).unwrap();
        assert_eq!(kept.entries(), ["192.0.2.0/24", "2001:db8::1"]);
        assert_eq!(AddressList::from_stored(&kept.to_stored()), Some(kept));
    }

    #[test]
    fn a_damaged_list_lets_nobody_in() {
        let client = ClientAddress::Known("192.0.2.1".parse().unwrap());
        assert!(!stored_allows("nonsense", client));
        assert!(stored_allows("", client));
    }

    #[test]
    fn an_unknown_address_is_on_no_list() {
        assert!(!list(&["0.0.0.0/0", "::/0"]).unwrap().allows(ClientAddress::Unknown));
        assert!(list(&[]).unwrap().allows(ClientAddress::Unknown), "an empty list is none");
    }

    #[test]
    fn a_place_is_as_wide_as_a_region_of_a_provider() {
        let place = |text: &str| place(ClientAddress::Known(text.parse().unwrap())).unwrap();
        assert_eq!(place("198.51.100.7"), "198.51.0.0/16");
        assert_eq!(place("::ffff:198.51.100.7"), "198.51.0.0/16");
        assert_eq!(place("2001:db8:1:2::3"), "2001:db8::/32");
        assert_eq!(super::place(ClientAddress::Unknown), None);
    }

    #[test]
    fn the_networks_of_an_address_are_those_that_one_customer_may_have() {
        let networks = |text: &str| networks(text.parse().unwrap());
        assert_eq!(networks("198.51.100.7"), ["198.51.100.7/32", "198.51.100.0/24"]);
        assert_eq!(networks("2001:db8:0:1ff:ffff::1"), ["2001:db8:0:1ff::/64", "2001:db8:0:100::/56", "2001:db8::/48"]);
        assert_eq!(networks("::ffff:198.51.100.7"), networks("198.51.100.7"));
    }
}
