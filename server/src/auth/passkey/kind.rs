//! The names of passkey providers.

/// One line for each AAGUID: a UUID, a space, a name.
const KINDS: &str = include_str!("kinds.txt");

/// The name of the passkey provider with this AAGUID; if it is unknown, `Security key` for a passkey that can never leave its device, if
/// that is not the user's computer or phone itself, and `Passkey` for every other. Browsers hide the AAGUID of security keys if no
/// attestation is requested. `transports` are the words of WebAuthn Level 3, 5.8.4, separated by spaces.
#[must_use]
pub fn kind(aaguid: &str, is_device_bound: bool, transports: &str) -> &'static str {
    let is_built_in = transports.split(' ').any(|transport| transport == "internal");
    let named = KINDS.lines().filter_map(|line| line.split_once(' ')).find(|(known, _)| *known == aaguid);
    match named {
        Some((_, name)) => name,
        None if is_device_bound && !is_built_in => "Security key",
        None => "Passkey",
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_passkey_is_named_after_its_provider() {
        const UNKNOWN: &str = "00000000-0000-0000-0000-000000000000";
        assert_eq!(kind("bada5566-a7aa-401f-bd96-45619a55120d", false, "internal"), "1Password");
        assert_eq!(kind(UNKNOWN, true, "nfc usb"), "Security key");
        assert_eq!(kind(UNKNOWN, true, ""), "Security key");
        assert_eq!(kind(UNKNOWN, true, "internal"), "Passkey", "of a computer without synchronisation");
        assert_eq!(kind(UNKNOWN, false, "hybrid internal"), "Passkey");
    }

    #[test]
    fn every_line_has_an_aaguid_as_it_is_stored_and_a_name() {
        let lines: Vec<_> = KINDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.len() > 30);
        for line in lines {
            let (aaguid, name) = line.split_once(' ').unwrap();
            assert_eq!(aaguid.parse::<Uuid>().unwrap().to_string(), aaguid);
            assert!(!name.is_empty() && name == name.trim(), "{line}");
        }
    }
}
