//! Joining, leaving, muting, sharing and failing, as everybody in the room sees it.
#![allow(clippy::unwrap_used)]

mod media;
mod reports;
mod seats;
mod tracks;

use std::time::Duration;

use sfu::{Role, Source};
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
