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
    /// The simulcast layer's index; 0 if there is but one.
    pub layer: u8,
}

/// One encoding of a camera.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Without key frames. May be changed at any time.
    pub bitrate_bps: u64,
    /// The bytes of a key frame.
    pub keyframe_bytes: usize,
    /// Whether it is asked for.
    pub is_active: bool,
    /// Whether the sender's processor and network have room for it.
    pub is_possible: bool,
    /// The next frame is a key frame.
    pub keyframe_wanted: bool,
    /// Key frames made.
    pub keyframes: u32,
    /// Frames made, which picture ids count.
    frames: u32,
    /// Where its picture ids and timestamps start: every encoder starts anywhere.
    offset: u32,
}

impl Layer {
    fn new(index: usize, bitrate_bps: u64, fps: u32) -> Self {
        Self {
            bitrate_bps,
            keyframe_bytes: (bitrate_bps / 8 / u64::from(fps)) as usize * KEYFRAME_FACTOR,
            is_active: true,
            is_possible: true,
            keyframe_wanted: true,
            keyframes: 0,
            frames: 0,
            offset: index as u32 * 12_345_678,
        }
    }
}

/// A constant bitrate video source of one or several simulcast layers.
#[derive(Debug)]
pub struct Camera {
    publisher: u32,
    fps: u32,
    frame: u32,
    first_at: Instant,
    /// From the smallest up.
    pub layers: Vec<Layer>,
}

impl Camera {
    /// A camera of one layer that starts at `first_at`.
    pub fn new(publisher: u32, bitrate_bps: u64, fps: u32, first_at: Instant) -> Self {
        Self::simulcast(publisher, &[bitrate_bps], fps, first_at)
    }

    /// A camera with a layer of each bitrate, from the smallest up.
    pub fn simulcast(publisher: u32, bitrates_bps: &[u64], fps: u32, first_at: Instant) -> Self {
        let layers = bitrates_bps
            .iter()
            .enumerate()
            .map(|(index, bitrate_bps)| Layer::new(index, *bitrate_bps, fps));
        Self {
            publisher,
            fps,
            frame: 0,
            first_at,
            layers: layers.collect(),
        }
    }

    /// Key frames of this many bytes.
    #[must_use]
    pub fn with_keyframes_of(mut self, bytes: usize) -> Self {
        for layer in &mut self.layers {
            layer.keyframe_bytes = bytes;
        }
        self
    }

    /// Encodes these layers only.
    pub fn send_only(&mut self, wanted: &[sfu::Layer]) {
        for (layer, name) in self.layers.iter_mut().zip(sfu::Layer::ALL) {
            layer.is_active = wanted.contains(&name);
        }
    }

    /// Key frames made, of all layers.
    pub fn keyframes(&self) -> u32 {
        self.layers.iter().map(|layer| layer.keyframes).sum()
    }

    /// When the next frame is due.
    pub fn due(&self) -> Instant {
        self.first_at + Duration::from_secs(1) * self.frame / self.fps
    }

    /// Makes the next frame in every layer that is asked for and possible; one that comes back begins with a key frame.
    pub fn make(&mut self, made_ns: u64) -> Vec<MadePacket> {
        let mut packets = Vec::new();
        for index in 0..self.layers.len() {
            let layer = &self.layers[index];
            if layer.is_active && layer.is_possible {
                packets.append(&mut self.make_layer(index, made_ns));
            } else {
                self.layers[index].keyframe_wanted = true;
            }
        }
        self.frame += 1;
        packets
    }

    fn make_layer(&mut self, index: usize, made_ns: u64) -> Vec<MadePacket> {
        let (fps, frame, publisher) = (self.fps, self.frame, self.publisher);
        let layer = &mut self.layers[index];
        let is_keyframe = std::mem::take(&mut layer.keyframe_wanted);
        layer.keyframes += u32::from(is_keyframe);
        let bytes = if is_keyframe {
            layer.keyframe_bytes
        } else {
            (layer.bitrate_bps / 8 / u64::from(fps)) as usize
        };
        let count = bytes.div_ceil(PACKET_BYTES).max(1);
        let ticks = (u64::from(frame) * 90_000 / u64::from(fps)) as u32;
        let rtp_time = ticks.wrapping_add(layer.offset);
        let picture = layer.frames.wrapping_add(layer.offset);
        layer.frames += 1;
        let stamp = |packet| Stamp {
            publisher,
            frame,
            index: packet,
            count: count as u16,
            made_ns,
            is_keyframe,
            layer: index as u8,
        };
        let packets = (0..count as u16).map(|packet| MadePacket {
            payload: stamp(packet).video(bytes / count, (picture & 0x7fff) as u16, picture as u8),
            marker: usize::from(packet) + 1 == count,
            rtp_time,
            layer: index as u8,
        });
        packets.collect()
    }
}

/// Opus at 50 packets a second.
#[derive(Debug)]
pub struct Microphone {
    publisher: u32,
    usual_bps: u64,
    packet_bytes: usize,
    packet: u32,
    first_at: Instant,
    /// The level that it tells, in dBov.
    pub level_dbov: i8,
}

/// Packets a second: Opus frames of 20 ms.
const PACKETS_PER_SECOND: u32 = 50;

const fn packet_bytes(bitrate_bps: u64) -> usize {
    (bitrate_bps / 8 / PACKETS_PER_SECOND as u64) as usize
}

impl Microphone {
    /// A microphone that starts at `first_at`.
    pub fn new(publisher: u32, bitrate_bps: u64, first_at: Instant) -> Self {
        Self {
            publisher,
            usual_bps: bitrate_bps,
            packet_bytes: packet_bytes(bitrate_bps),
            packet: 0,
            first_at,
            level_dbov: -30,
        }
    }

    /// Goes on in so many bits a second, or fewer if it speaks in fewer anyway.
    pub fn speak_in(&mut self, bitrate_bps: u64) {
        self.packet_bytes = packet_bytes(bitrate_bps.min(self.usual_bps));
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
            layer: 0,
        };
        let rtp_time = self.packet.wrapping_mul(48_000 / PACKETS_PER_SECOND);
        self.packet += 1;
        MadePacket {
            payload: stamp.audio(self.packet_bytes),
            marker: false,
            rtp_time,
            layer: 0,
        }
    }
}
