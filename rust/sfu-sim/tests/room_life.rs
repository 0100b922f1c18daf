//! Joining, leaving, muting, sharing and failing, as everybody in the room sees it.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use sfu::limits::{PARTICIPANTS_PER_ROOM_MAX, PATH_SILENCE};
use sfu::{DisconnectReason, Event, Role, SfuError, Source};
use sfu_sim::camera::{Camera, Microphone};
use sfu_sim::link::Conditions;
use sfu_sim::world::{World, person, room};

const SECOND: Duration = Duration::from_secs(1);
const CAMERA_BPS: u64 = 800_000;

/// Joins, connects, and sends camera and microphone.
fn join_sending(world: &mut World, room_name: &str, name: &str) -> usize {
    let index = world
        .join(room_name, name, Role::Participant, Conditions::LAN)
        .unwrap();
    assert!(
        world.run_until(5 * SECOND, |world| world.client(index).is_connected),
        "{name} connects"
    );
    let now = world.now;
    let client = world.client(index);
    client.camera = Some(Camera::new(index as u32, CAMERA_BPS, 30, now));
    client.microphone = Some(Microphone::new(index as u32, 32_000, now));
    index
}

fn slot_of(
    world: &mut World,
    room_name: &str,
    receiver: &str,
    publisher: &str,
    source: Source,
) -> Option<usize> {
    let slots = world.node.slots(&room(room_name), &person(receiver)).unwrap();
    let of_source = slots.into_iter().filter(|slot| slot.source == source);
    of_source
        .into_iter()
        .position(|slot| slot.publisher.as_ref() == Some(&person(publisher)))
}

#[test]
fn two_people_see_and_hear_each_other() {
    let mut world = World::new(1);
    world.open("room");
    let (ann, bob) = (
        join_sending(&mut world, "room", "ann"),
        join_sending(&mut world, "room", "bob"),
    );
    world.run_for(3 * SECOND);
    for (receiver, publisher) in [(ann, bob), (bob, ann)] {
        let client = world.client(receiver);
        let voice = client.line(Role::Participant, Source::Microphone, 0);
        let face = client.line(Role::Participant, Source::Camera, 0);
        assert!(client.on(voice).packets > 100);
        let (shown, frozen) = client.on(face).decodable(publisher as u32, 0, 2);
        assert!(shown > 60 && frozen == 0, "{shown} shown, {frozen} frozen");
        assert_eq!(client.on(face).starts_with_keyframe, Some(true));
        client.on(face).check_continuity(9_000).unwrap();
        assert!(
            client.on(face).publishers.iter().eq([&(publisher as u32)]),
            "nobody gets an echo"
        );
    }
}

#[test]
fn a_late_joiner_starts_with_a_key_frame_and_asking_is_throttled() {
    let mut world = World::new(2);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    world.run_for(5 * SECOND);
    let made_before = world.client(ann).camera.as_ref().unwrap().keyframes();
    let late: Vec<usize> = ["bob", "cy", "dan"]
        .iter()
        .map(|name| {
            world
                .join("room", name, Role::Participant, Conditions::LAN)
                .unwrap()
        })
        .collect();
    world.run_for(2 * SECOND);
    for index in late {
        let client = world.client(index);
        let face = client.line(Role::Participant, Source::Camera, 0);
        assert_eq!(client.on(face).starts_with_keyframe, Some(true));
        let (shown, frozen) = client.on(face).decodable(ann as u32, 0, 2);
        assert!(shown > 30 && frozen == 0, "{shown} shown, {frozen} frozen");
    }
    let made = world.client(ann).camera.as_ref().unwrap().keyframes() - made_before;
    assert!(
        (1..=3).contains(&made),
        "{made} key frames for three who join together"
    );
}

#[test]
fn a_storm_of_key_frame_requests_reaches_the_publisher_twice_a_second_at_most() {
    let mut world = World::new(3);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    let bob = join_sending(&mut world, "room", "bob");
    world.run_for(2 * SECOND);
    let before = world.client(ann).keyframe_requests;
    let face = world.client(bob).line(Role::Participant, Source::Camera, 0);
    for _ in 0..100 {
        world.client(bob).request_keyframe(face);
        world.run_for(SECOND / 50);
    }
    let asked = world.client(ann).keyframe_requests - before;
    assert!((3..=5).contains(&asked), "{asked} requests in two seconds");
}

