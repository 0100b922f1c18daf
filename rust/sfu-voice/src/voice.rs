//! The WebRTC client in whom a browser's frames become RTP, and the room's RTP frames for the browser.

mod offer;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use offer::{at_one_address, offer};
use sfu::{Role, Source};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc};
use str0m::{Candidate, Event, Input, Output, Rtc};

use crate::frame::{Frame, PAYLOAD_BYTES_MAX};
use crate::freshness::Freshness;

/// A name rather than an address: nothing is ever sent there (RFC 5737, RFC 3849).
const OWN_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const OWN_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
const OWN_PORT: u16 = 9;
/// Louder than this is taken for a voice (RFC 6464, the V bit).
const VOICE_DBOV: u8 = 50;
/// A gap of more frames than this in what the browser numbered was no loss: it began anew.
const GAP_MAX: u16 = 100;

/// The room could not be joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceError(String);

impl fmt::Display for VoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for VoiceError {}

/// A line on which somebody's sound arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// As signalling names it in the slot table.
    pub mid: String,
    /// A microphone, or the sound of a screen.
    pub source: Source,
}

/// What became of the frames that the browser sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// All.
    pub taken: u64,
    /// Those let go, because they came too late.
    pub late: u64,
}

/// One participant's client.
pub struct Voice {
    rtc: Rtc,
    pending: Option<SdpPendingOffer>,
    own: SocketAddr,
    server: SocketAddr,
    /// The line to speak on; an observer has none.
    microphone: Option<Mid>,
    /// The lines with sound, in the order of the offer.
    heard: Vec<(Mid, Source)>,
    pictures: Vec<Mid>,
    streams: Vec<(Ssrc, u8)>,
    freshness: Freshness,
    counted: Counted,
    /// The browser's last number, and how many frames that is since the first.
    last: Option<(u16, u64)>,
    is_connected: bool,
    next_timeout: Instant,
    datagrams: Vec<Vec<u8>>,
    frames: Vec<Vec<u8>>,
}

impl Voice {
    /// A client and its offer. `server` is where it believes the core to be: the first address that browsers are told.
    pub fn new(role: Role, server: SocketAddr, now: Instant) -> Result<(Self, String), VoiceError> {
        let own: SocketAddr = match server {
            SocketAddr::V4(_) => (OWN_V4, OWN_PORT).into(),
            SocketAddr::V6(_) => (OWN_V6, OWN_PORT).into(),
        };
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_vp8(true)
            .enable_vp9(true)
            .enable_av1(true)
            .enable_h264(true)
            .enable_opus(true, false)
            .set_rtp_mode(true)
            .build(now);
        rtc.add_local_candidate(Candidate::host(own, Protocol::Udp).map_err(|why| broken(&why))?);
        let (lines, pending, offer) = offer(&mut rtc, role)?;
        let sound = |(mid, source, is_sent): &(Mid, Source, bool)| {
            (!is_sent && !source.is_video()).then_some((*mid, *source))
        };
        let picture =
            |(mid, source, is_sent): &(Mid, Source, bool)| (!is_sent && source.is_video()).then_some(*mid);
        let speaks = |line: &&(Mid, Source, bool)| line.1 == Source::Microphone && line.2;
        let voice = Self {
            rtc,
            pending: Some(pending),
            own,
            server,
            microphone: lines.iter().find(speaks).map(|line| line.0),
            heard: lines.iter().filter_map(sound).collect(),
            pictures: lines.iter().filter_map(picture).collect(),
            streams: Vec::new(),
            freshness: Freshness::default(),
            counted: Counted::default(),
            last: None,
            is_connected: false,
            next_timeout: now,
            datagrams: Vec::new(),
            frames: Vec::new(),
        };
        Ok((voice, offer))
    }

    /// Takes the core's answer.
    pub fn accept(&mut self, answer: &str) -> Result<(), VoiceError> {
        let answer =
            SdpAnswer::from_sdp_string(&at_one_address(answer, self.server)).map_err(|why| broken(&why))?;
        let pending = self
            .pending
            .take()
            .ok_or_else(|| broken(&"it was answered before"))?;
        self.rtc
            .sdp_api()
            .accept_answer(pending, answer)
            .map_err(|why| broken(&why))
    }

    /// The lines on which sound arrives; a frame's `tag` is an index into them.
    pub fn lines(&self) -> Vec<Line> {
        let line = |(mid, source): &(Mid, Source)| Line {
            mid: mid.to_string(),
            source: *source,
        };
        self.heard.iter().map(line).collect()
    }

