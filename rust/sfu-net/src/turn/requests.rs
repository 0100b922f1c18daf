//! Requests of clients: who asks, may it, and what it is answered.

use std::net::SocketAddr;
use std::time::Duration;

use sfu::Path;

use super::address::{FAMILY_V4, FAMILY_V6};
use super::allocation::{Allocation, BoundElsewhere};
use super::credentials::{self, REALM};
use super::message::{Integrity, Message, Writer};
use super::numbers::{attribute, code, kind};
use super::{ALLOCATIONS_MAX, ALLOCATIONS_PER_OWNER_MAX, CHANNELS, Moment, Turn};

const UDP: u8 = 17;
const RESERVE_NEXT_PORT: u8 = 0x80;

/// What is answered, and whether to somebody who has proved to have a password.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) bytes: Vec<u8>,
    pub(super) is_to_known: bool,
}

/// Somebody who has the password of a name.
struct Requester<'a> {
    owner: &'a str,
    name: &'a [u8],
    key: [u8; 16],
    integrity: Integrity,
}

/// The number of a refusal.
struct Refused(u16);

impl Turn {
    /// The answer to a request; `None` for what is no request.
    pub(super) fn request(&mut self, client: Path, message: &Message<'_>, now: Moment) -> Option<Answer> {
        let is_request = matches!(
            message.kind(),
            kind::ALLOCATE | kind::REFRESH | kind::CREATE_PERMISSION | kind::CHANNEL_BIND
        );
        if !is_request {
            return None;
        }
        let requester = match self.requester(&client, message, now) {
            Ok(requester) => requester,
            Err(Refused(code)) => return Some(self.challenge(&client, message, code, now)),
        };
        let granted = match unknown_attribute(message) {
            Some(kind) => Ok(Writer::refusal(message, code::UNKNOWN_ATTRIBUTE)
                .with(attribute::UNKNOWN_ATTRIBUTES, &kind.to_be_bytes())),
            None => self.grant(client, message, &requester, now),
        };
        let answer = granted.unwrap_or_else(|Refused(code)| Writer::refusal(message, code));
        Some(Answer {
            bytes: answer.signed(requester.integrity, &requester.key),
            is_to_known: true,
        })
    }

