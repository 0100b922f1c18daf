//! A synthetic participant on str0m: offers the template, sends made-up media, notes what it receives.
//!
//! Sans-IO like the core: the world (or a socket) carries its datagrams.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sfu::{Event, Role, Source};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid, Pt, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RedDecoder, RtpPacket, RtpWrite, Ssrc};
use str0m::{Candidate, Event as Happening, Input, Output, Rtc};

use crate::camera::{Camera, MadePacket, Microphone};
use crate::received::{Detail, Received};

/// Capacity of the resend cache in packets: 3 s at 4 Mbit/s.
const RESEND_PACKETS: usize = 1500;

/// The rids of a simulcast camera, from the smallest layer up.
pub const RIDS: [&str; 3] = ["q", "h", "f"];

/// How a client sends its camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraOffer {
    /// One encoding, as browsers without simulcast do.
    #[default]
    Single,
    /// A layer of each of [`RIDS`].
    Simulcast,
}

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

    /// The line's record, empty if nothing came.
    pub fn on(&self, mid: Mid) -> &Received {
        static NOTHING: std::sync::OnceLock<Received> = std::sync::OnceLock::new();
        self.received
            .get(&mid)
            .unwrap_or_else(|| NOTHING.get_or_init(Received::default))
    }

    /// Packets that came on any line.
    pub fn packets_received(&self) -> u64 {
        self.received.values().map(|line| line.packets).sum()
    }

    /// Asks the sender of a line for a key frame, as a browser does that cannot decode.
    pub fn request_keyframe(&mut self, mid: Mid) {
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    /// Sends any payload of a source, as somebody can who wrote a client of their own.
    pub fn send_payload(&mut self, source: Source, payload: Vec<u8>, now: Instant) {
        let packet = MadePacket {
            payload,
            rtp_time: 0,
            marker: true,
            layer: 0,
        };
        self.write(source, packet, None, now);
        self.drain(now);
    }

    /// The number of the stream in which it sends this source.
    ///
    /// # Panics
    /// If it sends the source in layers, or not at all.
    pub fn stream_number(&mut self, source: Source) -> u32 {
        let mid = self.sent_lines[source as usize];
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None);
        *stream.expect("it is sent in one encoding").ssrc()
    }

    /// Sends a source under this stream number from now on, whoever else has it.
    ///
    /// # Panics
    /// If it sends the source in layers, or not at all.
    pub fn take_stream_number(&mut self, source: Source, number: u32) {
        let mid = self.sent_lines[source as usize];
        let mut api = self.rtc.direct_api();
        api.reset_stream_tx(mid, None, Ssrc::from(number), None)
            .expect("it is sent in one encoding, and had another number");
    }

    fn send_media(&mut self, now: Instant) {
        if !self.is_connected {
            return;
        }
        let made_ns = (now - self.epoch).as_nanos() as u64;
        while let Some(microphone) = self.microphone.as_mut().filter(|source| source.due() <= now) {
            let (packet, level) = (microphone.make(made_ns), microphone.level_dbov);
            self.write(Source::Microphone, packet, Some(level), now);
        }
        for source in [Source::Camera, Source::Screen] {
            while let Some(camera) = self.source(source).filter(|camera| camera.due() <= now) {
                let packets = camera.make(made_ns);
                self.paced
                    .extend(packets.into_iter().map(|packet| (source, packet)));
            }
        }
        self.send_paced(now);
    }

    /// Does what the SFU wants of it, as a browser does.
    pub fn obey(&mut self, event: &Event) {
        match event {
            Event::LayersWanted { source, layers, .. } => {
                if let Some(camera) = self.source(*source) {
                    camera.send_only(layers);
                }
            }
            Event::BitrateWanted { bps, .. } => {
                if let Some(microphone) = &mut self.microphone {
                    microphone.speak_in(*bps);
                }
            }
            _ => {}
        }
    }

    fn source(&mut self, source: Source) -> Option<&mut Camera> {
        match source {
            Source::Camera => self.camera.as_mut(),
            Source::Screen => self.screen.as_mut(),
            Source::Microphone | Source::ScreenAudio => None,
        }
    }

    fn send_paced(&mut self, now: Instant) {
        while self.pace_bps.is_none() || self.pace_free_at <= now {
            let Some((source, packet)) = self.paced.pop_front() else {
                return;
            };
            if let Some(pace_bps) = self.pace_bps {
                let bits = packet.payload.len() as u64 * 8;
                let takes = Duration::from_nanos(bits * 1_000_000_000 / pace_bps);
                self.pace_free_at = self.pace_free_at.max(now) + takes;
            }
            self.write(source, packet, None, now);
        }
    }

    fn write(&mut self, source: Source, packet: MadePacket, level: Option<i8>, now: Instant) {
        let mid = self.sent_lines[source as usize];
        let payload_type = self.payload_type(source.is_video());
        let sequence = self.sequences.entry((mid, packet.layer)).or_insert(30_000);
        *sequence += 1;
        let voice_activity = level.map(|_| true);
        let extensions = ExtensionValues {
            audio_level: level,
            voice_activity,
            ..ExtensionValues::default()
        };
        self.packets_sent += 1;
        let write = RtpWrite::new(
            payload_type,
            (*sequence).into(),
            packet.rtp_time,
            now,
            packet.payload,
        )
        .marker(packet.marker)
        .nackable(source.is_video())
        .ext_vals(extensions);
        let is_layer = source == Source::Camera && self.has_layers;
        let rid = is_layer.then(|| Rid::from(RIDS[usize::from(packet.layer)]));
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(mid, rid)
            .expect("a sent line has a stream")
            .write_rtp(write);
    }

    fn payload_type(&self, is_video: bool) -> Pt {
        let codec = if is_video { Codec::Vp8 } else { Codec::Opus };
        let params = self.rtc.codec_config().params();
        params
            .iter()
            .find(|p| p.spec().codec == codec)
            .expect("the codec is on")
            .pt()
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
            Happening::RtpPacket(mut packet) => {
                let Some(mid) = self
                    .rtc
                    .direct_api()
                    .stream_rx(&packet.header.ssrc)
                    .map(|stream| stream.mid())
                else {
                    return;
                };
                let is_video = self
                    .rtc
                    .media(mid)
                    .is_some_and(|media| media.kind() == MediaKind::Video);
                let now_ns = (now - self.epoch).as_nanos() as u64;
                let again = self.unpack(&mut packet);
                let line = self
                    .received
                    .entry(mid)
                    .or_insert_with(|| Received::new(self.detail));
                line.note(&packet, is_video, now_ns);
                again.iter().for_each(|frame| line.note_again(frame));
                if is_video && line.asks_for_keyframe(now_ns) {
                    self.request_keyframe(mid);
                }
            }
            _ => {}
        }
    }

    /// Leaves a packet of sound with its own frame; the earlier ones that were in it.
    fn unpack(&self, packet: &mut RtpPacket) -> Vec<Vec<u8>> {
        let params = self.rtc.codec_config().params();
        let types = params.iter().find(|params| params.spec().codec == Codec::Opus);
        if types.and_then(|types| types.red()) != Some(packet.header.payload_type) {
            return Vec::new();
        }
        let blocks = RedDecoder::decode(&packet.payload).expect("the SFU sends nothing malformed");
        let (primary, again) = blocks.split_last().expect("a payload has a frame of its own");
        let again = again.iter().map(|block| block.payload.to_vec()).collect();
        packet.payload = primary.payload.into();
        again
    }

    fn keyframe_wanted(&mut self, mid: Mid, rid: Option<Rid>) {
        self.keyframe_requests += 1;
        let layer = rid
            .and_then(|rid| RIDS.iter().position(|of| *of == &*rid))
            .unwrap_or(0);
        let source = if mid == self.sent_lines[Source::Camera as usize] {
            Source::Camera
        } else {
            Source::Screen
        };
        let camera = self.source(source);
        if let Some(layer) = camera.and_then(|camera| camera.layers.get_mut(layer)) {
            layer.keyframe_wanted = true;
        }
    }
}

