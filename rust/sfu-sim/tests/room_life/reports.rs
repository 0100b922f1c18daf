//! What the SFU tells: paths, speakers, tracks and rooms that fail.

use sfu::limits::PATH_SILENCE;
use sfu::{DisconnectReason, Event, SfuError, Source};
use sfu_sim::world::{World, person, room};

use crate::{SECOND, join_sending};

#[test]
fn a_silent_path_is_reported_and_its_return_too() {
    let mut world = World::new(13);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    world.run_for(SECOND);
    world.events.clear();
    world.unplug(ann, true);
    world.run_for(PATH_SILENCE + SECOND);
    let lost = |event: &Event| {
        matches!(
            event,
            Event::ParticipantDisconnected {
                reason: DisconnectReason::Silent,
                ..
            }
        )
    };
    assert_eq!(
        world.events.iter().filter(|event| lost(event)).count(),
        1,
        "{:?}",
        world.events
    );
    assert!(
        world.node.slots(&room("room"), &person("ann")).is_ok(),
        "the seat stays"
    );
    world.events.clear();
    world.unplug(ann, false);
    world.run_for(10 * SECOND);
    assert!(
        world
            .events
            .iter()
            .any(|event| matches!(event, Event::ParticipantConnected { .. })),
        "{:?}",
        world.events
    );
}

#[test]
fn a_path_that_moves_is_followed_without_a_word_from_signalling() {
    let mut world = World::new(17);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    let bob = join_sending(&mut world, "room", "bob");
    world.run_for(2 * SECOND);
    world.rebind(bob);
    let (sent, received) = (
        world.client(ann).packets_received(),
        world.client(bob).packets_received(),
    );
    let is_back = world.run_until(4 * SECOND, |world| {
        world.client(ann).packets_received() > sent + 50
            && world.client(bob).packets_received() > received + 50
    });
    assert!(is_back, "media both ways within two checks");
    world.run_for(SECOND);
    let lost = |event: &Event| matches!(event, Event::ParticipantDisconnected { .. });
    assert!(!world.events.iter().any(lost));
}

#[test]
fn speakers_are_reported_loudest_first_at_most_five_times_a_second() {
    let mut world = World::new(14);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    let bob = join_sending(&mut world, "room", "bob");
    world.client(ann).microphone.as_mut().unwrap().level_dbov = -45;
    world.client(bob).microphone.as_mut().unwrap().level_dbov = -12;
    world.events.clear();
    world.run_for(2 * SECOND);
    let reports: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::SpeakersChanged { levels, .. } => Some(levels.clone()),
            _ => None,
        })
        .collect();
    assert!(
        (1..=10).contains(&reports.len()),
        "{} reports in two seconds",
        reports.len()
    );
    let names: Vec<&str> = reports
        .last()
        .unwrap()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["bob", "ann"]);
}

#[test]
fn tracks_start_and_stop() {
    let mut world = World::new(15);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    world.run_for(SECOND);
    let started = |source| move |event: &Event| matches!(event, Event::TrackStarted { source: of, .. } if *of == source);
    for source in [Source::Microphone, Source::Camera] {
        assert_eq!(
            world.events.iter().filter(|event| started(source)(event)).count(),
            1
        );
    }
    world.client(ann).camera = None;
    world.run_for(8 * SECOND);
    let stopped = |event: &&Event| {
        matches!(
            event,
            Event::TrackStopped {
                source: Source::Camera,
                ..
            }
        )
    };
    assert_eq!(world.events.iter().filter(stopped).count(), 1);
}

#[test]
fn a_room_that_panics_is_closed_and_the_others_go_on() {
    let mut world = World::new(16);
    world.open("bad");
    world.open("good");
    join_sending(&mut world, "bad", "ann");
    join_sending(&mut world, "good", "ann");
    let bob = join_sending(&mut world, "good", "bob");
    world.run_for(SECOND);
    world.node.inject_panic(&room("bad")).unwrap();
    world.run_for(SECOND);
    assert!(world.events.contains(&Event::RoomFailed {
        room: room("bad"),
        reason: "injected fault".into()
    }));
    let refused = world.node.leave(&room("bad"), &person("ann"), world.now);
    assert_eq!(refused, Err(SfuError::RoomFailed("injected fault".into())));
    let before = world.client(bob).packets_received();
    world.run_for(SECOND);
    assert!(world.client(bob).packets_received() > before + 80);
    assert_eq!(world.node.stats().rooms_failed, 1);
    world.open("bad");
    join_sending(&mut world, "bad", "ann");
}