    /// Who asks (RFC 8489 §9.2.4).
    fn requester<'a>(
        &self,
        client: &Path,
        message: &Message<'a>,
        now: Moment,
    ) -> Result<Requester<'a>, Refused> {
        let integrity = message.integrity().ok_or(Refused(code::UNAUTHORIZED))?;
        let credentials = (
            message.attribute(attribute::USERNAME),
            message.attribute(attribute::REALM),
            message.attribute(attribute::NONCE),
        );
        let (Some(name), Some(realm), Some(nonce)) = credentials else {
            return Err(Refused(code::BAD_REQUEST));
        };
        if !self.secret.knows_nonce(nonce, client, now.unix_s) {
            return Err(Refused(code::STALE_NONCE));
        }
        let (expiry_s, owner) = credentials::parse(name).ok_or(Refused(code::UNAUTHORIZED))?;
        // What was allocated while the name was good lives on by being refreshed under it.
        let has_allocated = self
            .allocations
            .get(client)
            .is_some_and(|allocation| allocation.name == name);
        let text = std::str::from_utf8(name).map_err(|_| Refused(code::UNAUTHORIZED))?;
        let key = self.secret.key_of(text);
        let is_good = realm == REALM.as_bytes() && (expiry_s > now.unix_s || has_allocated);
        if !is_good || !message.is_of(&key) {
            return Err(Refused(code::UNAUTHORIZED));
        }
        Ok(Requester {
            owner,
            name,
            key,
            integrity,
        })
    }

    /// What a stranger needs to try again. As short as can be.
    fn challenge(&self, client: &Path, message: &Message<'_>, code: u16, now: Moment) -> Answer {
        let refusal = Writer::refusal(message, code);
        let answer = if code == code::BAD_REQUEST {
            refusal
        } else {
            let nonce = self.secret.nonce(client, now.unix_s);
            refusal
                .with(attribute::REALM, REALM.as_bytes())
                .with(attribute::NONCE, nonce.as_bytes())
        };
        Answer {
            bytes: answer.unsigned(),
            is_to_known: false,
        }
    }

    fn grant(
        &mut self,
        client: Path,
        message: &Message<'_>,
        requester: &Requester<'_>,
        now: Moment,
    ) -> Result<Writer, Refused> {
        let allocation = self.allocations.get(&client);
        if allocation.is_some_and(|allocation| allocation.owner != requester.owner) {
            return Err(Refused(code::WRONG_CREDENTIALS));
        }
        match message.kind() {
            kind::ALLOCATE => self.allocate(client, message, requester, now),
            kind::REFRESH => self.refresh(&client, message, now),
            kind::CREATE_PERMISSION => self.create_permission(&client, message, now),
            _ => self.channel_bind(&client, message, now),
        }
    }

    fn allocate(
        &mut self,
        client: Path,
        message: &Message<'_>,
        requester: &Requester<'_>,
        now: Moment,
    ) -> Result<Writer, Refused> {
        let wanted = lifetime(message).filter(|lifetime| !lifetime.is_zero());
        if let Some(allocation) = self.allocations.get_mut(&client) {
            // The answer to the first one was lost.
            if allocation.transaction != message.transaction() {
                return Err(Refused(code::MISMATCH));
            }
            let granted = allocation.refresh(wanted, now.at);
            return Ok(allocated(message, allocation.relayed, client.peer, granted));
        }
        let own = self.own_of_wanted_family(message)?;
        let of_owner = self
            .allocations
            .values()
            .filter(|allocation| allocation.owner == requester.owner);
        if of_owner.count() >= ALLOCATIONS_PER_OWNER_MAX {
            return Err(self.full(code::QUOTA_REACHED));
        }
        if self.allocations.len() >= ALLOCATIONS_MAX {
            return Err(self.full(code::NO_CAPACITY));
        }
        let relayed = self.free_relayed(own);
        let who = (requester.owner, requester.name);
        let mut allocation = Allocation::new(who, relayed, message.transaction(), now.at);
        let granted = allocation.refresh(wanted, now.at);
        self.by_relayed.insert(relayed, client);
        self.counts.turn_allocated += 1;
        self.allocations.insert(client, allocation);
        Ok(allocated(message, relayed, client.peer, granted))
    }

    /// One of our addresses of the family that a relayed address is wanted of (RFC 8656 §7.2).
    fn own_of_wanted_family(&self, message: &Message<'_>) -> Result<SocketAddr, Refused> {
        match message.attribute(attribute::REQUESTED_TRANSPORT) {
            Some([UDP, ..]) => {}
            Some(_) => return Err(Refused(code::TRANSPORT_UNSUPPORTED)),
            None => return Err(Refused(code::BAD_REQUEST)),
        }
        let reserves = message
            .attribute(attribute::EVEN_PORT)
            .and_then(<[u8]>::first)
            .is_some_and(|bits| bits & RESERVE_NEXT_PORT != 0);
        if reserves || message.attribute(attribute::RESERVATION_TOKEN).is_some() {
            return Err(Refused(code::NO_CAPACITY));
        }
        let family = message.attribute(attribute::REQUESTED_FAMILY);
        let wants_v4 = match family.and_then(<[u8]>::first) {
            None | Some(&FAMILY_V4) => true,
            Some(&FAMILY_V6) => false,
            Some(_) => return Err(Refused(code::FAMILY_UNSUPPORTED)),
        };
        let mut own = self.own.iter();
        own.find(|own| own.is_ipv4() == wants_v4)
            .copied()
            .ok_or(Refused(code::FAMILY_UNSUPPORTED))
    }

    fn refresh(&mut self, client: &Path, message: &Message<'_>, now: Moment) -> Result<Writer, Refused> {
        let allocation = self.allocations.get_mut(client).ok_or(Refused(code::MISMATCH))?;
        let granted = allocation.refresh(lifetime(message), now.at);
        if granted.is_zero() {
            self.forget(client);
        }
        Ok(with_lifetime(Writer::success(message), granted))
    }

    fn create_permission(
        &mut self,
        client: &Path,
        message: &Message<'_>,
        now: Moment,
    ) -> Result<Writer, Refused> {
        let peers: Option<Vec<SocketAddr>> = message.peers().collect();
        let peers = peers
            .filter(|peers| !peers.is_empty())
            .ok_or(Refused(code::BAD_REQUEST))?;
        let is_ours = |peer: &SocketAddr| self.own.iter().any(|own| own.ip() == peer.ip());
        if !peers.iter().all(is_ours) {
            return Err(self.foreign_peer());
        }
        let allocation = self.allocations.get_mut(client).ok_or(Refused(code::MISMATCH))?;
        for peer in peers {
            allocation.permit(peer.ip(), now.at);
        }
        Ok(Writer::success(message))
    }

    fn channel_bind(&mut self, client: &Path, message: &Message<'_>, now: Moment) -> Result<Writer, Refused> {
        let channel = message
            .number(attribute::CHANNEL_NUMBER)
            .map(|number| (number >> 16) as u16)
            .filter(|channel| CHANNELS.contains(channel));
        let peer = message.peers().next().flatten();
        let (channel, peer) = channel.zip(peer).ok_or(Refused(code::BAD_REQUEST))?;
        let Some(index) = self.index_of(peer) else {
            return Err(self.foreign_peer());
        };
        let allocation = self.allocations.get_mut(client).ok_or(Refused(code::MISMATCH))?;
        allocation
            .bind(channel, index, now.at)
            .map_err(|BoundElsewhere| Refused(code::BAD_REQUEST))?;
        allocation.permit(peer.ip(), now.at);
        Ok(Writer::success(message))
    }

    /// Somebody wants another allocation than there is room for.
    fn full(&mut self, code: u16) -> Refused {
        self.counts.turn_allocations_refused += 1;
        Refused(code)
    }

    /// Somebody wants to reach another address than ours.
    fn foreign_peer(&mut self) -> Refused {
        self.counts.turn_peers_refused += 1;
        Refused(code::FORBIDDEN)
    }
}

