//! The ways on which datagrams of a peer come and go, and the addresses at which peers reach us.

use std::net::SocketAddr;

/// What carries the datagrams of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// The one UDP socket.
    Udp,
    /// This TCP connection, framed as RFC 4571 says. The number is never used again.
    Tcp(u64),
    /// A relay of our own; the number says at which of our addresses the relay reaches us.
    Relay(u8),
    /// The memory of this process: the peer is a client of our own. The number is never used again.
    Inside(u64),
}

/// One way to a peer. Datagrams are answered on the one they came on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// Where the peer's datagrams come from.
    pub peer: SocketAddr,
    /// What carries them.
    pub via: Via,
}

impl From<SocketAddr> for Path {
    fn from(peer: SocketAddr) -> Self {
        Self { peer, via: Via::Udp }
    }
}

/// The addresses under which browsers reach us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Of the UDP socket; at least one.
    pub udp: Vec<SocketAddr>,
    /// Of TCP listeners; none where TCP is off.
    pub tcp: Vec<SocketAddr>,
}

impl From<Vec<SocketAddr>> for Addresses {
    fn from(udp: Vec<SocketAddr>) -> Self {
        Self { udp, tcp: Vec::new() }
    }
}
