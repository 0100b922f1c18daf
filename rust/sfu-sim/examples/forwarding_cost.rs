//! A room on the emulated network and its virtual clock, for an instruction count: `bench/sfu/instructions.py`.

use std::time::Duration;

use sfu::Role;
use sfu_sim::camera::{Camera, Microphone};
use sfu_sim::link::Conditions;
use sfu_sim::world::{World, room};

const CAMERA_BPS: u64 = 1_200_000;
const MICROPHONE_BPS: u64 = 32_000;
const WARM_UP: Duration = Duration::from_secs(3);

fn main() {
    let mut words = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse::<u32>().ok());
    let people = words.next().unwrap_or(4);
    let seconds = Duration::from_secs(u64::from(words.next().unwrap_or(3)));
    let mut world = World::new(1);
    world.open("room");
    for number in 0..people {
        let name = format!("p{number}");
        let Ok(index) = world.join("room", &name, Role::Participant, Conditions::LAN) else {
            return;
        };
        world.run_until(WARM_UP, |world| world.client(index).is_connected);
        // Nobody's frames are in step.
        world.run_for(Duration::from_micros(4_700));
        let now = world.now;
        let client = world.client(index);
        client.camera = Some(Camera::new(number, CAMERA_BPS, 30, now));
        client.microphone = Some(Microphone::new(number, MICROPHONE_BPS, now));
        client.pace_bps = Some(CAMERA_BPS * 5 / 2);
    }
    world.run_for(WARM_UP);
    let before = forwarded(&world);
    measured(&mut world, seconds);
    println!("{}", forwarded(&world) - before);
}

/// What callgrind counts.
#[inline(never)]
fn measured(world: &mut World, time: Duration) {
    world.run_for(time);
}

fn forwarded(world: &World) -> u64 {
    world
        .node
        .room_stats(&room("room"))
        .map_or(0, |stats| stats.forwarded)
}
