//! Opening the socket.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use anyhow::anyhow;

/// Opens the socket.
///
/// # Errors
/// If it cannot listen on the address, with what to do.
pub fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program is using it: stop that program, or choose another port with --listen"
            }
            ErrorKind::PermissionDenied => "ports below 1024 need privileges: choose another one with --listen",
            ErrorKind::AddrNotAvailable => "this machine has no such address: choose another one with --listen",
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
        let first = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = first.local_addr().unwrap();
        let error = bind(address).unwrap_err().to_string();
        assert!(error.contains(&address.to_string()) && error.contains("--listen"), "{error}");
    }
}
