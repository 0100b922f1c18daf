//! One receive line of a peer and the packets that are written to it.

use std::sync::Arc;

use str0m::media::{Mid, Pt};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc, Vp8Descriptor};

use crate::codec::VideoCodec;
use crate::rewrite::{Numbers, Rewriter, Rewritten, Vp8Numbers};
use crate::source::Source;
use crate::voice::{Frame, SentFrames};

use super::streams::RedTypes;

/// A packet on its way to slots: what is the same for every receiver.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) packet: &'a RtpPacket,
    pub(crate) numbers: Numbers,
    /// Of pictures.
    pub(crate) codec: Option<VideoCodec>,
    pub(crate) descriptor: Option<Vp8Descriptor>,
    pub(crate) starts: bool,
}

/// What became of a packet at one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is on its way, and it is what the slot had waited for.
    Started,
    /// It is on its way.
    Sent,
    /// The slot waits for a start.
    Waiting,
    /// It is older than the slot's start, the receiver is not connected yet, or it does not decode the format.
    Dropped,
}

#[derive(Debug)]
pub(super) struct SlotLine {
    pub(super) mid: Mid,
    pub(super) ssrc: Ssrc,
    pub(super) rtx: Option<Ssrc>,
    /// The payload types that the peer takes, by the format of pictures; one without for sound.
    pub(super) payload_types: Vec<(Option<VideoCodec>, Pt)>,
    pub(super) source: Source,
    pub(super) rewriter: Rewriter,
    /// Whether its stream is in use, and so known to str0m.
    pub(super) has_sent: bool,
    /// Sound that later packets may carry again.
    pub(super) sent_frames: SentFrames,
}

impl SlotLine {
    /// Starts anew with the next packet.
    pub(super) fn interrupt(&mut self) {
        self.rewriter.interrupt();
        self.sent_frames.clear();
    }

    /// The packet as this line sends it, with earlier frames in it if there are types for that, or why it
    /// does not.
    pub(super) fn rewrite(
        &mut self,
        outgoing: &Outgoing<'_>,
        red: Option<RedTypes>,
    ) -> Result<(RtpWrite, Written), Written> {
        let payload_type = self.payload_type(outgoing.codec).ok_or(Written::Dropped)?;
        let is_first = self.rewriter.is_waiting();
        if is_first && !outgoing.starts {
            return Err(Written::Waiting);
        }
        if is_first {
            self.rewriter.start(&outgoing.numbers);
        }
        let numbers = self.rewriter.rewrite(&outgoing.numbers).ok_or(Written::Dropped)?;
        let written = if is_first { Written::Started } else { Written::Sent };
        let (payload_type, payload) = match red.filter(|_| !self.source.is_video()) {
            Some(red) => (red.red, self.protect(outgoing, &numbers, red)),
            None => (payload_type, outgoing.packet.payload.clone()),
        };
        let write = RtpWrite::new(
            payload_type,
            numbers.sequence.into(),
            numbers.timestamp,
            outgoing.numbers.captured,
            payload,
        );
        Ok((self.finish(write, outgoing, &numbers, is_first), written))
    }

    /// `None`: the peer does not decode it.
    pub(super) fn payload_type(&self, codec: Option<VideoCodec>) -> Option<Pt> {
        let mut known = self.payload_types.iter();
        known.find(|(of, _)| *of == codec).map(|(_, pt)| *pt)
    }

    fn protect(&mut self, outgoing: &Outgoing<'_>, numbers: &Rewritten, red: RedTypes) -> Arc<[u8]> {
        let frame = Frame {
            sequence: numbers.sequence,
            timestamp: numbers.timestamp,
            payload: outgoing.packet.payload.clone(),
        };
        let payload = self.sent_frames.protect(&frame, *red.alone);
        self.sent_frames.keep(frame);
        payload.into()
    }

    fn finish(
        &self,
        write: RtpWrite,
        outgoing: &Outgoing<'_>,
        numbers: &Rewritten,
        is_first: bool,
    ) -> RtpWrite {
        let (header, is_video) = (&outgoing.packet.header, self.source.is_video());
        let write = write
            // The first audio packet of another voice is like the first of a talk spurt (RFC 3551 §4.1).
            .marker(header.marker || (is_first && !is_video))
            .nackable(is_video)
            .ext_vals(forwarded_extensions(&header.ext_vals));
        match outgoing
            .descriptor
            .zip(numbers.vp8)
            .and_then(|(of, to)| vp8_patch(&of, to))
        {
            Some(patch) => write.vp8_patch(patch),
            None => write,
        }
    }
}

/// Only what belongs to the media; everything else is set per hop.
fn forwarded_extensions(values: &ExtensionValues) -> ExtensionValues {
    ExtensionValues {
        audio_level: values.audio_level,
        voice_activity: values.voice_activity,
        video_orientation: values.video_orientation,
        ..ExtensionValues::default()
    }
}

pub(crate) fn vp8_patch(descriptor: &Vp8Descriptor, to: Vp8Numbers) -> Option<str0m::rtp::Vp8Patch> {
    let with_id = |id| {
        let mut patch = descriptor.patch();
        if descriptor.picture_id().is_some() {
            patch = patch.picture_id(id);
        }
        if descriptor.tl0_pic_idx().is_some() {
            patch = patch.tl0_pic_idx(to.layer0_index);
        }
        if descriptor.key_idx().is_some() {
            patch = patch.key_idx(to.key_index);
        }
        patch.build().ok()
    };
    // A sender with 7-bit ids cannot carry ours; then the low bits go on counting.
    with_id(to.picture_id).or_else(|| with_id(to.picture_id & 0x7f))
}
