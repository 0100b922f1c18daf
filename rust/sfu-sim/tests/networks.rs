//! Four people on the networks that people have: sound first, then what fits.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use sfu::{Event, Layer, Reason};
use sfu_sim::call::{Call, Quality};
use sfu_sim::camera::Microphone;
use sfu_sim::link::Conditions;
use sfu_sim::profile::{self, GOOD};
use sfu_sim::world::Paths;

const SECOND: Duration = Duration::from_secs(1);
/// Of what is a share of many.
const SEEDS: u64 = 8;
/// Longest time between two packets of a voice: what the queue of a thin link adds, and a few of them lost.
const SILENCE_MAX: Duration = Duration::from_millis(400);
/// And on a line of the voice's own size, where the probe for a picture, or a picture that was tried, takes its place.
const SILENCE_THINNEST_MAX: Duration = Duration::from_millis(700);
/// Share of a voice's frames that never come on a link that loses none but what its queue has no room for: what
/// it costs to try now and then whether it carries one picture more.
const VOICE_UNHEARD_MAX: f64 = 0.05;
/// And on a line of the voice's own size: of 35 runs 0.074 in the middle, 0.031 to 0.107 in all.
const VOICE_UNHEARD_THINNEST_MAX: f64 = 0.15;

/// Three people on a good network and one whose way from the SFU is `down`.
fn call_with(seed: u64, down: Conditions) -> (Call, usize) {
    let mut call = Call::new(seed).with_good(3);
    let receiver = call.join(Paths::of(GOOD, down));
    (call, receiver)
}

#[test]
fn every_network_carries_the_voices_and_what_it_can_of_the_pictures() {
    for (number, (name, down)) in (100..).zip(profile::all()) {
        let mut call = Call::new(number).with_good(3);
        // A third of all packets lost is more than a DTLS handshake survives.
        let receiver = call.join(GOOD);
        call.world.change_paths(receiver, Paths::of(GOOD, down));
        call.world.run_for(8 * SECOND);
        call.world.start_window();
        call.world.run_for(30 * SECOND);
        let (quality, layers) = (call.quality(receiver), call.layers(receiver));
        println!("{name}, seed {number}: {quality:?}, at the end {layers:?}");
        let lost = |event: &Event| matches!(event, Event::ParticipantDisconnected { .. });
        assert!(!call.world.events.iter().any(lost), "{name}");
        call.check_continuity(receiver, u32::MAX / 2).unwrap();
        assert!(quality.switches <= 30, "{name}: {quality:?}");
    }
}

#[test]
fn at_300_kbit_s_voices_have_no_gap_and_pictures_step_down() {
    for seed in [200, 201] {
        let (mut call, receiver) = call_with(seed, GOOD);
        call.only_speaker(0);
        call.world.run_for(5 * SECOND);
        assert_eq!(call.layers(receiver), [Some(Layer::Full); 3], "seed {seed}");
        call.change_down(receiver, profile::thin(300));
        call.world.run_for(5 * SECOND);
        call.world.start_window();
        call.world.run_for(20 * SECOND);
        let (quality, layers) = (call.quality(receiver), call.layers(receiver));
        println!("seed {seed}: {quality:?}, {layers:?}");
        let is_whole = quality.silence < SILENCE_MAX && quality.voice_unheard < VOICE_UNHEARD_MAX;
        assert!(is_whole, "seed {seed}: {quality:?}");
        assert!(
            layers.iter().all(|layer| *layer <= Some(Layer::Quarter)),
            "seed {seed}: {layers:?}"
        );
    }
}

#[test]
fn below_that_pictures_pause_at_once_and_say_so_and_come_back_with_the_network() {
    for (seed, rate_kbps) in [(300, 150), (301, 150), (302, 50), (303, 50), (304, 50), (305, 50)] {
        let (mut call, receiver) = call_with(seed, GOOD);
        call.only_speaker(0);
        let now = call.world.now;
        // As browsers speak until they are told to take fewer bits.
        call.world.client(0).microphone = Some(Microphone::new(0, 32_000, now));
        call.world.run_for(5 * SECOND);
        call.change_down(receiver, profile::thin(rate_kbps));
        call.world.run_for(2 * SECOND);
        let paused = call
            .told(receiver)
            .into_iter()
            .filter(|slot| slot.layer.is_none());
        let told = paused.filter(|slot| slot.reason == Some(Reason::Network)).count();
        assert!(told >= 2, "seed {seed}: {:?}", call.told(receiver));
        call.world.run_for(SECOND);
        call.world.start_window();
        call.world.run_for(20 * SECOND);
        let quality = call.quality(receiver);
        println!(
            "seed {seed}, {rate_kbps} kbit/s: {quality:?}, {:?}",
            call.reasons(receiver)
        );
        let is_whole =
            quality.silence < SILENCE_THINNEST_MAX && quality.voice_unheard < VOICE_UNHEARD_THINNEST_MAX;
        assert!(is_whole, "seed {seed}: {quality:?}");
        let mut wanted_bps = call.world.events.iter().filter_map(bitrate_wanted);
        assert!(
            rate_kbps > 50 || wanted_bps.any(|bps| bps < 32_000),
            "seed {seed}: the voice takes fewer bits"
        );
        call.change_down(receiver, GOOD);
        call.world.run_for(15 * SECOND);
        let layers = call.layers(receiver);
        assert!(
            layers.iter().all(Option::is_some),
            "seed {seed}: back within 15 s: {layers:?}"
        );
        call.world.run_for(5 * SECOND);
        let speaks_bps = call.world.events.iter().rev().find_map(bitrate_wanted);
        assert!(
            speaks_bps.is_none_or(|bps| bps == 32_000),
            "seed {seed}: and the voice takes all of them again"
        );
    }
}

