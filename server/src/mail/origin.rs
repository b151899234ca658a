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
}
