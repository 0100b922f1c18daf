//! The handle by which other threads use the SFU.

mod config;
mod shard_handle;

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use config::SHARDS_MAX;
pub use config::{Config, StartError};
use sfu::limits::EVENTS_QUEUED_MAX;
use sfu::{Addresses, Event, Node, ParticipantId, Prepared, Role, RoomId, SfuError, Stats, TileSize};
use sfu_voice::{Frame, Malformed, Voice};
use shard_handle::{ShardHandle, start_shard};

use crate::door::{Bound, Door};
use crate::events::Events;
use crate::ports::Ports;
use crate::stats::TransportStats;
use crate::switch::moment;
use crate::turn::{Credentials, Secret};
use crate::voices::{FRAMES_QUEUED_MAX, Heard, JoinVoiceError, Joined, Order};

/// The shard's thread is gone: the SFU was closed, or it crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// What all shards put into.
struct Out {
    events: Arc<Events<Event>>,
    heard: Arc<Events<Heard>>,
}

/// A running SFU. Every method may be called from any thread; dropping it stops all shards.
pub struct Sfu {
    /// Before the shards, which end when nobody can send them anything any more.
    door: Option<Door>,
    shards: Vec<ShardHandle>,
    out: Out,
    voices_made: AtomicU64,
    secret: Secret,
    port: u16,
    door_port: Option<u16>,
}

impl Sfu {
    /// Binds and starts.
    pub fn start(config: &Config) -> Result<Self, StartError> {
        let shards_max = if config.door.is_some() { 1 } else { SHARDS_MAX };
        if !(1..=shards_max).contains(&config.shards) {
            return Err(StartError::Shards);
        }
        let door = config.door.as_ref().map(|door| Bound::new(config.host, door));
        let door = door.transpose().map_err(StartError::Door)?;
        let mut ports = Vec::new();
        for index in 0..config.shards {
            let port = if config.port == 0 {
                0
            } else {
                config.port.saturating_add(index as u16)
            };
            ports.push(Ports::bind(SocketAddr::new(config.host, port), config.tcp)?);
        }
        let out = Out {
            events: Arc::new(Events::new(EVENTS_QUEUED_MAX)?),
            heard: Arc::new(Events::new(FRAMES_QUEUED_MAX)?),
        };
        let port = ports[0].udp.local_address()?.port();
        let secret = Secret::random()?;
        let shards = ports
            .into_iter()
            .enumerate()
            .map(|(index, ports)| start_shard(index, ports, config, &out, (&secret, &door)));
        let shards = shards.collect::<Result<Vec<ShardHandle>, _>>()?;
        let door_port = door.as_ref().map(|door| door.port);
        Ok(Self {
            door: door.map(|door| shards[0].open(door)).transpose()?,
            door_port,
            shards,
            out,
            voices_made: AtomicU64::new(0),
            secret,
            port,
        })
    }

    /// The port of the first shard.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The port for HTTPS and media, if there is one.
    pub fn door_port(&self) -> Option<u16> {
        self.door_port
    }

    /// The addresses that browsers are told of the shard of `room`.
    pub fn addresses(&self, room: &RoomId) -> &Addresses {
        &self.shards[self.shard_of(room)].addresses
    }

    /// Seats somebody and answers the offer. Parsing and key generation run on the calling thread.
    pub fn join(
        &self,
        room: &RoomId,
        participant: &ParticipantId,
        offer: &str,
        role: Role,
    ) -> Result<Result<String, SfuError>, Stopped> {
        let prepared = match Prepared::new(offer, role, self.addresses(room), Instant::now()) {
            Ok(prepared) => prepared,
            Err(why) => return Ok(Err(why)),
        };
        let (id, participant) = (room.clone(), participant.clone());
        self.call(room, move |node, now| node.join(&id, &participant, prepared, now))
    }

    /// Seats somebody whose sound comes over a WebSocket. Nothing flows before [`Self::begin_voice`].
    pub fn join_voice(
        &self,
        room: &RoomId,
        participant: &ParticipantId,
        role: Role,
    ) -> Result<Result<Joined, JoinVoiceError>, Stopped> {
        let server = self.addresses(room).udp[0];
        let (mut voice, offer) = match Voice::new(role, server, Instant::now()) {
            Ok(made) => made,
            Err(why) => return Ok(Err(why.into())),
        };
        let answer = match self.join(room, participant, &offer, role)? {
            Ok(answer) => answer,
            Err(why) => return Ok(Err(why.into())),
        };
        if let Err(why) = voice.accept(&answer) {
            return Ok(Err(why.into()));
        }
        self.hide_pictures(room, participant, voice.pictures())?;
        let number = self.voices_made.fetch_add(1, Ordering::Relaxed);
        let lines = voice.lines();
        self.shards[self.shard_of(room)].order(number, Order::Add(Box::new(voice)))?;
        Ok(Ok(Joined { number, lines }))
    }