#[test]
fn who_is_gone_from_a_thin_line_no_longer_thins_the_voices() {
    let (mut call, receiver) = call_with(700, GOOD);
    let now = call.world.now;
    call.only_speaker(0);
    call.world.client(0).microphone = Some(Microphone::new(0, 32_000, now));
    call.world.run_for(5 * SECOND);
    call.change_down(receiver, profile::thin(50));
    call.world.run_for(5 * SECOND);
    let fewer = |event: &Event| bitrate_wanted(event).is_some_and(|bps| bps < 32_000);
    assert!(call.world.events.iter().any(fewer));
    call.world.unplug(receiver, true);
    call.world.run_for(12 * SECOND);
    let last_bps = call.world.events.iter().rev().find_map(bitrate_wanted);
    assert_eq!(last_bps, Some(32_000), "their seat is kept, their room is not");
}

fn bitrate_wanted(event: &Event) -> Option<u64> {
    match event {
        Event::BitrateWanted { bps, .. } => Some(*bps),
        _ => None,
    }
}

#[test]
fn a_network_that_comes_and_goes_does_not_make_pictures_flap() {
    for seed in [400, 401] {
        let mut call = Call::new(seed).with_good(3);
        let receiver = call.join(Paths::of(GOOD, profile::spiky()));
        call.world.run_for(5 * SECOND);
        call.world.start_window();
        call.world.run_for(60 * SECOND);
        let quality = call.quality(receiver);
        println!("seed {seed}: {quality:?}");
        assert!(
            quality.switches <= 30,
            "ten a face in a minute; seed {seed}: {quality:?}"
        );
        assert!(quality.silence < SECOND, "seed {seed}: {quality:?}");
    }
}

#[test]
fn after_a_blackout_of_five_seconds_sound_and_pictures_are_back_within_three() {
    let (mut call, receiver) = call_with(500, GOOD);
    call.world.run_for(5 * SECOND);
    call.world.unplug(receiver, true);
    call.world.run_for(5 * SECOND);
    call.world.unplug(receiver, false);
    call.world.run_for(3 * SECOND);
    call.world.start_window();
    call.world.run_for(2 * SECOND);
    let quality = call.quality(receiver);
    assert!(quality.silence < SILENCE_MAX, "{quality:?}");
    assert!(quality.frames > 3 * 40, "{quality:?}");
}

#[test]
fn a_voice_that_loses_packets_in_bursts_is_sent_more_than_once_and_lacks_few_frames() {
    let (mut call, receiver) = call_with(600, profile::BURSTY_10);
    call.only_speaker(0);
    call.world.run_for(8 * SECOND);
    call.world.start_window();
    call.world.run_for(30 * SECOND);
    let quality = call.quality(receiver);
    println!("{quality:?}");
    assert!(quality.voice_lost > 0.06, "{quality:?}");
    assert!(quality.voice_unheard < 0.05, "{quality:?}");
}

/// Two people in small tiles, on a path that loses some of all that comes and is far from full.
#[test]
fn losses_alone_pause_no_small_picture_and_cost_no_more_voice_than_they_must() {
    let networks = [
        ("10 % uniform", profile::UNIFORM_10, 0.02, 0.01),
        ("10 % bursty", profile::BURSTY_10, 0.1, 0.03),
        ("moderate", profile::MODERATE, 0.06, 0.01),
    ];
    for (name, conditions, frozen_max, unheard_max) in networks {
        let (mut frozen, mut unheard) = (0.0, 0.0);
        for seed in 0..SEEDS {
            let quality = pair_in_small_tiles(700 + seed, conditions);
            frozen += quality.frozen.as_secs_f64() / 20.0 / SEEDS as f64;
            unheard += quality.voice_unheard / SEEDS as f64;
        }
        println!("{name}: frozen {frozen:.4}, unheard {unheard:.4}");
        assert!(frozen < frozen_max && unheard < unheard_max, "{name}");
    }
}

/// What the second of two people has in 20 s of these conditions, both ways.
fn pair_in_small_tiles(seed: u64, conditions: Conditions) -> Quality {
    let mut call = Call::new(seed).with_good(2);
    let now = call.world.now;
    for index in 0..2 {
        call.world.client(index).microphone = Some(Microphone::new(0, 32_000, now));
        call.show_all_in(index, (320, 180));
    }
    call.world.run_for(2 * SECOND);
    call.world.change_paths(1, conditions);
    call.world.run_for(4 * SECOND);
    call.world.start_window();
    call.world.run_for(20 * SECOND);
    call.quality(1)
}
