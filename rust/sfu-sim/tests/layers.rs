//! Which layer of whose camera a receiver gets, and that nobody sees the change.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use sfu::{Event, Layer, Reason, Source, VideoLimit, VideoRates};
use sfu_sim::call::Call;
use sfu_sim::world::{Paths, person, room};

const SECOND: Duration = Duration::from_secs(1);
/// Longest step between neighbouring packets: the timestamps of a layer that waited for its key frame.
const TICKS_MAX: u32 = 90_000;

#[test]
fn on_a_good_network_everybody_gets_the_full_layer_and_a_late_joiner_too() {
    let mut call = Call::new(1).with_good(3);
    call.world.run_for(6 * SECOND);
    let late = call.join(sfu_sim::profile::GOOD);
    let is_full = call.world.run_until(2 * SECOND, |world| {
        let client = world.client(late);
        client
            .received
            .values()
            .filter(|line| line.layer == Some(2))
            .count()
            == 3
    });
    assert!(is_full, "within two seconds");
    call.world.run_for(3 * SECOND);
    for receiver in 0..4 {
        assert_eq!(call.layers(receiver), [Some(Layer::Full); 3], "at {receiver}");
        assert_eq!(call.reasons(receiver), [None; 3]);
        call.check_continuity(receiver, TICKS_MAX).unwrap();
    }
}

#[test]
fn a_tile_that_shrinks_gets_a_smaller_layer_and_one_that_grows_a_larger_one() {
    let mut call = Call::new(2).with_good(3);
    call.world.run_for(5 * SECOND);
    call.world.start_window();
    for (size, layer) in [
        ((320, 180), 0),
        ((640, 360), 1),
        ((1920, 1080), 2),
        ((160, 90), 0),
    ] {
        call.show_all_in(0, size);
        let has_changed = call.world.run_until(SECOND, |world| {
            let client = world.client(0);
            let faces = client
                .received
                .values()
                .filter(|line| line.decoder.layer() == Some(layer));
            faces.count() == 2
        });
        assert!(has_changed, "{size:?} within a second");
        call.world.run_for(2 * SECOND);
    }
    let quality = call.quality(0);
    assert_eq!(quality.switches, 8, "four for each of two faces");
    assert_eq!(
        quality.frozen,
        Duration::ZERO,
        "the old layer went on until the new one came"
    );
    call.check_continuity(0, TICKS_MAX).unwrap();
    assert_eq!(
        call.layers(1),
        [Some(Layer::Full); 2],
        "what one sees is no matter of another"
    );
}

#[test]
fn hidden_tiles_cost_nothing_and_come_back() {
    let mut call = Call::new(3).with_good(3);
    call.world.run_for(4 * SECOND);
    call.show_all_in(0, (0, 0));
    call.world.run_for(SECOND);
    let before = call.line(0, 1, Source::Camera).packets;
    call.world.run_for(SECOND);
    assert_eq!(call.line(0, 1, Source::Camera).packets, before);
    assert_eq!(call.reasons(0), [Some(Reason::Hidden); 2]);
    call.show_all_in(0, (640, 360));
    call.world.run_for(SECOND);
    assert!(call.line(0, 1, Source::Camera).packets > before + 20);
    assert_eq!(call.layers(0), [Some(Layer::Half); 2]);
    call.check_continuity(0, u32::MAX / 2).unwrap();
}

#[test]
fn who_chose_sound_only_gets_no_picture_and_the_others_do() {
    let mut call = Call::new(4).with_good(3);
    call.world.run_for(3 * SECOND);
    let name = person(call.name(0));
    let limit = |call: &mut Call, limit| {
        let now = call.world.now;
        call.world
            .node
            .set_video_limit(&room("room"), &name, limit, now)
            .unwrap();
    };
    limit(&mut call, VideoLimit::None);
    call.world.run_for(SECOND);
    let before = [1, 2].map(|sender| call.line(0, sender, Source::Camera).packets);
    call.world.start_window();
    call.world.run_for(2 * SECOND);
    assert_eq!(
        [1, 2].map(|sender| call.line(0, sender, Source::Camera).packets),
        before
    );
    assert_eq!(call.reasons(0), [Some(Reason::Chosen); 2]);
    assert!(call.quality(0).silence < SECOND / 20);
    assert_eq!(call.layers(1), [Some(Layer::Full); 2]);
    limit(&mut call, VideoLimit::All);
    // Meanwhile little was sent, so the network's room is found step by step, and the next step may wait 5 s.
    call.world.run_for(12 * SECOND);
    assert_eq!(call.layers(0), [Some(Layer::Full); 2]);
}

