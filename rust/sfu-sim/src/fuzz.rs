//! What fuzzers feed: every parser of bytes from strangers by itself, offers, and a whole room.
//!
//! A target takes any bytes and panics if something is wrong. `rust/fuzz` has libFuzzer look for such bytes; the tests
//! run each target on its corpus and on changes of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub use sfu::fuzzing::{demux, pictures};
use sfu::{Prepared, Role, Source};
pub use sfu_net::fuzzing::{frames, turn};

use crate::link::Conditions;
use crate::world::World;

/// Takes any bytes.
pub type Target = fn(&[u8]);

/// All targets, by the name of their corpus.
pub const TARGETS: [(&str, Target); 7] = [
    ("demux", demux),
    ("frames", frames),
    ("turn", turn),
    ("offer", offer),
    ("pictures", pictures),
    ("voice", voice),
    ("room", room),
];

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Records of one input that are carried out, so that a long one does not take minutes.
const RECORDS_MAX: usize = 64;

/// Answers an offer in both roles.
pub fn offer(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let at = vec![SocketAddr::from(([192, 0, 2, 1], 7882))].into();
    for role in [Role::Participant, Role::Observer] {
        let _ = Prepared::new(&text, role, &at, Instant::now());
    }
}

/// Reads what somebody's browser sends on the voice socket.
pub fn voice(bytes: &[u8]) {
    sfu_voice::fuzzing::voice(bytes, Instant::now());
}

/// Feeds a room in which two people are connected. The input is records: who or what, a length, and so many bytes.
///
/// # Panics
/// If the room fails.
pub fn room(mut script: &[u8]) {
    let mut world = World::new(1);
    world.open("room");
    let [ann, bob] = ["ann", "bob"].map(|name| {
        let joined = world.join("room", name, Role::Participant, Conditions::LAN);
        joined.expect("there is room for two")
    });
    let both = |world: &mut World| world.client(ann).is_connected && world.client(bob).is_connected;
    assert!(world.run_until(CONNECT_LIMIT, both), "both connect");
    for _ in 0..RECORDS_MAX {
        let [what, length, rest @ ..] = script else { break };
        let (bytes, later) = rest.split_at(usize::from(*length).min(rest.len()));
        script = later;
        obey(&mut world, (ann, bob), *what, bytes);
        assert_eq!(world.node.stats().rooms_failed, 0, "{:?}", world.events.last());
    }
    world.run_for(Duration::from_secs(1));
    assert_eq!(world.node.stats().rooms_failed, 0, "{:?}", world.events.last());
}

fn obey(world: &mut World, (ann, bob): (usize, usize), what: u8, bytes: &[u8]) {
    let now = world.now;
    match what % 6 {
        0 => world.inject(SocketAddr::from(([203, 0, 113, 5], 9)), bytes),
        1 => {
            let from = world.client(ann).address;
            world.inject(from, bytes);
        }
        2 => {
            let from = world.client(bob).address;
            world.inject(from, bytes);
        }
        3 => world
            .client(ann)
            .send_payload(Source::Camera, bytes.to_vec(), now),
        4 => world
            .client(bob)
            .send_payload(Source::Microphone, bytes.to_vec(), now),
        _ => world.run_for(Duration::from_millis(bytes.len() as u64)),
    }
}
