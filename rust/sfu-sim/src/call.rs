//! A call as scenarios have it: several people with simulcast cameras and microphones in one room.

use std::collections::HashMap;
use std::time::Duration;

use sfu::{Event, Layer, Reason, Role, SlotQuality, Source, TileSize, VideoRates};

use crate::camera::{Camera, Microphone};
use crate::client::CameraOffer;
use crate::link::Conditions;
use crate::profile::GOOD;
use crate::received::Received;
use crate::world::{Paths, World, person, room};

/// Bits a second of the layers of a camera.
pub const LAYERS_BPS: [u64; 3] = [150_000, 500_000, 1_500_000];
/// Bits a second of a voice.
pub const VOICE_BPS: u64 = 24_000;
/// The most that connecting may take, on any network.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);
const ROOM: &str = "room";

/// People in one room. Numbers are those of the order of joining.
pub struct Call {
    /// The network and everybody on it.
    pub world: World,
    names: Vec<String>,
}

impl Call {
    /// An empty room; `seed` decides the luck of every path.
    pub fn new(seed: u64) -> Self {
        Self::bounded(seed, VideoRates::default())
    }

    /// The same at an SFU whose operator set bounds.
    pub fn bounded(seed: u64, video_rates: VideoRates) -> Self {
        let mut world = World::bounded(seed, video_rates);
        world.open(ROOM);
        Self {
            world,
            names: Vec::new(),
        }
    }

    /// People of these paths join one after the other.
    ///
    /// # Panics
    /// If somebody does not connect in time.
    #[must_use]
    pub fn with(mut self, people: impl IntoIterator<Item = Paths>) -> Self {
        for paths in people {
            self.join(paths);
        }
        self
    }

    /// People on a good network.
    #[must_use]
    pub fn with_good(self, count: usize) -> Self {
        self.with((0..count).map(|_| Paths::from(GOOD)))
    }

    /// Somebody joins, and sends once connected.
    ///
    /// # Panics
    /// If that takes too long.
    pub fn join(&mut self, paths: impl Into<Paths>) -> usize {
        let name = format!("p{}", self.names.len());
        let setup = (Role::Participant, CameraOffer::Simulcast);
        let index = self
            .world
            .join_with(ROOM, &name, setup, paths)
            .expect("there is room for a few");
        self.names.push(name);
        let is_connected = self
            .world
            .run_until(CONNECT_LIMIT, |world| world.client(index).is_connected);
        assert!(is_connected, "person {index} connects");
        let now = self.world.now;
        let client = self.world.client(index);
        client.camera = Some(Camera::simulcast(index as u32, &LAYERS_BPS, 30, now));
        client.microphone = Some(Microphone::new(index as u32, VOICE_BPS, now));
        client.pace_bps = Some(LAYERS_BPS.iter().sum::<u64>() * 5 / 2);
        index
    }

    /// Everybody but one.
    pub fn others(&self, than: usize) -> Vec<usize> {
        (0..self.names.len()).filter(|index| *index != than).collect()
    }

    /// What a receiver has of a sender's source; others' slots are in the order of joining.
    pub fn line(&mut self, receiver: usize, sender: usize, source: Source) -> &mut Received {
        let slot = if sender < receiver { sender } else { sender - 1 };
        let client = self.world.client(receiver);
        let mid = client.line(Role::Participant, source, slot);
        client.received.entry(mid).or_default()
    }

    /// The `mid` of the line on which a receiver sees a sender.
    pub fn face(&mut self, receiver: usize, sender: usize) -> String {
        let slot = if sender < receiver { sender } else { sender - 1 };
        let client = self.world.client(receiver);
        client.line(Role::Participant, Source::Camera, slot).to_string()
    }

