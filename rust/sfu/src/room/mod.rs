//! One room: its seats, who receives whom, and the path of a packet from a publisher to slots.
//!
//! A room is independent of every other; a panic here costs this room only. It knows nothing of
//! addresses: the [`crate::Node`] finds the seat of a datagram.

mod allocation;
mod forwarding;
mod presence;
mod screens;
mod seating;
mod senders;

use std::time::Instant;

use crate::allocator::VideoRates;
use crate::error::SfuError;
use crate::ids::{ParticipantId, RoomId};
use crate::limits::HOUSEKEEPING_INTERVAL;
use crate::outbox::Outbox;
use crate::path::{Addresses, Path};
use crate::seat::{Seat, SeatId};
use crate::session::{Happening, Session};
use crate::slots::Slot;
use crate::source::Source;
use crate::speakers::Speakers;
use crate::stats::RoomStats;
use crate::template::Role;

/// A change of paths that the node must follow.
#[derive(Debug)]
pub(crate) enum PathChange {
    Proved(Path, SeatId),
    Forgotten(Path),
}

/// The people of one interview and the media between them.
#[derive(Debug)]
pub(crate) struct Room {
    id: RoomId,
    video_rates: VideoRates,
    seats: Vec<Option<Seat>>,
    /// Screens that are on, in the order in which they were switched on.
    screens: Vec<SeatId>,
    speakers: Speakers,
    /// Who was loudest when somebody last spoke.
    speaker: Option<SeatId>,
    next_housekeeping: Instant,
    /// When what receivers get is decided anew; `None`: at once.
    next_allocation: Option<Instant>,
    /// Somebody came, went or has another session: screens may have to come in another format.
    are_codecs_due: bool,
    happenings: Vec<Happening>,
    pub(crate) path_changes: Vec<PathChange>,
    stats: RoomStats,
    #[cfg(feature = "fault-injection")]
    pub(crate) panics_at_next_packet: bool,
}

impl Room {
    pub(crate) fn new(id: RoomId, video_rates: VideoRates, now: Instant) -> Self {
        Self {
            id,
            video_rates,
            seats: Vec::new(),
            screens: Vec::new(),
            speakers: Speakers::default(),
            speaker: None,
            next_housekeeping: now + HOUSEKEEPING_INTERVAL,
            next_allocation: None,
            are_codecs_due: false,
            happenings: Vec::new(),
            path_changes: Vec::new(),
            stats: RoomStats::default(),
            #[cfg(feature = "fault-injection")]
            panics_at_next_packet: false,
        }
    }

    // Commands

    /// Seats somebody, or gives the seat a new session; answers with the seat.
    pub(crate) fn join(
        &mut self,
        name: &ParticipantId,
        session: Session,
        role: Role,
        now: Instant,
        out: &mut Outbox,
    ) -> Result<SeatId, SfuError> {
        let existing = self.seat_of(name);
        let same_role = existing.filter(|id| self.seat(*id).is_some_and(|seat| seat.role == role));
        if let Some(id) = same_role {
            self.replace_session(id, session, now, out);
            return Ok(id);
        }
        self.check_capacity(role, existing)?;
        if existing.is_some() {
            self.leave(name, now, out)?;
        }
        Ok(self.add_seat(Seat::new(name.clone(), role, session), out))
    }

    /// Restarts ICE on the present session; answers with the seat, its new user name and SDP.
    pub(crate) fn renegotiate(
        &mut self,
        name: &ParticipantId,
        offer: &str,
        addresses: &Addresses,
        now: Instant,
    ) -> Result<(SeatId, String, String), SfuError> {
        let id = self.seat_of(name).ok_or(SfuError::ParticipantNotFound)?;
        let seat = self.seats[id.index()]
            .as_mut()
            .ok_or(SfuError::ParticipantNotFound)?;
        let answer = seat.session.renegotiate(offer, addresses, now)?;
        Ok((id, seat.session.ufrag(), answer))
    }

    /// Frees the seat of this name.
    pub(crate) fn leave(
        &mut self,
        name: &ParticipantId,
        now: Instant,
        out: &mut Outbox,
    ) -> Result<SeatId, SfuError> {
        let id = self.seat_of(name).ok_or(SfuError::ParticipantNotFound)?;
        let Some(mut seat) = self.seats[id.index()].take() else {
            return Err(SfuError::ParticipantNotFound);
        };
        seat.session.close(now, out);
        self.speakers.forget(id);
        self.speaker = self.speaker.filter(|speaker| *speaker != id);
        self.screens.retain(|screen| *screen != id);
        let mut changed: Vec<SeatId> = self
            .seats_mut()
            .filter_map(|(other, seat)| seat.slots.clear_person(id).then_some(other))
            .collect();
        changed.extend(self.seat_waiting_screens());
        self.rebuild_routes();
        self.report_slots(changed, out);
        Ok(id)
    }