    fn hide_pictures(
        &self,
        room: &RoomId,
        participant: &ParticipantId,
        lines: Vec<String>,
    ) -> Result<(), Stopped> {
        let (id, participant) = (room.clone(), participant.clone());
        let unseen: HashMap<String, TileSize> = lines.into_iter().map(|mid| (mid, (0, 0))).collect();
        // Who has just been taken out again sees nothing either.
        self.call(room, move |node, now| {
            drop(node.set_view(&id, &participant, &unseen, now));
        })
    }

    /// Lets a voice connect: somebody is there to speak and to hear.
    pub fn begin_voice(&self, room: &RoomId, number: u64) -> Result<(), Stopped> {
        self.shards[self.shard_of(room)].order(number, Order::Begin)
    }

    /// Hands a voice the frame of its browser. Frames for a voice that has ended go nowhere.
    pub fn speak(
        &self,
        room: &RoomId,
        number: u64,
        frame: Vec<u8>,
    ) -> Result<Result<(), Malformed>, Stopped> {
        if let Err(why) = Frame::read(&frame) {
            return Ok(Err(why));
        }
        self.shards[self.shard_of(room)].order(number, Order::Speak(frame))?;
        Ok(Ok(()))
    }

    /// Ends a voice; its seat stays until somebody takes it or leaves.
    pub fn end_voice(&self, room: &RoomId, number: u64) -> Result<(), Stopped> {
        self.shards[self.shard_of(room)].order(number, Order::End)
    }

    /// Takes what the voices heard, in order; [`Self::heard_fd`] is readable while there is anything.
    pub fn heard(&self) -> Vec<Heard> {
        self.out.heard.take()
    }

    /// The descriptor to watch for [`Self::heard`].
    pub fn heard_fd(&self) -> RawFd {
        self.out.heard.as_raw_fd()
    }

    /// Runs `work` on the shard of `room` and waits for its answer.
    pub fn call<T: Send + 'static>(
        &self,
        room: &RoomId,
        work: impl FnOnce(&mut Node, Instant) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        self.shards[self.shard_of(room)].call(work)
    }

    /// A name and a password with which `participant` may make allocations at the relay for five minutes.
    pub fn credentials(&self, room: &RoomId, participant: &ParticipantId) -> Credentials {
        let owner = format!("{room}/{participant}");
        self.secret.credentials(&owner, moment().unix_s)
    }

    /// What the cores of all shards counted.
    pub fn stats(&self) -> Result<Stats, Stopped> {
        let mut total = Stats::default();
        for shard in &self.shards {
            total = total + shard.call(|node, _| node.stats())?;
        }
        Ok(total)
    }

    /// What happened on the connections and at the relays of all shards, and at the door.
    pub fn transport_stats(&self) -> Result<TransportStats, Stopped> {
        let mut total = TransportStats {
            tcp_refused: self.door.as_ref().map_or(0, Door::refused),
            ..TransportStats::default()
        };
        for shard in &self.shards {
            total = total + shard.count()?;
        }
        Ok(total)
    }

    /// Takes all events that wait; the descriptor of [`AsRawFd`] is readable while there are any.
    pub fn events(&self) -> Vec<Event> {
        self.out.events.take()
    }

    /// Stops all shards and waits for them. Rooms that are open end without a goodbye.
    pub fn close(&mut self) {
        self.door = None;
        for shard in &mut self.shards {
            shard.commands = None;
            shard.wake.wake();
        }
        for thread in self.shards.iter_mut().filter_map(|shard| shard.thread.take()) {
            // A shard that panicked has already said so on standard error.
            let _ = thread.join();
        }
    }

    fn shard_of(&self, room: &RoomId) -> usize {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(room);
        (hash % self.shards.len() as u64) as usize
    }
}

impl Drop for Sfu {
    fn drop(&mut self) {
        self.close();
    }
}

impl AsRawFd for Sfu {
    fn as_raw_fd(&self) -> RawFd {
        self.out.events.as_raw_fd()
    }
}
