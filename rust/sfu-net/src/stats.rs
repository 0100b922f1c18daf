//! What happened on the connections and at the relay, beside what the core counts.

use std::ops::Add;

/// Counters since the start, which only rise, but for `tcp_connections` and `turn_allocations`: those are of now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransportStats {
    /// TCP connections with media that are open now.
    pub tcp_connections: u64,
    /// TCP connections that were taken, those that came through the port for HTTPS and media included.
    pub tcp_accepted: u64,
    /// Closed at once: there are too many, of this source or of all; or, at the port for HTTPS, they come too fast.
    pub tcp_refused: u64,
    /// Closed by us later: no frames, too slow, idle, or nobody proved to belong here.
    pub tcp_cut: u64,
    /// Allocations at the relay now.
    pub turn_allocations: u64,
    /// Allocations that were made.
    pub turn_allocated: u64,
    /// Allocations refused to somebody with a password: its quota, or ours, is used up.
    pub turn_allocations_refused: u64,
    /// Times that somebody wanted to reach another address than ours.
    pub turn_peers_refused: u64,
    /// Requests without the right password. The first of every client is one.
    pub turn_challenged: u64,
    /// Challenges that were not sent, for they might have hit somebody else.
    pub turn_rationed: u64,
    /// What came for the relay and is malformed, or data without an allocation, permission or channel.
    pub turn_dropped: u64,
    /// Datagrams relayed from clients to the core.
    pub turn_packets_in: u64,
    /// Datagrams relayed from the core to clients.
    pub turn_packets_out: u64,
}

impl Add for TransportStats {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            tcp_connections: self.tcp_connections + other.tcp_connections,
            tcp_accepted: self.tcp_accepted + other.tcp_accepted,
            tcp_refused: self.tcp_refused + other.tcp_refused,
            tcp_cut: self.tcp_cut + other.tcp_cut,
            turn_allocations: self.turn_allocations + other.turn_allocations,
            turn_allocated: self.turn_allocated + other.turn_allocated,
            turn_allocations_refused: self.turn_allocations_refused + other.turn_allocations_refused,
            turn_peers_refused: self.turn_peers_refused + other.turn_peers_refused,
            turn_challenged: self.turn_challenged + other.turn_challenged,
            turn_rationed: self.turn_rationed + other.turn_rationed,
            turn_dropped: self.turn_dropped + other.turn_dropped,
            turn_packets_in: self.turn_packets_in + other.turn_packets_in,
            turn_packets_out: self.turn_packets_out + other.turn_packets_out,
        }
    }
}
