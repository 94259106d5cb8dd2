//! The local ends of a forward: all ports are taken before anything else happens, so that one that is
//! not free is told at once.

use crate::model::{Fault, FaultKind, ForwardSpec};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// One port, on one or several local addresses.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) port: u16,
    pub(super) listeners: Vec<TcpListener>,
}

/// Listens on all ports of a forward, in their order.
pub(super) async fn all(spec: &ForwardSpec) -> Result<Vec<Local>, Fault> {
    let mut locals = Vec::new();
    for port in &spec.ports {
        locals.push(one(&spec.address, port.local).await?);
    }
    Ok(locals)
}

async fn one(address: &str, mut port: u16) -> Result<Local, Fault> {
    let mut listeners = Vec::new();
    let mut refused = None;
    let addresses = addresses(address)?;
    // `localhost` is two addresses, and not every machine has both.
    let lenient = addresses.len() > 1 && address.trim() == "localhost";
    for ip in addresses {
        match TcpListener::bind(SocketAddr::new(ip, port)).await {
            Ok(listener) => {
                if let Ok(local) = listener.local_addr() {
                    port = local.port();
                }
                listeners.push(listener);
            }
            Err(error) if lenient && error.kind() != io::ErrorKind::AddrInUse => {
                refused = Some(fault(ip, port, &error));
            }
            Err(error) => return Err(fault(ip, port, &error)),
        }
    }
    match refused {
        Some(fault) if listeners.is_empty() => Err(fault),
        _ => Ok(Local { port, listeners }),
    }
}

/// Whether a local port is free now: None where it is, else why not. Waits for nothing.
pub fn taken(address: &str, port: u16) -> Option<Fault> {
    let ips = match addresses(address) {
        Ok(ips) => ips,
        Err(fault) => return Some(fault),
    };
    let lenient = ips.len() > 1 && address.trim() == "localhost";
    ips.into_iter().find_map(|ip| match std::net::TcpListener::bind(SocketAddr::new(ip, port)) {
        Err(error) if !lenient || error.kind() == io::ErrorKind::AddrInUse => {
            Some(fault(ip, port, &error))
        }
        _ => None,
    })
}

fn addresses(text: &str) -> Result<Vec<IpAddr>, Fault> {
    let mut all = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        if part == "localhost" {
            all.extend([IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]);
            continue;
        }
        all.push(part.parse().map_err(|_| {
            let what = format!("listen on {part}");
            Fault::new(FaultKind::Input, what, "it is no address of this machine")
                .hint("an address is localhost, 127.0.0.1, 0.0.0.0 for all, or an IPv6 one")
        })?);
    }
    if all.is_empty() {
        all.push(Ipv4Addr::LOCALHOST.into());
    }
    Ok(all)
}

fn fault(ip: IpAddr, port: u16, error: &io::Error) -> Fault {
    let what = format!("listen on {}", SocketAddr::new(ip, port));
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            Fault::new(FaultKind::Conflict, what, "another program has this port")
                .hint("choose another local port, or 0 for any free one")
        }
        io::ErrorKind::PermissionDenied => {
            Fault::new(FaultKind::Input, what, "ports below 1024 are not for everybody")
                .hint(format!("choose another local port, such as {}", u32::from(port) + 8000))
        }
        io::ErrorKind::AddrNotAvailable => {
            Fault::new(FaultKind::Input, what, "this machine has no such address")
        }
        _ => Fault::new(FaultKind::Other, what, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn run<T>(what: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(what)
    }

    #[test]
    fn any_free_port_becomes_a_number_and_a_taken_one_is_told() {
        run(async {
            let local = one("127.0.0.1", 0).await.unwrap();
            assert_ne!(local.port, 0);
            let taken = one("", local.port).await.unwrap_err();
            assert_eq!(taken.kind, FaultKind::Conflict);
            assert_eq!(taken.what, format!("listen on 127.0.0.1:{}", local.port));
            assert_eq!(super::taken("127.0.0.1", local.port), Some(taken));
            let port = local.port;
            drop(local);
            assert_eq!(super::taken("127.0.0.1", port), None);
        });
    }

    #[test]
    fn localhost_is_taken_even_where_one_of_its_addresses_is_missing() {
        run(async {
            let local = one("localhost", 0).await.unwrap();
            assert!(!local.listeners.is_empty());
        });
    }

    #[test]
    fn a_name_is_no_address() {
        let wrong = addresses("example.com").unwrap_err();
        assert_eq!(wrong.kind, FaultKind::Input);
        assert_eq!(addresses("127.0.0.1, ::1").unwrap().len(), 2);
    }
}
