//! The sockets of one shard: UDP, and TCP under the same number.

use std::io;
use std::net::{SocketAddr, TcpListener};

use crate::udp::Udp;

/// How often another number is tried where any will do, and the one that is free for UDP is taken for TCP.
const TRIES_MAX: usize = 16;

pub(crate) struct Ports {
    pub(crate) udp: Udp,
    pub(crate) tcp: Option<TcpListener>,
}

impl Ports {
    /// Port 0 lets the kernel choose.
    pub(crate) fn bind(address: SocketAddr, with_tcp: bool) -> io::Result<Self> {
        let mut tried = Self::bind_once(address, with_tcp);
        for _ in 1..TRIES_MAX {
            match &tried {
                Err(why) if address.port() == 0 && why.kind() == io::ErrorKind::AddrInUse => {
                    tried = Self::bind_once(address, with_tcp);
                }
                _ => return tried,
            }
        }
        tried
    }

    fn bind_once(address: SocketAddr, with_tcp: bool) -> io::Result<Self> {
        let udp = Udp::bind(address)?;
        let tcp = if with_tcp {
            Some(TcpListener::bind(udp.local_address()?)?)
        } else {
            None
        };
        Ok(Self { udp, tcp })
    }
}
