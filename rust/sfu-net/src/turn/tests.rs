//! A client of TURN on paper, and what it must not get.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sfu::{Path, Via};

use super::message::{Integrity, Message, Writer};
use super::numbers::{attribute, kind};
use super::{ALLOCATIONS_PER_OWNER_MAX, Moment, Outcome, Secret, Turn, credentials, is_turn};

const NOW_S: u64 = 1_800_000_000;
const UDP: [u8; 4] = [17, 0, 0, 0];
const CHANNEL: [u8; 4] = [0x40, 0, 0, 0];

/// Addresses that a relay must not lead to: Slack's, and those that led into coturn's own machine.
const FORBIDDEN: [&str; 13] = [
    "127.0.0.1:80",
    "0.0.0.0:80",
    "[::1]:80",
    "[::]:80",
    "10.0.0.5:80",
    "192.168.1.1:80",
    "169.254.169.254:80",
    "[::ffff:127.0.0.1]:80",
    "[::ffff:192.0.2.7]:7882",
    "[::ffff:169.254.169.254]:80",
    "[64:ff9b::7f00:1]:80",
    "[fd00::1]:80",
    "8.8.8.8:53",
];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn own() -> Vec<SocketAddr> {
    vec![address("192.0.2.7:7882"), address("[2001:db8::7]:7882")]
}

struct Client {
    path: Path,
    name: String,
    key: [u8; 16],
    integrity: Integrity,
}

struct World {
    turn: Turn,
    secret: Secret,
    now: Moment,
}