#[test]
fn rooms_with_the_same_names_in_them_do_not_hear_each_other() {
    let mut world = World::new(4);
    let mut people = Vec::new();
    for name in ["one", "two"] {
        world.open(name);
        people.push((
            join_sending(&mut world, name, "ann"),
            join_sending(&mut world, name, "bob"),
        ));
    }
    world.run_for(2 * SECOND);
    for (ann, bob) in people {
        for (receiver, publisher) in [(ann, bob), (bob, ann)] {
            let client = world.client(receiver);
            assert!(client.packets_received() > 100);
            for line in client.received.values() {
                assert!(line.publishers.iter().eq([&(publisher as u32)]));
            }
        }
    }
}

#[test]
fn who_leaves_is_gone_and_nobody_else_moves() {
    let mut world = World::new(5);
    world.open("room");
    join_sending(&mut world, "room", "ann");
    let bob = join_sending(&mut world, "room", "bob");
    let cy = join_sending(&mut world, "room", "cy");
    world.run_for(SECOND);
    assert_eq!(slot_of(&mut world, "room", "cy", "bob", Source::Camera), Some(1));
    world
        .node
        .leave(&room("room"), &person("ann"), world.now)
        .unwrap();
    world.run_for(SECOND);
    assert_eq!(
        slot_of(&mut world, "room", "cy", "bob", Source::Camera),
        Some(1),
        "sticky"
    );
    assert_eq!(slot_of(&mut world, "room", "cy", "ann", Source::Camera), None);
    let dan = join_sending(&mut world, "room", "dan");
    world.run_for(2 * SECOND);
    let client = world.client(cy);
    let reused = client.line(Role::Participant, Source::Camera, 0);
    assert!(
        client.on(reused).publishers.contains(&(dan as u32)),
        "dan took ann's slot"
    );
    client.on(reused).check_continuity(9_000 + 90_000 * 4).unwrap();
    assert_eq!(
        client.on(reused).missing(5),
        0,
        "sequence numbers go on where ann's ended"
    );
    let of_bob = client.line(Role::Participant, Source::Camera, 1);
    assert!(client.on(of_bob).publishers.iter().eq([&(bob as u32)]));
}

#[test]
fn an_observer_receives_and_sends_nothing() {
    let mut world = World::new(6);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    let eve = world
        .join("room", "eve", Role::Observer, Conditions::LAN)
        .unwrap();
    assert!(world.run_until(5 * SECOND, |world| world.client(eve).is_connected));
    world.run_for(2 * SECOND);
    assert!(world.client(eve).packets_received() > 100);
    assert_eq!(world.client(ann).packets_received(), 0);
    assert_eq!(
        slot_of(&mut world, "room", "ann", "eve", Source::Camera),
        None,
        "observers take no slot"
    );
    let refused = world
        .node
        .set_track(&room("room"), &person("eve"), Source::Camera, true, world.now);
    assert_eq!(refused, Err(SfuError::ObserverSendsNothing));
}

#[test]
fn a_muted_track_leaves_no_packet_and_comes_back_without_a_gap() {
    let mut world = World::new(7);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    let bob = join_sending(&mut world, "room", "bob");
    world.run_for(2 * SECOND);
    for source in [Source::Microphone, Source::Camera] {
        world
            .node
            .set_track(&room("room"), &person("ann"), source, false, world.now)
            .unwrap();
    }
    world.run_for(SECOND / 10);
    let lines = [Source::Microphone, Source::Camera]
        .map(|source| world.client(bob).line(Role::Participant, source, 0));
    let before = lines.map(|line| world.client(bob).on(line).packets);
    world.run_for(3 * SECOND);
    assert_eq!(lines.map(|line| world.client(bob).on(line).packets), before);
    for source in [Source::Microphone, Source::Camera] {
        world
            .node
            .set_track(&room("room"), &person("ann"), source, true, world.now)
            .unwrap();
    }
    world.run_for(2 * SECOND);
    for (line, before) in lines.into_iter().zip(before) {
        let line = world.client(bob).on(line);
        assert!(line.packets > before + 50, "it comes back");
        assert_eq!(line.missing(2), 0, "the pause leaves no hole to ask for");
    }
    assert!(
        world.client(ann).keyframe_requests >= 1,
        "video comes back with a key frame"
    );
}

