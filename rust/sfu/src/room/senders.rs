//! What senders are told: which layers somebody would have, and in how many bits a voice should come.

use std::time::Instant;

use super::Room;
use crate::event::Event;
use crate::layer::Layer;
use crate::outbox::Outbox;
use crate::seat::{Seat, SeatId};
use crate::source::Source;
use crate::voice_rate::VOICE_BPS;

impl Room {
    /// Asks senders for the layers that somebody would have, and no longer for those that nobody would.
    pub(super) fn report_demands(&mut self, now: Instant, out: &mut Outbox) {
        let room = self.id.clone();
        for (_, seat) in self.seats_mut() {
            if let Some(layers) = wanted_layers(seat, now) {
                out.report(Event::LayersWanted {
                    room: room.clone(),
                    participant: seat.name.clone(),
                    source: Source::Camera,
                    layers,
                });
            }
        }
    }

    /// Tells senders in how many bits their voices should come, where that changed.
    pub(super) fn report_bitrates(&mut self, out: &mut Outbox) {
        let wanted: Vec<(SeatId, u64)> = self.taken().map(|(id, _)| (id, self.voice_bps_of(id))).collect();
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

    /// What everybody who hears this sender has room for. Who is lost hears nobody, though their seat is kept.
    fn voice_bps_of(&self, sender: SeatId) -> u64 {
        let hears =
            |seat: &Seat| !seat.is_reported_lost && seat.slots.find(sender, Source::Microphone).is_some();
        let receivers = self.taken().filter(|(_, seat)| hears(seat));
        receivers
            .map(|(_, seat)| seat.session.voice_bps)
            .min()
            .unwrap_or(VOICE_BPS)
    }
}

/// The layers of a camera that are asked for; `None` where they are those of before.
fn wanted_layers(seat: &mut Seat, now: Instant) -> Option<Vec<Layer>> {
    let offered = seat.session.layers(Source::Camera).to_vec();
    let track = seat.track(Source::Camera);
    if offered.len() < 2 || !track.is_flowing() {
        return None;
    }
    let mut wanted = track.layers_asked_for();
    wanted[offered[0].index()] = true;
    if !track.demand.update(wanted, now) {
        return None;
    }
    let demand = &track.demand;
    Some(
        offered
            .into_iter()
            .filter(|layer| demand.is_asked(*layer))
            .collect(),
    )
}
