//! One room: its seats, who receives whom, and the path of a packet from a publisher to slots.
//!
//! A room is independent of every other; a panic here costs this room only. It knows nothing of
//! addresses: the [`crate::Node`] finds the seat of a datagram.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::media::Rid;
use str0m::rtp::{RtpPacket, Vp8Descriptor};

use crate::error::SfuError;
use crate::event::{DisconnectReason, Event};
use crate::ids::{ParticipantId, RoomId};
use crate::limits::{
    CONNECT_GRACE, HOUSEKEEPING_INTERVAL, OBSERVERS_PER_ROOM_MAX, PARTICIPANTS_PER_ROOM_MAX, PATH_SILENCE,
};
use crate::outbox::Outbox;
use crate::rewrite::{Numbers, Vp8Numbers};
use crate::seat::{Seat, SeatId};
use crate::session::{Happening, Outgoing, Session, Written};
use crate::slots::Slot;
use crate::source::Source;
use crate::speakers::Speakers;
use crate::stats::RoomStats;
use crate::template::Role;
use crate::track::Route;

/// A change of addresses that the node must follow.
#[derive(Debug)]
pub(crate) enum AddressChange {
    Proved(SocketAddr, SeatId),
    Forgotten(SocketAddr),
}

/// The people of one interview and the media between them.
#[derive(Debug)]
pub(crate) struct Room {
    id: RoomId,
    seats: Vec<Option<Seat>>,
    /// Screens that are on, in the order in which they were switched on.
    screens: Vec<SeatId>,
    speakers: Speakers,
    next_housekeeping: Instant,
    happenings: Vec<Happening>,
    pub(crate) address_changes: Vec<AddressChange>,
    stats: RoomStats,
    #[cfg(feature = "fault-injection")]
    pub(crate) panics_at_next_packet: bool,
}

impl Room {
    pub(crate) fn new(id: RoomId, now: Instant) -> Self {
        Self {
            id,
            seats: Vec::new(),
            screens: Vec::new(),
            speakers: Speakers::default(),
            next_housekeeping: now + HOUSEKEEPING_INTERVAL,
            happenings: Vec::new(),
            address_changes: Vec::new(),
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
        addresses: &[SocketAddr],
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

    /// The addresses that this seat's session has proved.
    pub(crate) fn addresses_of(&self, id: SeatId) -> Vec<SocketAddr> {
        self.seat(id)
            .map(|seat| seat.session.addresses().copied().collect())
            .unwrap_or_default()
    }

    // Packets and time

    /// Takes a datagram of this seat. False: it is no datagram of this protocol.
    pub(crate) fn receive(
        &mut self,
        id: SeatId,
        from: SocketAddr,
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
        self.ask_for_keyframes(now, out);
        for index in 0..self.seats.len() {
            let id = SeatId(index as u16);
            let Some(seat) = self.seats[index].as_mut() else {
                continue;
            };
            if seat.session.is_dirty || seat.session.next_timeout <= now {
                seat.session.advance(now, out, &mut self.happenings);
                self.work_off(id, now, out);
            }
        }
    }

    /// When [`Self::advance`] is due next.
    pub(crate) fn next_timeout(&self, now: Instant) -> Instant {
        let sessions = self.taken().map(|(_, seat)| {
            if seat.session.is_dirty {
                now
            } else {
                seat.session.next_timeout
            }
        });
        let keyframes = self
            .taken()
            .flat_map(|(_, seat)| seat.tracks.iter())
            .filter(|track| track.is_flowing())
            .filter_map(|track| track.keyframes.due(now));
        let others = [Some(self.next_housekeeping), self.speakers.due()]
            .into_iter()
            .flatten();
        sessions
            .chain(keyframes)
            .chain(others)
            .min()
            .unwrap_or(self.next_housekeeping)
    }

    fn work_off(&mut self, id: SeatId, now: Instant, out: &mut Outbox) {
        let mut happenings = std::mem::take(&mut self.happenings);
        for happening in happenings.drain(..) {
            match happening {
                Happening::Packet(source, rid, packet) => self.packet_came(id, source, rid, packet, now, out),
                Happening::KeyframeWanted { slot } => self.keyframe_wanted(id, slot),
                Happening::Connected => self.connected(id, out),
                Happening::Closed => self.lost(id, DisconnectReason::Closed, out),
                Happening::Broken => self.lost(id, DisconnectReason::ProtocolError, out),
                Happening::AddressProved(address) => {
                    self.found_again(id, out);
                    self.address_changes.push(AddressChange::Proved(address, id));
                }
                Happening::AddressForgotten(address) => {
                    self.address_changes.push(AddressChange::Forgotten(address));
                }
            }
        }
        self.happenings = happenings;
    }

    fn packet_came(
        &mut self,
        id: SeatId,
        source: Source,
        rid: Option<Rid>,
        packet: Box<RtpPacket>,
        now: Instant,
        out: &mut Outbox,
    ) {
        #[cfg(feature = "fault-injection")]
        assert!(!self.panics_at_next_packet, "injected fault");
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        self.stats.media_in += 1;
        out.stats.media_in += 1;
        let Some(is_new_stream) = seat.track(source).accept(packet.header.ssrc, rid) else {
            return;
        };
        if seat.track(source).packet_came(now) {
            let (room, participant) = (self.id.clone(), seat.name.clone());
            out.report(Event::TrackStarted {
                room,
                participant,
                source,
            });
        }
        if !seat.track(source).is_forwarded {
            self.stats.held_muted += 1;
            out.stats.held_muted += 1;
            return;
        }
        if is_new_stream {
            self.restart_track(id, source);
        }
        if let (Source::Microphone, Some(level)) = (source, packet.header.ext_vals.audio_level) {
            self.speakers.heard(id, level, now);
        }
        self.forward(id, source, packet, out);
    }

    fn forward(&mut self, id: SeatId, source: Source, packet: Box<RtpPacket>, out: &mut Outbox) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        let outgoing = outgoing(&seat.session, source, &packet);
        let routes = std::mem::take(&mut seat.track(source).routes);
        let mut started = Vec::new();
        let mut is_held = false;
        for route in &routes {
            match self.write(*route, &outgoing, out) {
                Written::Started => started.push(*route),
                Written::Waiting => is_held = true,
                Written::Sent | Written::Dropped => {}
            }
        }
        let starts = outgoing.starts;
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        let track = seat.track(source);
        track.routes = routes;
        if starts {
            track.keyframes.arrived();
        }
        if !started.is_empty() && source.is_video() {
            self.catch_up(id, source, &packet, &started, out);
        } else if is_held {
            track.keyframes.want();
            track.hold(*packet);
        }
    }

    /// Gives slots that just started what came before the first packet of their key frame, but belongs after it.
    fn catch_up(
        &mut self,
        id: SeatId,
        source: Source,
        start: &RtpPacket,
        started: &[Route],
        out: &mut Outbox,
    ) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        for packet in seat.track(source).take_held_after(start) {
            let Some(seat) = self.seats[id.index()].as_ref() else {
                return;
            };
            let outgoing = outgoing(&seat.session, source, &packet);
            for route in started {
                self.write(*route, &outgoing, out);
            }
        }
    }