fn offer_template(
    rtc: &mut Rtc,
    role: Role,
    camera: CameraOffer,
) -> (Vec<Mid>, Vec<Mid>, SdpOffer, SdpPendingOffer) {
    let mut changes = rtc.sdp_api();
    let sent: Vec<Source> = if role == Role::Participant {
        Source::ALL.to_vec()
    } else {
        Vec::new()
    };
    let sent = sent.iter().map(|source| {
        let layers = (*source == Source::Camera && camera == CameraOffer::Simulcast).then(simulcast);
        changes.add_media(source.kind(), Direction::SendOnly, None, None, layers)
    });
    let sent: Vec<Mid> = sent.collect();
    let people = role.people_slots();
    let kinds = [
        (MediaKind::Audio, people),
        (MediaKind::Video, people),
        (MediaKind::Video, 2),
        (MediaKind::Audio, 2),
    ];
    let kinds = kinds
        .into_iter()
        .flat_map(|(kind, count)| std::iter::repeat_n(kind, count));
    let received = kinds
        .map(|kind| changes.add_media(kind, Direction::RecvOnly, None, None, None))
        .collect();
    let (offer, pending) = changes.apply().expect("new lines need an offer");
    (sent, received, offer, pending)
}

fn simulcast() -> Simulcast {
    let mut simulcast = Simulcast::new();
    for rid in RIDS {
        simulcast.add_send_layer(SimulcastLayer::new(rid));
    }
    simulcast
}
