//! One peer connection: str0m's `Rtc` with the fixed lines of the template around it.
//!
//! It knows its own lines, addresses and numbering. It does not know the room or other people.

mod bandwidth;
mod io;
mod line;
mod paths;
mod prepared;
mod question;
mod rtc;
mod slots;
mod streams;

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

use str0m::Rtc;
use str0m::change::SdpOffer;
use str0m::media::{Mid, Pt};
use str0m::rtp::RtpPacket;

use crate::allocator::Allocation;
use crate::answer;
use crate::bitrate::BitrateMeter;
use crate::capture_clock::CaptureClock;
use crate::codec::VideoCodec;
use crate::error::SfuError;
use crate::layer::Layer;
use crate::path::{Addresses, Path};
use crate::source::Source;
use crate::template::{self, Offer, Role};
use crate::voice::Protection;
use crate::voice_rate::{VOICE_BPS, VoiceRate};

use self::bandwidth::Bandwidth;
use self::line::SlotLine;
#[cfg(feature = "fuzzing")]
pub(crate) use self::line::vp8_patch;
pub(crate) use self::line::{Outgoing, Written};
use self::paths::Paths;
pub use self::prepared::Prepared;
use self::rtc::{Local, new_rtc};
use self::streams::{RedTypes, Stream};

/// What a session tells its room.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A media packet came on the line of this source.
    Packet(Source, Layer, Box<RtpPacket>),
    /// What was lost of this source was found in a later packet.
    Recovered(Source, Box<RtpPacket>),
    /// The receiver cannot decode the slot.
    KeyframeWanted { slot: usize },
    /// ICE and DTLS are done.
    Connected,
    /// The peer closed.
    Closed,
    /// The session cannot go on.
    Broken,
    /// ICE checks on this path had the right password.
    PathProved(Path),
    /// This path proved itself longest ago of too many.
    PathForgotten(Path),
}

/// What was measured of the path to and from the peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) round_trip: Option<Duration>,
    /// Share of the packets that we sent lately.
    pub(crate) loss_down: Option<f32>,
    /// Share of the packets that the peer sent lately.
    pub(crate) loss_up: Option<f32>,
}

/// The peer connection of one seat.
#[derive(Debug)]
pub(crate) struct Session {
    rtc: Rtc,
    role: Role,
    local: Local,
    sent_lines: Vec<Mid>,
    lines: Vec<SlotLine>,
    /// The layers of the camera that were offered, from the smallest up.
    camera_layers: Vec<Layer>,
    streams: Vec<Stream>,
    formats: Vec<(Pt, VideoCodec)>,
    /// The formats in which it can send its screen, the one that it likes best first.
    screen_codecs: Vec<VideoCodec>,
    /// The payload types of sound, alone and with earlier frames in each packet; the peer takes both.
    red: Option<RedTypes>,
    /// Frames of sound are sent more than once, since the peer loses packets.
    is_protecting: bool,
    protection: Protection,
    voice_rate: VoiceRate,
    /// Bits a second in which a voice should come for the peer, as it has room.
    pub(crate) voice_bps: u64,
    paths: Paths,
    clock: CaptureClock,
    bandwidth: Bandwidth,
    /// As str0m last measured it.
    measured: Option<Measured>,
    pub(crate) sent: BitrateMeter,
    pub(crate) received: BitrateMeter,
    started_at: Instant,
    last_authentic_at: Instant,
    is_connected: bool,
    /// Packets were written to slots, and not sent yet.
    has_written: bool,
    /// What was asked of str0m takes effect when time passes.
    is_dirty: bool,
    next_timeout: Instant,
    /// When to wake up for it at the latest.
    wake_at: Instant,
}