#[test]
fn a_sender_that_stops_its_upper_layers_is_seen_in_the_lower_one() {
    let mut call = Call::new(5).with_good(2);
    call.world.run_for(5 * SECOND);
    call.world.start_window();
    for layer in &mut call.world.client(1).camera.as_mut().unwrap().layers[1..] {
        layer.is_possible = false;
    }
    call.world.run_for(2 * SECOND);
    let line = call.line(0, 1, Source::Camera);
    assert_eq!(line.decoder.layer(), Some(0));
    assert!(
        line.decoder.longest_ns < 1_000_000_000,
        "{} ns without a picture",
        line.decoder.longest_ns
    );
    call.check_continuity(0, TICKS_MAX).unwrap();
    for layer in &mut call.world.client(1).camera.as_mut().unwrap().layers {
        layer.is_possible = true;
    }
    call.world.run_for(3 * SECOND);
    assert_eq!(
        call.line(0, 1, Source::Camera).decoder.layer(),
        Some(2),
        "and back"
    );
}

#[test]
fn layers_that_nobody_watches_are_not_asked_for_and_come_back_when_somebody_does() {
    let mut call = Call::new(6).with_good(3);
    call.world.run_for(3 * SECOND);
    for receiver in [0, 2] {
        call.show_all_in(receiver, (160, 90));
    }
    call.world.events.clear();
    call.world.run_for(8 * SECOND);
    let asked: Vec<Vec<Layer>> = call
        .world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::LayersWanted {
                participant, layers, ..
            } if participant.as_str() == "p1" => Some(layers.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(asked.last(), Some(&vec![Layer::Quarter]), "{asked:?}");
    let stopped = |event: &Event| matches!(event, Event::TrackStopped { .. });
    assert!(!call.world.events.iter().any(stopped), "the camera lives");
    call.show_all_in(0, (1280, 720));
    call.world.run_for(SECOND);
    assert_eq!(call.line(0, 1, Source::Camera).decoder.layer(), Some(2));
    assert_eq!(call.line(2, 1, Source::Camera).decoder.layer(), Some(0));
}

#[test]
fn key_frames_are_asked_of_the_layer_that_needs_them_at_most_twice_a_second() {
    let mut call = Call::new(7).with_good(2);
    call.world.run_for(3 * SECOND);
    let made = |call: &mut Call| {
        let camera = call.world.client(1).camera.as_ref().unwrap();
        [0, 1, 2].map(|layer| camera.layers[layer].keyframes)
    };
    let before = made(&mut call);
    for _ in 0..20 {
        call.show_all_in(0, (320, 180));
        call.world.run_for(SECOND / 20);
        call.show_all_in(0, (1280, 720));
        call.world.run_for(SECOND / 20);
    }
    let after = made(&mut call);
    assert_eq!(after[1], before[1], "nobody wanted the middle layer");
    for layer in [0, 2] {
        let asked = after[layer] - before[layer];
        assert!((1..=5).contains(&asked), "layer {layer}: {asked} in two seconds");
    }
}

#[test]
fn layers_change_without_a_seam_on_a_lossy_path_too() {
    let lossy = sfu_sim::profile::WIFI;
    let mut call = Call::new(8).with([Paths::from(lossy), Paths::from(lossy)]);
    call.world.run_for(4 * SECOND);
    for step in 0..8 {
        call.show_all_in(0, if step % 2 == 0 { (320, 180) } else { (640, 360) });
        call.world.run_for(2 * SECOND);
    }
    call.check_continuity(0, TICKS_MAX).unwrap();
}

#[test]
fn pictures_take_no_more_than_the_operator_lets_them_and_nobody_blames_the_network() {
    let rates = VideoRates {
        ceiling_bps: 800_000,
        ..VideoRates::default()
    };
    let mut call = Call::bounded(7, rates).with_good(3);
    call.world.run_for(10 * SECOND);
    for receiver in 0..3 {
        let mut layers = call.layers(receiver);
        layers.sort();
        assert_eq!(layers, [Some(Layer::Quarter), Some(Layer::Half)], "at {receiver}");
        assert_eq!(call.reasons(receiver), [None; 2]);
    }
}

#[test]
fn below_the_floor_there_are_voices_only() {
    let rates = VideoRates {
        floor_bps: 1_000_000,
        ceiling_bps: 900_000,
    };
    let mut call = Call::bounded(8, rates).with_good(2);
    call.world.run_for(5 * SECOND);
    assert_eq!(call.layers(0), [None]);
    let lines = call.world.client(0).received.values();
    assert_eq!(
        lines.filter(|line| line.packets > 200).count(),
        1,
        "the other's voice"
    );
}
