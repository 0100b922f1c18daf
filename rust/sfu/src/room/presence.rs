//! Who is there, who fell silent, who speaks.

use std::time::Instant;

use super::Room;
use crate::event::{DisconnectReason, Event};
use crate::limits::{CONNECT_GRACE, PATH_SILENCE};
use crate::outbox::Outbox;
use crate::seat::SeatId;

impl Room {
    pub(super) fn connected(&mut self, id: SeatId, out: &mut Outbox) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        seat.is_reported_connected = true;
        seat.is_reported_lost = false;
        let (room, participant) = (self.id.clone(), seat.name.clone());
        out.report(Event::ParticipantConnected { room, participant });
        // What the newcomer watches must start with a key frame.
        for slot in 0..self.seat(id).map_or(0, |seat| seat.session.slot_mids().len()) {
            self.keyframe_wanted(id, slot);
        }
        self.next_allocation = None;
    }

    /// The path answers again after it was reported lost.
    pub(super) fn found_again(&mut self, id: SeatId, out: &mut Outbox) {
        let is_back = self
            .seat(id)
            .is_some_and(|seat| seat.session.is_connected() && !seat.is_reported_connected);
        if is_back {
            self.connected(id, out);
        }
    }

    pub(super) fn lost(&mut self, id: SeatId, reason: DisconnectReason, out: &mut Outbox) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        if std::mem::replace(&mut seat.is_reported_lost, true) {
            return;
        }
        seat.is_reported_connected = false;
        let (room, participant) = (self.id.clone(), seat.name.clone());
        out.report(Event::ParticipantDisconnected {
            room,
            participant,
            reason,
        });
    }

    pub(super) fn keep_house(&mut self, now: Instant, out: &mut Outbox) {
        let mut lost = Vec::new();
        let mut stopped = Vec::new();
        for (id, seat) in self.seats_mut() {
            let session = &seat.session;
            let is_silent = now.saturating_duration_since(session.last_authentic_at()) >= PATH_SILENCE;
            let is_late = now.saturating_duration_since(session.started_at()) >= CONNECT_GRACE;
            match session.is_connected() {
                true if is_silent => lost.push((id, DisconnectReason::Silent)),
                false if is_late => lost.push((id, DisconnectReason::NeverConnected)),
                _ => {}
            }
            let silent = seat
                .tracks
                .iter_mut()
                .filter_map(|track| track.fell_silent(now).then_some(track.source));
            stopped.extend(silent.map(|source| (seat.name.clone(), source)));
        }
        for (id, reason) in lost {
            self.lost(id, reason, out);
        }
        self.report_quality(out);
        for (participant, source) in stopped {
            out.report(Event::TrackStopped {
                room: self.id.clone(),
                participant,
                source,
            });
        }
    }

    pub(super) fn report_speakers(&mut self, now: Instant, out: &mut Outbox) {
        let Some(report) = self.speakers.take_report(now) else {
            return;
        };
        self.speaker = report.first().map(|(id, _)| *id).or(self.speaker);
        let levels = report
            .into_iter()
            .filter_map(|(id, level)| Some((self.seat(id)?.name.clone(), level)));
        out.report(Event::SpeakersChanged {
            room: self.id.clone(),
            levels: levels.collect(),
        });
    }
}
