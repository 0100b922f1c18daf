//! A TURN server (RFC 8656) that leads to this SFU and nowhere else, without a socket.
//!
//! A relayed address is a name: data for one of our own addresses is given to the core as if it came from there, and what
//! the core sends there goes back to the client. There is nothing that could send to anybody else. Bytes, addresses and
//! the time go in, answers come out.

mod address;
mod allocation;
mod credentials;
mod message;
mod numbers;
mod requests;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use sfu::{Path, Via};

use crate::limiter::{Limiter, Ration};
use crate::stats::TransportStats;

use self::allocation::Allocation;
pub use self::credentials::Credentials;
pub(crate) use self::credentials::Secret;
use self::message::{Message, Writer};
use self::numbers::{attribute, kind};

/// Allocations of one participant: each of its network interfaces makes one for each way to us, and a restart
/// makes new ones while the old ones live.
pub(crate) const ALLOCATIONS_PER_OWNER_MAX: usize = 12;
/// Allocations of a shard.
pub(crate) const ALLOCATIONS_MAX: usize = 4096;
/// Relayed ports, below those that systems give to real sockets, so that on one machine none is taken for the other.
const RELAYED_PORTS: std::ops::Range<u16> = 1024..32_768;
/// Answers that are longer than what they answer, so that nobody can be flooded by way of us.
const ANSWERS_TO_ONE: Ration = Ration {
    burst: 32.0,
    per_s: 4.0,
};
const ANSWERS_TO_ALL: Ration = Ration {
    burst: 512.0,
    per_s: 128.0,
};
const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x4FFF;
const CHANNEL_HEADER_BYTES: usize = 4;
const BINDING_METHOD: u16 = 1;

/// The time, as TURN needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    /// Seconds since 1970.
    pub(crate) unix_s: u64,
}

/// What follows from a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome<'a> {
    Nothing,
    /// To be sent back to the client.
    Answer(Vec<u8>),
    /// For the core, which is to see it come on this path.
    Data(Path, &'a [u8]),
}

/// The server of one shard.
pub(crate) struct Turn {
    /// Our own addresses; the index is that of [`Via::Relay`].
    own: Vec<SocketAddr>,
    secret: Secret,
    allocations: HashMap<Path, Allocation>,
    by_relayed: HashMap<SocketAddr, Path>,
    limiter: Limiter,
    next_port: u16,
    transactions: u64,
    counts: TransportStats,
}

/// Whether a datagram on the media port is for TURN and not for ICE, DTLS or RTP (RFC 7983 §7): a channel, or a
/// STUN message of another method than Binding.
pub(crate) fn is_turn(datagram: &[u8]) -> bool {
    match datagram {
        [0x40..=0x4f, ..] => true,
        [high @ 0..=3, low, ..] => method(u16::from_be_bytes([*high, *low])) != BINDING_METHOD,
        _ => false,
    }
}

/// The method of a message type, without the bits of its class (RFC 8489 §5).
fn method(kind: u16) -> u16 {
    kind & 0xF | (kind >> 1) & 0x70 | (kind >> 2) & 0xF80
}

impl Turn {
    pub(crate) fn new(own: Vec<SocketAddr>, secret: Secret, now: Instant) -> Self {
        Self {
            own,
            secret,
            allocations: HashMap::new(),
            by_relayed: HashMap::new(),
            limiter: Limiter::new(ANSWERS_TO_ONE, ANSWERS_TO_ALL, now),
            next_port: RELAYED_PORTS.start,
            transactions: 0,
            counts: TransportStats::default(),
        }
    }

