//! One peer connection of a person: some SFUs want one a person, others one to send and one to receive.

mod media;
mod plain;
mod signalling;

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Instant;

use serde_json::{Value, json};
use sfu::Datagram;
use sfu_net::Udp;
use str0m::change::SdpPendingOffer;
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};

use crate::network::{Landed, Network};
use crate::tally::Tally;
use crate::trace::Player;
use media::SendLine;

pub struct Endpoint {
    pub member: u32,
    pub is_connected: bool,
    rtc: Rtc,
    udp: Udp,
    address: SocketAddr,
    pending: Option<SdpPendingOffer>,
    send_lines: Vec<SendLine>,
    next_timeout: Instant,
    epoch: Instant,
    outbox: Vec<Datagram>,
    /// Nothing comes and nothing goes.
    is_dark: bool,
    /// What everything passes on its way from and to the socket, if it is poor.
    network: Option<Network>,
    /// Instead of an SFU.
    relay: Option<SocketAddr>,
    asked_for_keyframe_at: Instant,
}

impl Endpoint {
    /// `epoch` is time zero of all stamps; with `repeats_sound` each frame of sound comes again in the next packet (RED)
    /// where the SFU takes that.
    pub fn new(
        member: u32,
        (host, epoch): (SocketAddr, Instant),
        repeats_sound: bool,
    ) -> Result<Self, String> {
        let udp = Udp::bind(host).map_err(|why| why.to_string())?;
        udp.stamp_arrivals();
        let address = udp.local_address().map_err(|why| why.to_string())?;
        let now = Instant::now();
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_vp8(true)
            .enable_opus(true, repeats_sound)
            .set_rtp_mode(true)
            .build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").map_err(|why| why.to_string())?);
        Ok(Self {
            member,
            is_connected: false,
            rtc,
            udp,
            address,
            pending: None,
            send_lines: Vec::new(),
            next_timeout: now,
            epoch,
            outbox: Vec::new(),
            is_dark: false,
            network: None,
            relay: None,
            asked_for_keyframe_at: now,
        })
    }

    /// From now on, or no longer, its network is away.
    pub fn set_dark(&mut self, is_dark: bool) {
        self.is_dark = is_dark;
    }

    /// Its packets come from another port from now on, as when a router forgets it. It does not know.
    pub fn rebind(&mut self) -> Result<(), String> {
        let host = SocketAddr::new(self.address.ip(), 0);
        self.udp = Udp::bind(host).map_err(|why| why.to_string())?;
        self.udp.stamp_arrivals();
        Ok(())
    }

    /// From now on its network is a poor one.
    pub fn set_network(&mut self, network: Network) {
        self.network = Some(network);
    }

    /// When [`Self::advance`] is due.
    pub fn due(&self) -> Instant {
        let players = self.send_lines.iter().filter_map(|line| line.player.as_ref());
        let media = players.map(Player::due).filter(|_| self.is_connected).min();
        let landing = self.network.as_ref().and_then(Network::due);
        let others = media.into_iter().chain(landing);
        others
            .min()
            .map_or(self.next_timeout, |at| at.min(self.next_timeout))
    }

    /// Takes everything that waits on the socket. What it tells the SFU of when packets came is when they came
    /// to the socket, as browsers do: that we are late to look says nothing of the network.
    pub fn receive(&mut self, tally: &mut Tally) -> Result<(), String> {
        if self.is_dark {
            while self.udp.receive_stamped(|_, _, _| {}) {}
            return Ok(());
        }
        if self.relay.is_some() {
            self.receive_plainly(tally);
            return Ok(());
        }
        if let Some(network) = &mut self.network {
            while self
                .udp
                .receive_stamped(|from, bytes, now| network.arrives(from, bytes, now))
            {}
            return Ok(());
        }
        let (rtc, address) = (&mut self.rtc, self.address);
        let mut drained = Drained::default();
        let mut outcome = Ok(());
        while self.udp.receive_stamped(|from, bytes, now| {
            let Ok(received) = Receive::new(Protocol::Udp, from, address, bytes) else {
                return;
            };
            let taken = rtc.handle_input(Input::Receive(now, received));
            let taken = taken.and_then(|()| drained.take_from(rtc, now));
            if let Err(why) = taken {
                outcome = Err(why.to_string());
            }
        }) {}
        outcome?;
        self.settle(drained, tally);
        // What came may have something due at once.
        self.next_timeout = self.next_timeout.min(Instant::now());
        Ok(())
    }

