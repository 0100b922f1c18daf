//! What the generator writes into its packets, so that any SFU takes them for VP8 and Opus and a receiver
//! can tell when they were made.
//!
//! SFUs may rewrite the VP8 payload descriptor (RFC 7741 §4.2), so it is parsed, not assumed. Every frame's
//! packets carry a key frame's header (§4.3), since some SFUs read the picture's size from it.

/// Tells our stamps from padding and blank frames that an SFU makes itself.
const MAGIC: [u8; 4] = *b"vvld";
/// The magic, the publisher and the time.
const STAMP_BYTES: usize = 16;
/// The descriptor with 15-bit picture id and temporal layer indices, and the header of a frame.
const VIDEO_HEADER_BYTES: usize = 6 + FRAME_HEADER_BYTES;
const FRAME_HEADER_BYTES: usize = 10;
/// 640×480, little endian, without scaling.
const PICTURE_SIZE: [u8; 4] = [0x80, 0x02, 0xE0, 0x01];

/// Who made a packet and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub publisher: u32,
    /// On the generator's clock.
    pub made_ns: u64,
}

/// Where a packet stands in its video.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub picture: u32,
    pub is_first: bool,
    pub is_keyframe: bool,
}

impl Stamp {
    fn write(&self, payload: &mut Vec<u8>) {
        payload.extend(MAGIC);
        payload.extend(self.publisher.to_be_bytes());
        payload.extend(self.made_ns.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.get(..STAMP_BYTES)?.split_at(MAGIC.len());
        let (publisher, made_ns) = rest.split_at(4);
        (magic == MAGIC).then_some(Self {
            publisher: u32::from_be_bytes(publisher.try_into().ok()?),
            made_ns: u64::from_be_bytes(made_ns.try_into().ok()?),
        })
    }

    /// An audio payload of `bytes`, or of a stamp if that is more.
    pub fn audio(&self, bytes: usize) -> Vec<u8> {
        let mut payload = Vec::with_capacity(bytes.max(STAMP_BYTES));
        self.write(&mut payload);
        payload.resize(bytes.max(STAMP_BYTES), 0);
        payload
    }

    /// The stamp of an audio payload.
    pub fn of_audio(payload: &[u8]) -> Option<Self> {
        Self::read(payload)
    }

    /// A video payload of `bytes`, or of headers and stamp if that is more.
    pub fn video(&self, bytes: usize, place: Place) -> Vec<u8> {
        let bytes = bytes.max(VIDEO_HEADER_BYTES + STAMP_BYTES);
        let mut payload = Vec::with_capacity(bytes);
        payload.extend([0x80 | if place.is_first { 0x10 } else { 0 }, 0xE0]);
        payload.extend((0x8000 | (place.picture & 0x7fff) as u16).to_be_bytes());
        payload.extend([place.picture as u8, 0]);
        payload.extend([u8::from(!place.is_keyframe) | 0x10, 0, 0, 0x9D, 0x01, 0x2A]);
        payload.extend(PICTURE_SIZE);
        self.write(&mut payload);
        payload.resize(bytes, 0);
        payload
    }

    /// The stamp of a video payload, and whether the packet starts a key frame.
    pub fn of_video(payload: &[u8]) -> Option<(Self, bool)> {
        let frame = payload.get(descriptor_bytes(payload)?..)?;
        let starts_frame = payload[0] & 0x10 != 0;
        let is_keyframe = frame.first()? & 1 == 0;
        Some((
            Self::read(frame.get(FRAME_HEADER_BYTES..)?)?,
            starts_frame && is_keyframe,
        ))
    }
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
        made_ns: 123_456_789_012,
    };

    #[test]
    fn a_video_stamp_survives_a_descriptor_that_the_sfu_made_shorter() {
        let place = Place {
            picture: 300,
            is_first: true,
            is_keyframe: true,
        };
        let payload = STAMP.video(1100, place);
        assert_eq!(payload.len(), 1100);
        assert_eq!(Stamp::of_video(&payload), Some((STAMP, true)));
        // Seven bits of picture id, no temporal layer indices.
        let shorter = [&[0x90, 0x80, 0x2C], &payload[6..]].concat();
        assert_eq!(Stamp::of_video(&shorter), Some((STAMP, true)));
    }

    #[test]
    fn only_the_first_packet_of_a_key_frame_starts_one() {
        for (is_first, is_keyframe) in [(false, true), (true, false)] {
            let place = Place {
                picture: 1,
                is_first,
                is_keyframe,
            };
            assert_eq!(Stamp::of_video(&STAMP.video(0, place)), Some((STAMP, false)));
        }
    }

    #[test]
    fn what_an_sfu_makes_itself_has_no_stamp() {
        assert_eq!(Stamp::of_audio(&[0; 40]), None);
        assert_eq!(Stamp::of_video(&[0x90, 0x80, 0x01, 0x00]), None);
        assert_eq!(Stamp::of_audio(&STAMP.audio(0)), Some(STAMP));
    }
}