impl World {
    fn new() -> Self {
        let secret = Secret::random().unwrap();
        let at = Instant::now();
        Self {
            turn: Turn::new(own(), secret.clone(), at),
            secret,
            now: Moment { at, unix_s: NOW_S },
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now.at += time;
        self.now.unix_s += time.as_secs();
    }

    fn client(&self, owner: &str, port: u16) -> Client {
        let made = self.secret.credentials(owner, self.now.unix_s);
        Client {
            path: SocketAddr::from(([198, 51, 100, 1], port)).into(),
            key: credentials::key(&made.name, credentials::REALM, &made.password),
            name: made.name,
            integrity: Integrity::Sha1,
        }
    }

    /// The answer to a request with credentials: 0 for success, else the number of the refusal.
    fn ask(&mut self, client: &Client, request: Writer) -> u16 {
        let request = self.signed(client, request);
        code_of(&self.answer(client.path, &request))
    }

    fn signed(&self, client: &Client, request: Writer) -> Vec<u8> {
        let nonce = self.secret.nonce(&client.path, self.now.unix_s);
        request
            .with(attribute::USERNAME, client.name.as_bytes())
            .with(attribute::REALM, credentials::REALM.as_bytes())
            .with(attribute::NONCE, nonce.as_bytes())
            .signed(client.integrity, &client.key)
    }

    fn answer(&mut self, path: Path, request: &[u8]) -> Vec<u8> {
        match self.turn.receive(path, request, self.now) {
            Outcome::Answer(answer) => answer,
            other => panic!("no answer but {other:?}"),
        }
    }

    fn allocate(&mut self, client: &Client) -> SocketAddr {
        assert_eq!(self.ask(client, allocate(1)), 0);
        self.turn.allocations[&client.path].relayed
    }
}

fn code_of(answer: &[u8]) -> u16 {
    let message = Message::parse(answer).unwrap();
    match message.attribute(attribute::ERROR_CODE) {
        Some(value) => u16::from(value[2]) * 100 + u16::from(value[3]),
        None => 0,
    }
}

fn request(kind: u16, number: u8) -> Writer {
    Writer::new(kind, [number; 12])
}

fn allocate(number: u8) -> Writer {
    request(kind::ALLOCATE, number).with(attribute::REQUESTED_TRANSPORT, &UDP)
}

fn permission(peer: SocketAddr) -> Writer {
    request(kind::CREATE_PERMISSION, 2).with_address(attribute::XOR_PEER_ADDRESS, peer)
}

fn binding(peer: SocketAddr) -> Writer {
    request(kind::CHANNEL_BIND, 3)
        .with(attribute::CHANNEL_NUMBER, &CHANNEL)
        .with_address(attribute::XOR_PEER_ADDRESS, peer)
}

fn sending(peer: SocketAddr) -> Vec<u8> {
    let indication = request(kind::SEND, 4).with_address(attribute::XOR_PEER_ADDRESS, peer);
    indication.with(attribute::DATA, b"data").unsigned()
}

#[test]
fn a_stranger_is_challenged_and_who_answers_gets_an_allocation() {
    for integrity in [Integrity::Sha1, Integrity::Sha256] {
        let mut world = World::new();
        let client = Client {
            integrity,
            ..world.client("room/ann", 5000)
        };
        let challenge = world.answer(client.path, &allocate(1).unsigned());
        assert_eq!(code_of(&challenge), 401);
        let challenge = Message::parse(&challenge).unwrap();
        assert!(challenge.attribute(attribute::NONCE).is_some());
        let request = world.signed(&client, allocate(1));
        let answer = world.answer(client.path, &request);
        let answer = Message::parse(&answer).unwrap();
        assert!(answer.is_of(&client.key), "the answer is signed too");
        assert_eq!(answer.number(attribute::LIFETIME), Some(600));
        assert!(answer.attribute(attribute::XOR_RELAYED_ADDRESS).is_some());
    }
}

#[test]
fn no_other_address_than_our_own_is_reached_by_any_request() {
    for forbidden in FORBIDDEN.map(address) {
        let mut world = World::new();
        let client = world.client("room/ann", 5000);
        world.allocate(&client);
        assert_eq!(world.ask(&client, permission(forbidden)), 403, "{forbidden}");
        assert_eq!(world.ask(&client, binding(forbidden)), 403, "{forbidden}");
        let both = permission(own()[0]).with_address(attribute::XOR_PEER_ADDRESS, forbidden);
        assert_eq!(world.ask(&client, both), 403, "{forbidden} beside our own");
        assert_eq!(world.ask(&client, permission(own()[0])), 0);
        let indication = sending(forbidden);
        let outcome = world.turn.receive(client.path, &indication, world.now);
        assert_eq!(outcome, Outcome::Nothing, "{forbidden}");
        assert_eq!(world.turn.stats().turn_peers_refused, 4);
    }
}

#[test]
fn another_port_of_our_own_address_is_not_reached() {
    let mut world = World::new();
    let client = world.client("room/ann", 5000);
    world.allocate(&client);
    let other = SocketAddr::new(own()[0].ip(), 22);
    assert_eq!(world.ask(&client, binding(other)), 403);
    assert_eq!(
        world.ask(&client, permission(other)),
        0,
        "permissions are of addresses"
    );
    let indication = sending(other);
    assert_eq!(
        world.turn.receive(client.path, &indication, world.now),
        Outcome::Nothing
    );
}

#[test]
fn data_passes_both_ways_by_indication_and_by_channel() {
    let mut world = World::new();
    let client = world.client("room/ann", 5000);
    let relayed = world.allocate(&client);
    let path = Path {
        peer: relayed,
        via: Via::Relay(0),
    };
    let indication = sending(own()[0]);
    assert_eq!(
        world.turn.receive(client.path, &indication, world.now),
        Outcome::Nothing
    );
    assert_eq!(world.turn.toward(&path, b"back".to_vec(), world.now.at), None);
    assert_eq!(world.ask(&client, permission(own()[0])), 0);
    let outcome = world.turn.receive(client.path, &indication, world.now);
    assert_eq!(outcome, Outcome::Data(path, b"data"));
    let (to, bytes) = world.turn.toward(&path, b"back".to_vec(), world.now.at).unwrap();
    let message = Message::parse(&bytes).unwrap();
    assert_eq!((to, message.kind()), (client.path, kind::DATA));
    assert_eq!(message.attribute(attribute::DATA), Some(&b"back"[..]));
    assert_eq!(message.peers().next(), Some(Some(own()[0])));
    assert_eq!(world.ask(&client, binding(own()[0])), 0);
    let (_, bytes) = world.turn.toward(&path, b"back".to_vec(), world.now.at).unwrap();
    assert_eq!(bytes, b"\x40\0\0\x04back");
    let outcome = world.turn.receive(client.path, b"\x40\0\0\x04data", world.now);
    assert_eq!(outcome, Outcome::Data(path, b"data"));
    let of_another = world.client("room/ann", 5001).path;
    let outcome = world.turn.receive(of_another, b"\x40\0\0\x04data", world.now);
    assert_eq!(outcome, Outcome::Nothing);
    let stats = world.turn.stats();
    assert_eq!((stats.turn_packets_in, stats.turn_packets_out), (2, 2));
    assert_eq!(
        stats.turn_dropped, 2,
        "without permission, and without an allocation"
    );
}

#[test]
fn a_participant_has_a_quota_and_takes_nothing_from_others() {
    let mut world = World::new();
    let codes: Vec<u16> = (0..200)
        .map(|port| {
            let client = world.client("room/ann", 5000 + port);
            world.ask(&client, allocate(1))
        })
        .collect();
    assert!(codes[..ALLOCATIONS_PER_OWNER_MAX].iter().all(|code| *code == 0));
    assert!(codes[ALLOCATIONS_PER_OWNER_MAX..].iter().all(|code| *code == 486));
    let ben = world.client("room/ben", 6000);
    assert_eq!(world.ask(&ben, allocate(1)), 0);
    let stats = world.turn.stats();
    let allowed = ALLOCATIONS_PER_OWNER_MAX as u64;
    assert_eq!(
        (stats.turn_allocations, stats.turn_allocated),
        (allowed + 1, allowed + 1)
    );
    assert_eq!(stats.turn_allocations_refused, 200 - allowed);
}

#[test]
fn a_name_allocates_for_five_minutes_and_an_allocation_lives_by_refreshes() {
    let mut world = World::new();
    let (client, late) = (world.client("room/ann", 5000), world.client("room/ann", 5001));
    let relayed = world.allocate(&client);
    for _ in 0..4 {
        world.pass(Duration::from_secs(300));
        assert_eq!(world.turn.expire(world.now.at), []);
        assert_eq!(world.ask(&client, request(kind::REFRESH, 9)), 0);
    }
    assert_eq!(world.ask(&late, allocate(1)), 401, "its name is too old");
    world.pass(Duration::from_secs(600));
    let gone = world.turn.expire(world.now.at);
    assert!(gone.iter().all(|path| path.peer == relayed) && gone.len() == own().len());
    assert_eq!(world.ask(&client, request(kind::REFRESH, 9)), 401);
}

#[test]
fn a_refresh_of_no_time_ends_the_allocation() {
    let mut world = World::new();
    let client = world.client("room/ann", 5000);
    world.allocate(&client);
    let end = request(kind::REFRESH, 9).with(attribute::LIFETIME, &[0; 4]);
    assert_eq!(world.ask(&client, end), 0);
    assert!(!world.turn.serves(&client.path));
    assert_eq!(world.ask(&client, request(kind::REFRESH, 9)), 437);
}

#[test]
fn what_does_not_fit_is_refused_with_its_number() {
    let mut world = World::new();
    let client = world.client("room/ann", 5000);
    let tcp = request(kind::ALLOCATE, 1).with(attribute::REQUESTED_TRANSPORT, &[6, 0, 0, 0]);
    assert_eq!(world.ask(&client, tcp), 442);
    assert_eq!(world.ask(&client, request(kind::ALLOCATE, 1)), 400);
    assert_eq!(
        world.ask(
            &client,
            allocate(1).with(attribute::REQUESTED_FAMILY, &[9, 0, 0, 0])
        ),
        440
    );
    assert_eq!(
        world.ask(&client, allocate(1).with(attribute::EVEN_PORT, &[0x80])),
        508
    );
    assert_eq!(world.ask(&client, allocate(1).with(0x7FFF, &[])), 420);
    assert_eq!(world.ask(&client, permission(own()[0])), 437);
    world.allocate(&client);
    assert_eq!(world.ask(&client, allocate(1)), 0, "the same one again");
    assert_eq!(world.ask(&client, allocate(2)), 437);
    let ben = Client {
        path: client.path,
        ..world.client("room/ben", 1)
    };
    assert_eq!(world.ask(&ben, permission(own()[0])), 441);
    let mallory = Client {
        key: [0; 16],
        ..world.client("room/ann", 5000)
    };
    assert_eq!(world.ask(&mallory, permission(own()[0])), 401);
    let of_v6 = world.client("room/ann", 5002);
    let wants_v6 = allocate(1).with(attribute::REQUESTED_FAMILY, &[2, 0, 0, 0]);
    assert_eq!(world.ask(&of_v6, wants_v6), 0);
    assert!(world.turn.allocations[&of_v6.path].relayed.is_ipv6());
}

#[test]
fn strangers_are_not_sent_more_than_they_sent_but_for_a_ration() {
    let mut world = World::new();
    let stranger = world.client("room/ann", 5000).path;
    let request = allocate(1).unsigned();
    let (mut sent, mut answered) = (0, 0);
    for _ in 0..1000 {
        sent += request.len();
        if let Outcome::Answer(answer) = world.turn.receive(stranger, &request, world.now) {
            answered += answer.len();
        }
    }
    assert!(answered * 10 < sent, "{answered} for {sent}");
    let over_tcp = Path {
        via: Via::Tcp(1),
        ..stranger
    };
    assert_eq!(
        code_of(&world.answer(over_tcp, &request)),
        401,
        "who is there for sure"
    );
}

proptest! {
    #[test]
    fn any_bytes_of_a_client_are_survived_and_lead_only_to_us(
        start in prop_oneof![
            Just(sending(own()[0])),
            Just(permission(own()[0]).unsigned()),
            Just(b"\x40\0\0\x04data".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..80),
        ],
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..6),
    ) {
        let mut world = World::new();
        let client = world.client("room/ann", 5000);
        let relayed = world.allocate(&client);
        let mut bytes = start;
        for (at, byte) in changes {
            let length = bytes.len().max(1);
            if let Some(changed) = bytes.get_mut(at % length) {
                *changed = byte;
            }
        }
        if let Outcome::Data(path, _) = world.turn.receive(client.path, &bytes, world.now) {
            prop_assert_eq!(path.peer, relayed);
        }
        let _ = is_turn(&bytes);
    }
}

#[test]
fn turn_is_told_from_what_else_comes_to_the_port() {
    for yes in [
        &[0u8, 3][..],
        &[0, 4],
        &[0, 8],
        &[0, 9],
        &[0, 0x16],
        &[0x40, 0],
        &[0x4f, 0xff],
    ] {
        assert!(is_turn(yes), "{yes:?}");
    }
    for no in [
        &[0u8, 1][..],
        &[1, 1],
        &[1, 0x11],
        &[0, 0x11],
        &[22, 254],
        &[128, 96],
        &[],
    ] {
        assert!(!is_turn(no), "{no:?}");
    }
}
