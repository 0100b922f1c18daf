//! What a receiver can say of one of its lines.

use std::collections::{BTreeMap, BTreeSet};

use str0m::rtp::RtpPacket;

use crate::stamp::Stamp;

/// How much a record keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Packets and latencies: cheap enough for a load client.
    Counts,
    /// Also which frames a decoder could show.
    #[default]
    Frames,
    /// Also every packet's numbers, for [`Received::check_continuity`].
    Numbers,
}

/// Everything that came on one line.
#[derive(Debug, Default)]
pub struct Received {
    /// Packets, repaired ones included.
    pub packets: u64,
    /// Publishers' numbers seen.
    pub publishers: BTreeSet<u32>,
    /// Extended sequence numbers seen.
    sequences: BTreeSet<u64>,
    /// Of each publisher and frame: packets seen, packets wanted, key frame.
    frames: BTreeMap<(u32, u32), (u16, u16, bool)>,
    /// Whether the first video packet began a key frame.
    pub starts_with_keyframe: Option<bool>,
    /// Largest timestamp step between neighbouring sequence numbers, in ticks.
    numbers: BTreeMap<u64, (u32, u16)>,
    /// One-way latencies, ns.
    pub latencies_ns: Vec<u64>,
    detail: Detail,
    /// The newest frame that a decoder could show, and when it could.
    shown: Option<(u32, u32)>,
    shown_at_ns: u64,
    asked_at_ns: u64,
}

/// A decoder that shows nothing new for this long asks for a key frame, as browsers do.
const PATIENCE_NS: u64 = 300_000_000;

impl Received {
    /// An empty record that keeps this much.
    pub fn new(detail: Detail) -> Self {
        Self {
            detail,
            ..Self::default()
        }
    }

    /// Takes note of a packet.
    pub fn note(&mut self, packet: &RtpPacket, is_video: bool, now_ns: u64) {
        let stamp = if is_video {
            Stamp::of_video(&packet.payload)
        } else {
            Stamp::of_audio(&packet.payload).map(|stamp| (stamp, 0))
        };
        let Some((stamp, picture_id)) = stamp else { return };
        self.packets += 1;
        self.publishers.insert(stamp.publisher);
        self.latencies_ns.push(now_ns.saturating_sub(stamp.made_ns));
        if self.detail == Detail::Counts {
            return;
        }
        self.starts_with_keyframe
            .get_or_insert(stamp.is_keyframe && stamp.index == 0);
        self.sequences.insert(*packet.seq_no);
        let frame =
            self.frames
                .entry((stamp.publisher, stamp.frame))
                .or_insert((0, stamp.count, stamp.is_keyframe));
        frame.0 += 1;
        if is_video {
            self.show(stamp.publisher, stamp.frame, now_ns);
        }
        if self.detail == Detail::Numbers {
            self.numbers
                .insert(*packet.seq_no, (packet.header.timestamp, picture_id));
        }
    }

    fn show(&mut self, publisher: u32, frame: u32, now_ns: u64) {
        let is_whole = |key: &(u32, u32)| self.frames.get(key).is_some_and(|(got, wanted, _)| got == wanted);
        let is_newer = self
            .shown
            .is_none_or(|shown| shown.0 != publisher || shown.1 < frame);
        if is_newer
            && self.frames.get(&(publisher, frame)).is_some_and(|frame| frame.2)
            && is_whole(&(publisher, frame))
        {
            self.shown = Some((publisher, frame));
            self.shown_at_ns = now_ns;
        }
        while let Some(next) = self
            .shown
            .map(|(publisher, frame)| (publisher, frame + 1))
            .filter(is_whole)
        {
            self.shown = Some(next);
            self.shown_at_ns = now_ns;
        }
    }

    /// Whether a decoder would ask for a key frame now: it has shown nothing for too long.
    pub fn asks_for_keyframe(&mut self, now_ns: u64) -> bool {
        let is_due = now_ns > self.shown_at_ns.max(self.asked_at_ns) + PATIENCE_NS;
        let asks = is_due && !self.frames.is_empty();
        if asks {
            self.asked_at_ns = now_ns;
        }
        asks
    }

    /// Sequence numbers that never came, among all up to `tail` before the last.
    pub fn missing(&self, tail: u64) -> u64 {
        let (Some(first), Some(last)) = (self.sequences.first(), self.sequences.last()) else {
            return 0;
        };
        let end = last.saturating_sub(tail).max(*first);
        let wanted = end - first + 1;
        wanted - self.sequences.range(..=end).count() as u64
    }

    /// Sequence numbers from the first to the last.
    pub fn span(&self) -> u64 {
        match (self.sequences.first(), self.sequences.last()) {
            (Some(first), Some(last)) => last - first + 1,
            _ => 0,
        }
    }

    /// Frames of this publisher that a decoder could show, and those that it could not: incomplete, or
    /// after one that is, up to the next key frame. Frames before `first` and the newest `tail` do not count.
    pub fn decodable(&self, publisher: u32, first: u32, tail: u32) -> (u32, u32) {
        let of_publisher = (publisher, 0)..=(publisher, u32::MAX);
        let Some(newest) = self
            .frames
            .range(of_publisher.clone())
            .next_back()
            .map(|(key, _)| key.1)
        else {
            return (0, 0);
        };
        let (mut shown, mut frozen, mut previous) = (0, 0, None);
        for ((_, number), (got, wanted, is_keyframe)) in self.frames.range(of_publisher) {
            if *number + tail > newest {
                break;
            }
            let is_whole = got == wanted;
            let follows = *is_keyframe || previous.is_some_and(|last: u32| last + 1 == *number);
            let is_shown = is_whole && follows;
            if is_shown {
                previous = Some(*number);
            }
            if *number >= first {
                shown += u32::from(is_shown);
                frozen += u32::from(!is_shown);
            }
        }
        (shown, frozen)
    }

    /// The first place where timestamps or picture ids go back or jump, if any.
    pub fn check_continuity(&self, ticks_max: u32) -> Result<(), String> {
        let mut previous: Option<(u64, (u32, u16))> = None;
        for (sequence, (timestamp, picture_id)) in &self.numbers {
            if let Some((before, (was_time, was_id))) = previous.filter(|(before, _)| before + 1 == *sequence)
            {
                let step = timestamp.wrapping_sub(was_time);
                let id_step = picture_id.wrapping_sub(was_id) & 0x7fff;
                if step > ticks_max || id_step > 1 || (step == 0) != (id_step == 0) {
                    return Err(format!(
                        "{before} to {sequence}: {step} ticks, {id_step} pictures"
                    ));
                }
            }
            previous = Some((*sequence, (*timestamp, *picture_id)));
        }
        Ok(())
    }
}
