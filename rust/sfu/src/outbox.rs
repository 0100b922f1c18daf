//! What a call into the core leaves to be done: datagrams to send and events to report.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::event::Event;
use crate::limits::EVENTS_QUEUED_MAX;
use crate::path::{Path, Via};
use crate::stats::Stats;

/// A datagram to send over UDP.
#[derive(Debug)]
pub struct Datagram {
    /// Where to.
    pub to: SocketAddr,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A datagram to send on a path that is not our UDP socket.
#[derive(Debug)]
pub struct Routed {
    /// The way on which the peer's own came.
    pub path: Path,
    /// The bytes.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) datagrams: Vec<Datagram>,
    pub(crate) routed: Vec<Routed>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) stats: Stats,
}

impl Outbox {
    pub(crate) fn send(&mut self, path: Path, bytes: Vec<u8>) {
        self.stats.packets_out += 1;
        self.stats.bytes_out += bytes.len() as u64;
        match path.via {
            Via::Udp => self.datagrams.push(Datagram { to: path.peer, bytes }),
            Via::Tcp(_) | Via::Relay(_) | Via::Inside(_) => self.routed.push(Routed { path, bytes }),
        }
    }

    pub(crate) fn report(&mut self, event: Event) {
        if self.events.len() == EVENTS_QUEUED_MAX {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}
