//! One SFU node and many clients on emulated paths, driven by a virtual clock.

mod clock;
mod paths;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use clock::Flight;
pub use paths::Paths;
use sfu::{Event, Node, NodeConfig, ParticipantId, Prepared, Role, RoomId, SfuError, VideoRates};

use crate::client::{CameraOffer, Client};
use crate::flights::Flights;
use crate::link::Link;
use crate::received::Detail;

struct Member {
    client: Client,
    room: RoomId,
    name: ParticipantId,
    /// Where the SFU sees it: its own address, or that of the translator before it.
    seen_at: SocketAddr,
    up: Link,
    down: Link,
    is_unplugged: bool,
}

/// The whole simulation.
pub struct World {
    /// The SFU under test.
    pub node: Node,
    /// Time zero.
    pub epoch: Instant,
    /// The present.
    pub now: Instant,
    /// Whether those who join tell the SFU when its packets came. Without that it estimates nothing and
    /// holds nothing back, which leaves repair alone to be tested.
    pub gives_feedback: bool,
    /// What the SFU reported.
    pub events: Vec<Event>,
    /// What clients sent, while somebody listens.
    overheard: Option<Vec<(usize, Vec<u8>)>>,
    members: Vec<Member>,
    by_address: BTreeMap<SocketAddr, usize>,
    flights: Flights<Flight>,
    seed: u64,
}

fn sfu_address() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 7882))
}

fn without_feedback(offer: &str) -> String {
    let is_kept = |line: &&str| !line.contains("transport-wide-cc");
    offer
        .lines()
        .filter(is_kept)
        .map(|line| format!("{line}\r\n"))
        .collect()
}

/// The room of this name.
///
/// # Panics
/// If the name is no id.
pub fn room(name: &str) -> RoomId {
    RoomId::parse(name).expect("test names are ids")
}

/// The participant of this name.
///
/// # Panics
/// If the name is no id.
pub fn person(name: &str) -> ParticipantId {
    ParticipantId::parse(name).expect("test names are ids")
}

impl World {
    /// An empty world; `seed` decides the luck of every path.
    pub fn new(seed: u64) -> Self {
        Self::bounded(seed, VideoRates::default())
    }

    /// The same with an SFU whose operator set bounds.
    pub fn bounded(seed: u64, video_rates: VideoRates) -> Self {
        let epoch = Instant::now();
        let node = Node::new(NodeConfig {
            addresses: vec![sfu_address()].into(),
            video_rates,
        });
        Self {
            node,
            epoch,
            now: epoch,
            gives_feedback: true,
            events: Vec::new(),
            overheard: None,
            members: Vec::new(),
            by_address: BTreeMap::new(),
            flights: Flights::default(),
            seed,
        }
    }

    /// Opens a room.
    ///
    /// # Panics
    /// If there are too many.
    pub fn open(&mut self, name: &str) {
        self.node
            .open_room(&room(name), self.now)
            .expect("a test opens few rooms");
    }

    /// A new client joins; answers with its number.
    pub fn join(
        &mut self,
        room_name: &str,
        name: &str,
        role: Role,
        paths: impl Into<Paths>,
    ) -> Result<usize, SfuError> {
        self.join_with(room_name, name, (role, CameraOffer::Single), paths)
    }

    /// A new client joins that sends its camera this way; answers with its number.
    pub fn join_with(
        &mut self,
        room_name: &str,
        name: &str,
        (role, camera): (Role, CameraOffer),
        paths: impl Into<Paths>,
    ) -> Result<usize, SfuError> {
        let index = self.members.len();
        let address = SocketAddr::from(([10, 0, 1, (index + 1) as u8], 5000));
        let (client, offer) = Client::new(index as u32, address, role, camera, (self.epoch, self.now));
        let mut client = client.keeping(Detail::Numbers);
        let offer = if self.gives_feedback {
            offer
        } else {
            without_feedback(&offer)
        };
        let prepared = Prepared::new(&offer, role, &vec![sfu_address()].into(), self.now)?;
        let answer = self
            .node
            .join(&room(room_name), &person(name), prepared, self.now)?;
        client.accept(&answer);
        let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(index as u64 * 2);
        let paths = paths.into();
        let (up, down) = (
            Link::new(paths.up, seed, self.now),
            Link::new(paths.down, seed + 1, self.now),
        );
        self.by_address.insert(address, index);
        self.members.push(Member {
            client,
            room: room(room_name),
            name: person(name),
            seen_at: address,
            up,
            down,
            is_unplugged: false,
        });
        Ok(index)
    }

    /// The present, in ns since time zero.
    pub fn now_ns(&self) -> u64 {
        (self.now - self.epoch).as_nanos() as u64
    }

    /// Every record forgets the silences and freezes until now.
    pub fn start_window(&mut self) {
        let now_ns = self.now_ns();
        for line in self
            .members
            .iter_mut()
            .flat_map(|member| member.client.received.values_mut())
        {
            line.start_window(now_ns);
        }
    }

    /// A client by number.
    pub fn client(&mut self, index: usize) -> &mut Client {
        &mut self.members[index].client
    }

    /// A translator on the client's path takes another port, as after a change of network.
    pub fn rebind(&mut self, index: usize) {
        let member = &mut self.members[index];
        self.by_address.remove(&member.seen_at);
        member.seen_at.set_port(member.seen_at.port() + 1);
        self.by_address.insert(member.seen_at, index);
    }

    /// Changes the client's paths from now on.
    pub fn change_paths(&mut self, index: usize, paths: impl Into<Paths>) {
        let (paths, now) = (paths.into(), self.now);
        let member = &mut self.members[index];
        member.up.change(paths.up, now);
        member.down.change(paths.down, now);
    }

    /// The path from the SFU to the client.
    pub fn down(&self, index: usize) -> &Link {
        &self.members[index].down
    }

    /// Cuts or mends the client's wire.
    pub fn unplug(&mut self, index: usize, is_unplugged: bool) {
        self.members[index].is_unplugged = is_unplugged;
    }

    /// Sends a datagram to the SFU from any address, at once.
    pub fn inject(&mut self, from: SocketAddr, bytes: &[u8]) {
        self.node.receive(from, bytes, self.now);
        self.node.flush(self.now);
        self.collect();
    }
}