    /// The receiver's page shows everybody in tiles of this size.
    ///
    /// # Panics
    /// If the node refuses.
    pub fn show_all_in(&mut self, receiver: usize, size: TileSize) {
        let sizes: HashMap<String, TileSize> = self
            .others(receiver)
            .into_iter()
            .map(|sender| (self.face(receiver, sender), size))
            .collect();
        let (name, now) = (person(&self.names[receiver]), self.world.now);
        self.world
            .node
            .set_view(&room(ROOM), &name, &sizes, now)
            .expect("the receiver is in the room");
    }

    /// What a receiver was last told of its slots.
    pub fn told(&self, receiver: usize) -> Vec<SlotQuality> {
        let to = person(&self.names[receiver]);
        let told = self.world.events.iter().rev().find_map(|event| match event {
            Event::SlotQualityChanged {
                participant, slots, ..
            } if *participant == to => Some(slots.clone()),
            _ => None,
        });
        told.unwrap_or_default()
    }

    /// The layers that a receiver was last told it sees, in slot order.
    pub fn layers(&self, receiver: usize) -> Vec<Option<Layer>> {
        self.told(receiver).iter().map(|slot| slot.layer).collect()
    }

    /// The reasons that a receiver was last told, in slot order.
    pub fn reasons(&self, receiver: usize) -> Vec<Option<Reason>> {
        self.told(receiver).iter().map(|slot| slot.reason).collect()
    }

    /// The longest silence of any voice at a receiver since the window began, and the changes of layer.
    pub fn quality(&mut self, receiver: usize) -> Quality {
        let now_ns = self.world.now_ns();
        let mut quality = Quality::default();
        let (mut wanted, mut lost) = (0, 0);
        let mut heard = (0, 0);
        for sender in self.others(receiver) {
            let voice = self.line(receiver, sender, Source::Microphone);
            let in_window = voice.lost_in_window();
            // Who does not speak has no gaps.
            let silence_ns = if in_window.0 == 0 {
                0
            } else {
                voice.longest_silence_ns.max(now_ns - voice.last_at_ns)
            };
            (wanted, lost) = (wanted + in_window.0, lost + in_window.1);
            let of_voice = voice.unheard_in_window();
            heard = (heard.0 + of_voice.0, heard.1 + of_voice.1);
            quality.silence = quality.silence.max(Duration::from_nanos(silence_ns));
            let face = self.line(receiver, sender, Source::Camera);
            quality.switches += face.decoder.switches;
            quality.frozen += Duration::from_nanos(face.decoder.frozen_until(now_ns));
            quality.frames += face.decoder.frames;
        }
        quality.voice_lost = lost as f64 / wanted.max(1) as f64;
        quality.voice_unheard = heard.1 as f64 / heard.0.max(1) as f64;
        quality
    }

    /// Nobody else speaks: the others' microphones send nothing.
    pub fn only_speaker(&mut self, speaker: usize) {
        for other in self.others(speaker) {
            self.world.client(other).microphone = None;
        }
    }

    /// Whether the numbers of every line at a receiver go on without a jump.
    pub fn check_continuity(&mut self, receiver: usize, ticks_max: u32) -> Result<(), String> {
        for sender in self.others(receiver) {
            self.line(receiver, sender, Source::Camera)
                .check_continuity(ticks_max)
                .map_err(|why| format!("{sender} at {receiver}: {why}"))?;
        }
        Ok(())
    }

    /// Changes somebody's way from the SFU, and leaves the way to it good.
    pub fn change_down(&mut self, receiver: usize, down: Conditions) {
        self.world.change_paths(receiver, Paths::of(GOOD, down));
    }

    /// The name of a person.
    pub fn name(&self, index: usize) -> &str {
        &self.names[index]
    }
}

/// How a receiver fared since the window began, over all senders.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quality {
    /// The longest time without a packet of one voice.
    pub silence: Duration,
    /// Share of the packets of all voices that never came.
    pub voice_lost: f64,
    /// Share of the frames of all voices that came in no packet.
    pub voice_unheard: f64,
    /// Time that pictures stood still, summed.
    pub frozen: Duration,
    /// Pictures shown.
    pub frames: u64,
    /// Changes of layer.
    pub switches: u32,
}