    /// The `mid`s of the lines on which pictures would arrive, of which it wants none.
    pub fn pictures(&self) -> Vec<String> {
        self.pictures.iter().map(ToString::to_string).collect()
    }

    /// Where its datagrams seem to come from.
    pub fn address(&self) -> SocketAddr {
        self.own
    }

    /// How many frames the browser sent, and how many of them came too late.
    pub fn counted(&self) -> Counted {
        self.counted
    }

    /// The browser's frame goes to the room, unless it is too late, or nobody can be reached yet.
    pub fn speak(&mut self, frame: &Frame<'_>, now: Instant) {
        self.counted.taken += 1;
        if !self.freshness.is_fresh(frame.timestamp, now) {
            self.counted.late += 1;
            return;
        }
        let Some(mid) = self.microphone.filter(|_| self.is_connected) else {
            return;
        };
        let Some(payload_type) = opus(&self.rtc) else {
            return;
        };
        let sequence = self.numbered(frame.sequence);
        let level = ExtensionValues {
            audio_level: Some(-(frame.tag.min(127) as i8)),
            voice_activity: Some(frame.tag < VOICE_DBOV),
            ..ExtensionValues::default()
        };
        let payload = frame.payload.to_vec();
        let write = RtpWrite::new(payload_type, sequence.into(), frame.timestamp, now, payload)
            .marker(false)
            .nackable(false)
            .ext_vals(level);
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(mid, None) {
            stream.write_rtp(write);
        }
        self.advance(now);
    }

    /// Takes a datagram of the core.
    pub fn receive(&mut self, datagram: &[u8], now: Instant) {
        if let Ok(received) = Receive::new(Protocol::Udp, self.server, self.own, datagram) {
            // What str0m cannot take is lost; if it ends the connection, the core finds it silent.
            let _ = self.rtc.handle_input(Input::Receive(now, received));
        }
        self.drain();
    }

    /// Lets time pass.
    pub fn advance(&mut self, now: Instant) {
        let _ = self.rtc.handle_input(Input::Timeout(now));
        self.drain();
    }

    /// When [`Self::advance`] is due next.
    pub fn next_timeout(&self) -> Instant {
        self.next_timeout
    }

    /// Whether it has something to send to the core.
    pub fn has_datagrams(&self) -> bool {
        !self.datagrams.is_empty()
    }

    /// What it sends to the core.
    pub fn take_datagrams(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.datagrams)
    }

    /// What the browser is to hear, as frames.
    pub fn take_frames(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.frames)
    }

    /// The number of the packet for a frame: gaps stay gaps, so that those who listen know that something is missing.
    fn numbered(&mut self, sequence: u16) -> u64 {
        let number = match self.last {
            Some((last, number)) => {
                let ahead = sequence.wrapping_sub(last);
                number + u64::from(if (1..=GAP_MAX).contains(&ahead) { ahead } else { 1 })
            }
            None => 1,
        };
        self.last = Some((sequence, number));
        number
    }

    fn drain(&mut self) {
        while let Ok(output) = self.rtc.poll_output() {
            match output {
                Output::Timeout(at) => {
                    self.next_timeout = at;
                    return;
                }
                Output::Transmit(transmit) => self.datagrams.push(transmit.contents.into()),
                Output::Event(Event::Connected) => self.is_connected = true,
                Output::Event(Event::RtpPacket(packet)) => self.hear(&packet),
                Output::Event(_) => {}
            }
        }
    }

    fn hear(&mut self, packet: &RtpPacket) {
        let Some(tag) = self.line_of(packet.header.ssrc) else {
            return;
        };
        if !(1..=PAYLOAD_BYTES_MAX).contains(&packet.payload.len()) {
            return;
        }
        let frame = Frame {
            tag,
            sequence: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            payload: &packet.payload,
        };
        self.frames.push(frame.to_bytes());
    }

    /// The index of a stream's line, if it has sound.
    fn line_of(&mut self, ssrc: Ssrc) -> Option<u8> {
        if let Some((_, tag)) = self.streams.iter().find(|(known, _)| *known == ssrc) {
            return Some(*tag);
        }
        let mid = self.rtc.direct_api().stream_rx(&ssrc)?.mid();
        let tag = self.heard.iter().position(|(heard, _)| *heard == mid)? as u8;
        self.streams.push((ssrc, tag));
        Some(tag)
    }
}

fn opus(rtc: &Rtc) -> Option<Pt> {
    let params = rtc.codec_config().params();
    let params = params.iter().find(|params| params.spec().codec == Codec::Opus);
    params.map(str0m::format::PayloadParams::pt)
}

fn broken(why: &impl fmt::Display) -> VoiceError {
    VoiceError(why.to_string())
}
