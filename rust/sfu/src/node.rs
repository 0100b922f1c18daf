//! All rooms behind one socket: finds the seat of a datagram and keeps a panicking room from the others.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::allocator::{VideoLimit, VideoRates};
use crate::demux::{self, Kind};
use crate::error::SfuError;
use crate::event::Event;
use crate::ids::{ParticipantId, RoomId};
use crate::limits::{DATAGRAM_BYTES_MAX, ROOMS_MAX};
use crate::outbox::{Datagram, Outbox, Routed};
use crate::path::{Addresses, Path};
use crate::room::{PathChange, Room};
use crate::seat::SeatId;
use crate::session::Prepared;
use crate::slots::Slot;
use crate::source::Source;
use crate::stats::{ParticipantStats, RoomStats, Stats};
use crate::view::TileSize;

/// What a node must know of the world.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The addresses under which browsers reach us; at least one of UDP.
    pub addresses: Addresses,
    /// What pictures may take.
    pub video_rates: VideoRates,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    room: usize,
    seat: SeatId,
}

/// The rooms of one shard. Everything happens in calls; nothing happens between them.
#[derive(Debug)]
pub struct Node {
    config: NodeConfig,
    rooms: Vec<Option<Room>>,
    by_id: HashMap<RoomId, usize>,
    failed: HashMap<RoomId, String>,
    by_path: HashMap<Path, Key>,
    by_ufrag: HashMap<String, Key>,
    /// Rooms that a datagram touched since the last flush.
    touched: Vec<usize>,
    timeouts: Vec<Instant>,
    out: Outbox,
}

impl Node {
    /// A node without rooms.
    ///
    /// # Panics
    /// If `config` has no address.
    pub fn new(config: NodeConfig) -> Self {
        assert!(!config.addresses.udp.is_empty(), "a node needs an address");
        Self {
            config,
            rooms: Vec::new(),
            by_id: HashMap::new(),
            failed: HashMap::new(),
            by_path: HashMap::new(),
            by_ufrag: HashMap::new(),
            touched: Vec::new(),
            timeouts: Vec::new(),
            out: Outbox::default(),
        }
    }

    /// Opens a room; a room that is open stays as it is, one that failed starts empty.
    pub fn open_room(&mut self, id: &RoomId, now: Instant) -> Result<(), SfuError> {
        self.failed.remove(id);
        if self.by_id.contains_key(id) {
            return Ok(());
        }
        if self.by_id.len() >= ROOMS_MAX {
            return Err(SfuError::RoomFull);
        }
        let index = self
            .rooms
            .iter()
            .position(Option::is_none)
            .unwrap_or(self.rooms.len());
        if index == self.rooms.len() {
            self.rooms.push(None);
            self.timeouts.push(now);
        }
        self.rooms[index] = Some(Room::new(id.clone(), self.config.video_rates, now));
        self.timeouts[index] = now;
        self.by_id.insert(id.clone(), index);
        Ok(())
    }

    /// Says goodbye to everybody in the room and forgets it.
    pub fn close_room(&mut self, id: &RoomId, now: Instant) -> Result<(), SfuError> {
        if self.failed.remove(id).is_some() {
            return Ok(());
        }
        let index = self.room_index(id)?;
        self.guarded(index, |room, out| room.close(now, out));
        self.forget_room(index);
        Ok(())
    }

    /// Seats somebody and answers the offer; the same name again replaces the session and keeps the seat.
    pub fn join(
        &mut self,
        room: &RoomId,
        participant: &ParticipantId,
        prepared: Prepared,
        now: Instant,
    ) -> Result<String, SfuError> {
        let index = self.room_index(room)?;
        let Prepared {
            session,
            role,
            ufrag,
            answer,
        } = prepared;
        let seat = self.command(index, now, |room, out| {
            room.join(participant, session, role, now, out)
        })?;
        self.forget_seat(Key { room: index, seat });
        self.by_ufrag.insert(ufrag, Key { room: index, seat });
        Ok(answer)
    }

    /// Answers an ICE restart on the present session.
    pub fn renegotiate(
        &mut self,
        room: &RoomId,
        participant: &ParticipantId,
        offer: &str,
        now: Instant,
    ) -> Result<String, SfuError> {
        let index = self.room_index(room)?;
        let addresses = self.config.addresses.clone();
        let (seat, ufrag, answer) = self.command(index, now, |room, _| {
            room.renegotiate(participant, offer, &addresses, now)
        })?;
        let key = Key { room: index, seat };
        self.by_ufrag.retain(|_, other| *other != key);
        self.by_ufrag.insert(ufrag, key);
        Ok(answer)
    }

    /// Frees the seat.
    pub fn leave(
        &mut self,
        room: &RoomId,
        participant: &ParticipantId,
        now: Instant,
    ) -> Result<(), SfuError> {
        let index = self.room_index(room)?;
        let seat = self.command(index, now, |room, out| room.leave(participant, now, out))?;
        self.forget_seat(Key { room: index, seat });
        Ok(())
    }

    /// Lets a track pass or holds it back.
    pub fn set_track(
        &mut self,
        room: &RoomId,
        participant: &ParticipantId,
        source: Source,
        is_forwarded: bool,
        now: Instant,
    ) -> Result<(), SfuError> {
        let index = self.room_index(room)?;
        self.command(index, now, |room, out| {
            room.set_track(participant, source, is_forwarded, out)
        })
    }

    /// Takes the sizes of a receiver's tiles, by the `mid` of its line; what is not mentioned is as large as
    /// possible. Replaces what was said before.
    pub fn set_view(
        &mut self,
        room: &RoomId,
        participant: &ParticipantId,
        sizes: &HashMap<String, TileSize>,
        now: Instant,
    ) -> Result<(), SfuError> {
        let index = self.room_index(room)?;
        self.command(index, now, |room, _| room.set_view(participant, sizes))
    }