#[test]
fn a_third_screen_waits_until_another_is_switched_off() {
    let mut world = World::new(8);
    world.open("room");
    for name in ["ann", "bob", "cy", "dan"] {
        join_sending(&mut world, "room", name);
    }
    let switch = |world: &mut World, name: &str, on| {
        world
            .node
            .set_track(&room("room"), &person(name), Source::Screen, on, world.now)
            .unwrap();
    };
    for name in ["ann", "bob", "cy"] {
        switch(&mut world, name, true);
    }
    assert_eq!(slot_of(&mut world, "room", "dan", "cy", Source::Screen), None);
    assert_eq!(
        slot_of(&mut world, "room", "ann", "cy", Source::Screen),
        Some(1),
        "one's own screen takes no slot"
    );
    switch(&mut world, "ann", false);
    assert_eq!(slot_of(&mut world, "room", "dan", "cy", Source::Screen), Some(0));
    assert_eq!(
        slot_of(&mut world, "room", "dan", "cy", Source::ScreenAudio),
        Some(0),
        "its sound is beside it"
    );
}

#[test]
fn a_screen_is_forwarded_only_while_it_is_on() {
    let mut world = World::new(9);
    world.open("room");
    let ann = join_sending(&mut world, "room", "ann");
    let bob = join_sending(&mut world, "room", "bob");
    let now = world.now;
    world.client(ann).screen = Some(Camera::new(ann as u32, CAMERA_BPS, 15, now));
    world.run_for(2 * SECOND);
    let line = world.client(bob).line(Role::Participant, Source::Screen, 0);
    assert_eq!(world.client(bob).on(line).packets, 0);
    world
        .node
        .set_track(&room("room"), &person("ann"), Source::Screen, true, world.now)
        .unwrap();
    world.run_for(2 * SECOND);
    assert!(world.client(bob).on(line).packets > 50);
    assert_eq!(world.client(bob).on(line).starts_with_keyframe, Some(true));
}

#[test]
fn a_rejoin_keeps_the_slots_at_the_others_and_the_mute() {
    let mut world = World::new(10);
    world.open("room");
    join_sending(&mut world, "room", "ann");
    let bob = join_sending(&mut world, "room", "bob");
    join_sending(&mut world, "room", "cy");
    world
        .node
        .set_track(
            &room("room"),
            &person("ann"),
            Source::Microphone,
            false,
            world.now,
        )
        .unwrap();
    world.run_for(2 * SECOND);
    let slot = slot_of(&mut world, "room", "bob", "ann", Source::Camera);
    let again = join_sending(&mut world, "room", "ann");
    world.run_for(3 * SECOND);
    assert_eq!(slot_of(&mut world, "room", "bob", "ann", Source::Camera), slot);
    let (face, voice) = (
        world.client(bob).line(Role::Participant, Source::Camera, 0),
        world.client(bob).line(Role::Participant, Source::Microphone, 0),
    );
    let line = world.client(bob).on(face);
    let (shown, frozen) = line.decodable(again as u32, 0, 2);
    assert!(shown > 60 && frozen == 0, "{shown} shown, {frozen} frozen");
    assert_eq!(line.missing(5), 0);
    assert!(
        !world.client(bob).on(voice).publishers.contains(&(again as u32)),
        "still muted"
    );
    assert!(world.client(again).packets_received() > 200, "receives as well");
}

#[test]
fn a_full_room_refuses_one_more_participant_and_still_takes_a_rejoin() {
    let mut world = World::new(11);
    world.open("room");
    for number in 0..PARTICIPANTS_PER_ROOM_MAX {
        world
            .join("room", &format!("p{number}"), Role::Participant, Conditions::LAN)
            .unwrap();
    }
    assert_eq!(
        world.join("room", "ninth", Role::Participant, Conditions::LAN),
        Err(SfuError::RoomFull)
    );
    assert!(
        world
            .join("room", "p3", Role::Participant, Conditions::LAN)
            .is_ok()
    );
    assert!(world.join("room", "eve", Role::Observer, Conditions::LAN).is_ok());
}

#[test]
fn eight_people_each_receive_seven() {
    let mut world = World::new(12);
    world.open("room");
    let people: Vec<usize> = (0..PARTICIPANTS_PER_ROOM_MAX)
        .map(|number| join_sending(&mut world, "room", &format!("p{number}")))
        .collect();
    world.run_for(3 * SECOND);
    for receiver in &people {
        for slot in 0..7 {
            let client = world.client(*receiver);
            let (face, voice) = (
                client.line(Role::Participant, Source::Camera, slot),
                client.line(Role::Participant, Source::Microphone, slot),
            );
            assert_eq!(
                client.on(face).publishers,
                client.on(voice).publishers,
                "lips and voice share an index"
            );
            assert!(client.on(face).packets > 100);
        }
    }
}

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
