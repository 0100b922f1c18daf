//! How soon somebody who comes sees who is there, and is seen.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use sfu::{Role, Source};
use sfu_sim::camera::{Camera, Microphone};
use sfu_sim::link::Conditions;
use sfu_sim::profile::{GOOD, thin};
use sfu_sim::world::{Paths, World, person, room};

const SECOND: Duration = Duration::from_secs(1);
const CAMERA_BPS: u64 = 1_200_000;
/// Two frames and the way there and back: a key frame is asked for, made and sent.
const AT_ONCE: Duration = Duration::from_millis(75);
/// How long the one who was there first has been alone.
const ALONE_MS: [u64; 8] = [40, 80, 150, 300, 500, 700, 1000, 4000];

fn join_sending(world: &mut World, name: &str, paths: impl Into<Paths>) -> usize {
    let index = world.join("room", name, Role::Participant, paths).unwrap();
    assert!(world.run_until(5 * SECOND, |world| world.client(index).is_connected));
    let now = world.now;
    let client = world.client(index);
    client.camera = Some(Camera::new(index as u32, CAMERA_BPS, 30, now));
    client.microphone = Some(Microphone::new(index as u32, 32_000, now));
    index
}

/// How long it takes until a picture comes to `receiver` in the slot `slot`.
fn wait_for_picture(world: &mut World, receiver: usize, slot: usize) -> Duration {
    let began = world.now;
    let is_seen = world.run_until(5 * SECOND, |world| {
        let client = world.client(receiver);
        let face = client.line(Role::Participant, Source::Camera, slot);
        client.on(face).packets > 0
    });
    assert!(is_seen, "{receiver} sees nobody in slot {slot}");
    world.now - began
}

#[test]
fn two_people_see_each_other_as_soon_as_they_are_connected() {
    for alone_ms in ALONE_MS {
        let mut world = World::new(alone_ms);
        world.open("room");
        let ann = join_sending(&mut world, "ann", Conditions::LAN);
        world.run_for(Duration::from_millis(alone_ms));
        let bob = join_sending(&mut world, "bob", Conditions::LAN);
        let waited = [(bob, "bob"), (ann, "ann")].map(|(who, name)| {
            let wait = wait_for_picture(&mut world, who, 0);
            (name, wait)
        });
        for (name, wait) in waited {
            assert!(wait < AT_ONCE, "alone for {alone_ms} ms: {name} waited {wait:?}");
        }
    }
}

#[test]
fn who_comes_right_after_another_waits_as_long_as_a_browser_makes_no_second_key_frame() {
    for apart_ms in ALONE_MS {
        let mut world = World::new(apart_ms);
        world.open("room");
        join_sending(&mut world, "ann", Conditions::LAN);
        for name in ["bob", "cy", "dan"] {
            world.run_for(Duration::from_millis(apart_ms));
            let index = join_sending(&mut world, name, Conditions::LAN);
            let wait = wait_for_picture(&mut world, index, 0);
            let most = Duration::from_millis(300) + AT_ONCE;
            assert!(wait < most, "{apart_ms} ms apart: {name} waited {wait:?}");
        }
    }
}

/// How many pictures somebody gets now.
fn pictures(world: &mut World, name: &str) -> usize {
    let now = world.now;
    let stats = world.node.participant_stats(&room("room"), &person(name), now);
    stats
        .unwrap()
        .slots
        .iter()
        .filter(|slot| slot.layer.is_some())
        .count()
}

/// Four people come one after another, so far apart, with cameras of so many bits a second. For how many tenths of
/// a second somebody lacks a picture of somebody in the five seconds after, summed over all.
fn lacking(camera_bps: u64, apart: Duration) -> usize {
    let mut world = World::new(1);
    world.open("room");
    let names = ["ann", "bob", "cy", "dan"];
    for name in names {
        let index = join_sending(&mut world, name, GOOD);
        let now = world.now;
        let client = world.client(index);
        client.camera = Some(Camera::new(index as u32, camera_bps, 30, now));
        client.pace_bps = Some(camera_bps * 5 / 2);
        world.run_for(apart);
    }
    let mut lacking = 0;
    for _ in 0..50 {
        world.run_for(SECOND / 10);
        lacking += names
            .map(|name| 3 - pictures(&mut world, name))
            .iter()
            .sum::<usize>();
    }
    lacking
}

/// A reset of the estimator while probes are on their way must not take them for those that it makes then.
#[test]
fn who_was_there_first_goes_on_seeing_those_who_come() {
    for (camera_bps, apart_ms) in [
        (1_200_000, 20),
        (1_200_000, 160),
        (2_000_000, 80),
        (2_000_000, 160),
    ] {
        let lacking = lacking(camera_bps, Duration::from_millis(apart_ms));
        assert!(lacking < 30, "{camera_bps} bit/s, {apart_ms} ms apart: {lacking}");
    }
}

#[test]
fn on_a_thin_line_the_first_picture_does_not_cost_the_voice() {
    for kbps in [150, 300, 600] {
        let mut world = World::new(kbps);
        world.open("room");
        join_sending(&mut world, "ann", Conditions::LAN);
        world.run_for(SECOND);
        let bob = join_sending(&mut world, "bob", Paths::of(Conditions::LAN, thin(kbps)));
        world.run_for(Duration::from_millis(100));
        world.start_window();
        world.run_for(10 * SECOND);
        let client = world.client(bob);
        let voice = client.line(Role::Participant, Source::Microphone, 0);
        let silence = Duration::from_nanos(client.on(voice).longest_silence_ns);
        let (wanted, lost) = client.on(voice).lost_in_window();
        let told = format!("{kbps} kbit/s: silent for {silence:?}, lost {lost} of {wanted}");
        assert!(silence < SECOND / 2 && lost * 5 < wanted, "{told}");
    }
}
