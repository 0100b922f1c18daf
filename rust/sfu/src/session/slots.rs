//! What a session sends its peer: one line a slot, whatever track is on it.

use std::time::Instant;

use str0m::format::Codec;
use str0m::media::{Mid, Pt};

use super::Session;
use super::line::{Outgoing, SlotLine, Written};
use crate::codec::VideoCodec;
use crate::error::SfuError;
use crate::limits::{AUDIO_RESEND_PACKETS, RESEND_AGE, RESEND_RATIO_MAX, VIDEO_RESEND_PACKETS};
use crate::rewrite::Rewriter;
use crate::source::Source;
use crate::template::Offer;
use crate::voice::{self, SentFrames};
use crate::voice_rate;

impl Session {
    pub(super) fn slot_lines(&mut self, offer: &Offer) -> Result<Vec<SlotLine>, SfuError> {
        let sources = self.role.slot_sources().map(|(source, _)| source);
        offer
            .received
            .iter()
            .zip(sources)
            .map(|(mid, source)| self.slot_line(*mid, source))
            .collect()
    }

    pub(super) fn slot_line(&mut self, mid: Mid, source: Source) -> Result<SlotLine, SfuError> {
        let missing = || SfuError::SdpRejected(format!("m-line {mid} has no codec that we send"));
        let payload_types = self.payload_types(mid, source);
        if payload_types.is_empty() {
            return Err(missing());
        }
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).ok_or_else(missing)?;
        let (ssrc, rtx) = (stream.ssrc(), stream.rtx());
        Ok(SlotLine {
            mid,
            ssrc,
            rtx,
            payload_types,
            source,
            rewriter: Rewriter::new(source.clock_hz()),
            has_sent: false,
            sent_frames: SentFrames::default(),
        })
    }

    fn payload_types(&self, mid: Mid, source: Source) -> Vec<(Option<VideoCodec>, Pt)> {
        let accepted = self.rtc.media(mid).map_or(&[][..], |media| media.remote_pts());
        let params = self.rtc.codec_config().params().iter();
        let fits = |codec| VideoCodec::of(codec).is_some() || (!source.is_video() && codec == Codec::Opus);
        params
            .filter(|p| accepted.contains(&p.pt()) && fits(p.spec().codec))
            .map(|p| (VideoCodec::of(p.spec().codec), p.pt()))
            .collect()
    }

    /// The formats that the peer decodes on the lines of this source.
    pub(crate) fn decodes(&self, source: Source) -> Vec<VideoCodec> {
        let line = self.lines.iter().find(|line| line.source == source);
        let known = line.map_or(&[][..], |line| &line.payload_types);
        known.iter().filter_map(|(codec, _)| *codec).collect()
    }

    /// The mids of the receive lines, in template order.
    pub(crate) fn slot_mids(&self) -> Vec<Mid> {
        self.lines.iter().map(|line| line.mid).collect()
    }

    /// The slot's index of a receive line.
    pub(super) fn slot_of(&self, mid: Mid) -> Option<usize> {
        self.lines.iter().position(|line| line.mid == mid)
    }

    pub(super) fn declare_stream(&mut self, slot: usize) {
        let Some(line) = self.lines.get(slot).filter(|line| !line.has_sent) else {
            return;
        };
        let mut api = self.rtc.direct_api();
        let stream = api.declare_stream_tx(line.ssrc, line.rtx, line.mid, None);
        let packets = if line.source.is_video() {
            VIDEO_RESEND_PACKETS
        } else {
            AUDIO_RESEND_PACKETS
        };
        stream.set_rtx_cache(packets, RESEND_AGE, Some(RESEND_RATIO_MAX));
    }

    /// Takes the streams of slots that have sent nothing from str0m, which walks over all of them at every
    /// packet. A stream that has sent stays: its retransmissions go on counting.
    pub(super) fn retire_idle_streams(&mut self) {
        let mut api = self.rtc.direct_api();
        for line in self.lines.iter_mut().filter(|line| !line.has_sent) {
            api.remove_stream_tx(line.ssrc);
        }
    }

    /// Writes a packet to a slot.
    pub(crate) fn write(&mut self, slot: usize, outgoing: &Outgoing<'_>) -> Written {
        let Some(line) = self.lines.get_mut(slot).filter(|_| self.is_connected) else {
            return Written::Dropped;
        };
        let red = self.red.filter(|_| self.is_protecting);
        let (write, written) = match line.rewrite(outgoing, red) {
            Ok(rewritten) => rewritten,
            Err(written) => return written,
        };
        let ssrc = line.ssrc;
        self.declare_stream(slot);
        self.lines[slot].has_sent = true;
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx(&ssrc) else {
            return Written::Dropped;
        };
        stream.write_rtp(write);
        self.has_written = true;
        written
    }

    /// Decides whether frames of sound, of which so many `voices` come in `audio_bps`, are sent more than once from
    /// now on, and in how many bits each should come; the bits a second that all take now.
    pub(crate) fn make_room_for_voices(&mut self, voices: u64, audio_bps: u64, now: Instant) -> u64 {
        let estimate_bps = self.estimate_bps(now);
        let loss = self.measured.and_then(|measured| measured.loss_down);
        // To send more is no remedy for having sent too much.
        let loss = loss.filter(|_| !self.bandwidth.has_just_collapsed(now));
        let loses_packets = self.protection.is_due(loss, now) && self.red.is_some();
        let allowance = voice_rate::Allowance {
            estimate_bps,
            voices,
            loses_packets,
        };
        self.voice_bps = self.voice_rate.decide(allowance, now);
        // Where it does not fit, it is the sound that would be lost; but a path that goes on to lose what is least of
        // all does not lose it for want of room.
        let fits = estimate_bps.is_none_or(|bps| bps >= voice::protected_bps(audio_bps))
            || self
                .protection
                .lost_at()
                .is_some_and(|at| self.voice_rate.was_least_at(at));
        self.is_protecting = loses_packets && fits;
        if self.is_protecting {
            return voice::protected_bps(audio_bps);
        }
        self.lines.iter_mut().for_each(|line| line.sent_frames.clear());
        audio_bps
    }

    /// Makes the slot start anew with the next packet (for video: key frame).
    pub(crate) fn interrupt_slot(&mut self, slot: usize) {
        if let Some(line) = self.lines.get_mut(slot) {
            line.interrupt();
        }
    }

    /// Makes the slot start anew, and lets go what it has not sent and could send again: what came before
    /// is of no use any more, and the path is short of room.
    pub(crate) fn clear_slot(&mut self, slot: usize) {
        self.interrupt_slot(slot);
        let Some(ssrc) = self.lines.get(slot).map(|line| line.ssrc) else {
            return;
        };
        if let Some(stream) = self.rtc.direct_api().stream_tx(&ssrc) {
            stream.reset_buffers();
        }
    }
}
