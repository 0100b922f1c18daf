//! Takes down a sender's packets: how the trace that the players send is made.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use str0m::rtp::RtpPacket;

/// A packet as it came.
struct Noted {
    is_video: bool,
    at: Duration,
    bytes: usize,
    rtp_time: u32,
    is_last: bool,
    is_keyframe: bool,
}

/// Everything since [`Self::start`].
#[derive(Default)]
pub struct Recording {
    started_at: Option<Instant>,
    packets: Vec<Noted>,
}

impl Recording {
    /// Takes down what comes from now on.
    pub fn start(&mut self) {
        self.started_at = Some(Instant::now());
        self.packets.clear();
    }

    /// Whether it still waits for the key frame that a trace begins with.
    pub fn wants_keyframe(&self) -> bool {
        let has_one = self.packets.iter().any(|packet| packet.is_keyframe);
        self.started_at.is_some() && !has_one
    }

    pub fn note(&mut self, packet: &RtpPacket, is_video: bool, at: Instant) {
        let Some(started_at) = self.started_at else {
            return;
        };
        self.packets.push(Noted {
            is_video,
            at: at.saturating_duration_since(started_at),
            bytes: packet.payload.len(),
            rtp_time: packet.header.timestamp,
            is_last: packet.header.marker,
            is_keyframe: is_video && starts_keyframe(&packet.payload),
        });
    }

    /// All packets, in the order of arrival.
    pub fn packets(&self) -> Value {
        let packets = self.packets.iter().map(|packet| {
            json!({
                "kind": if packet.is_video { "video" } else { "audio" },
                "at_us": packet.at.as_micros() as u64,
                "bytes": packet.bytes,
                "rtp_time": packet.rtp_time,
                "is_last": packet.is_last,
                "is_keyframe": packet.is_keyframe,
            })
        });
        packets.collect()
    }
}

/// Whether a VP8 packet is the first of a key frame (RFC 7741 §4.2 and §4.3).
fn starts_keyframe(payload: &[u8]) -> bool {
    let starts_partition = payload.first().is_some_and(|first| first & 0x17 == 0x10);
    let frame = crate::payload::descriptor_bytes(payload).and_then(|bytes| payload.get(bytes));
    starts_partition && frame.is_some_and(|header| header & 1 == 0)
}
