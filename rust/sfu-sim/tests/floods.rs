//! Attacks at a thousand datagrams a second while people join and talk: nobody notices, and it is counted.
#![allow(clippy::unwrap_used)]

mod forgery;

use std::net::SocketAddr;
use std::time::Duration;

use forgery::{STUN_COOKIE, forged_check};
use sfu::limits::SDP_BYTES_MAX;
use sfu::{Prepared, Role, Source};
use sfu_sim::camera::{Camera, Microphone};
use sfu_sim::client::{CameraOffer, Client};
use sfu_sim::link::Conditions;
use sfu_sim::profile;
use sfu_sim::world::{World, person, room};

const SECOND: Duration = Duration::from_secs(1);
/// Of every flood.
const INTERVAL: Duration = Duration::from_millis(1);
const HANDSHAKE: u8 = 22;

fn stranger(number: u64) -> SocketAddr {
    SocketAddr::from((
        [203, 0, 113, (number / 50_000) as u8],
        10_000 + (number % 50_000) as u16,
    ))
}

fn join(world: &mut World, name: &str) -> usize {
    let joined = world.join("room", name, Role::Participant, Conditions::LAN);
    joined.unwrap()
}

fn start_media(world: &mut World, index: usize) {
    let now = world.now;
    let client = world.client(index);
    client.camera = Some(Camera::new(index as u32, 500_000, 30, now));
    client.microphone = Some(Microphone::new(index as u32, 32_000, now));
}

/// Everybody sends and receives.
fn call(seed: u64, names: &[&str]) -> (World, Vec<usize>) {
    let mut world = World::new(seed);
    world.open("room");
    let people: Vec<usize> = names.iter().map(|name| join(&mut world, name)).collect();
    assert!(world.run_until(5 * SECOND, |world| {
        people.iter().all(|person| world.client(*person).is_connected)
    }));
    for person in &people {
        start_media(&mut world, *person);
    }
    world.run_for(SECOND);
    (world, people)
}

/// Some checks of a client, which are no secret to who sees its packets.
fn checks_of(world: &mut World, client: usize) -> Vec<Vec<u8>> {
    let mut heard = world.overhear(client, 10 * SECOND);
    heard.retain(|bytes| bytes[..2] == [0, 1] && bytes[4..8] == STUN_COOKIE);
    world.run_for(SECOND / 10); // what was on its way has come
    assert!(heard.len() > 1);
    heard
}

/// The first datagram of a handshake, as a real client sends it.
fn real_hello() -> Vec<u8> {
    let mut world = World::new(99);
    world.open("room");
    let mallory = join(&mut world, "mallory");
    let sent = world.overhear(mallory, SECOND);
    sent.into_iter().find(|bytes| bytes[0] == HANDSHAKE).unwrap()
}

fn check_call(world: &mut World, people: &[usize], packets_before: &[u64], packets_min: u64) {
    for (person, before) in people.iter().zip(packets_before) {
        let more = world.client(*person).packets_received() - before;
        assert!(more > packets_min, "person {person} got {more}");
        let face = world.client(*person).line(Role::Participant, Source::Camera, 0);
        assert_eq!(world.client(*person).on(face).missing(5), 0);
    }
    assert_eq!(world.node.stats().rooms_failed, 0);
}

fn packets(world: &mut World, people: &[usize]) -> Vec<u64> {
    let count = |person: &usize| world.client(*person).packets_received();
    people.iter().map(count).collect()
}

/// The time that a join takes, and how many hellos were sent meanwhile.
fn join_against(seed: u64, attack: impl Fn(&mut World, usize, u64)) -> (Duration, u64) {
    let mut world = World::new(seed);
    world.open("room");
    let (began, far) = (world.now, profile::GOOD);
    let ann = world.join("room", "ann", Role::Participant, far).unwrap();
    let mut number = 0;
    while !world.client(ann).is_connected {
        assert!(
            world.now - began < 5 * SECOND,
            "the join does not come to its end"
        );
        attack(&mut world, ann, number);
        number += 1;
        world.run_for(INTERVAL);
    }
    (world.now - began, number)
}

#[test]
fn a_race_of_real_handshakes_from_elsewhere_does_not_delay_a_join() {
    let hello = real_hello();
    let (alone, _) = join_against(1, |_, _, _| {});
    let (raced, sent) = join_against(1, |world, _, number| {
        let before = world.node.stats();
        world.inject(stranger(number), &hello);
        let after = world.node.stats();
        assert_eq!(after.dropped_unknown_address, before.dropped_unknown_address + 1);
        assert_eq!(after.bytes_out, before.bytes_out, "not a byte in answer");
    });
    assert!(sent > 10);
    assert!(raced <= alone + 20 * INTERVAL, "{raced:?}, alone {alone:?}");
}

