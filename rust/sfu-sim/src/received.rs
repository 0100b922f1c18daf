//! What a receiver can say of one of its lines.

use std::collections::{BTreeMap, BTreeSet};

use str0m::rtp::RtpPacket;

use crate::decoder::Decoder;
use crate::stamp::{Indices, Stamp};

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

/// A frame of one layer of one publisher: publisher, frame, layer.
type FrameKey = (u32, u32, u8);

/// What came of a frame: packets seen, packets wanted, key frame.
type FrameParts = (u16, u16, bool);

/// Everything that came on one line.
#[derive(Debug, Default)]
pub struct Received {
    /// Packets, repaired ones included.
    pub packets: u64,
    /// Bytes of payload.
    pub bytes: u64,
    /// Publishers' numbers seen.
    pub publishers: BTreeSet<u32>,
    /// Extended sequence numbers seen.
    sequences: BTreeSet<u64>,
    frames: BTreeMap<FrameKey, FrameParts>,
    /// Whether the first video packet began a key frame.
    pub starts_with_keyframe: Option<bool>,
    /// Timestamp and indices by sequence number.
    numbers: BTreeMap<u64, (u32, Indices)>,
    /// One-way latencies, ns.
    pub latencies_ns: Vec<u64>,
    /// The layer of the newest packet.
    pub layer: Option<u8>,
    /// When the newest packet came.
    pub last_at_ns: u64,
    /// Longest time between two packets since [`Self::start_window`].
    pub longest_silence_ns: u64,
    /// Frames of sound that came, in packets of their own or of others.
    heard: BTreeSet<u32>,
    /// The newest frame of sound when the window began.
    window_frame: u32,
    /// The newest sequence number when the window began.
    window_sequence: u64,
    detail: Detail,
    /// What a decoder makes of it.
    pub decoder: Decoder,
}

impl Received {
    /// An empty record that keeps this much.
    pub fn new(detail: Detail) -> Self {
        Self {
            detail,
            ..Self::default()
        }
    }

    /// Forgets silences and freezes until now.
    pub fn start_window(&mut self, now_ns: u64) {
        self.longest_silence_ns = 0;
        self.last_at_ns = now_ns;
        self.window_sequence = self.sequences.last().copied().unwrap_or(0);
        self.window_frame = self.heard.last().copied().unwrap_or(0);
        self.decoder.start_window(now_ns);
    }

    /// Takes note of a packet.
    pub fn note(&mut self, packet: &RtpPacket, is_video: bool, now_ns: u64) {
        let stamp = if is_video {
            Stamp::of_video(&packet.payload)
        } else {
            Stamp::of_audio(&packet.payload).map(|stamp| (stamp, Indices::default()))
        };
        let Some((stamp, indices)) = stamp else { return };
        self.packets += 1;
        self.bytes += packet.payload.len() as u64;
        self.publishers.insert(stamp.publisher);
        self.latencies_ns.push(now_ns.saturating_sub(stamp.made_ns));
        if self.packets > 1 {
            self.longest_silence_ns = self.longest_silence_ns.max(now_ns - self.last_at_ns);
        }
        self.last_at_ns = now_ns;
        self.layer = Some(stamp.layer);
        if self.detail == Detail::Counts {
            return;
        }
        self.starts_with_keyframe
            .get_or_insert(stamp.is_keyframe && stamp.index == 0);
        self.sequences.insert(*packet.seq_no);
        if !is_video {
            self.heard.insert(stamp.frame);
        }
        let key = (stamp.publisher, stamp.frame, stamp.layer);
        let frame = self
            .frames
            .entry(key)
            .or_insert((0, stamp.count, stamp.is_keyframe));
        frame.0 += 1;
        if is_video && frame.0 == frame.1 {
            self.decoder.frame_is_whole(&stamp, now_ns);
        }
        if self.detail == Detail::Numbers {
            self.numbers
                .insert(*packet.seq_no, (packet.header.timestamp, indices));
        }
    }

    /// Takes note of an earlier frame of sound in a later packet.
    pub fn note_again(&mut self, frame: &[u8]) {
        self.heard.extend(Stamp::of_audio(frame).map(|stamp| stamp.frame));
    }

    /// Frames of sound since [`Self::start_window`], and how many of them came in no packet.
    pub fn unheard_in_window(&self) -> (u64, u64) {
        let newest = self.heard.last().copied().unwrap_or(0);
        let wanted = u64::from(newest - self.window_frame.min(newest));
        let came = self.heard.range(self.window_frame + 1..).count() as u64;
        (wanted, wanted - came)
    }

    /// Whether a decoder would ask for a key frame now: it has shown nothing for too long.
    pub fn asks_for_keyframe(&mut self, now_ns: u64) -> bool {
        !self.frames.is_empty() && self.decoder.asks_for_keyframe(now_ns)
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

    /// Sequence numbers since [`Self::start_window`], and how many of them never came.
    pub fn lost_in_window(&self) -> (u64, u64) {
        let newest = self.sequences.last().copied().unwrap_or(0);
        let wanted = newest - self.window_sequence.min(newest);
        let came = self.sequences.range(self.window_sequence + 1..).count() as u64;
        (wanted, wanted - came)
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
        let of_publisher = (publisher, 0, 0)..=(publisher, u32::MAX, u8::MAX);
        let Some(newest) = self
            .frames
            .range(of_publisher.clone())
            .next_back()
            .map(|(key, _)| key.1)
        else {
            return (0, 0);
        };
        let (mut shown, mut frozen, mut previous) = (0, 0, None);
        for ((_, number, layer), (got, wanted, is_keyframe)) in self.frames.range(of_publisher) {
            if *number + tail > newest {
                break;
            }
            let is_whole = got == wanted;
            let follows = *is_keyframe || previous == number.checked_sub(1).map(|before| (before, *layer));
            let is_shown = is_whole && follows;
            if is_shown {
                previous = Some((*number, *layer));
            }
            if *number >= first {
                shown += u32::from(is_shown);
                frozen += u32::from(!is_shown);
            }
        }
        (shown, frozen)
    }

    /// The first place where timestamps or VP8 indices go back or jump, if any.
    pub fn check_continuity(&self, ticks_max: u32) -> Result<(), String> {
        let mut previous: Option<(u64, (u32, Indices))> = None;
        for (sequence, (timestamp, indices)) in &self.numbers {
            if let Some((before, (was_time, was))) = previous.filter(|(before, _)| before + 1 == *sequence) {
                let step = timestamp.wrapping_sub(was_time);
                let id_step = indices.picture_id.wrapping_sub(was.picture_id) & 0x7fff;
                let layer0_step = indices.layer0_index.wrapping_sub(was.layer0_index);
                let is_one_step = id_step <= 1 && layer0_step <= 1 && (step == 0) == (id_step == 0);
                if step > ticks_max || !is_one_step {
                    return Err(format!(
                        "{before} to {sequence}: {step} ticks, {id_step} pictures, {layer0_step} base layers"
                    ));
                }
            }
            previous = Some((*sequence, (*timestamp, *indices)));
        }
        Ok(())
    }
}
