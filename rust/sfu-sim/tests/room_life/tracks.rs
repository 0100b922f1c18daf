//! Tracks that are switched on and off: mutes and screens.

use sfu::{Role, Source};
use sfu_sim::camera::Camera;
use sfu_sim::world::{World, person, room};

use crate::{CAMERA_BPS, SECOND, join_sending, slot_of};

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
