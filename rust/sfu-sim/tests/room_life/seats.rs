//! Who comes, goes and comes again: seats, slots and full rooms.

use sfu::limits::PARTICIPANTS_PER_ROOM_MAX;
use sfu::{Role, SfuError, Source};
use sfu_sim::link::Conditions;
use sfu_sim::world::{World, person, room};

use crate::{SECOND, join_sending, slot_of};

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
