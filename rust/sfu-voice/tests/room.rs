//! Voices in a room, on a virtual clock: they join like anybody, are heard by each other, and obey the room's word.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sfu::{Event, Node, NodeConfig, ParticipantId, Path, Prepared, Role, RoomId, Source, Via, VideoRates};
use sfu_voice::{Frame, Voice};

const SERVER: ([u8; 4], u16) = ([198, 51, 100, 7], 7882);
const FRAME: Duration = Duration::from_millis(20);

/// A room whose only people are voices.
struct Room {
    now: Instant,
    node: Node,
    voices: Vec<Voice>,
    events: Vec<Event>,
}

fn room_id() -> RoomId {
    RoomId::parse("room").unwrap()
}

fn path(number: usize, voice: &Voice) -> Path {
    Path {
        peer: voice.address(),
        via: Via::Inside(number as u64),
    }
}

impl Room {
    fn with(names: &[&str]) -> Self {
        let now = Instant::now();
        let server = SocketAddr::from(SERVER);
        let second = SocketAddr::from(([198, 51, 100, 8], 7882));
        let addresses: sfu::Addresses = vec![server, second].into();
        let mut node = Node::new(NodeConfig {
            addresses: addresses.clone(),
            video_rates: VideoRates::default(),
        });
        node.open_room(&room_id(), now).unwrap();
        let mut room = Self {
            now,
            node,
            voices: Vec::new(),
            events: Vec::new(),
        };
        for name in names {
            let (mut voice, offer) = Voice::new(Role::Participant, server, now).unwrap();
            let prepared = Prepared::new(&offer, Role::Participant, &addresses, now).unwrap();
            let id = ParticipantId::parse(name).unwrap();
            let answer = room.node.join(&room_id(), &id, prepared, now).unwrap();
            voice.accept(&answer).unwrap();
            room.voices.push(voice);
        }
        room.run_for(Duration::from_secs(2));
        room
    }

    fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
            self.now += Duration::from_millis(1);
        }
    }

    fn step(&mut self) {
        let now = self.now;
        for (number, voice) in self.voices.iter_mut().enumerate() {
            if voice.next_timeout() <= now {
                voice.advance(now);
            }
            for datagram in voice.take_datagrams() {
                self.node.receive(path(number, voice), &datagram, now);
            }
        }
        self.node.flush(now);
        self.node.advance(now);
        let mut routed = Vec::new();
        self.node.take_routed(&mut routed);
        for sent in routed {
            let Via::Inside(number) = sent.path.via else {
                panic!("nobody else is there");
            };
            self.voices[number as usize].receive(&sent.bytes, now);
        }
        self.events.extend(std::iter::from_fn(|| self.node.poll_event()));
    }

    /// `count` frames of one voice; what the other heard of them, and when each was made.
    fn speak(&mut self, speaker: usize, numbers: impl Iterator<Item = u16>) {
        for number in numbers {
            let payload = number.to_be_bytes();
            let frame = Frame {
                tag: 20,
                sequence: number,
                timestamp: u32::from(number) * 960,
                payload: &payload,
            };
            self.voices[speaker].speak(&frame, self.now);
            self.run_for(FRAME);
        }
    }

    fn heard(&mut self, listener: usize) -> Vec<(u8, u16, u16)> {
        let frames = self.voices[listener].take_frames();
        let read = |bytes: &Vec<u8>| {
            let frame = Frame::read(bytes).unwrap();
            let payload = [frame.payload[0], frame.payload[1]];
            (frame.tag, frame.sequence, u16::from_be_bytes(payload))
        };
        frames.iter().map(read).collect()
    }

    fn set_microphone(&mut self, name: &str, is_on: bool) {
        let id = ParticipantId::parse(name).unwrap();
        self.node
            .set_track(&room_id(), &id, Source::Microphone, is_on, self.now)
            .unwrap();
    }
}

#[test]
fn two_voices_hear_each_other_on_the_line_that_the_room_told() {
    let mut room = Room::with(&["ann", "bob"]);
    room.set_microphone("ann", true);
    room.speak(0, 1..51);
    let heard = room.heard(1);
    let spoken: Vec<u16> = heard.iter().map(|frame| frame.2).collect();
    assert_eq!(spoken, (1..51).collect::<Vec<u16>>());
    assert!(room.heard(0).is_empty(), "nobody hears themselves");
    let bob = ParticipantId::parse("bob").unwrap();
    let slots = room.node.slots(&room_id(), &bob).unwrap();
    let line = &room.voices[1].lines()[usize::from(heard[0].0)];
    let slot = slots.iter().find(|slot| slot.mid == line.mid).unwrap();
    assert_eq!(slot.publisher.as_ref().map(ParticipantId::as_str), Some("ann"));
    assert_eq!(
        (line.source, slot.source),
        (Source::Microphone, Source::Microphone)
    );
}

#[test]
fn who_speaks_is_known_by_the_level_of_their_frames() {
    let mut room = Room::with(&["ann", "bob"]);
    room.set_microphone("ann", true);
    room.speak(0, 1..51);
    let is_ann = |event: &Event| {
        matches!(event, Event::SpeakersChanged { levels, .. }
            if levels.iter().any(|(who, _)| who.as_str() == "ann"))
    };
    assert!(room.events.iter().any(is_ann));
}

#[test]
fn a_muted_voice_is_not_heard() {
    let mut room = Room::with(&["ann", "bob"]);
    room.set_microphone("ann", true);
    room.speak(0, 1..11);
    assert!(!room.heard(1).is_empty());
    room.set_microphone("ann", false);
    room.speak(0, 11..31);
    assert_eq!(room.heard(1), []);
}

#[test]
fn what_the_browser_dropped_is_missing_for_those_who_listen() {
    let mut room = Room::with(&["ann", "bob"]);
    room.set_microphone("ann", true);
    room.speak(0, (1..11).chain(14..24));
    let heard = room.heard(1);
    let leaps: Vec<u16> = heard
        .windows(2)
        .map(|pair| pair[1].1.wrapping_sub(pair[0].1))
        .collect();
    assert_eq!(leaps.iter().filter(|leap| **leap != 1).collect::<Vec<_>>(), [&4]);
}

#[test]
fn a_backlog_is_not_passed_on() {
    let mut room = Room::with(&["ann", "bob"]);
    room.set_microphone("ann", true);
    room.speak(0, 1..101);
    assert_eq!(room.heard(1).len(), 100);
    room.run_for(FRAME * 100);
    for number in 101..201u16 {
        let frame = Frame {
            tag: 20,
            sequence: number,
            timestamp: u32::from(number) * 960,
            payload: &number.to_be_bytes(),
        };
        room.voices[0].speak(&frame, room.now);
    }
    room.run_for(FRAME);
    assert_eq!(room.heard(1).len(), 10, "200 ms of it");
    assert_eq!(room.voices[0].counted().late, 90);
}

#[test]
fn an_observer_hears_and_cannot_speak() {
    let (mut observer, offer) = Voice::new(Role::Observer, SERVER.into(), Instant::now()).unwrap();
    let addresses = vec![SERVER.into()].into();
    assert!(Prepared::new(&offer, Role::Observer, &addresses, Instant::now()).is_ok());
    assert_eq!(observer.lines().len(), 10, "eight voices and two screens");
    let frame = Frame {
        tag: 0,
        sequence: 1,
        timestamp: 0,
        payload: &[0],
    };
    observer.speak(&frame, Instant::now());
    assert!(observer.take_datagrams().is_empty());
}