    /// Lets a track pass or holds it. For a screen it also takes and frees the slot of the screen.
    pub(crate) fn set_track(
        &mut self,
        name: &ParticipantId,
        source: Source,
        is_forwarded: bool,
        out: &mut Outbox,
    ) -> Result<(), SfuError> {
        let id = self.seat_of(name).ok_or(SfuError::ParticipantNotFound)?;
        let seat = self.seats[id.index()]
            .as_mut()
            .ok_or(SfuError::ParticipantNotFound)?;
        if seat.role == Role::Observer {
            return Err(SfuError::ObserverSendsNothing);
        }
        if std::mem::replace(&mut seat.track(source).is_forwarded, is_forwarded) == is_forwarded {
            return Ok(());
        }
        if source == Source::Microphone {
            self.speakers.forget(id);
        }
        if source == Source::Screen {
            self.switch_screen(id, is_forwarded, out);
        }
        self.restart_track(id, source);
        self.next_allocation = None;
        Ok(())
    }

    /// The slot table of a receiver.
    pub(crate) fn slots(&self, name: &ParticipantId) -> Result<Vec<Slot>, SfuError> {
        let id = self.seat_of(name).ok_or(SfuError::ParticipantNotFound)?;
        Ok(self.describe_slots(id))
    }

    /// Says goodbye to everybody.
    pub(crate) fn close(&mut self, now: Instant, out: &mut Outbox) {
        for (_, seat) in self.seats_mut() {
            seat.session.close(now, out);
        }
    }

    pub(crate) fn stats(&self) -> RoomStats {
        RoomStats {
            participants: self.taken().count() as u64,
            ..self.stats
        }
    }

    /// The paths that this seat's session has proved.
    pub(crate) fn paths_of(&self, id: SeatId) -> Vec<Path> {
        self.seat(id)
            .map(|seat| seat.session.paths().copied().collect())
            .unwrap_or_default()
    }

    /// A path of this seat is gone for good.
    pub(crate) fn forget_path(&mut self, id: SeatId, path: &Path) {
        if let Some(seat) = self.seats.get_mut(id.index()).and_then(Option::as_mut) {
            seat.session.forget_path(path);
        }
    }

    // Packets and time

    /// Takes a datagram of this seat. False: it is no datagram of this protocol.
    pub(crate) fn receive(
        &mut self,
        id: SeatId,
        from: Path,
        datagram: &[u8],
        now: Instant,
        out: &mut Outbox,
    ) -> bool {
        let Some(seat) = self.seats.get_mut(id.index()).and_then(Option::as_mut) else {
            return false;
        };
        let is_taken = seat
            .session
            .receive(now, from, datagram, out, &mut self.happenings);
        self.work_off(id, now, out);
        is_taken
    }

    /// Sends what packets left in slots, and lets time pass for whom it is due.
    pub(crate) fn advance(&mut self, now: Instant, out: &mut Outbox) {
        if self.next_housekeeping <= now {
            self.next_housekeeping = now + HOUSEKEEPING_INTERVAL;
            self.keep_house(now, out);
        }
        self.report_speakers(now, out);
        if std::mem::take(&mut self.are_codecs_due) {
            self.report_codecs(out);
        }
        self.allocate(now, out);
        self.ask_for_keyframes(now, out);
        for index in 0..self.seats.len() {
            let id = SeatId(index as u16);
            let Some(seat) = self.seats[index].as_mut() else {
                continue;
            };
            if seat.session.is_due(now) {
                seat.session.advance(now, out, &mut self.happenings);
                self.work_off(id, now, out);
            }
        }
    }

    /// When [`Self::advance`] is due next.
    pub(crate) fn next_timeout(&self, now: Instant) -> Instant {
        let sessions = self.taken().map(|(_, seat)| seat.session.wake_at(now));
        let keyframes = self
            .taken()
            .flat_map(|(_, seat)| seat.tracks.iter())
            .filter_map(|track| track.keyframes_due(now));
        let others = [
            Some(self.next_housekeeping),
            Some(self.next_allocation.unwrap_or(now)),
            self.speakers.due(),
        ]
        .into_iter()
        .flatten();
        sessions
            .chain(keyframes)
            .chain(others)
            .min()
            .unwrap_or(self.next_housekeeping)
    }

    // Access

    fn seat(&self, id: SeatId) -> Option<&Seat> {
        self.seats.get(id.index())?.as_ref()
    }

    fn seat_of(&self, name: &ParticipantId) -> Option<SeatId> {
        self.taken()
            .find(|(_, seat)| seat.name == *name)
            .map(|(id, _)| id)
    }

    fn taken(&self) -> impl Iterator<Item = (SeatId, &Seat)> {
        let numbered = self.seats.iter().enumerate();
        numbered.filter_map(|(index, seat)| Some((SeatId(index as u16), seat.as_ref()?)))
    }

    fn seats_mut(&mut self) -> impl Iterator<Item = (SeatId, &mut Seat)> {
        let numbered = self.seats.iter_mut().enumerate();
        numbered.filter_map(|(index, seat)| Some((SeatId(index as u16), seat.as_mut()?)))
    }
}
