//! The path of a packet from its publisher to slots, and the key frames that slots wait for.

use std::time::Instant;

use str0m::media::Rid;
use str0m::rtp::{RtpPacket, Vp8Descriptor};

use super::{AddressChange, Room};
use crate::event::{DisconnectReason, Event};
use crate::outbox::Outbox;
use crate::rewrite::{Numbers, Vp8Numbers};
use crate::seat::SeatId;
use crate::session::{Happening, Outgoing, Session, Written};
use crate::source::Source;
use crate::track::Route;

impl Room {
    pub(super) fn work_off(&mut self, id: SeatId, now: Instant, out: &mut Outbox) {
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

    pub(super) fn packet_came(
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

    pub(super) fn forward(&mut self, id: SeatId, source: Source, packet: Box<RtpPacket>, out: &mut Outbox) {
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
    pub(super) fn catch_up(
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

    pub(super) fn write(&mut self, route: Route, outgoing: &Outgoing<'_>, out: &mut Outbox) -> Written {
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

    pub(super) fn keyframe_wanted(&mut self, receiver: SeatId, slot: usize) {
        let Some((source, publisher)) = self.seat(receiver).and_then(|seat| seat.slots.at(slot)) else {
            return;
        };
        self.want_keyframe(publisher, source);
    }

    pub(super) fn want_keyframe(&mut self, publisher: SeatId, source: Source) {
        if let Some(seat) = self.seats.get_mut(publisher.index()).and_then(Option::as_mut) {
            seat.track(source).keyframes.want();
        }
    }

    pub(super) fn ask_for_keyframes(&mut self, now: Instant, out: &mut Outbox) {
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
    pub(super) fn restart_track(&mut self, id: SeatId, source: Source) {
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
