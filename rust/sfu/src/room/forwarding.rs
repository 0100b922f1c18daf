//! The path of a packet from its publisher to slots, and the key frames that slots wait for.

use std::time::Instant;

use str0m::rtp::{RtpPacket, Vp8Descriptor};

use super::{PathChange, Room};
use crate::codec::VideoCodec;
use crate::event::{DisconnectReason, Event};
use crate::layer::Layer;
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
                Happening::Packet(source, layer, packet) => {
                    self.packet_came(id, (source, layer), packet, now, out);
                }
                Happening::Recovered(source, packet) => self.recovered(id, source, packet, out),
                Happening::KeyframeWanted { slot } => self.keyframe_wanted(id, slot),
                Happening::Connected => self.connected(id, out),
                Happening::Closed => self.lost(id, DisconnectReason::Closed, out),
                Happening::Broken => self.lost(id, DisconnectReason::ProtocolError, out),
                Happening::PathProved(path) => {
                    self.found_again(id, out);
                    self.path_changes.push(PathChange::Proved(path, id));
                }
                Happening::PathForgotten(path) => {
                    self.path_changes.push(PathChange::Forgotten(path));
                }
            }
        }
        self.happenings = happenings;
    }

    pub(super) fn packet_came(
        &mut self,
        id: SeatId,
        (source, layer): (Source, Layer),
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
        let came = seat.track(source).packet_came(layer, &packet, now);
        if came.was_silent {
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
        if came.is_new_stream {
            self.restart_layer(id, source, layer);
            self.next_allocation = None;
        }
        if let (Source::Microphone, Some(level)) = (source, packet.header.ext_vals.audio_level) {
            self.speakers.heard(id, level, now);
        }
        self.forward(id, (source, layer), packet, out);
    }

    fn recovered(&mut self, id: SeatId, source: Source, packet: Box<RtpPacket>, out: &mut Outbox) {
        let seat = self.seats[id.index()].as_mut();
        if seat.is_some_and(|seat| seat.track(source).is_forwarded) {
            out.stats.recovered += 1;
            self.forward(id, (source, Layer::Full), packet, out);
        }
    }

    fn forward(
        &mut self,
        id: SeatId,
        (source, layer): (Source, Layer),
        packet: Box<RtpPacket>,
        out: &mut Outbox,
    ) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        let outgoing = outgoing(&seat.session, source, &packet);
        let mut routes = std::mem::take(&mut seat.track(source).routes);
        let mut started = Vec::new();
        let mut is_held = false;
        for route in routes.iter_mut().filter(|route| route.takes(layer)) {
            match self.pass(route, layer, &outgoing, out) {
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
        let encoding = track.encoding(layer);
        if starts {
            encoding.keyframes.arrived();
        }
        if !started.is_empty() && source.is_video() {
            self.catch_up(id, (source, layer), &packet, &started, out);
        } else if is_held {
            encoding.keyframes.want();
            encoding.hold(*packet);
        }
    }

    /// Writes a packet of a layer that the route takes, and changes over to that layer where it can.
    fn pass(
        &mut self,
        route: &mut Route,
        layer: Layer,
        outgoing: &Outgoing<'_>,
        out: &mut Outbox,
    ) -> Written {
        if route.current != Some(layer) {
            if !outgoing.starts {
                return Written::Waiting;
            }
            if let Some(receiver) = self.seats[route.receiver.index()].as_mut() {
                if route.current.is_some_and(|current| layer < current) {
                    receiver.session.clear_slot(route.slot);
                } else {
                    receiver.session.interrupt_slot(route.slot);
                }
            }
            route.current = Some(layer);
            out.stats.layer_switches += 1;
        }
        self.write(*route, outgoing, out)
    }

    /// Gives slots that just started what came before the first packet of their key frame, but belongs after it.
    fn catch_up(
        &mut self,
        id: SeatId,
        (source, layer): (Source, Layer),
        start: &RtpPacket,
        started: &[Route],
        out: &mut Outbox,
    ) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        for packet in seat.track(source).encoding(layer).take_held_after(start) {
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
        let at = self.seat(receiver).and_then(|seat| seat.slots.at(slot));
        let Some((source, publisher)) = at.filter(|(source, _)| source.is_video()) else {
            return;
        };
        let Some(publisher) = self.seats[publisher.index()].as_mut() else {
            return;
        };
        let track = publisher.track(source);
        let of_slot = |route: &&Route| (route.receiver, route.slot) == (receiver, slot);
        let route = track.routes.iter().find(of_slot);
        if let Some(layer) = route.and_then(|route| route.current.or(route.wanted)) {
            track.encoding(layer).keyframes.want();
        }
    }

    pub(super) fn ask_for_keyframes(&mut self, now: Instant, out: &mut Outbox) {
        let mut asked = 0;
        for (_, seat) in self.seats_mut() {
            for source in [Source::Camera, Source::Screen] {
                for layer in seat.track(source).take_keyframe_requests(now) {
                    asked += u64::from(seat.session.request_keyframe(source, layer));
                }
            }
        }
        self.stats.keyframe_requests += asked;
        out.stats.keyframe_requests += asked;
    }

    /// Every slot of the track starts anew.
    pub(super) fn restart_track(&mut self, id: SeatId, source: Source) {
        for layer in Layer::ALL {
            self.restart_layer(id, source, layer);
        }
    }

    /// Every slot that this layer passes to starts anew.
    fn restart_layer(&mut self, id: SeatId, source: Source, layer: Layer) {
        let Some(seat) = self.seats[id.index()].as_mut() else {
            return;
        };
        let track = seat.track(source);
        let current = |route: &&Route| route.current == Some(layer);
        let routes: Vec<Route> = track.routes.iter().filter(current).copied().collect();
        if source.is_video() && !routes.is_empty() {
            track.encoding(layer).keyframes.want_for_newcomer();
        }
        for Route { receiver, slot, .. } in routes {
            if let Some(receiver) = self.seats[receiver.index()].as_mut() {
                receiver.session.interrupt_slot(slot);
            }
        }
    }
}

/// What is the same of a packet for every receiver.
fn outgoing<'a>(publisher: &Session, source: Source, packet: &'a RtpPacket) -> Outgoing<'a> {
    let codec = publisher.codec_of(packet).filter(|_| source.is_video());
    let descriptor = codec
        .filter(|codec| *codec == VideoCodec::Vp8)
        .and_then(|_| Vp8Descriptor::parse(&packet.payload).ok());
    let is_keyframe = match (&descriptor, codec) {
        (Some(descriptor), _) => descriptor.starts_keyframe(&packet.payload),
        (None, codec) => codec.is_some_and(|codec| codec.starts_keyframe(&packet.payload)),
    };
    let numbers = Numbers {
        sequence: *packet.seq_no,
        timestamp: packet.header.timestamp,
        captured: publisher.captured(packet, source),
        vp8: descriptor.as_ref().map(Vp8Numbers::of),
    };
    Outgoing {
        packet,
        numbers,
        codec,
        descriptor,
        starts: is_keyframe || !source.is_video(),
    }
}
