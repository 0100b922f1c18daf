//! One encoding of a track as it arrives: its stream, its rate, its key frames and what is kept of it.

use std::collections::VecDeque;
use std::time::Instant;

use str0m::rtp::{RtpPacket, Ssrc};

use crate::bitrate::BitrateMeter;
use crate::keyframes::KeyframeRequests;
use crate::limits::{HELD_PACKETS_MAX, LAYER_SILENCE, YOUNG};

/// What is known of one layer of a track.
#[derive(Debug, Default)]
pub(crate) struct Encoding {
    pub(crate) keyframes: KeyframeRequests,
    ssrc: Option<Ssrc>,
    began_at: Option<Instant>,
    meter: BitrateMeter,
    last_bps: Option<u64>,
    last_packet_at: Option<Instant>,
    /// Packets that came while a slot waited for a key frame. Its first packet may come after others of
    /// it, by reordering or repair, and the publisher will not send those again.
    held: VecDeque<RtpPacket>,
}

impl Encoding {
    /// Takes note of a packet; true if its stream is another than before, so that slots must start anew.
    pub(crate) fn packet_came(&mut self, packet: &RtpPacket, now: Instant) -> bool {
        self.last_packet_at = Some(now);
        self.meter.add(packet.payload.len(), now);
        let is_new = self.ssrc.replace(packet.header.ssrc) != Some(packet.header.ssrc);
        if is_new {
            self.began_at = Some(now);
        }
        is_new
    }

    /// When the newest packet came.
    pub(crate) fn last_packet_at(&self) -> Option<Instant> {
        self.last_packet_at
    }

    /// Bits a second of payload; of a layer that has stopped, as it last was.
    pub(crate) fn bps(&mut self, now: Instant) -> Option<u64> {
        let bps = self.meter.bps(now);
        let flows = self
            .last_packet_at
            .is_some_and(|at| now.saturating_duration_since(at) < LAYER_SILENCE);
        if flows {
            self.last_bps = Some(bps);
        }
        self.last_bps
    }

    /// Whether it began so lately that its rate says little.
    pub(crate) fn is_young(&self, now: Instant) -> bool {
        self.began_at
            .is_some_and(|at| now.saturating_duration_since(at) < YOUNG)
    }

    /// Whether it has begun; until then it begins with a key frame unasked.
    pub(crate) fn has_begun(&self) -> bool {
        self.ssrc.is_some()
    }

    /// Forgets the stream of a session that was replaced.
    pub(crate) fn session_replaced(&mut self) {
        *self = Self::default();
    }

    /// Keeps a packet for a slot that waits; the oldest make room.
    pub(crate) fn hold(&mut self, packet: RtpPacket) {
        if self.held.len() == HELD_PACKETS_MAX {
            self.held.pop_front();
        }
        self.held.push_back(packet);
    }

    /// Takes the held packets that follow `start`, in their order.
    pub(crate) fn take_held_after(&mut self, start: &RtpPacket) -> Vec<RtpPacket> {
        let held = std::mem::take(&mut self.held).into_iter();
        let follows =
            |packet: &RtpPacket| packet.header.ssrc == start.header.ssrc && packet.seq_no > start.seq_no;
        let mut after: Vec<_> = held.filter(follows).collect();
        after.sort_by_key(|packet| packet.seq_no);
        after
    }
}
