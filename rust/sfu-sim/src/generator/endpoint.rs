//! One peer connection of a person: some SFUs want one a person, others one to send and one to receive.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sfu::Datagram;
use sfu_net::Udp;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc};

use crate::payload::Stamp;
use crate::tally::Tally;
use crate::trace::{Player, Traces};

/// Capacity of the resend cache in packets: 3 s at 4 Mbit/s.
const RESEND_PACKETS: usize = 1500;
/// A decoder that lacks something asks again after so long, as browsers do.
const KEYFRAME_AGAIN: Duration = Duration::from_millis(200);
/// What a microphone says of itself: a calm voice.
const LEVEL_DBOV: i8 = -30;

/// A line on which it may send.
struct SendLine {
    mid: Mid,
    kind: MediaKind,
    player: Option<Player>,
    sequence: u64,
}

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
    asked_for_keyframe_at: Instant,
}

impl Endpoint {
    /// `epoch` is time zero of all stamps.
    pub fn new(member: u32, host: SocketAddr, epoch: Instant) -> Result<Self, String> {
        let udp = Udp::bind(host).map_err(|why| why.to_string())?;
        udp.stamp_arrivals();
        let address = udp.local_address().map_err(|why| why.to_string())?;
        let now = Instant::now();
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_vp8(true)
            .enable_opus(true, false)
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
            asked_for_keyframe_at: now,
        })
    }

    /// Adds the lines and offers; a line is `{"kind", "sends", "track"}`, the track's name may be missing.
    pub fn offer(&mut self, lines: &[Value]) -> Result<String, String> {
        let mut changes = self.rtc.sdp_api();
        for line in lines {
            let kind = match line["kind"].as_str() {
                Some("audio") => MediaKind::Audio,
                Some("video") => MediaKind::Video,
                _ => return Err(format!("no kind of line: {line}")),
            };
            let sends = line["sends"].as_bool() == Some(true);
            let direction = if sends {
                Direction::SendOnly
            } else {
                Direction::RecvOnly
            };
            let track = line["track"].as_str().map(str::to_owned);
            let mid = changes.add_media(kind, direction, None, track, None);
            if sends {
                self.send_lines.push(SendLine {
                    mid,
                    kind,
                    player: None,
                    sequence: 1_000,
                });
            }
        }
        let (offer, pending) = changes.apply().ok_or("the offer has no lines")?;
        self.pending = Some(pending);
        Ok(offer.to_sdp_string())
    }

    /// Takes the answer to the offer.
    pub fn accept(&mut self, answer: &str, now: Instant) -> Result<(), String> {
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|why| why.to_string())?;
        let pending = self.pending.take().ok_or("nothing was offered")?;
        let accepted = self.rtc.sdp_api().accept_answer(pending, answer);
        accepted.map_err(|why| why.to_string())?;
        for line in &self.send_lines {
            if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(line.mid, None) {
                stream.set_rtx_cache(RESEND_PACKETS, Duration::from_secs(3), None);
            }
        }
        self.next_timeout = now;
        Ok(())
    }

    /// Answers an offer, the first or a later one.
    pub fn answer(&mut self, offer: &str, now: Instant) -> Result<String, String> {
        let offer = SdpOffer::from_sdp_string(offer).map_err(|why| why.to_string())?;
        let answer = self.rtc.sdp_api().accept_offer(offer);
        self.next_timeout = now;
        answer
            .map(|answer| answer.to_sdp_string())
            .map_err(|why| why.to_string())
    }

    /// Takes a candidate that came after the description.
    pub fn add_candidate(&mut self, candidate: &str, now: Instant) -> Result<(), String> {
        let candidate = Candidate::from_sdp_string(candidate).map_err(|why| why.to_string())?;
        self.rtc.add_remote_candidate(candidate);
        self.next_timeout = now;
        Ok(())
    }

    /// Sends the traces of these kinds on its first line of each kind, from `at` on.
    pub fn play(&mut self, traces: &Traces, kinds: &[MediaKind], at: Instant) {
        for kind in kinds {
            let line = self.send_lines.iter_mut().find(|line| line.kind == *kind);
            if let Some(line) = line.filter(|line| line.player.is_none()) {
                line.player = Some(Player::new(traces.of_kind(*kind), self.member, at));
            }
        }
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

    /// When [`Self::advance`] is due.
    pub fn due(&self) -> Instant {
        let players = self.send_lines.iter().filter_map(|line| line.player.as_ref());
        let media = players.map(Player::due).filter(|_| self.is_connected).min();
        media.map_or(self.next_timeout, |media| media.min(self.next_timeout))
    }

    /// Takes everything that waits on the socket. What it tells the SFU of when packets came is when they came
    /// to the socket, as browsers do: that we are late to look says nothing of the network.
    pub fn receive(&mut self, tally: &mut Tally) -> Result<(), String> {
        if self.is_dark {
            while self.udp.receive_stamped(|_, _, _| {}) {}
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
        let passed = self.rtc.handle_input(Input::Timeout(now));
        passed
            .and_then(|()| drained.take_from(&mut self.rtc, now))
            .map_err(|why| why.to_string())?;
        self.settle(drained, tally);
        Ok(())
    }

    /// Gives the socket what was made.
    pub fn flush(&mut self) {
        if self.is_dark {
            self.outbox.clear();
        }
        if !self.outbox.is_empty() {
            self.udp.send(&mut self.outbox);
        }
    }

    /// What it is at, for an adapter that waits.
    pub fn status(&self) -> Value {
        json!({ "member": self.member, "is_connected": self.is_connected })
    }

    fn send_due(&mut self, index: usize, now: Instant, tally: &mut Tally) -> Result<(), String> {
        let line = &mut self.send_lines[index];
        while let Some(player) = line.player.as_mut().filter(|player| player.due() <= now) {
            let made_ns = (Instant::now() - self.epoch).as_nanos() as u64;
            let made = player.make(made_ns);
            line.sequence += 1;
            let is_audio = line.kind == MediaKind::Audio;
            let extensions = ExtensionValues {
                audio_level: is_audio.then_some(LEVEL_DBOV),
                voice_activity: is_audio.then_some(true),
                ..ExtensionValues::default()
            };
            let payload_type = payload_type(&self.rtc, line.kind).ok_or("a codec is missing")?;
            let sequence = line.sequence.into();
            let write = RtpWrite::new(payload_type, sequence, made.rtp_time, now, made.payload)
                .marker(made.is_last && !is_audio)
                .nackable(!is_audio)
                .ext_vals(extensions);
            let mut api = self.rtc.direct_api();
            let stream = api.stream_tx_by_mid(line.mid, None);
            stream.ok_or("a line was refused")?.write_rtp(write);
            tally.sent(made_ns);
        }
        Ok(())
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
                    if let Some(player) = line.and_then(|line| line.player.as_mut()) {
                        player.ask_for_keyframe();
                    }
                }
                Event::RtpPacket(packet) => self.note(&packet, at, tally),
                _ => {}
            }
        }
    }

    fn note(&mut self, packet: &str0m::rtp::RtpPacket, at: Instant, tally: &mut Tally) {
        let mut api = self.rtc.direct_api();
        let Some(mid) = api.stream_rx(&packet.header.ssrc).map(|stream| stream.mid()) else {
            return;
        };
        let kind = self.rtc.media(mid).map(str0m::media::Media::kind);
        let is_video = kind == Some(MediaKind::Video);
        tally.recording.note(packet, is_video, at);
        let stamp = if is_video {
            Stamp::of_video(&packet.payload).map(|(stamp, starts)| (stamp, Some(starts)))
        } else {
            Stamp::of_audio(&packet.payload).map(|stamp| (stamp, None))
        };
        let is_known = stamp.is_some();
        if let Some((stamp, starts_keyframe)) = stamp {
            let at_ns = (at - self.epoch).as_nanos() as u64;
            tally.delivered(self.member, stamp, starts_keyframe, at_ns);
        }
        let is_undecodable = tally.waits_for_picture(self.member)
            && at.saturating_duration_since(self.asked_for_keyframe_at) >= KEYFRAME_AGAIN;
        let wants = is_undecodable || (!is_known && tally.recording.wants_keyframe());
        if is_video && wants {
            self.asked_for_keyframe_at = at;
            let mut api = self.rtc.direct_api();
            if let Some(stream) = api.stream_rx_by_mid(mid, None) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
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

fn payload_type(rtc: &Rtc, kind: MediaKind) -> Option<Pt> {
    let codec = if kind == MediaKind::Video {
        Codec::Vp8
    } else {
        Codec::Opus
    };
    let params = rtc.codec_config().params();
    params
        .iter()
        .find(|params| params.spec().codec == codec)
        .map(str0m::format::PayloadParams::pt)
}
