//! All rooms behind one socket, and what may be asked of them.

mod guard;
mod traffic;

use std::collections::HashMap;
use std::time::Instant;

use crate::allocator::{VideoLimit, VideoRates};
use crate::error::SfuError;
use crate::ids::{ParticipantId, RoomId};
use crate::limits::ROOMS_MAX;
use crate::outbox::Outbox;
use crate::path::{Addresses, Path};
use crate::room::Room;
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

    /// Makes the room panic when the next media packet arrives.
    #[cfg(feature = "fault-injection")]
    pub fn inject_panic(&mut self, room: &RoomId) -> Result<(), SfuError> {
        let index = self.room_index(room)?;
        self.guarded(index, |room, _| room.panics_at_next_packet = true);
        Ok(())
    }

    fn room_index(&self, id: &RoomId) -> Result<usize, SfuError> {
        if let Some(reason) = self.failed.get(id) {
            return Err(SfuError::RoomFailed(reason.clone()));
        }
        self.by_id.get(id).copied().ok_or(SfuError::RoomNotFound)
    }
}