fn lifetime(message: &Message<'_>) -> Option<Duration> {
    let seconds = message.number(attribute::LIFETIME)?;
    Some(Duration::from_secs(seconds.into()))
}

fn with_lifetime(answer: Writer, lifetime: Duration) -> Writer {
    let seconds = u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX);
    answer.with(attribute::LIFETIME, &seconds.to_be_bytes())
}

fn allocated(message: &Message<'_>, relayed: SocketAddr, client: SocketAddr, granted: Duration) -> Writer {
    let answer = Writer::success(message)
        .with_address(attribute::XOR_RELAYED_ADDRESS, relayed)
        .with_address(attribute::XOR_MAPPED_ADDRESS, client);
    with_lifetime(answer, granted)
}

/// The first attribute that must be understood and is not (RFC 8489 §6.3.1).
fn unknown_attribute(message: &Message<'_>) -> Option<u16> {
    let is_known = |kind| {
        matches!(
            kind,
            attribute::USERNAME
                | attribute::CHANNEL_NUMBER
                | attribute::LIFETIME
                | attribute::XOR_PEER_ADDRESS
                | attribute::REALM
                | attribute::NONCE
                | attribute::REQUESTED_FAMILY
                | attribute::EVEN_PORT
                | attribute::REQUESTED_TRANSPORT
                | attribute::DONT_FRAGMENT
                | attribute::RESERVATION_TOKEN
        )
    };
    let mut kinds = message.attributes().map(|(kind, _)| kind);
    kinds.find(|kind| *kind < 0x8000 && !is_known(*kind))
}
