//! Who gets which layer: the allocator's wishes gathered, its choices carried out, and what changed told.

use std::collections::HashMap;
use std::time::Instant;

use super::Room;
use crate::allocator::{Budget, Choice, Reason, VideoLimit, Wish};
use crate::error::SfuError;
use crate::event::{Event, SlotQuality};
use crate::ids::ParticipantId;
use crate::layer::Layer;
use crate::limits::{ALLOCATION_INTERVAL, SILENT_VOICE_BPS};
use crate::outbox::Outbox;
use crate::seat::{Seat, SeatId};
use crate::source::Source;
use crate::stats::ParticipantStats;
use crate::track::Supply;
use crate::view::TileSize;

/// What one sender has to give.
#[derive(Clone, Copy, Debug, Default)]
struct Supplies {
    camera: Supply,
    screen: Supply,
    audio_bps: u64,
}

impl Supplies {
    fn of(&self, source: Source) -> &Supply {
        if source == Source::Screen {
            &self.screen
        } else {
            &self.camera
        }
    }
}

impl Room {
    // Commands

    /// Takes the sizes of a receiver's tiles by `mid`; what is not mentioned is as large as possible.
    pub(crate) fn set_view(
        &mut self,
        name: &ParticipantId,
        sizes: &HashMap<String, TileSize>,
    ) -> Result<(), SfuError> {
        let id = self.seat_of(name).ok_or(SfuError::ParticipantNotFound)?;
        let seat = self.seats[id.index()]
            .as_mut()
            .ok_or(SfuError::ParticipantNotFound)?;
        let mids: Vec<String> = seat.session.slot_mids().iter().map(ToString::to_string).collect();
        if let Some(unknown) = sizes.keys().find(|mid| !mids.contains(mid)) {
            return Err(SfuError::SlotNotFound(unknown.clone()));
        }
        seat.view
            .set_tiles(mids.iter().map(|mid| sizes.get(mid).copied()).collect());
        self.next_allocation = None;
        Ok(())
    }

    /// Takes somebody's word on whether to receive video at all.
    pub(crate) fn set_video_limit(
        &mut self,
        name: &ParticipantId,
        limit: VideoLimit,
    ) -> Result<(), SfuError> {
        let id = self.seat_of(name).ok_or(SfuError::ParticipantNotFound)?;
        if let Some(seat) = self.seats[id.index()].as_mut() {
            seat.view.limit = limit;
        }
        self.next_allocation = None;
        Ok(())
    }

