//! What strangers and broken peers can do to a call: nothing, and it is counted.
#![allow(clippy::unwrap_used)]

mod forgery;

use std::net::SocketAddr;
use std::time::Duration;

use forgery::{STUN_COOKIE, forged_check};
use proptest::prelude::*;
use sfu::limits::DATAGRAM_BYTES_MAX;
use sfu::{Role, Source};
use sfu_sim::camera::{Camera, Microphone};
use sfu_sim::link::Conditions;
use sfu_sim::world::World;

const SECOND: Duration = Duration::from_secs(1);

fn stranger(number: u16) -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 5], 10_000 + number))
}

/// Two people in a call; the second receives the first.
fn call(seed: u64) -> (World, usize, usize) {
    let mut world = World::new(seed);
    world.open("room");
    let [ann, bob] = ["ann", "bob"].map(|name| {
        world
            .join("room", name, Role::Participant, Conditions::LAN)
            .unwrap()
    });
    assert!(world.run_until(5 * SECOND, |world| world.client(ann).is_connected
        && world.client(bob).is_connected));
    let now = world.now;
    world.client(ann).camera = Some(Camera::new(ann as u32, 500_000, 30, now));
    world.client(ann).microphone = Some(Microphone::new(ann as u32, 32_000, now));
    (world, ann, bob)
}

fn client_hello() -> Vec<u8> {
    let mut hello = vec![22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 1];
    hello.resize(73, 0);
    hello
}

#[test]
fn media_and_handshakes_from_a_stranger_are_dropped_without_an_answer() {
    let (mut world, _, bob) = call(1);
    let before = world.node.stats();
    for number in 0..500 {
        world.inject(stranger(number), &client_hello());
        world.inject(stranger(number), &[0x80; 200]);
    }
    let after = world.node.stats();
    assert_eq!(
        after.dropped_unknown_address - before.dropped_unknown_address,
        1000
    );
    assert_eq!(after.bytes_out, before.bytes_out, "not a byte in answer");
    world.run_for(SECOND);
    assert!(world.client(bob).packets_received() > 50);
}

#[test]
fn a_handshake_race_during_the_join_does_not_stop_the_call() {
    let mut world = World::new(2);
    world.open("room");
    let ann = world
        .join("room", "ann", Role::Participant, Conditions::LAN)
        .unwrap();
    let mut number = 0;
    let is_connected = world.run_until(5 * SECOND, |world| {
        number += 1;
        world.inject(stranger(number % 50), &client_hello());
        world.client(ann).is_connected
    });
    assert!(is_connected);
}

#[test]
fn a_check_without_the_password_is_not_answered() {
    let (mut world, ann, _) = call(3);
    let ufrag = world.client(ann).remote_ufrag().to_owned();
    let before = world.node.stats();
    world.inject(stranger(1), &forged_check(&format!("{ufrag}:x")));
    world.inject(stranger(1), &forged_check("nobody:x"));
    world.inject(stranger(1), &client_hello());
    let after = world.node.stats();
    assert_eq!(after.dropped_unauthenticated - before.dropped_unauthenticated, 1);
    assert_eq!(after.dropped_stun - before.dropped_stun, 1);
    assert_eq!(
        after.dropped_unknown_address - before.dropped_unknown_address,
        1,
        "the address proved nothing"
    );
    assert_eq!(after.bytes_out, before.bytes_out);
}

#[test]
fn what_is_too_long_or_empty_is_dropped() {
    let (mut world, ann, _) = call(4);
    let address = world.client(ann).address;
    world.inject(address, &[]);
    world.inject(address, &vec![0x80; DATAGRAM_BYTES_MAX + 1]);
    assert_eq!(world.node.stats().dropped_size, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn garbage_from_a_known_address_hurts_nobody(
        seed in any::<u64>(),
        packets in proptest::collection::vec(
            (prop::sample::select(vec![0u8, 1, 20, 22, 23, 63, 100, 128, 144, 191, 255]),
             proptest::collection::vec(any::<u8>(), 0..300)),
            50..100,
        ),
    ) {
        let (mut world, ann, bob) = call(seed);
        world.run_for(SECOND);
        let (address, before) = (world.client(ann).address, world.client(bob).packets_received());
        for (first, rest) in packets {
            let mut datagram = vec![first];
            // RTCP and STUN look deeper when these bytes fit.
            datagram.extend(if first == 128 { vec![200, 0, 6] } else { vec![1, 0, 0] });
            datagram.extend(if first < 4 { STUN_COOKIE.to_vec() } else { Vec::new() });
            datagram.extend(rest);
            world.inject(address, &datagram);
        }
        world.run_for(2 * SECOND);
        prop_assert_eq!(world.node.stats().rooms_failed, 0);
        prop_assert!(world.client(bob).packets_received() > before + 100);
        let face = world.client(bob).line(Role::Participant, Source::Camera, 0);
        prop_assert_eq!(world.client(bob).on(face).missing(5), 0);
    }
}
