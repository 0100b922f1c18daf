//! Who sits where, and who is in whose slots.

use std::time::Instant;

use super::Room;
use crate::allocator::Allocator;
use crate::error::SfuError;
use crate::event::Event;
use crate::limits::{OBSERVERS_PER_ROOM_MAX, PARTICIPANTS_PER_ROOM_MAX};
use crate::outbox::Outbox;
use crate::seat::{Seat, SeatId};
use crate::session::Session;
use crate::slots::Slot;
use crate::source::Source;
use crate::template::Role;
use crate::track::Route;
use crate::voice_rate::VOICE_BPS;

impl Room {
    pub(super) fn check_capacity(&self, role: Role, leaving: Option<SeatId>) -> Result<(), SfuError> {
        let same = self
            .taken()
            .filter(|(id, seat)| seat.role == role && Some(*id) != leaving)
            .count();
        let most = match role {
            Role::Participant => PARTICIPANTS_PER_ROOM_MAX,
            Role::Observer => OBSERVERS_PER_ROOM_MAX,
        };
        if same < most {
            Ok(())
        } else {
            Err(SfuError::RoomFull)
        }
    }

    pub(super) fn add_seat(&mut self, seat: Seat, out: &mut Outbox) -> SeatId {
        let free = self
            .seats
            .iter()
            .position(Option::is_none)
            .unwrap_or(self.seats.len());
        if free == self.seats.len() {
            self.seats.push(None);
        }
        let id = SeatId(free as u16);
        let sends = seat.role == Role::Participant;
        self.seats[free] = Some(seat);
        let mut changed = vec![id];
        self.seat_others_for(id);
        if sends {
            let others = self.seats_mut().filter(|(other, _)| *other != id);
            changed.extend(others.filter_map(|(other, seat)| seat.slots.seat_person(id).then_some(other)));
        }
        self.rebuild_routes();
        self.report_slots(changed, out);
        id
    }

    /// Fills the newcomer's slots with whoever is there.
    pub(super) fn seat_others_for(&mut self, id: SeatId) {
        let is_sender = |(other, seat): &(SeatId, &Seat)| *other != id && seat.role == Role::Participant;
        let senders: Vec<SeatId> = self.taken().filter(is_sender).map(|(other, _)| other).collect();
        let screens = self.screens.clone();
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        senders.iter().for_each(|sender| {
            seat.slots.seat_person(*sender);
        });
        screens.iter().filter(|screen| **screen != id).for_each(|screen| {
            seat.slots.seat_screen(*screen);
        });
    }

    pub(super) fn replace_session(&mut self, id: SeatId, session: Session, now: Instant, out: &mut Outbox) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        seat.session.close(now, out);
        seat.session = session;
        seat.view.session_replaced();
        seat.allocator = Allocator::default();
        seat.screen_codec = None;
        seat.told_voice_bps = VOICE_BPS;
        seat.is_reported_lost = false;
        seat.is_reported_connected = false;
        for track in &mut seat.tracks {
            track.session_replaced();
        }
        self.rebuild_routes();
        self.report_slots(vec![id], out);
    }

    pub(super) fn switch_screen(&mut self, id: SeatId, is_on: bool, out: &mut Outbox) {
        self.screens.retain(|screen| *screen != id);
        let mut changed = Vec::new();
        if is_on {
            self.screens.push(id);
        } else {
            changed.extend(
                self.seats_mut()
                    .filter_map(|(other, seat)| seat.slots.clear_screen(id).then_some(other)),
            );
        }
        changed.extend(self.seat_waiting_screens());
        self.rebuild_routes();
        self.report_slots(changed, out);
    }

    pub(super) fn seat_waiting_screens(&mut self) -> Vec<SeatId> {
        let screens = self.screens.clone();
        let mut changed = Vec::new();
        for (id, seat) in self.seats_mut() {
            let others = screens.iter().filter(|screen| **screen != id);
            let seated = others.filter(|screen| seat.slots.seat_screen(**screen)).count();
            changed.extend((seated > 0).then_some(id));
        }
        changed
    }

    /// Recomputes who receives what. Slots whose occupant changed start anew.
    pub(super) fn rebuild_routes(&mut self) {
        self.next_allocation = None;
        self.are_codecs_due = true;
        let ids: Vec<SeatId> = self.taken().map(|(id, _)| id).collect();
        for publisher in &ids {
            for source in Source::ALL {
                let routes: Vec<Route> = ids
                    .iter()
                    .filter_map(|id| self.route(*id, *publisher, source))
                    .collect();
                self.set_routes(*publisher, source, routes);
            }
        }
    }

    pub(super) fn route(&self, receiver: SeatId, publisher: SeatId, source: Source) -> Option<Route> {
        let slot = self.seat(receiver)?.slots.find(publisher, source)?;
        Some(Route::new(receiver, slot, source))
    }

    pub(super) fn set_routes(&mut self, publisher: SeatId, source: Source, routes: Vec<Route>) {
        let Some(seat) = self.seats[publisher.index()].as_mut() else {
            return;
        };
        let before = std::mem::take(&mut seat.track(source).routes);
        let known = |route: &Route| before.iter().find(|known| known.leads_to_same(route)).copied();
        let (routes, added): (Vec<Route>, Vec<Option<Route>>) = routes
            .into_iter()
            .map(|route| match known(&route) {
                Some(known) => (known, None),
                None => (route, Some(route)),
            })
            .unzip();
        seat.track(source).routes = routes;
        for Route { receiver, slot, .. } in added.into_iter().flatten() {
            if let Some(receiver) = self.seats[receiver.index()].as_mut() {
                receiver.session.interrupt_slot(slot);
            }
        }
    }

    pub(super) fn report_slots(&self, mut receivers: Vec<SeatId>, out: &mut Outbox) {
        receivers.sort_unstable();
        receivers.dedup();
        for id in receivers {
            let Some(seat) = self.seat(id) else { continue };
            let (room, participant) = (self.id.clone(), seat.name.clone());
            out.report(Event::SlotsChanged {
                room,
                participant,
                slots: self.describe_slots(id),
            });
        }
    }

    pub(super) fn describe_slots(&self, id: SeatId) -> Vec<Slot> {
        let Some(seat) = self.seat(id) else {
            return Vec::new();
        };
        seat.slots.describe(&seat.session.slot_mids(), |other| {
            Some(self.seat(other)?.name.clone())
        })
    }
}