    /// Takes what came from a client, whose path is of UDP or TCP.
    pub(crate) fn receive<'a>(&mut self, client: Path, datagram: &'a [u8], now: Moment) -> Outcome<'a> {
        if datagram.first().is_some_and(|first| *first >= 0x40) {
            let data = self.channel_data(client, datagram, now.at);
            return self.relayed(data);
        }
        let Some(message) = Message::parse(datagram) else {
            return self.relayed(None);
        };
        if message.kind() == kind::SEND {
            let data = self.send_indication(client, &message, now.at);
            return self.relayed(data);
        }
        let Some(answer) = self.request(client, &message, now) else {
            return self.relayed(None);
        };
        self.counts.turn_challenged += u64::from(!answer.is_to_known);
        if self.may_answer(&client, datagram, &answer, now.at) {
            return Outcome::Answer(answer.bytes);
        }
        self.counts.turn_rationed += 1;
        Outcome::Nothing
    }

    fn relayed<'a>(&mut self, data: Option<(Path, &'a [u8])>) -> Outcome<'a> {
        match data {
            Some((path, data)) => {
                self.counts.turn_packets_in += 1;
                Outcome::Data(path, data)
            }
            None => {
                self.counts.turn_dropped += 1;
                Outcome::Nothing
            }
        }
    }

    /// What happened at the relay.
    pub(crate) fn stats(&self) -> TransportStats {
        TransportStats {
            turn_allocations: self.allocations.len() as u64,
            ..self.counts
        }
    }

    /// What goes to which client when the core sends `data` to a relayed address.
    pub(crate) fn toward(&mut self, to: &Path, mut data: Vec<u8>, now: Instant) -> Option<(Path, Vec<u8>)> {
        let Via::Relay(index) = to.via else {
            return None;
        };
        let client = *self.by_relayed.get(&to.peer)?;
        let own = *self.own.get(usize::from(index))?;
        let allocation = self.allocations.get(&client)?;
        if let Some(channel) = allocation.channel_of(index, now) {
            let mut header = [0; CHANNEL_HEADER_BYTES];
            header[..2].copy_from_slice(&channel.to_be_bytes());
            header[2..].copy_from_slice(&(data.len() as u16).to_be_bytes());
            data.splice(0..0, header);
            self.counts.turn_packets_out += 1;
            return Some((client, data));
        }
        if !allocation.permits(own.ip(), now) {
            return None;
        }
        self.counts.turn_packets_out += 1;
        let indication = Writer::new(kind::DATA, self.next_transaction())
            .with_address(attribute::XOR_PEER_ADDRESS, own)
            .with(attribute::DATA, &data);
        Some((client, indication.unsigned()))
    }

    /// Whether this client has an allocation.
    pub(crate) fn serves(&self, client: &Path) -> bool {
        self.allocations.contains_key(client)
    }

    /// The client's connection ended, and its allocation with it: as which path the core knew it.
    pub(crate) fn forget(&mut self, client: &Path) -> Vec<Path> {
        let Some(allocation) = self.allocations.remove(client) else {
            return Vec::new();
        };
        self.by_relayed.remove(&allocation.relayed);
        let peer = allocation.relayed;
        let paths = (0..self.own.len() as u8).map(|index| Path {
            peer,
            via: Via::Relay(index),
        });
        paths.collect()
    }

    /// Ends what was not refreshed; as which paths the core knew it.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Path> {
        let over = self.allocations.iter().filter(|(_, one)| one.is_over(now));
        let over: Vec<Path> = over.map(|(client, _)| *client).collect();
        over.iter().flat_map(|client| self.forget(client)).collect()
    }

    fn channel_data<'a>(&self, client: Path, datagram: &'a [u8], now: Instant) -> Option<(Path, &'a [u8])> {
        let (head, rest) = datagram.split_first_chunk::<CHANNEL_HEADER_BYTES>()?;
        let channel = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let allocation = self.allocations.get(&client)?;
        let via = Via::Relay(allocation.bound_to(channel, now)?);
        let peer = allocation.relayed;
        Some((Path { peer, via }, rest.get(..length)?))
    }

    fn send_indication<'a>(
        &mut self,
        client: Path,
        message: &Message<'a>,
        now: Instant,
    ) -> Option<(Path, &'a [u8])> {
        let allocation = self.allocations.get(&client)?;
        let index = message
            .peers()
            .next()
            .flatten()
            .and_then(|peer| self.index_of(peer));
        let Some(index) = index else {
            self.counts.turn_peers_refused += 1;
            return None;
        };
        let is_permitted = allocation.permits(self.own[usize::from(index)].ip(), now);
        let data = message.attribute(attribute::DATA).filter(|_| is_permitted)?;
        let (peer, via) = (allocation.relayed, Via::Relay(index));
        Some((Path { peer, via }, data))
    }

    /// Which of our own addresses this is. It must be the same in every bit: an IPv6 address that maps or translates to
    /// ours is another.
    fn index_of(&self, peer: SocketAddr) -> Option<u8> {
        let index = self.own.iter().position(|own| *own == peer)?;
        u8::try_from(index).ok()
    }

    /// Over UDP a stranger may be somebody else than it says. So it is hardly ever answered with more than it sent; the
    /// challenge of RFC 8489 §9.2.3 is longer than the shortest request, so that is rationed.
    fn may_answer(&mut self, client: &Path, request: &[u8], answer: &requests::Answer, now: Instant) -> bool {
        answer.is_to_known
            || client.via != Via::Udp
            || answer.bytes.len() <= request.len()
            || self.limiter.permits(client.peer.ip(), now)
    }

    fn next_transaction(&mut self) -> message::Transaction {
        self.transactions += 1;
        let mut transaction = [0; 12];
        transaction[4..].copy_from_slice(&self.transactions.to_be_bytes());
        transaction
    }

    /// A relayed address on the IP of one of ours.
    fn free_relayed(&mut self, own: SocketAddr) -> SocketAddr {
        loop {
            let port = self.next_port;
            // Even ones, which serve also who asks for an even one.
            self.next_port = match port + 2 {
                next if RELAYED_PORTS.contains(&next) => next,
                _ => RELAYED_PORTS.start,
            };
            let relayed = SocketAddr::new(own.ip(), port);
            if !self.by_relayed.contains_key(&relayed) && !self.own.contains(&relayed) {
                return relayed;
            }
        }
    }
}
