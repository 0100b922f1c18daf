//! What a call into the core leaves to be done: datagrams to send and events to report.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::event::Event;
use crate::limits::EVENTS_QUEUED_MAX;
use crate::stats::Stats;

/// A datagram to send.
#[derive(Debug)]
pub struct Datagram {
    /// Where to.
    pub to: SocketAddr,
    /// The bytes.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) datagrams: Vec<Datagram>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) stats: Stats,
}

impl Outbox {
    pub(crate) fn send(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        self.stats.packets_out += 1;
        self.stats.bytes_out += bytes.len() as u64;
        self.datagrams.push(Datagram { to, bytes });
    }

    pub(crate) fn report(&mut self, event: Event) {
        if self.events.len() == EVENTS_QUEUED_MAX {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}