#[test]
fn handshakes_in_the_name_of_somebody_s_own_address_do_not_end_its_call() {
    let hello = real_hello();
    let (mut world, people) = call(2, &["ann", "bob"]);
    let had = packets(&mut world, &people);
    world.run_under(2 * SECOND, INTERVAL, |world, _| {
        let address = world.client(people[0]).address;
        world.inject(address, &hello);
    });
    check_call(&mut world, &people, &had, 200);
}

#[test]
fn forged_checks_from_everywhere_get_no_answer_and_no_path() {
    let (mut world, people) = call(3, &["ann", "bob"]);
    let ufrag = world.client(people[0]).remote_ufrag().to_owned();
    let (check, before) = (forged_check(&format!("{ufrag}:x")), world.node.stats());
    let had = packets(&mut world, &people);
    let sent = world.run_under(5 * SECOND, INTERVAL, |world, number| {
        world.inject(stranger(number), &check);
        assert!(!world.node.knows(&stranger(number).into()));
    });
    let after = world.node.stats();
    assert!(sent >= 5000);
    assert_eq!(
        after.dropped_unauthenticated - before.dropped_unauthenticated,
        sent
    );
    check_call(&mut world, &people, &had, 500);
}

#[test]
fn a_forged_check_is_counted_also_when_packets_are_about_to_leave() {
    let (mut world, people) = call(10, &["ann", "bob"]);
    let (ann, bob) = (people[0], people[1]);
    let check = forged_check(&format!("{}:x", world.client(ann).remote_ufrag()));
    world.unplug(bob, true);
    let burst = world.overhear(bob, SECOND);
    let (from, before) = (world.client(bob).address, world.node.stats());
    for datagram in &burst {
        world.node.receive(from, datagram, world.now);
    }
    world.node.flush(world.now);
    for _ in 0..100 {
        world.now += INTERVAL;
        world.node.receive(stranger(1), &check, world.now);
    }
    let counted = world.node.stats().dropped_unauthenticated - before.dropped_unauthenticated;
    assert_eq!(counted, 100);
}

#[test]
fn a_check_that_was_overheard_draws_nothing_to_whoever_sends_it_again() {
    let (mut world, people) = call(4, &["ann", "bob"]);
    let checks = checks_of(&mut world, people[0]);
    let (had, before) = (packets(&mut world, &people), world.node.stats());
    let sent = world.run_under(5 * SECOND, INTERVAL, |world, number| {
        let check = &checks[number as usize % checks.len()];
        world.inject(stranger(number), check);
        assert!(!world.node.knows(&stranger(number).into()));
    });
    let dropped = world.node.stats().dropped_unauthenticated - before.dropped_unauthenticated;
    assert_eq!(dropped, sent);
    check_call(&mut world, &people, &had, 500);
}

#[test]
fn what_was_overheard_is_of_no_use_to_a_stranger_nor_to_somebody_in_the_room_nor_a_second_time() {
    let (mut world, people) = call(5, &["ann", "bob", "mallory"]);
    let (ann, mallory) = (people[0], people[2]);
    let is_media = |bytes: &Vec<u8>| matches!(bytes[0], 128..=191) && !matches!(bytes[1], 192..=223);
    let heard: Vec<Vec<u8>> = world.overhear(ann, SECOND).into_iter().filter(is_media).collect();
    assert!(heard.len() > 50);
    world.run_for(SECOND / 10); // what was on its way has come
    let had = packets(&mut world, &people);
    for from in [
        stranger(1),
        world.client(mallory).address,
        world.client(ann).address,
    ] {
        let before = world.node.stats();
        for datagram in &heard {
            world.inject(from, datagram);
        }
        let after = world.node.stats();
        assert_eq!(after.media_in, before.media_in, "taken from {from}");
        let dropped = |stats: sfu::Stats| stats.dropped_unknown_address + stats.dropped_media;
        assert_eq!(
            dropped(after) - dropped(before),
            heard.len() as u64,
            "from {from}"
        );
    }
    world.run_for(2 * SECOND);
    check_call(&mut world, &people, &had, 200);
}

