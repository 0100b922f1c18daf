//! One thing that a participant sends: whether the server lets it pass, who receives it, whether it lives.

use std::time::{Duration, Instant};

use str0m::rtp::RtpPacket;

use crate::demand::Demand;
use crate::encoding::Encoding;
use crate::layer::Layer;
use crate::limits::{AUDIO_SILENCE, LAYER_SILENCE, VIDEO_SILENCE};
use crate::seat::SeatId;
use crate::source::Source;

/// A receiver's slot, and which layer goes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) receiver: SeatId,
    pub(crate) slot: usize,
    /// The layer that passes now.
    pub(crate) current: Option<Layer>,
    /// The layer that shall pass from its next key frame on; until then `current` goes on.
    pub(crate) wanted: Option<Layer>,
    /// The layer that the receiver would have if the sender sent it.
    pub(crate) asked: Option<Layer>,
}

impl Route {
    /// A route on which nothing passes yet. Sound needs no decision: it always passes.
    pub(crate) fn new(receiver: SeatId, slot: usize, source: Source) -> Self {
        let always = (!source.is_video()).then_some(Layer::Full);
        Self {
            receiver,
            slot,
            current: always,
            wanted: always,
            asked: always,
        }
    }

    pub(crate) fn leads_to_same(&self, other: &Self) -> bool {
        (self.receiver, self.slot) == (other.receiver, other.slot)
    }

    /// Whether packets of this layer concern the route.
    pub(crate) fn takes(&self, layer: Layer) -> bool {
        self.current == Some(layer) || self.wanted == Some(layer)
    }
}

/// What is known of one source of one participant.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) source: Source,
    /// The server's word: false means that no packet leaves.
    pub(crate) is_forwarded: bool,
    pub(crate) routes: Vec<Route>,
    pub(crate) demand: Demand,
    /// In [`Layer::ALL`] order.
    encodings: [Encoding; 3],
    last_packet_at: Option<Instant>,
}

impl Track {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            is_forwarded: source != Source::Screen,
            routes: Vec::new(),
            demand: Demand::default(),
            encodings: Default::default(),
            last_packet_at: None,
        }
    }

    pub(crate) fn encoding(&mut self, layer: Layer) -> &mut Encoding {
        &mut self.encodings[layer.index()]
    }

    /// Forgets the streams of a session that was replaced.
    pub(crate) fn session_replaced(&mut self) {
        self.encodings.iter_mut().for_each(Encoding::session_replaced);
        self.demand.session_replaced();
    }

    /// Takes note of a packet.
    pub(crate) fn packet_came(&mut self, layer: Layer, packet: &RtpPacket, now: Instant) -> Came {
        let was_silent = self.last_packet_at.replace(now).is_none();
        self.demand.came(was_silent, now);
        Came {
            is_new_stream: self.encoding(layer).packet_came(packet, now),
            was_silent,
        }
    }

    /// What each layer takes, of those that come or may come. While the track is held back, none does.
    pub(crate) fn supply(&mut self, offered: &[Layer], now: Instant) -> Supply {
        let mut supply = Supply::default();
        if !self.is_flowing() {
            return supply;
        }
        let newest_at = self.encodings.iter().filter_map(Encoding::last_packet_at).max();
        for layer in offered {
            let may_come = offered.len() > 1 && self.demand.may_come(*layer, now);
            let encoding = self.encoding(*layer);
            // A camera's layers come together: one that is missing has stopped, while all are missing if
            // the sender's network is away for a moment.
            let is_live = encoding
                .last_packet_at()
                .zip(newest_at)
                .is_some_and(|(at, newest_at)| newest_at.saturating_duration_since(at) < LAYER_SILENCE);
            if is_live || may_come {
                let usual_bps = layer.usual_bps();
                let bps = encoding.bps(now).unwrap_or(usual_bps);
                let bps = if encoding.is_young(now) {
                    bps.max(usual_bps)
                } else {
                    bps
                };
                supply.bps[layer.index()] = Some(bps);
            }
            supply.is_live[layer.index()] = is_live;
        }
        supply
    }

    /// Bits a second of a track of sound that passes.
    pub(crate) fn audio_bps(&mut self, now: Instant) -> u64 {
        if self.is_flowing() {
            self.encoding(Layer::Full).bps(now).unwrap_or(0)
        } else {
            0
        }
    }

    pub(crate) fn route_to(&self, receiver: SeatId, slot: usize) -> Option<&Route> {
        self.routes
            .iter()
            .find(|route| (route.receiver, route.slot) == (receiver, slot))
    }

    pub(crate) fn route_to_mut(&mut self, receiver: SeatId, slot: usize) -> Option<&mut Route> {
        self.routes
            .iter_mut()
            .find(|route| (route.receiver, route.slot) == (receiver, slot))
    }

    /// Layers that some receiver would have, or has until that comes.
    pub(crate) fn layers_asked_for(&self) -> [bool; 3] {
        let mut asked = [false; 3];
        for route in &self.routes {
            for layer in [route.asked, route.current].into_iter().flatten() {
                asked[layer.index()] = true;
            }
        }
        asked
    }

    /// Layers that have begun and some slot waits for or could not decode, with their requests due.
    pub(crate) fn take_keyframe_requests(&mut self, now: Instant) -> Vec<Layer> {
        let is_flowing = self.is_flowing();
        let due = Layer::ALL.into_iter().filter(|layer| {
            let encoding = self.encoding(*layer);
            is_flowing && encoding.has_begun() && encoding.keyframes.take(now)
        });
        due.collect()
    }

    /// When [`Self::take_keyframe_requests`] is due next.
    pub(crate) fn keyframes_due(&self, now: Instant) -> Option<Instant> {
        let begun = self.encodings.iter().filter(|encoding| encoding.has_begun());
        let due = begun.filter_map(|encoding| encoding.keyframes.due(now)).min();
        due.filter(|_| self.is_flowing())
    }

    /// Whether its packets come and pass.
    pub(crate) fn is_flowing(&self) -> bool {
        self.is_forwarded && self.last_packet_at.is_some()
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

/// What a track has to give, in [`Layer::ALL`] order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Supply {
    /// Bits a second, of layers that come or would come if somebody wanted them.
    pub(crate) bps: [Option<u64>; 3],
    /// Those that come.
    pub(crate) is_live: [bool; 3],
}

impl Supply {
    /// The layer to forward for one that is wanted: itself, or until it comes the next best that comes.
    pub(crate) fn stand_in(&self, wanted: Layer) -> Option<Layer> {
        let live = || Layer::ALL.into_iter().filter(|layer| self.is_live[layer.index()]);
        live().rev().find(|layer| *layer <= wanted).or(live().next())
    }
}

/// What a packet told about its track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Came {
    /// The layer's stream is another than before.
    pub(crate) is_new_stream: bool,
    /// Nothing had come for long, or ever.
    pub(crate) was_silent: bool,
}

fn silence(source: Source) -> Duration {
    if source.is_video() {
        VIDEO_SILENCE
    } else {
        AUDIO_SILENCE
    }
}
