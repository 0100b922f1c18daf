//! What it sends, and what it makes of what it hears and sees.

use std::time::{Duration, Instant};

use sfu_sim::stamp::Stamp;
use str0m::Rtc;
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::rtp::{ExtensionValues, RedDecoder, RedEncoder, RedundantBlock, RtpWrite};

use super::{Endpoint, plain};
use crate::payload;
use crate::tally::Tally;
use crate::trace::{Made, Player, Traces};

/// A decoder that lacks something asks again after so long, as browsers do.
const KEYFRAME_AGAIN: Duration = Duration::from_millis(200);
/// What a microphone says of itself: a calm voice.
const LEVEL_DBOV: i8 = -30;

/// A line on which it may send.
pub(super) struct SendLine {
    pub(super) mid: Mid,
    kind: MediaKind,
    pub(super) player: Option<Player>,
    sequence: u64,
    /// The frame of sound before, with its RTP time.
    before: Option<(u32, Vec<u8>)>,
}

impl Endpoint {
    /// Sends the traces of these kinds on its first line of each kind, from `at` on.
    pub fn play(&mut self, traces: &Traces, kinds: &[MediaKind], at: Instant) {
        for kind in kinds {
            let line = self.send_lines.iter_mut().find(|line| line.kind == *kind);
            if let Some(line) = line.filter(|line| line.player.is_none()) {
                line.player = Some(Player::new(traces.of_kind(*kind), self.member, at));
            }
        }
    }

    pub(super) fn send_due(&mut self, index: usize, now: Instant, tally: &mut Tally) -> Result<(), String> {
        let line = &mut self.send_lines[index];
        while let Some(player) = line.player.as_mut().filter(|player| player.due() <= now) {
            let made_ns = (Instant::now() - self.epoch).as_nanos() as u64;
            let made = player.make(made_ns);
            let is_audio = line.kind == MediaKind::Audio;
            match self.relay {
                Some(relay) => self.outbox.push(plain::datagram(relay, &made.payload)),
                None => line.write(made, &mut self.rtc, now)?,
            }
            tally.sent(made_ns);
            tally.playouts.made(self.member, is_audio, made_ns);
        }
        Ok(())
    }

    pub(super) fn note(&mut self, packet: &str0m::rtp::RtpPacket, at: Instant, tally: &mut Tally) {
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
    pub(super) fn new(mid: Mid, kind: MediaKind) -> Self {
        Self {
            mid,
            kind,
            player: None,
            sequence: 1_000,
            before: None,
        }
    }

    fn write(&mut self, made: Made, rtc: &mut Rtc, now: Instant) -> Result<(), String> {
        self.sequence += 1;
        let is_audio = self.kind == MediaKind::Audio;
        let extensions = ExtensionValues {
            audio_level: is_audio.then_some(LEVEL_DBOV),
            voice_activity: is_audio.then_some(true),
            ..ExtensionValues::default()
        };
        let alone = payload_type(rtc, self.kind).ok_or("a codec is missing")?;
        let (payload_type, payload) = match red_type(rtc, self.kind) {
            Some(red) => (red, self.with_the_one_before(alone, made.rtp_time, &made.payload)),
            None => (alone, made.payload),
        };
        let sequence = self.sequence.into();
        let write = RtpWrite::new(payload_type, sequence, made.rtp_time, now, payload)
            .marker(made.is_last && !is_audio)
            .nackable(!is_audio)
            .ext_vals(extensions);
        let mut api = rtc.direct_api();
        let stream = api.stream_tx_by_mid(self.mid, None);
        stream.ok_or("a line was refused")?.write_rtp(write);
        Ok(())
    }

    pub(super) fn ask_for_keyframe(&mut self) {
        if let Some(player) = &mut self.player {
            player.ask_for_keyframe();
        }
    }

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
