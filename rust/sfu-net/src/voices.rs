//! The voices of one shard: their datagrams go to the core and come back without a socket.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use sfu::{Node, Path, SfuError, Via};
use sfu_voice::{Counted, Frame, Line, Voice, VoiceError};

use crate::events::Events;

/// Frames kept for a reader that does not come, about a second of twenty rooms; then the oldest are dropped.
pub(crate) const FRAMES_QUEUED_MAX: usize = 4096;

/// A voice that was seated.
#[derive(Debug)]
pub struct Joined {
    /// Never used again.
    pub number: u64,
    /// The lines on which sound arrives, by the frames' tags.
    pub lines: Vec<Line>,
}

/// What a voice has for its browser.
#[derive(Debug)]
pub enum Heard {
    /// A frame.
    Frame(u64, Vec<u8>),
    /// What became of the browser's own frames, told now and then.
    Counted(u64, Counted),
    /// It broke; there will be no more.
    Broken(u64),
}

/// A voice was not seated.
#[derive(Debug)]
pub enum JoinVoiceError {
    /// By the room.
    Room(SfuError),
    /// A fault of ours.
    Voice(VoiceError),
}

impl From<SfuError> for JoinVoiceError {
    fn from(why: SfuError) -> Self {
        Self::Room(why)
    }
}

impl From<VoiceError> for JoinVoiceError {
    fn from(why: VoiceError) -> Self {
        Self::Voice(why)
    }
}

impl fmt::Display for JoinVoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(why) => why.fmt(f),
            Self::Voice(why) => why.fmt(f),
        }
    }
}

/// What a shard is asked to do with a voice.
pub(crate) enum Order {
    Add(Box<Voice>),
    Begin,
    Speak(Vec<u8>),
    End,
}

struct Seated {
    voice: Voice,
    path: Path,
    has_begun: bool,
    told: Counted,
}

pub(crate) struct Voices {
    seated: HashMap<u64, Seated>,
    heard: Arc<Events<Heard>>,
    batch: Vec<Heard>,
}

/// How many frames are counted before it is told what became of them: two seconds of a voice.
const COUNTED_EVERY: u64 = 100;

impl Voices {
    pub(crate) fn new(heard: Arc<Events<Heard>>) -> Self {
        Self {
            seated: HashMap::new(),
            heard,
            batch: Vec::new(),
        }
    }

    pub(crate) fn obey(&mut self, number: u64, order: Order, node: &mut Node, now: Instant) {
        match order {
            Order::Add(voice) => self.add(number, *voice),
            Order::Begin => {
                if let Some(seated) = self.seated.get_mut(&number) {
                    seated.has_begun = true;
                }
            }
            Order::Speak(frame) => self.speak(number, &frame, now),
            Order::End => self.end(number, node),
        }
    }

    fn add(&mut self, number: u64, voice: Voice) {
        let path = Path {
            peer: voice.address(),
            via: Via::Inside(number),
        };
        let seated = Seated {
            voice,
            path,
            has_begun: false,
            told: Counted::default(),
        };
        self.seated.insert(number, seated);
    }

    fn end(&mut self, number: u64, node: &mut Node) {
        if let Some(seated) = self.seated.remove(&number) {
            node.forget_path(&seated.path);
        }
    }

    fn speak(&mut self, number: u64, frame: &[u8], now: Instant) {
        let Ok(frame) = Frame::read(frame) else {
            return;
        };
        self.guarded(number, |voice| voice.speak(&frame, now));
        let Some(seated) = self.seated.get_mut(&number) else {
            return;
        };
        let counted = seated.voice.counted();
        if counted.taken >= seated.told.taken + COUNTED_EVERY {
            seated.told = counted;
            self.batch.push(Heard::Counted(number, counted));
        }
    }

    /// Takes a datagram that the core sends to a voice.
    pub(crate) fn receive(&mut self, number: u64, datagram: &[u8], now: Instant) {
        self.guarded(number, |voice| voice.receive(datagram, now));
    }

    /// Lets time pass, and gives the core what the voices send.
    pub(crate) fn run(&mut self, node: &mut Node, now: Instant) {
        for number in self.due(now) {
            self.guarded(number, |voice| voice.advance(now));
        }
        for seated in self.seated.values_mut().filter(|seated| seated.has_begun) {
            for datagram in seated.voice.take_datagrams() {
                node.receive(seated.path, &datagram, now);
            }
        }
    }

    fn due(&self, now: Instant) -> Vec<u64> {
        let begun = self.seated.iter().filter(|(_, seated)| seated.has_begun);
        begun
            .filter(|(_, seated)| seated.voice.next_timeout() <= now)
            .map(|(number, _)| *number)
            .collect()
    }

    /// When [`Self::run`] is due next. What the core has just answered is to be sent on at once.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let begun = self.seated.values().filter(|seated| seated.has_begun);
        let due = begun.map(|seated| match seated.voice.has_datagrams() {
            true => Instant::now(),
            false => seated.voice.next_timeout(),
        });
        due.min()
    }

    /// Gives what was heard to whoever reads it.
    pub(crate) fn hand_over(&mut self) {
        for (number, seated) in &mut self.seated {
            let frames = seated.voice.take_frames().into_iter();
            self.batch
                .extend(frames.map(|frame| Heard::Frame(*number, frame)));
        }
        self.heard.put(&mut self.batch);
    }

    /// A voice that panics ends, and nobody else.
    fn guarded(&mut self, number: u64, work: impl FnOnce(&mut Voice)) {
        let Some(seated) = self.seated.get_mut(&number) else {
            return;
        };
        if catch_unwind(AssertUnwindSafe(|| work(&mut seated.voice))).is_err() {
            self.seated.remove(&number);
            self.batch.push(Heard::Broken(number));
        }
    }
}
