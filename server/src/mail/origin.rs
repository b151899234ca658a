//! Where a request came from, in a mail.

use postern_types::device_name;
use serde::{Deserialize, Serialize};

/// Where a request came from, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Origin {
    /// The client's address.
    pub address: String,
    /// Name of the browser and its system; `None` if they are not known. Nothing of what the client sent is in it.
    pub browser: Option<String>,
}

impl Origin {
    /// Of an address and a `User-Agent` header.
    #[must_use]
    pub fn new(address: String, user_agent: &str) -> Self {
        Self { address, browser: device_name(user_agent) }
    }

    /// From where: `from 198.51.100.7, with Firefox on Linux`.
    pub(super) fn in_words(&self) -> String {
        let address = if self.address == "unknown" { "an unknown address" } else { &self.address };
        let browser = self.browser.as_deref().unwrap_or("an unknown browser");
        format!("from {address}, with {browser}")
    }
}
