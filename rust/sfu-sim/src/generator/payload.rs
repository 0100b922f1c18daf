//! What the generator writes into its packets, so that any SFU takes them for VP8 and Opus and a receiver
//! can tell when they were made.
//!
//! SFUs may rewrite the VP8 payload descriptor (RFC 7741 §4.2), so it is parsed, not assumed. Every frame's
//! packets carry a key frame's header (§4.3), since some SFUs read the picture's size from it.

use sfu_sim::stamp::{STAMP_BYTES, Stamp};

/// Tells our stamps from padding and blank frames that an SFU makes itself.
const MAGIC: [u8; 4] = *b"vvld";
const MARK_BYTES: usize = MAGIC.len() + STAMP_BYTES;
/// The descriptor with 15-bit picture id and temporal layer indices, and the header of a frame.
const VIDEO_HEADER_BYTES: usize = 6 + FRAME_HEADER_BYTES;
const FRAME_HEADER_BYTES: usize = 10;
/// 640×480, little endian, without scaling.
const PICTURE_SIZE: [u8; 4] = [0x80, 0x02, 0xE0, 0x01];

fn mark(payload: &mut Vec<u8>, stamp: &Stamp, bytes: usize) {
    payload.extend(MAGIC);
    payload.extend(stamp.audio(bytes.saturating_sub(payload.len())));
}

fn marked(bytes: &[u8]) -> Option<Stamp> {
    Stamp::of_audio(bytes.strip_prefix(&MAGIC)?)
}

/// An audio payload of `bytes`, or of a stamp if that is more.
pub fn audio(stamp: &Stamp, bytes: usize) -> Vec<u8> {
    let mut payload = Vec::with_capacity(bytes.max(MARK_BYTES));
    mark(&mut payload, stamp, bytes);
    payload
}

/// The stamp of an audio payload.
pub fn of_audio(payload: &[u8]) -> Option<Stamp> {
    marked(payload)
}

/// A video payload of `bytes`, or of headers and stamp if that is more.
pub fn video(stamp: &Stamp, bytes: usize) -> Vec<u8> {
    let mut payload = Vec::with_capacity(bytes.max(VIDEO_HEADER_BYTES + MARK_BYTES));
    payload.extend([0x80 | if stamp.index == 0 { 0x10 } else { 0 }, 0xE0]);
    payload.extend((0x8000 | (stamp.frame & 0x7fff) as u16).to_be_bytes());
    payload.extend([stamp.frame as u8, 0]);
    payload.extend([u8::from(!stamp.is_keyframe) | 0x10, 0, 0, 0x9D, 0x01, 0x2A]);
    payload.extend(PICTURE_SIZE);
    mark(&mut payload, stamp, bytes);
    payload
}

/// The stamp of a video payload.
pub fn of_video(payload: &[u8]) -> Option<Stamp> {
    let frame = payload.get(descriptor_bytes(payload)?..)?;
    marked(frame.get(FRAME_HEADER_BYTES..)?)
}

/// The length of a VP8 payload descriptor (RFC 7741 §4.2).
pub fn descriptor_bytes(payload: &[u8]) -> Option<usize> {
    if payload.first()? & 0x80 == 0 {
        return Some(1);
    }
    let extended = *payload.get(1)?;
    let mut bytes = 2;
    if extended & 0x80 != 0 {
        let is_long = payload.get(bytes)? & 0x80 != 0;
        bytes += if is_long { 2 } else { 1 };
    }
    bytes += usize::from(extended & 0x40 != 0);
    bytes += usize::from(extended & 0x30 != 0);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        publisher: 7,
        frame: 300,
        index: 0,
        count: 2,
        made_ns: 123_456_789_012,
        is_keyframe: true,
        layer: 0,
    };

    #[test]
    fn a_video_stamp_survives_a_descriptor_that_the_sfu_made_shorter() {
        let payload = video(&STAMP, 1100);
        assert_eq!(payload.len(), 1100);
        assert_eq!(of_video(&payload), Some(STAMP));
        // Seven bits of picture id, no temporal layer indices.
        let shorter = [&[0x90, 0x80, 0x2C], &payload[6..]].concat();
        assert_eq!(of_video(&shorter), Some(STAMP));
    }

    #[test]
    fn what_an_sfu_makes_itself_has_no_stamp() {
        assert_eq!(of_audio(&[0; 40]), None);
        assert_eq!(of_video(&[0x90, 0x80, 0x01, 0x00]), None);
        assert_eq!(of_audio(&audio(&STAMP, 0)), Some(STAMP));
        assert_eq!(audio(&STAMP, 80).len(), 80);
    }
}
