//! What senders are told: which layers somebody would have, in how many bits a voice should come, and when pictures must
//! rest because their own network does not carry them.

use std::time::Instant;

use super::Room;
use crate::event::Event;
use crate::layer::Layer;
use crate::outbox::Outbox;
use crate::seat::{Seat, SeatId};
use crate::source::Source;
use crate::voice_rate::VOICE_BPS;

/// A camera in one encoding only, and a screen.
const SINGLE: [Layer; 1] = [Layer::Full];

impl Room {
    /// Asks senders for the layers that somebody would have, and no longer for those that nobody would.
    pub(super) fn report_demands(&mut self, now: Instant, out: &mut Outbox) {
        let mut told = Vec::new();
        for (_, seat) in self.seats_mut() {
            let name = seat.name.clone();
            let wanted = wanted_pictures(seat, now).into_iter();
            told.extend(wanted.map(|(source, layers)| (name.clone(), source, layers)));
        }
        for (participant, source, layers) in told {
            out.report(Event::LayersWanted {
                room: self.id.clone(),
                participant,
                source,
                layers,
            });
        }
    }

    /// Tells senders in how many bits their voices should come, where that changed.
    pub(super) fn report_bitrates(&mut self, out: &mut Outbox) {
        let wanted: Vec<(SeatId, u64)> = self
            .taken()
            .map(|(id, seat)| (id, self.wanted_voice_bps(id, seat)))
            .collect();
        for (id, bps) in wanted {
            let Some(seat) = self.seats[id.index()].as_mut() else {
                continue;
            };
            if seat.session.is_connected() && std::mem::replace(&mut seat.told_voice_bps, bps) != bps {
                out.report(Event::BitrateWanted {
                    room: self.id.clone(),
                    participant: seat.name.clone(),
                    source: Source::Microphone,
                    bps,
                });
            }
        }
    }

    /// What the sender's own way up bears, and everybody who hears it.
    fn wanted_voice_bps(&self, id: SeatId, sender: &Seat) -> u64 {
        let receivers = self
            .taken()
            .filter(|(other, seat)| *other != id && seat.slots.find(id, Source::Microphone).is_some())
            .map(|(_, seat)| seat.session.voice_bps);
        let least_bps = receivers.min().unwrap_or(VOICE_BPS);
        least_bps.min(sender.session.uplink.voice_bps())
    }
}

/// What the sender should be told of its pictures; nothing where all is as before.
fn wanted_pictures(seat: &mut Seat, now: Instant) -> Vec<(Source, Vec<Layer>)> {
    let offered = seat.session.layers(Source::Camera).to_vec();
    let must_rest = !seat.session.uplink.bears_pictures();
    if std::mem::replace(&mut seat.rests, must_rest) != must_rest {
        let demand = &mut seat.track(Source::Camera).demand;
        demand.rest();
        if must_rest {
            return vec![(Source::Camera, Vec::new()), (Source::Screen, Vec::new())];
        }
        let smallest = offered.first().copied().unwrap_or(Layer::Full);
        demand.wake(smallest, now);
        return vec![
            (Source::Camera, vec![smallest]),
            (Source::Screen, SINGLE.to_vec()),
        ];
    }
    let track = seat.track(Source::Camera);
    if must_rest || offered.len() < 2 || !track.is_flowing() {
        return Vec::new();
    }
    let mut wanted = track.layers_asked_for();
    wanted[offered[0].index()] = true;
    if !track.demand.update(wanted, now) {
        return Vec::new();
    }
    let demand = &track.demand;
    let layers = offered.into_iter().filter(|layer| demand.is_asked(*layer));
    vec![(Source::Camera, layers.collect())]
}
