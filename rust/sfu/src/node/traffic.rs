//! What comes and what leaves: the seat of each datagram is found, and rooms do what is due.

use std::time::Instant;

use super::{Key, Node};
use crate::demux::{self, Kind};
use crate::event::Event;
use crate::limits::DATAGRAM_BYTES_MAX;
use crate::outbox::{Datagram, Routed};
use crate::path::Path;

impl Node {
    /// Takes one datagram. Nothing is sent to slots before [`Self::flush`], so that a burst is sent as one.
    pub fn receive(&mut self, from: impl Into<Path>, datagram: &[u8], now: Instant) {
        let from = from.into();
        self.out.stats.packets_in += 1;
        self.out.stats.bytes_in += datagram.len() as u64;
        if datagram.is_empty() || datagram.len() > DATAGRAM_BYTES_MAX {
            self.out.stats.dropped_size += 1;
            return;
        }
        match demux::kind(datagram) {
            Kind::Stun => self.receive_stun(from, datagram, now),
            Kind::Session | Kind::Other => self.receive_session(from, datagram, now),
        }
    }

    fn receive_stun(&mut self, from: Path, datagram: &[u8], now: Instant) {
        let key = demux::stun_local_ufrag(datagram)
            .and_then(|ufrag| self.by_ufrag.get(ufrag))
            .copied();
        let Some(key) = key else {
            self.out.stats.dropped_stun += 1;
            return;
        };
        let sent_before = self.out.stats.packets_out;
        self.deliver(key, from, datagram, now);
        if self.out.stats.packets_out == sent_before {
            self.out.stats.dropped_unauthenticated += 1;
        }
    }

    fn receive_session(&mut self, from: Path, datagram: &[u8], now: Instant) {
        match self.by_path.get(&from).copied() {
            Some(key) => {
                let media_before = self.out.stats.media_in;
                if !self.deliver(key, from, datagram, now) {
                    self.out.stats.dropped_malformed += 1;
                } else if demux::is_media(datagram) && self.out.stats.media_in == media_before {
                    self.out.stats.dropped_media += 1;
                }
            }
            None => self.out.stats.dropped_unknown_address += 1,
        }
    }

    fn deliver(&mut self, key: Key, from: Path, datagram: &[u8], now: Instant) -> bool {
        if !self.touched.contains(&key.room) {
            self.touched.push(key.room);
        }
        self.guarded(key.room, |room, out| {
            room.receive(key.seat, from, datagram, now, out)
        })
        .unwrap_or(false)
    }

    /// Sends what the datagrams since the last flush left in slots.
    pub fn flush(&mut self, now: Instant) {
        for index in std::mem::take(&mut self.touched) {
            self.advance_room(index, now);
        }
    }

    /// Lets time pass for every room that waits for it.
    pub fn advance(&mut self, now: Instant) {
        for index in 0..self.rooms.len() {
            if self.timeouts[index] <= now {
                self.advance_room(index, now);
            }
        }
    }

    /// When [`Self::advance`] is due next, if there are rooms.
    pub fn next_timeout(&self) -> Option<Instant> {
        let waiting = self
            .rooms
            .iter()
            .zip(&self.timeouts)
            .filter(|(room, _)| room.is_some());
        waiting.map(|(_, at)| *at).min()
    }

    /// Moves the datagrams to send over UDP into `datagrams`, those of one destination mostly together.
    pub fn take_datagrams(&mut self, datagrams: &mut Vec<Datagram>) {
        datagrams.append(&mut self.out.datagrams);
    }

    /// Moves what is to be sent on other paths than UDP into `routed`.
    pub fn take_routed(&mut self, routed: &mut Vec<Routed>) {
        routed.append(&mut self.out.routed);
    }

    /// Whether ICE checks on this path had the right password of a session that is still there.
    pub fn knows(&self, path: &Path) -> bool {
        self.by_path.contains_key(path)
    }

    /// A path is gone for good, such as a TCP connection that ended.
    pub fn forget_path(&mut self, path: &Path) {
        let Some(key) = self.by_path.remove(path) else {
            return;
        };
        self.guarded(key.room, |room, _| room.forget_path(key.seat, path));
    }

    /// The oldest event that was not taken yet.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.out.events.pop_front()
    }

    fn advance_room(&mut self, index: usize, now: Instant) {
        self.guarded(index, |room, out| room.advance(now, out));
        if let Some(room) = &self.rooms[index] {
            self.timeouts[index] = room.next_timeout(now);
        }
    }
}
