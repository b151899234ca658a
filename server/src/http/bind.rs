//! Opening the socket.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use anyhow::anyhow;

/// Opens the socket of this flag or setting.
///
/// # Errors
/// If it cannot listen on the address, with what to do.
pub fn bind(listen: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => {
                format!("another program is using it: stop that program, or choose another port with {setting}")
            }
            ErrorKind::PermissionDenied => {
                format!("ports below 1024 need privileges: choose another one with {setting}")
            }
            ErrorKind::AddrNotAvailable => {
                format!("this machine has no such address: choose another one with {setting}")
            }
            _ => return anyhow!(error).context(format!("cannot listen on {listen}")),
        };
        anyhow!("cannot listen on {listen}: {advice}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_use_is_named_with_what_to_do() {
        let first = bind(([127, 0, 0, 1], 0).into(), "--listen").unwrap();
        let address = first.local_addr().unwrap();
        let error = bind(address, "--listen").unwrap_err().to_string();
        assert!(error.contains(&address.to_string()) && error.contains("--listen"), "{error}");
    }
}