    fn write(&mut self, route: Route, outgoing: &Outgoing<'_>, out: &mut Outbox) -> Written {
        let Some(receiver) = self.seats[route.receiver.index()].as_mut() else {
            return Written::Dropped;
        };
        let written = receiver.session.write(route.slot, outgoing);
        let (room, node) = match written {
            Written::Started | Written::Sent => (&mut self.stats.forwarded, &mut out.stats.forwarded),
            Written::Waiting | Written::Dropped => {
                (&mut self.stats.held_waiting, &mut out.stats.held_waiting)
            }
        };
        *room += 1;
        *node += 1;
        written
    }

    // Key frames

    fn keyframe_wanted(&mut self, receiver: SeatId, slot: usize) {
        let Some((source, publisher)) = self.seat(receiver).and_then(|seat| seat.slots.at(slot)) else {
            return;
        };
        self.want_keyframe(publisher, source);
    }

    fn want_keyframe(&mut self, publisher: SeatId, source: Source) {
        if let Some(seat) = self.seats.get_mut(publisher.index()).and_then(Option::as_mut) {
            seat.track(source).keyframes.want();
        }
    }

    fn ask_for_keyframes(&mut self, now: Instant, out: &mut Outbox) {
        let mut asked = 0;
        for (_, seat) in self.seats_mut() {
            for source in Source::ALL {
                let track = seat.track(source);
                if track.is_flowing() && track.keyframes.take(now) {
                    let rid = track.rid();
                    asked += u64::from(seat.session.request_keyframe(source, rid));
                }
            }
        }
        self.stats.keyframe_requests += asked;
        out.stats.keyframe_requests += asked;
    }