#[test]
fn a_participant_who_sends_under_another_s_stream_number_stays_in_its_own_place() {
    let (mut world, people) = call(6, &["ann", "bob", "mallory"]);
    let (ann, bob, mallory) = (people[0], people[1], people[2]);
    for source in [Source::Camera, Source::Microphone] {
        let number = world.client(ann).stream_number(source);
        world.client(mallory).take_stream_number(source, number);
    }
    let had = packets(&mut world, &people[..2]);
    world.run_for(3 * SECOND);
    check_call(&mut world, &people[..2], &had, 200);
    for (slot, sender) in [(0, ann), (1, mallory)] {
        for source in [Source::Camera, Source::Microphone] {
            let line = world.client(bob).line(Role::Participant, source, slot);
            let senders: Vec<u32> = world.client(bob).on(line).publishers.iter().copied().collect();
            assert_eq!(senders, [sender as u32], "{source:?} of slot {slot}");
        }
    }
}

/// Offers of the right shape that are as long as an offer may be.
fn bombs() -> Vec<(&'static str, String)> {
    let (_, offer) = Client::new(
        9,
        stranger(0),
        Role::Participant,
        CameraOffer::Single,
        (World::new(0).epoch, World::new(0).epoch),
    );
    let fill = |line: &dyn Fn(usize) -> String| {
        let mut bomb = offer.clone();
        let mut number = 0;
        while bomb.len() + line(number).len() + 2 <= SDP_BYTES_MAX {
            bomb += &(line(number) + "\r\n");
            number += 1;
        }
        bomb
    };
    vec![
        ("streams", fill(&|number| format!("a=ssrc:{number} cname:x"))),
        (
            "groups",
            fill(&|number| format!("a=ssrc-group:FID {number} {}", number + 1)),
        ),
        (
            "extensions",
            fill(&|number| format!("a=extmap:{number} urn:x:{number}")),
        ),
        (
            "codecs",
            fill(&|number| format!("a=rtpmap:{} VP8/90000", number % 128)),
        ),
        (
            "parameters",
            fill(&|number| format!("a=fmtp:111 {}", "x=1;".repeat(number % 500))),
        ),
        (
            "feedback",
            fill(&|number| format!("a=rtcp-fb:{} nack", number % 128)),
        ),
        ("layers", fill(&|number| format!("a=rid:{number} send"))),
        ("fingerprints", fill(&|_| "a=fingerprint:sha-256 00:11".into())),
        ("bundles", fill(&|number| format!("a=group:BUNDLE {number}"))),
        (
            "candidates",
            fill(&|number| format!("a=candidate:{number} 1 udp 1 192.0.2.1 {number} typ host")),
        ),
        (
            "brackets",
            fill(&|_| "a=simulcast:send ".to_owned() + &"~;,".repeat(600)),
        ),
    ]
}

#[test]
fn an_offer_as_large_as_may_be_is_refused_or_answered_and_the_call_goes_on() {
    let (mut world, people) = call(8, &["ann", "bob"]);
    let had = packets(&mut world, &people);
    let (id, mallory) = (room("room"), person("mallory"));
    let at = vec![SocketAddr::from(([10, 0, 0, 1], 7882))].into();
    for (what, bomb) in bombs() {
        let Ok(prepared) = Prepared::new(&bomb, Role::Participant, &at, world.now) else {
            continue;
        };
        let now = world.now;
        let answer = world.node.join(&id, &mallory, prepared, now).unwrap();
        assert!(answer.len() < SDP_BYTES_MAX, "{what}: {} bytes", answer.len());
        world.run_for(SECOND / 4);
        let now = world.now;
        world.node.leave(&id, &mallory, now).unwrap();
    }
    world.run_for(SECOND);
    check_call(&mut world, &people, &had, 100);
}

#[test]
fn a_check_is_answered_with_no_more_than_it_was() {
    let (mut world, people) = call(9, &["ann", "bob"]);
    let (checks, from) = (checks_of(&mut world, people[0]), world.client(people[0]).address);
    for check in checks {
        world.node.receive(from, &check, world.now);
        let mut sent = Vec::new();
        world.node.take_datagrams(&mut sent);
        let back: usize = sent.iter().map(|one| one.bytes.len()).sum();
        assert!(0 < back && back <= check.len(), "{back} for {}", check.len());
    }
}

#[test]
fn a_flood_of_one_room_does_not_keep_anybody_from_joining_another() {
    let (mut world, people) = call(7, &["ann", "bob"]);
    world.open("other");
    let ufrag = world.client(people[0]).remote_ufrag().to_owned();
    let check = forged_check(&format!("{ufrag}:x"));
    let cal = world
        .join("other", "ann", Role::Participant, Conditions::LAN)
        .unwrap();
    world.run_under(SECOND, INTERVAL, |world, number| {
        world.inject(stranger(number), &check);
    });
    assert!(world.client(cal).is_connected);
}
