//! One peer connection of a person: some SFUs want one a person, others one to send and one to receive.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sfu::Datagram;
use sfu_net::Udp;
use sfu_sim::stamp::Stamp;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RedDecoder, RedEncoder, RedundantBlock, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc};

use crate::network::{Landed, Network};
use crate::payload;
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
    /// The frame of sound before, with its RTP time.
    before: Option<(u32, Vec<u8>)>,
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
    /// What everything passes on its way from and to the socket, if it is poor.
    network: Option<Network>,
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
                    before: None,
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
            let alone = payload_type(&self.rtc, line.kind).ok_or("a codec is missing")?;
            let (payload_type, payload) = match red_type(&self.rtc, line.kind) {
                Some(red) => (red, line.with_the_one_before(alone, made.rtp_time, &made.payload)),
                None => (alone, made.payload),
            };
            let sequence = line.sequence.into();
            let write = RtpWrite::new(payload_type, sequence, made.rtp_time, now, payload)
                .marker(made.is_last && !is_audio)
                .nackable(!is_audio)
                .ext_vals(extensions);
            let mut api = self.rtc.direct_api();
            let stream = api.stream_tx_by_mid(line.mid, None);
            stream.ok_or("a line was refused")?.write_rtp(write);
            tally.sent(made_ns);
            tally.playouts.made(self.member, is_audio, made_ns);
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
        let at_ns = (at - self.epoch).as_nanos() as u64;
        if !is_video {
            return self.hear(packet, at_ns, tally);
        }
        let stamp = payload::of_video(&packet.payload);
        let is_known = stamp.is_some();
        let mut is_stuck = false;
        if let Some(stamp) = stamp {
            let starts_keyframe = stamp.is_keyframe && stamp.index == 0;
            tally.delivered(self.member, &stamp, Some(starts_keyframe), at_ns);
            is_stuck = tally.playouts.see(self.member, &stamp, at_ns);
        }
        let is_undecodable = is_stuck
            || tally.waits_for_picture(self.member)
                && at.saturating_duration_since(self.asked_for_keyframe_at) >= KEYFRAME_AGAIN;
        let wants = is_undecodable || (!is_known && tally.recording.wants_keyframe());
        if wants {
            self.asked_for_keyframe_at = at;
            let mut api = self.rtc.direct_api();
            if let Some(stream) = api.stream_rx_by_mid(mid, None) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
        }
    }
}

impl Endpoint {
    /// Sound, of which a packet may have frames of before too.
    fn hear(&self, packet: &str0m::rtp::RtpPacket, at_ns: u64, tally: &mut Tally) {
        let alone = opus(&self.rtc).map(str0m::format::PayloadParams::pt);
        let blocks = if alone == Some(packet.header.payload_type) {
            vec![&packet.payload[..]]
        } else {
            let blocks = RedDecoder::decode(&packet.payload).unwrap_or_default();
            blocks.into_iter().map(|block| block.payload).collect()
        };
        let stamps: Vec<Stamp> = blocks.into_iter().filter_map(payload::of_audio).collect();
        if let Some(newest) = stamps.last() {
            tally.delivered(self.member, newest, None, at_ns);
        }
        for stamp in &stamps {
            tally.playouts.hear(self.member, stamp, at_ns);
        }
    }
}

impl SendLine {
    /// A payload of RED: the frame before and this one.
    fn with_the_one_before(&mut self, payload_type: Pt, rtp_time: u32, frame: &[u8]) -> Vec<u8> {
        let before = self.before.replace((rtp_time, frame.to_vec()));
        let before = before.map(|(time, payload)| RedundantBlock {
            pt: *payload_type,
            timestamp_offset: rtp_time.wrapping_sub(time),
            payload,
        });
        RedEncoder::encode(*payload_type, frame, before.as_slice())
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

fn opus(rtc: &Rtc) -> Option<&str0m::format::PayloadParams> {
    let params = rtc.codec_config().params();
    params.iter().find(|params| params.spec().codec == Codec::Opus)
}

/// The payload type of sound that comes twice, where that was agreed on.
fn red_type(rtc: &Rtc, kind: MediaKind) -> Option<Pt> {
    opus(rtc).filter(|_| kind == MediaKind::Audio)?.red()
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
