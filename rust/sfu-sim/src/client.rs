//! A synthetic participant on str0m: offers the template, sends made-up media, notes what it receives.
//!
//! Sans-IO like the core: the world (or a socket) carries its datagrams.

mod offer;
mod receiving;
mod sending;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use offer::offer_template;
pub use offer::{CameraOffer, RIDS};
use sfu::{Role, Source};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Mid, Rid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event as Happening, Input, Output, Rtc};

use crate::camera::{Camera, MadePacket, Microphone};
use crate::received::{Detail, Received};

/// Capacity of the resend cache in packets: 3 s at 4 Mbit/s.
const RESEND_PACKETS: usize = 1500;

/// A datagram that a client sends.
pub type Sent = (SocketAddr, Vec<u8>);

/// One synthetic participant.
pub struct Client {
    /// Its number, in every stamp.
    pub number: u32,
    /// Its own address.
    pub address: SocketAddr,
    /// Sends while there is one.
    pub camera: Option<Camera>,
    /// Sends while there is one.
    pub microphone: Option<Microphone>,
    /// Sends on the screen line while there is one.
    pub screen: Option<Camera>,
    /// What came, by line.
    pub received: HashMap<Mid, Received>,
    /// ICE and DTLS are done.
    pub is_connected: bool,
    /// Key frames that the SFU asked for.
    pub keyframe_requests: u32,
    /// Media packets that it sent.
    pub packets_sent: u64,
    /// Video leaves at this rate at most, as browsers do, which pace at 2.5 times their bitrate. Without
    /// one, frames leave as bursts.
    pub pace_bps: Option<u64>,
    /// When time must pass next.
    pub next_timeout: Instant,
    detail: Detail,
    rtc: Rtc,
    pending: Option<SdpPendingOffer>,
    sent_lines: Vec<Mid>,
    received_lines: Vec<Mid>,
    has_layers: bool,
    sequences: HashMap<(Mid, u8), u64>,
    paced: VecDeque<(Source, MadePacket)>,
    pace_free_at: Instant,
    remote_ufrag: String,
    epoch: Instant,
    outbox: Vec<Sent>,
}

impl Client {
    /// A client and its offer. `epoch` is time zero of its stamps.
    pub fn new(
        number: u32,
        address: SocketAddr,
        role: Role,
        camera: CameraOffer,
        (epoch, now): (Instant, Instant),
    ) -> (Self, String) {
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_vp8(true)
            .enable_opus(true, true)
            .set_rtp_mode(true)
            .build(now);
        let candidate = Candidate::host(address, "udp").expect("an address with a port is a candidate");
        rtc.add_local_candidate(candidate);
        let (sent_lines, received_lines, offer, pending) = offer_template(&mut rtc, role, camera);
        let client = Self {
            number,
            address,
            camera: None,
            microphone: None,
            screen: None,
            received: HashMap::new(),
            is_connected: false,
            keyframe_requests: 0,
            packets_sent: 0,
            pace_bps: None,
            next_timeout: now,
            detail: Detail::Frames,
            rtc,
            pending: Some(pending),
            sent_lines,
            received_lines,
            has_layers: camera == CameraOffer::Simulcast,
            sequences: HashMap::new(),
            paced: VecDeque::new(),
            pace_free_at: now,
            remote_ufrag: String::new(),
            epoch,
            outbox: Vec::new(),
        };
        (client, offer.to_sdp_string())
    }

    /// How much is kept of what comes.
    #[must_use]
    pub fn keeping(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// Takes the answer to the offer.
    ///
    /// # Panics
    /// If the answer is no answer to this offer: then the test is over.
    pub fn accept(&mut self, answer: &str) {
        let ufrag = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
        ufrag.unwrap_or_default().clone_into(&mut self.remote_ufrag);
        let answer = SdpAnswer::from_sdp_string(answer).expect("the SFU's answer parses");
        let pending = self.pending.take().expect("one answer an offer");
        self.rtc
            .sdp_api()
            .accept_answer(pending, answer)
            .expect("the SFU's answer fits the offer");
        for mid in self.sent_lines.clone() {
            for rid in [None].into_iter().chain(RIDS.map(|rid| Some(Rid::from(rid)))) {
                if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(mid, rid) {
                    stream.set_rtx_cache(RESEND_PACKETS, Duration::from_secs(3), None);
                }
            }
        }
    }

    /// The user name of the SFU's side, which every check must carry.
    pub fn remote_ufrag(&self) -> &str {
        &self.remote_ufrag
    }

    /// The line on which slot `index` of `source` arrives.
    pub fn line(&self, role: Role, source: Source, index: usize) -> Mid {
        let people = role.people_slots();
        let at = match source {
            Source::Microphone => index,
            Source::Camera => people + index,
            Source::Screen => 2 * people + index,
            Source::ScreenAudio => 2 * people + 2 + index,
        };
        self.received_lines[at]
    }

    /// Takes a datagram.
    pub fn receive(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        if let Ok(received) = Receive::new(Protocol::Udp, from, self.address, datagram) {
            self.rtc
                .handle_input(Input::Receive(now, received))
                .expect("the SFU sends nothing malformed");
        }
        self.drain(now);
    }

    /// Lets time pass and sends what is due.
    pub fn advance(&mut self, now: Instant) {
        self.send_media(now);
        self.rtc.handle_input(Input::Timeout(now)).expect("time passes");
        self.drain(now);
    }

    /// When [`Self::advance`] is due.
    pub fn due(&self) -> Instant {
        let media = [
            self.camera.as_ref().map(Camera::due),
            self.screen.as_ref().map(Camera::due),
            self.microphone.as_ref().map(Microphone::due),
            (!self.paced.is_empty()).then_some(self.pace_free_at),
        ];
        let media = media.into_iter().flatten().filter(|_| self.is_connected);
        media
            .chain([self.next_timeout])
            .min()
            .unwrap_or(self.next_timeout)
    }

    /// Takes what it wants to send.
    pub fn take_datagrams(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.outbox)
    }

    fn drain(&mut self, now: Instant) {
        loop {
            match self.rtc.poll_output().expect("a synthetic client does not break") {
                Output::Timeout(at) => {
                    self.next_timeout = at;
                    return;
                }
                Output::Transmit(transmit) => {
                    self.outbox.push((transmit.destination, transmit.contents.into()));
                }
                Output::Event(event) => self.happened(event, now),
            }
        }
    }

    fn happened(&mut self, event: Happening, now: Instant) {
        match event {
            Happening::Connected => self.is_connected = true,
            Happening::KeyframeRequest(request) => self.keyframe_wanted(request.mid, request.rid),
            Happening::RtpPacket(packet) => self.came(packet, now),
            _ => {}
        }
    }
}