    /// How somebody's connection is now.
    pub(crate) fn participant_stats(
        &mut self,
        name: &ParticipantId,
        now: Instant,
    ) -> Result<ParticipantStats, SfuError> {
        let id = self.seat_of(name).ok_or(SfuError::ParticipantNotFound)?;
        let seat = self.seat(id).ok_or(SfuError::ParticipantNotFound)?;
        let (slots, measured) = (self.qualities(id, seat), seat.session.measured().copied());
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return Err(SfuError::ParticipantNotFound);
        };
        Ok(ParticipantStats {
            round_trip: measured.and_then(|measured| measured.round_trip),
            loss_up: measured.and_then(|measured| measured.loss_up),
            loss_down: measured.and_then(|measured| measured.loss_down),
            estimate_bps: seat.session.estimate_bps(now),
            sent_bps: seat.session.sent.bps(now),
            received_bps: seat.session.received.bps(now),
            slots,
        })
    }

    // Time

    /// Decides anew what everybody gets, if that is due.
    pub(super) fn allocate(&mut self, now: Instant, out: &mut Outbox) {
        if self.next_allocation.is_some_and(|at| now < at) {
            return;
        }
        self.next_allocation = Some(now + ALLOCATION_INTERVAL);
        let supplies: Vec<Supplies> = self
            .seats
            .iter_mut()
            .map(|seat| {
                seat.as_mut()
                    .map_or_else(Supplies::default, |seat| supplies(seat, now))
            })
            .collect();
        for index in 0..self.seats.len() {
            self.allocate_to(SeatId(index as u16), &supplies, now);
        }
        self.report_demands(now, out);
        self.report_bitrates(out);
    }

    fn allocate_to(&mut self, id: SeatId, supplies: &[Supplies], now: Instant) {
        let Some(seat) = self.seat(id).filter(|seat| seat.session.is_connected()) else {
            return;
        };
        let slots = seat.slots.taken();
        let wishes: Vec<Wish> = slots
            .iter()
            .filter(|(_, source, _)| source.is_video())
            .map(|taken| self.wish(id, *taken, supplies))
            .collect();
        let heard = slots
            .iter()
            .filter(|(_, source, _)| *source == Source::Microphone)
            .map(|(_, _, publisher)| supplies[publisher.index()].audio_bps);
        let voices = heard.clone().filter(|bps| *bps > SILENT_VOICE_BPS).count();
        let audio_bps = heard.sum();
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        let audio_bps = seat.session.make_room_for_voices(voices as u64, audio_bps, now);
        let budget = Budget {
            estimate_bps: seat.session.estimate_bps(now),
            is_losing: seat.session.is_losing(now),
            audio_bps,
            rates: self.video_rates,
            limit: seat.view.limit,
        };
        let allocation = seat.allocator.allocate(&wishes, &budget, now);
        if seat.session.desire(audio_bps, &allocation, now) {
            self.next_allocation = None;
        }
        let videos = slots.into_iter().filter(|(_, source, _)| source.is_video());
        let mut reasons = Vec::with_capacity(allocation.choices.len());
        for ((slot, source, publisher), choice) in videos.zip(&allocation.choices) {
            reasons.push((slot, choice.reason));
            self.direct(id, slot, (source, publisher), *choice, supplies);
        }
        if let Some(seat) = self.seats[id.index()].as_mut() {
            seat.reasons = reasons;
        }
    }

    fn wish(
        &self,
        receiver: SeatId,
        (slot, source, publisher): (usize, Source, SeatId),
        supplies: &[Supplies],
    ) -> Wish {
        let tile_height = self
            .seat(receiver)
            .and_then(|seat| seat.view.tile_height(slot, source));
        let track = self.seat(publisher).map(|seat| &seat.tracks[source.index()]);
        let route = track.and_then(|track| track.route_to(receiver, slot));
        Wish {
            source,
            layers_bps: supplies[publisher.index()].of(source).bps,
            tile_height,
            is_speaker: source == Source::Camera && self.speaker == Some(publisher),
            granted: route.and_then(|route| route.asked),
        }
    }

    /// Carries out a choice for one slot.
    fn direct(
        &mut self,
        receiver: SeatId,
        slot: usize,
        (source, publisher): (Source, SeatId),
        choice: Choice,
        supplies: &[Supplies],
    ) {
        let wanted = choice
            .layer
            .and_then(|layer| supplies[publisher.index()].of(source).stand_in(layer));
        let Some(track) = self.seats[publisher.index()]
            .as_mut()
            .map(|seat| seat.track(source))
        else {
            return;
        };
        let Some(route) = track.route_to_mut(receiver, slot) else {
            return;
        };
        route.asked = choice.layer;
        if wanted.is_none() && route.current.take().is_some() {
            if let Some(seat) = self.seats[receiver.index()].as_mut() {
                seat.session.clear_slot(slot);
            }
            return;
        }
        let is_new = route.wanted != wanted && route.current != wanted;
        route.wanted = wanted;
        let shows_nothing = route.current.is_none();
        if let Some(layer) = wanted.filter(|_| is_new) {
            let keyframes = &mut track.encoding(layer).keyframes;
            if shows_nothing {
                keyframes.want_for_newcomer();
            } else {
                keyframes.want();
            }
        }
    }

    /// Tells receivers whose slots show something else than they were last told.
    pub(super) fn report_quality(&mut self, out: &mut Outbox) {
        for index in 0..self.seats.len() {
            let id = SeatId(index as u16);
            let Some(slots) = self.seat(id).map(|seat| self.qualities(id, seat)) else {
                continue;
            };
            let Some(seat) = self.seats[index].as_mut().filter(|seat| seat.told != slots) else {
                continue;
            };
            seat.told.clone_from(&slots);
            out.report(Event::SlotQualityChanged {
                room: self.id.clone(),
                participant: seat.name.clone(),
                slots,
            });
        }
    }

    fn qualities(&self, id: SeatId, seat: &Seat) -> Vec<SlotQuality> {
        let mids = seat.session.slot_mids();
        let quality = |(slot, reason): &(usize, Option<Reason>)| {
            let (source, publisher) = seat.slots.at(*slot)?;
            let track = &self.seat(publisher)?.tracks[source.index()];
            let layer = track.route_to(id, *slot).and_then(|route| route.current);
            Some(SlotQuality {
                mid: mids.get(*slot)?.to_string(),
                layer,
                reason: reason.or(layer.is_none().then_some(Reason::Waiting)),
            })
        };
        seat.reasons.iter().filter_map(quality).collect()
    }
}

fn supplies(seat: &mut Seat, now: Instant) -> Supplies {
    let offered: Vec<Layer> = seat.session.layers(Source::Camera).to_vec();
    Supplies {
        camera: seat.track(Source::Camera).supply(&offered, now),
        screen: seat.track(Source::Screen).supply(&[Layer::Full], now),
        audio_bps: [Source::Microphone, Source::ScreenAudio]
            .into_iter()
            .map(|source| seat.track(source).audio_bps(now))
            .sum(),
    }
}