    /// Every slot of the track starts anew.
    fn restart_track(&mut self, id: SeatId, source: Source) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        let routes = seat.track(source).routes.clone();
        if source.is_video() && !routes.is_empty() {
            seat.track(source).keyframes.want();
        }
        for Route { receiver, slot } in routes {
            if let Some(receiver) = self.seats[receiver.index()].as_mut() {
                receiver.session.interrupt_slot(slot);
            }
        }
    }

    // Seats and slots

    fn check_capacity(&self, role: Role, leaving: Option<SeatId>) -> Result<(), SfuError> {
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

    fn add_seat(&mut self, seat: Seat, out: &mut Outbox) -> SeatId {
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
    fn seat_others_for(&mut self, id: SeatId) {
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

    fn replace_session(&mut self, id: SeatId, session: Session, now: Instant, out: &mut Outbox) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        seat.session.close(now, out);
        seat.session = session;
        seat.is_reported_lost = false;
        seat.is_reported_connected = false;
        for track in &mut seat.tracks {
            track.session_replaced();
        }
        self.rebuild_routes();
        self.report_slots(vec![id], out);
    }

    fn switch_screen(&mut self, id: SeatId, is_on: bool, out: &mut Outbox) {
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

    fn seat_waiting_screens(&mut self) -> Vec<SeatId> {
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
    fn rebuild_routes(&mut self) {
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

    fn route(&self, receiver: SeatId, publisher: SeatId, source: Source) -> Option<Route> {
        let slot = self.seat(receiver)?.slots.find(publisher, source)?;
        Some(Route { receiver, slot })
    }

    fn set_routes(&mut self, publisher: SeatId, source: Source, routes: Vec<Route>) {
        let Some(seat) = self.seats[publisher.index()].as_mut() else {
            return;
        };
        let before = std::mem::replace(&mut seat.track(source).routes, routes.clone());
        let added = routes.into_iter().filter(|route| !before.contains(route));
        for Route { receiver, slot } in added {
            if let Some(receiver) = self.seats[receiver.index()].as_mut() {
                receiver.session.interrupt_slot(slot);
            }
        }
    }

    fn report_slots(&self, mut receivers: Vec<SeatId>, out: &mut Outbox) {
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

    fn describe_slots(&self, id: SeatId) -> Vec<Slot> {
        let Some(seat) = self.seat(id) else {
            return Vec::new();
        };
        seat.slots.describe(&seat.session.slot_mids(), |other| {
            Some(self.seat(other)?.name.clone())
        })
    }

    // Presence

    fn connected(&mut self, id: SeatId, out: &mut Outbox) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        seat.is_reported_connected = true;
        seat.is_reported_lost = false;
        let (room, participant) = (self.id.clone(), seat.name.clone());
        out.report(Event::ParticipantConnected { room, participant });
        // What the newcomer watches must start with a key frame.
        let watched: Vec<(Source, SeatId)> = (0..seat.session.slot_mids().len())
            .filter_map(|slot| seat.slots.at(slot))
            .collect();
        for (source, publisher) in watched.into_iter().filter(|(source, _)| source.is_video()) {
            self.want_keyframe(publisher, source);
        }
    }

    /// The path answers again after it was reported lost.
    fn found_again(&mut self, id: SeatId, out: &mut Outbox) {
        let is_back = self
            .seat(id)
            .is_some_and(|seat| seat.session.is_connected() && !seat.is_reported_connected);
        if is_back {
            self.connected(id, out);
        }
    }

    fn lost(&mut self, id: SeatId, reason: DisconnectReason, out: &mut Outbox) {
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

    fn keep_house(&mut self, now: Instant, out: &mut Outbox) {
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
        for (participant, source) in stopped {
            out.report(Event::TrackStopped {
                room: self.id.clone(),
                participant,
                source,
            });
        }
    }

    fn report_speakers(&mut self, now: Instant, out: &mut Outbox) {
        let Some(report) = self.speakers.take_report(now) else {
            return;
        };
        let levels = report
            .into_iter()
            .filter_map(|(id, level)| Some((self.seat(id)?.name.clone(), level)));
        out.report(Event::SpeakersChanged {
            room: self.id.clone(),
            levels: levels.collect(),
        });
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

/// What is the same of a packet for every receiver.
fn outgoing<'a>(publisher: &Session, source: Source, packet: &'a RtpPacket) -> Outgoing<'a> {
    let descriptor = if source.is_video() {
        Vp8Descriptor::parse(&packet.payload).ok()
    } else {
        None
    };
    let is_keyframe = descriptor.is_some_and(|descriptor| descriptor.starts_keyframe(&packet.payload));
    let numbers = Numbers {
        sequence: *packet.seq_no,
        timestamp: packet.header.timestamp,
        captured: publisher.captured(packet, source),
        vp8: descriptor.as_ref().map(Vp8Numbers::of),
    };
    Outgoing {
        packet,
        numbers,
        descriptor,
        starts: is_keyframe || !source.is_video(),
    }
}
