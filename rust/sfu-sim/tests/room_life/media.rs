//! What people see and hear of each other.

use sfu::limits::PARTICIPANTS_PER_ROOM_MAX;
use sfu::{Role, SfuError, Source};
use sfu_sim::link::Conditions;
use sfu_sim::world::{World, person, room};

use crate::{SECOND, join_sending, slot_of};

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
