//! The names of passkey providers.

/// One line for each AAGUID: a UUID, a space, a name.
const KINDS: &str = include_str!("kinds.txt");

/// The name of the passkey provider with this AAGUID; if it is unknown, `Passkey`, or `Security key` for a passkey that can never leave
/// its device. Browsers hide the AAGUID of security keys if no attestation is requested.
#[must_use]
pub fn kind(aaguid: &str, is_device_bound: bool) -> &'static str {
    let named = KINDS.lines().filter_map(|line| line.split_once(' ')).find(|(known, _)| *known == aaguid);
    match named {
        Some((_, name)) => name,
        None if is_device_bound => "Security key",
        None => "Passkey",
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_passkey_is_named_after_its_provider() {
        assert_eq!(kind("bada5566-a7aa-401f-bd96-45619a55120d", false), "1Password");
        assert_eq!(kind("00000000-0000-0000-0000-000000000000", true), "Security key");
        assert_eq!(kind("00000000-0000-0000-0000-000000000000", false), "Passkey");
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