impl Session {
    pub(super) fn accept(
        offer: &str,
        role: Role,
        addresses: &Addresses,
        now: Instant,
    ) -> Result<(Self, String), SfuError> {
        let offer = template::check(offer, role)?;
        let local = Local::of(addresses);
        let mut session = Self {
            rtc: new_rtc(local, now)?,
            role,
            local,
            sent_lines: offer.sent.clone(),
            lines: Vec::new(),
            camera_layers: offer.camera_layers.clone(),
            streams: Vec::new(),
            formats: Vec::new(),
            screen_codecs: offer.screen_codecs.clone(),
            red: None,
            is_protecting: false,
            protection: Protection::default(),
            voice_rate: VoiceRate::default(),
            voice_bps: VOICE_BPS,
            paths: Paths::default(),
            clock: CaptureClock::new(now),
            bandwidth: Bandwidth::default(),
            measured: None,
            sent: BitrateMeter::default(),
            received: BitrateMeter::default(),
            started_at: now,
            last_authentic_at: now,
            is_connected: false,
            has_written: false,
            is_dirty: false,
            next_timeout: now,
            wake_at: now,
        };
        let answer = session.apply(&offer, addresses)?;
        session.lines = session.slot_lines(&offer)?;
        session.formats = streams::formats(&session.rtc);
        session.red = RedTypes::of(&session.rtc);
        session.retire_idle_streams();
        Ok((session, answer))
    }

    /// Accepts an ICE restart of the same lines.
    pub(crate) fn renegotiate(
        &mut self,
        offer: &str,
        addresses: &Addresses,
        now: Instant,
    ) -> Result<String, SfuError> {
        let offer = template::check(offer, self.role)?;
        let lines: Vec<Mid> = self.lines.iter().map(|line| line.mid).collect();
        let is_same = offer.sent == self.sent_lines
            && offer.received == lines
            && offer.camera_layers == self.camera_layers;
        if !is_same {
            return Err(SfuError::SdpRejected(
                "its m-lines are not those of the first offer".into(),
            ));
        }
        self.due_at(now);
        // The answer must name the same SSRCs as the first one.
        for slot in 0..self.lines.len() {
            self.declare_stream(slot);
        }
        let answer = self.apply(&offer, addresses);
        self.retire_idle_streams();
        answer
    }

    fn apply(&mut self, offer: &Offer, addresses: &Addresses) -> Result<String, SfuError> {
        let rejected = |why: &dyn ToString| SfuError::SdpRejected(why.to_string());
        // A parser that breaks on somebody's offer must not cost the room.
        let parsed = catch_unwind(|| SdpOffer::from_sdp_string(&offer.sdp))
            .map_err(|_| rejected(&"it broke the parser"))?
            .map_err(|why| rejected(&why))?;
        let answer = self
            .rtc
            .sdp_api()
            .accept_offer(parsed)
            .map_err(|why| rejected(&why))?;
        Ok(answer::finish(
            &answer.to_sdp_string(),
            self.role,
            &offer.received,
            addresses,
        ))
    }

    /// The formats in which the peer can send its screen, the one that it likes best first.
    pub(crate) fn screen_codecs(&self) -> &[VideoCodec] {
        &self.screen_codecs
    }

    /// The user name that the peer's checks must carry.
    pub(crate) fn ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.is_connected
    }

    /// What the path to the peer carries; `None` while nobody knows.
    pub(crate) fn estimate_bps(&mut self, now: Instant) -> Option<u64> {
        let sent_bps = self.sent.bps(now);
        self.bandwidth.estimate_bps(sent_bps, now, &mut self.rtc)
    }

    /// Whether packets to the peer are being lost.
    pub(crate) fn is_losing(&mut self, now: Instant) -> bool {
        Bandwidth::is_losing(now, &mut self.rtc)
    }

    /// Takes what was decided to send, beside `audio_bps` of sound; true if more is assumed of the path from now on.
    pub(crate) fn desire(&mut self, audio_bps: u64, allocation: &Allocation, now: Instant) -> bool {
        self.bandwidth.desire(audio_bps, allocation, now, &mut self.rtc)
    }

    /// Round trip and losses; `None` before the first measurement.
    pub(crate) fn measured(&self) -> Option<&Measured> {
        self.measured.as_ref()
    }

    pub(crate) fn started_at(&self) -> Instant {
        self.started_at
    }

    pub(crate) fn last_authentic_at(&self) -> Instant {
        self.last_authentic_at
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter()
    }

    pub(crate) fn forget_path(&mut self, path: &Path) {
        self.paths.forget(path);
    }
}
