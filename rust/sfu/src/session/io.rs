//! A session's datagrams and time: what comes in, what goes out, and when it is due next.

use std::time::{Duration, Instant};

use str0m::net::{Receive, Transmit};
use str0m::{Event, Input, Output, Reason};

use super::{Happening, Measured, Session};
use crate::demux::{self, Kind};
use crate::limits::{PACER_SLICE, TIMER_SLACK};
use crate::outbox::Outbox;
use crate::path::Path;

impl Session {
    /// Takes a datagram and all that follows from it. False: it is no datagram of this protocol.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        from: Path,
        datagram: &[u8],
        out: &mut Outbox,
        happenings: &mut Vec<Happening>,
    ) -> bool {
        let Some((protocol, local)) = self.local.end_of(from.via) else {
            return false;
        };
        let Ok(received) = Receive::new(protocol, from.peer, local, datagram) else {
            return false;
        };
        if self.paths.is_overheard(&from, datagram) {
            return false;
        }
        self.paths.arrived(from);
        self.received.add(datagram.len(), now);
        let is_taken = self.rtc.handle_input(Input::Receive(now, received)).is_ok();
        if demux::is_media(datagram) {
            self.take_packet(now, happenings);
        } else {
            self.drain(now, out, happenings);
            // `drain` saw whether this very check had the right password.
            self.paths.follow(from, datagram, now);
        }
        is_taken
    }

    /// Takes the packet that was just handed in. str0m has nothing else to tell of it that cannot wait.
    fn take_packet(&mut self, now: Instant, happenings: &mut Vec<Happening>) {
        if let Some(packet) = self.rtc.take_rtp_packet() {
            self.last_authentic_at = now;
            self.packet_came(Box::new(packet), happenings);
        }
        if let Some(at) = self.rtc.feedback_at() {
            self.due_by(at, TIMER_SLACK);
        }
    }

    /// Sends what was written to slots, and lets time pass if that is due.
    pub(crate) fn advance(&mut self, now: Instant, out: &mut Outbox, happenings: &mut Vec<Happening>) {
        if std::mem::take(&mut self.has_written) {
            self.send_written(now, out);
        }
        if self.is_time_due(now) {
            self.let_time_pass(now, out, happenings);
        }
    }

    fn send_written(&mut self, now: Instant, out: &mut Outbox) {
        let Self { rtc, paths, sent, .. } = self;
        rtc.send_written(now, |transmit| {
            sent.add(transmit.contents.len(), now);
            out.send(paths.onward(transmit.destination), transmit.contents.into());
        });
        match self.rtc.pacing_at() {
            // Its packets have times of their own.
            _ if self.rtc.is_probing() => self.is_dirty = true,
            Some(at) => self.due_by(at, Duration::ZERO),
            None => {}
        }
    }

    fn let_time_pass(&mut self, now: Instant, out: &mut Outbox, happenings: &mut Vec<Happening>) {
        self.is_dirty = false;
        let mut at = now;
        // The pacer lets one packet go, and the next a moment later.
        while at <= now + PACER_SLICE {
            // An error leaves the session dead, which `drain` reports.
            let _ = self.rtc.handle_input(Input::Timeout(at));
            self.drain(now, out, happenings);
            at = self.next_timeout.max(at + Duration::from_micros(1));
        }
    }

    /// Whether [`Self::advance`] is due.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.has_written || self.is_time_due(now)
    }

    fn is_time_due(&self, now: Instant) -> bool {
        self.is_dirty || self.next_timeout <= now + PACER_SLICE
    }

    /// When to call [`Self::advance`] at the latest.
    pub(crate) fn wake_at(&self, now: Instant) -> Instant {
        let is_pending = self.has_written || self.is_dirty;
        if is_pending { now } else { self.wake_at }
    }

    pub(super) fn due_at(&mut self, at: Instant) {
        self.next_timeout = at;
        self.wake_at = at;
    }

    /// Something is due at this time, and may wait a while for company.
    fn due_by(&mut self, at: Instant, slack: Duration) {
        self.next_timeout = self.next_timeout.min(at);
        self.wake_at = self.wake_at.min(at + slack);
    }

    /// Says goodbye to the peer.
    pub(crate) fn close(&mut self, now: Instant, out: &mut Outbox) {
        let _ = self.rtc.close();
        self.drain(now, out, &mut Vec::new());
    }

    fn drain(&mut self, now: Instant, out: &mut Outbox, happenings: &mut Vec<Happening>) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Transmit(transmit)) => {
                    let to = self.path_of(&transmit);
                    if demux::is_binding_success(&transmit.contents) {
                        self.prove(to, now, happenings);
                    }
                    self.sent.add(transmit.contents.len(), now);
                    out.send(to, transmit.contents.into());
                }
                Ok(Output::Event(event)) => self.happened(event, now, happenings),
                Ok(Output::Timeout(at)) => {
                    self.next_timeout = at;
                    self.wake_at = at + slack(self.rtc.last_timeout_reason());
                    break;
                }
                Err(_) => break,
            }
        }
        if !self.rtc.is_alive() {
            happenings.push(Happening::Broken);
        }
    }

    fn happened(&mut self, event: Event, now: Instant, happenings: &mut Vec<Happening>) {
        match event {
            Event::RtpPacket(packet) => {
                self.last_authentic_at = now;
                self.packet_came(Box::new(packet), happenings);
            }
            Event::KeyframeRequest(request) => {
                happenings.extend(
                    self.slot_of(request.mid)
                        .map(|slot| Happening::KeyframeWanted { slot }),
                );
            }
            Event::SenderFeedback(feedback) => {
                self.clock
                    .report(feedback.sender_info.ntp_time, feedback.received_at);
            }
            Event::Connected => {
                self.is_connected = true;
                happenings.push(Happening::Connected);
            }
            Event::EgressBitrateEstimate(kind) => self.bandwidth.estimated(&kind),
            Event::PeerStats(stats) => {
                self.measured = Some(Measured {
                    round_trip: stats.rtt,
                    loss_down: stats.egress_loss_fraction,
                    loss_up: stats.ingress_loss_fraction,
                });
            }
            Event::Closed => happenings.push(Happening::Closed),
            _ => {}
        }
    }

    fn path_of(&self, transmit: &Transmit) -> Path {
        match demux::kind(&transmit.contents) {
            Kind::Stun => self.paths.back_to(transmit.destination),
            Kind::Session | Kind::Other => self.paths.onward(transmit.destination),
        }
    }

    fn prove(&mut self, path: Path, now: Instant, happenings: &mut Vec<Happening>) {
        self.last_authentic_at = now;
        happenings.extend(self.paths.prove(path, now).map(Happening::PathForgotten));
        happenings.push(Happening::PathProved(path));
    }
}

/// How long a timer of str0m may wait for company: those of repair and measurement tick anyway, packets do not wait.
fn slack(reason: Reason) -> Duration {
    match reason {
        Reason::Nack | Reason::Twcc | Reason::Stats | Reason::PauseCheck => TIMER_SLACK,
        Reason::BweDelayControl | Reason::BweProbeEstimator => TIMER_SLACK,
        _ => Duration::ZERO,
    }
}