    /// Lets time pass and makes what is due.
    pub fn advance(&mut self, now: Instant, tally: &mut Tally) -> Result<(), String> {
        if self.is_connected {
            for index in 0..self.send_lines.len() {
                self.send_due(index, now, tally)?;
            }
        }
        let mut drained = Drained::default();
        self.land(now, &mut drained)?;
        let passed = self.rtc.handle_input(Input::Timeout(now));
        passed
            .and_then(|()| drained.take_from(&mut self.rtc, now))
            .map_err(|why| why.to_string())?;
        self.settle(drained, tally);
        Ok(())
    }

    /// What comes out of its network: to the SFU, and in from there.
    fn land(&mut self, now: Instant, drained: &mut Drained) -> Result<(), String> {
        let mut leaving = Vec::new();
        while let Some((at, landed)) = self.network.as_mut().and_then(|network| network.land(now)) {
            match landed {
                Landed::Out(datagram) => leaving.push(datagram),
                Landed::In(from, bytes) => {
                    let Ok(received) = Receive::new(Protocol::Udp, from, self.address, &bytes) else {
                        continue;
                    };
                    let taken = self.rtc.handle_input(Input::Receive(at, received));
                    taken
                        .and_then(|()| drained.take_from(&mut self.rtc, at))
                        .map_err(|why| why.to_string())?;
                }
            }
        }
        if !leaving.is_empty() {
            self.udp.send(&mut leaving);
        }
        Ok(())
    }

    /// Gives the socket what was made.
    pub fn flush(&mut self) {
        if self.is_dark {
            self.outbox.clear();
        }
        if let Some(network) = &mut self.network {
            let now = Instant::now();
            self.outbox
                .drain(..)
                .for_each(|datagram| network.leaves(&datagram, now));
        }
        if !self.outbox.is_empty() {
            self.udp.send(&mut self.outbox);
        }
    }

    /// What it is at, for an adapter that waits.
    pub fn status(&self) -> Value {
        json!({ "member": self.member, "is_connected": self.is_connected })
    }

    fn settle(&mut self, drained: Drained, tally: &mut Tally) {
        self.outbox.extend(drained.datagrams);
        self.next_timeout = drained.next_timeout.unwrap_or(self.next_timeout);
        for (event, at) in drained.events {
            match event {
                Event::Connected => self.is_connected = true,
                Event::KeyframeRequest(request) => {
                    let mut lines = self.send_lines.iter_mut();
                    let line = lines.find(|line| line.mid == request.mid);
                    line.into_iter().for_each(SendLine::ask_for_keyframe);
                }
                Event::RtpPacket(packet) => self.note(&packet, at, tally),
                _ => {}
            }
        }
    }
}

impl AsRawFd for Endpoint {
    fn as_raw_fd(&self) -> RawFd {
        self.udp.as_raw_fd()
    }
}

/// What str0m had to say.
#[derive(Default)]
struct Drained {
    datagrams: Vec<Datagram>,
    events: Vec<(Event, Instant)>,
    next_timeout: Option<Instant>,
}

impl Drained {
    fn take_from(&mut self, rtc: &mut Rtc, now: Instant) -> Result<(), str0m::RtcError> {
        loop {
            match rtc.poll_output()? {
                Output::Timeout(at) => {
                    self.next_timeout = Some(at);
                    return Ok(());
                }
                Output::Transmit(transmit) => self.datagrams.push(Datagram {
                    to: transmit.destination,
                    bytes: transmit.contents.into(),
                }),
                Output::Event(event) => self.events.push((event, now)),
            }
        }
    }
}
