//! One thing that a participant sends: whether the server lets it pass, who receives it, whether it lives.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use str0m::media::Rid;
use str0m::rtp::{RtpPacket, Ssrc};

use crate::keyframes::KeyframeRequests;
use crate::limits::{AUDIO_SILENCE, HELD_PACKETS_MAX, VIDEO_SILENCE};
use crate::seat::SeatId;
use crate::source::Source;

/// A receiver's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) receiver: SeatId,
    pub(crate) slot: usize,
}

/// What is known of one source of one participant.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) source: Source,
    /// The server's word: false means that no packet leaves.
    pub(crate) is_forwarded: bool,
    pub(crate) routes: Vec<Route>,
    pub(crate) keyframes: KeyframeRequests,
    /// The stream that is forwarded. Of simulcast layers it is the first that was seen.
    stream: Option<(Ssrc, Option<Rid>)>,
    last_packet_at: Option<Instant>,
    /// Packets that came while a slot waited for a key frame. Its first packet may come after others of
    /// it, by reordering or repair, and the publisher will not send those again.
    held: VecDeque<RtpPacket>,
}

impl Track {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            is_forwarded: source != Source::Screen,
            routes: Vec::new(),
            keyframes: KeyframeRequests::default(),
            stream: None,
            last_packet_at: None,
            held: VecDeque::new(),
        }
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

    /// Forgets the streams of a session that was replaced.
    pub(crate) fn session_replaced(&mut self) {
        self.stream = None;
        self.held.clear();
    }

    /// Takes note of a packet. `None`: another simulcast layer than the forwarded one.
    /// `Some(true)`: the stream is another than before, so slots must start anew.
    pub(crate) fn accept(&mut self, ssrc: Ssrc, rid: Option<Rid>) -> Option<bool> {
        match self.stream {
            Some((current, _)) if current == ssrc => Some(false),
            Some((_, current)) if current != rid => None,
            _ => {
                self.stream = Some((ssrc, rid));
                Some(true)
            }
        }
    }

    /// Whether its packets come and pass. One that has sent nothing starts with a key frame unasked.
    pub(crate) fn is_flowing(&self) -> bool {
        self.is_forwarded && self.last_packet_at.is_some()
    }

    /// The layer that is forwarded, for key frame requests.
    pub(crate) fn rid(&self) -> Option<Rid> {
        self.stream.and_then(|(_, rid)| rid)
    }

    /// A packet came; true if the track was silent before.
    pub(crate) fn packet_came(&mut self, now: Instant) -> bool {
        self.last_packet_at.replace(now).is_none()
    }

    /// True once when a track that had started is silent for too long.
    pub(crate) fn fell_silent(&mut self, now: Instant) -> bool {
        let is_silent = self
            .last_packet_at
            .is_some_and(|at| now.saturating_duration_since(at) >= silence(self.source));
        if is_silent {
            self.last_packet_at = None;
        }
        is_silent
    }
}

fn silence(source: Source) -> Duration {
    if source.is_video() {
        VIDEO_SILENCE
    } else {
        AUDIO_SILENCE
    }
}