    /// Takes somebody's word on whether to receive video at all.
    pub fn set_video_limit(
        &mut self,
        room: &RoomId,
        participant: &ParticipantId,
        limit: VideoLimit,
        now: Instant,
    ) -> Result<(), SfuError> {
        let index = self.room_index(room)?;
        self.command(index, now, |room, _| room.set_video_limit(participant, limit))
    }

    /// The slot table of a receiver.
    pub fn slots(&mut self, room: &RoomId, participant: &ParticipantId) -> Result<Vec<Slot>, SfuError> {
        let index = self.room_index(room)?;
        self.guarded(index, |room, _| room.slots(participant))
            .unwrap_or(Err(SfuError::RoomNotFound))
    }

    /// How one participant's connection is now.
    pub fn participant_stats(
        &mut self,
        room: &RoomId,
        participant: &ParticipantId,
        now: Instant,
    ) -> Result<ParticipantStats, SfuError> {
        let index = self.room_index(room)?;
        self.guarded(index, |room, _| room.participant_stats(participant, now))
            .unwrap_or(Err(SfuError::RoomNotFound))
    }

    /// The counters of one room.
    pub fn room_stats(&self, room: &RoomId) -> Result<RoomStats, SfuError> {
        let index = self.room_index(room)?;
        self.rooms[index]
            .as_ref()
            .map(Room::stats)
            .ok_or(SfuError::RoomNotFound)
    }

    /// The counters of the node.
    pub fn stats(&self) -> Stats {
        let rooms = || self.rooms.iter().flatten();
        let participants = rooms().map(|room| room.stats().participants).sum();
        Stats {
            rooms: rooms().count() as u64,
            participants,
            ..self.out.stats
        }
    }

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

    /// Makes the room panic when the next media packet arrives.
    #[cfg(feature = "fault-injection")]
    pub fn inject_panic(&mut self, room: &RoomId) -> Result<(), SfuError> {
        let index = self.room_index(room)?;
        self.guarded(index, |room, _| room.panics_at_next_packet = true);
        Ok(())
    }

    fn advance_room(&mut self, index: usize, now: Instant) {
        self.guarded(index, |room, out| room.advance(now, out));
        if let Some(room) = &self.rooms[index] {
            self.timeouts[index] = room.next_timeout(now);
        }
    }

    fn room_index(&self, id: &RoomId) -> Result<usize, SfuError> {
        if let Some(reason) = self.failed.get(id) {
            return Err(SfuError::RoomFailed(reason.clone()));
        }
        self.by_id.get(id).copied().ok_or(SfuError::RoomNotFound)
    }

    /// A command that may leave packets to send.
    fn command<T>(
        &mut self,
        index: usize,
        now: Instant,
        work: impl FnOnce(&mut Room, &mut Outbox) -> Result<T, SfuError>,
    ) -> Result<T, SfuError> {
        let done = self
            .guarded(index, work)
            .unwrap_or_else(|| Err(SfuError::RoomFailed("it panicked".into())));
        self.timeouts[index] = now;
        done
    }

    /// Runs `work` on a room. If it panics, the room is closed and `None` comes back.
    fn guarded<T>(&mut self, index: usize, work: impl FnOnce(&mut Room, &mut Outbox) -> T) -> Option<T> {
        let room = self.rooms.get_mut(index)?.as_mut()?;
        let out = &mut self.out;
        // The room is dropped after a panic and the outbox only ever grows, so no broken state is seen.
        match catch_unwind(AssertUnwindSafe(|| work(room, out))) {
            Ok(done) => {
                self.follow_paths(index);
                Some(done)
            }
            Err(panic) => {
                self.fail_room(index, panic_message(panic.as_ref()));
                None
            }
        }
    }

    fn follow_paths(&mut self, index: usize) {
        let Some(room) = self.rooms[index]
            .as_mut()
            .filter(|room| !room.path_changes.is_empty())
        else {
            return;
        };
        for change in room.path_changes.drain(..) {
            match change {
                PathChange::Proved(path, seat) => {
                    self.by_path.insert(path, Key { room: index, seat });
                }
                PathChange::Forgotten(path) => {
                    self.by_path.remove(&path);
                }
            }
        }
    }

    fn fail_room(&mut self, index: usize, reason: String) {
        let Some(id) = self
            .by_id
            .iter()
            .find(|(_, at)| **at == index)
            .map(|(id, _)| id.clone())
        else {
            return;
        };
        self.forget_room(index);
        self.out.stats.rooms_failed += 1;
        self.failed.insert(id.clone(), reason.clone());
        self.out.report(Event::RoomFailed { room: id, reason });
    }

    fn forget_room(&mut self, index: usize) {
        self.rooms[index] = None;
        self.touched.retain(|touched| *touched != index);
        self.by_id.retain(|_, at| *at != index);
        self.by_path.retain(|_, key| key.room != index);
        self.by_ufrag.retain(|_, key| key.room != index);
    }

    /// Forgets the names and paths of a session that is gone, except those that the present one proved.
    fn forget_seat(&mut self, key: Key) {
        let proved: HashSet<Path> = self.rooms[key.room]
            .as_ref()
            .map(|room| room.paths_of(key.seat))
            .unwrap_or_default()
            .into_iter()
            .collect();
        self.by_path
            .retain(|path, other| *other != key || proved.contains(path));
        self.by_ufrag.retain(|_, other| *other != key);
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".into())
}
