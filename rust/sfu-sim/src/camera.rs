//! Synthetic sources: when to send, how much, with what numbers.

use std::time::{Duration, Instant};

use crate::stamp::Stamp;

/// Payload bytes of a full video packet, as Chromium makes them.
const PACKET_BYTES: usize = 1150;
/// A key frame is this much larger than another frame.
const KEYFRAME_FACTOR: usize = 6;

/// One packet to send.
#[derive(Clone, Debug)]
pub struct MadePacket {
    /// The RTP payload.
    pub payload: Vec<u8>,
    /// The last of its frame.
    pub marker: bool,
    /// On the media clock.
    pub rtp_time: u32,
}

/// A constant bitrate video source.
#[derive(Debug)]
pub struct Camera {
    publisher: u32,
    fps: u32,
    frame_bytes: usize,
    frame: u32,
    first_at: Instant,
    /// The next frame is a key frame.
    pub keyframe_wanted: bool,
    /// Key frames made.
    pub keyframes: u32,
}

impl Camera {
    /// A camera that starts at `first_at`.
    pub fn new(publisher: u32, bitrate_bps: u64, fps: u32, first_at: Instant) -> Self {
        let frame_bytes = (bitrate_bps / 8 / u64::from(fps)) as usize;
        Self {
            publisher,
            fps,
            frame_bytes,
            frame: 0,
            first_at,
            keyframe_wanted: true,
            keyframes: 0,
        }
    }

    /// When the next frame is due.
    pub fn due(&self) -> Instant {
        self.first_at + Duration::from_secs(1) * self.frame / self.fps
    }

    /// Makes the next frame.
    pub fn make(&mut self, made_ns: u64) -> Vec<MadePacket> {
        let is_keyframe = std::mem::take(&mut self.keyframe_wanted);
        self.keyframes += u32::from(is_keyframe);
        let bytes = self.frame_bytes * if is_keyframe { KEYFRAME_FACTOR } else { 1 };
        let count = bytes.div_ceil(PACKET_BYTES).max(1);
        let rtp_time = (u64::from(self.frame) * 90_000 / u64::from(self.fps)) as u32;
        let stamp = |index| Stamp {
            publisher: self.publisher,
            frame: self.frame,
            index,
            count: count as u16,
            made_ns,
            is_keyframe,
        };
        let picture_id = (self.frame & 0x7fff) as u16;
        let layer0_index = self.frame as u8;
        let packets = (0..count as u16).map(|index| MadePacket {
            payload: stamp(index).video(bytes / count, picture_id, layer0_index),
            marker: usize::from(index) + 1 == count,
            rtp_time,
        });
        let packets = packets.collect();
        self.frame += 1;
        packets
    }
}

/// Opus at 50 packets a second.
#[derive(Debug)]
pub struct Microphone {
    publisher: u32,
    packet_bytes: usize,
    packet: u32,
    first_at: Instant,
    /// The level that it tells, in dBov.
    pub level_dbov: i8,
}

/// Packets a second: Opus frames of 20 ms.
const PACKETS_PER_SECOND: u32 = 50;

impl Microphone {
    /// A microphone that starts at `first_at`.
    pub fn new(publisher: u32, bitrate_bps: u64, first_at: Instant) -> Self {
        let packet_bytes = (bitrate_bps / 8 / u64::from(PACKETS_PER_SECOND)) as usize;
        Self {
            publisher,
            packet_bytes,
            packet: 0,
            first_at,
            level_dbov: -30,
        }
    }

    /// When the next packet is due.
    pub fn due(&self) -> Instant {
        self.first_at + Duration::from_secs(1) * self.packet / PACKETS_PER_SECOND
    }

    /// Makes the next packet.
    pub fn make(&mut self, made_ns: u64) -> MadePacket {
        let stamp = Stamp {
            publisher: self.publisher,
            frame: self.packet,
            index: 0,
            count: 1,
            made_ns,
            is_keyframe: false,
        };
        let rtp_time = self.packet.wrapping_mul(48_000 / PACKETS_PER_SECOND);
        self.packet += 1;
        MadePacket {
            payload: stamp.audio(self.packet_bytes),
            marker: false,
            rtp_time,
        }
    }
}
