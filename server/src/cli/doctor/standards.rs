//! The sources of the checks: requirements of ASVS 5.0, and sections of NIST SP 800-63B-4.

/// A used code would work again if its commit were lost.
pub(super) const CODES_WORK_ONCE: &str = "ASVS 5.0, 6.5.1; NIST SP 800-63B-4, 3.1.4.2";
/// The master keys protect what authenticators and the server share.
pub(super) const KEYS: &str = "ASVS 5.0, 13.3.2; NIST SP 800-63B-4, 3.1.4.2";
/// Codes depend on the time, and so do records.
pub(super) const CLOCKS: &str = "ASVS 5.0, 16.2.2; NIST SP 800-63B-4, 3.1.4.2";
/// Users are told when a password or second factor of theirs changes.
pub(super) const NOTICES: &str = "ASVS 5.0, 6.3.7; NIST SP 800-63B-4, 4.6";
