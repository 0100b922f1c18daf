//! The formats of pictures that pass through: which there are, and where a decoder can begin.

use str0m::format::Codec;
use str0m::rtp::Vp8Descriptor;

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VideoCodec {
    /// RFC 7741. Everybody's cameras: browsers send it in layers, and all decode it.
    Vp8,
    /// RFC 9628, profile 0.
    Vp9,
    /// The RTP payload format of the Alliance for Open Media, version 1.0.
    Av1,
    /// RFC 6184, constrained baseline in packetization mode 1.
    H264,
}

impl VideoCodec {
    /// All of them; a sender's camera is in the first that it offers.
    pub const ALL: [Self; 4] = [Self::Vp8, Self::H264, Self::Vp9, Self::Av1];

    /// The stable name: `vp8`, `vp9`, `av1` or `h264`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
            Self::Av1 => "av1",
            Self::H264 => "h264",
        }
    }

    /// The codec of an encoding name in SDP (`a=rtpmap`), which are without regard to case (RFC 4855 §3).
    pub(crate) fn from_encoding_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn of(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Vp8 => Some(Self::Vp8),
            Codec::Vp9 => Some(Self::Vp9),
            Codec::Av1 => Some(Self::Av1),
            Codec::H264 => Some(Self::H264),
            _ => None,
        }
    }

    /// Whether a packet of this payload is the first of a key frame.
    pub(crate) fn starts_keyframe(self, payload: &[u8]) -> bool {
        match self {
            Self::Vp8 => {
                Vp8Descriptor::parse(payload).is_ok_and(|descriptor| descriptor.starts_keyframe(payload))
            }
            Self::Vp9 => vp9_starts(payload),
            Self::Av1 => av1_starts(payload),
            Self::H264 => h264_starts(payload),
        }
    }
}

/// Not predicted from other pictures, the beginning of a frame, and of the lowest spatial layer (RFC 9628 §4.2).
fn vp9_starts(payload: &[u8]) -> bool {
    const PICTURE_ID: u8 = 0x80;
    const PREDICTED: u8 = 0x40;
    const LAYERS: u8 = 0x20;
    const BEGINS: u8 = 0x08;
    const LONG_PICTURE_ID: u8 = 0x80;
    let Some(flags) = payload.first() else {
        return false;
    };
    let id_bytes = match (flags & PICTURE_ID != 0, payload.get(1)) {
        (false, _) => 0,
        (true, Some(id)) if id & LONG_PICTURE_ID == 0 => 1,
        (true, _) => 2,
    };
    // TID, U, SID, D
    let is_lowest = flags & LAYERS == 0 || payload.get(1 + id_bytes).is_some_and(|layer| layer & 0x0e == 0);
    flags & PREDICTED == 0 && flags & BEGINS != 0 && is_lowest
}

/// The first packet of a coded video sequence (§4.4 of the format: Z, Y, W, W, N).
fn av1_starts(payload: &[u8]) -> bool {
    const CONTINUES: u8 = 0x80;
    const NEW_SEQUENCE: u8 = 0x08;
    payload
        .first()
        .is_some_and(|header| header & CONTINUES == 0 && header & NEW_SEQUENCE != 0)
}

/// A sequence parameter set, which WebRTC's encoders send before each key picture and decoders need
/// (RFC 7742 §6.2): by itself, in an aggregate or as a first fragment (RFC 6184 §5.6 to §5.8).
fn h264_starts(payload: &[u8]) -> bool {
    const SEQUENCE_PARAMETERS: u8 = 7;
    const AGGREGATE: u8 = 24;
    const FRAGMENT: u8 = 28;
    const FIRST_FRAGMENT: u8 = 0x80;
    let kind = |byte: &u8| byte & 0x1f;
    match payload.first().map(kind) {
        Some(SEQUENCE_PARAMETERS) => true,
        Some(AGGREGATE) => units(&payload[1..]).any(|unit| kind(&unit) == SEQUENCE_PARAMETERS),
        Some(FRAGMENT) => payload
            .get(1)
            .is_some_and(|header| header & FIRST_FRAGMENT != 0 && kind(header) == SEQUENCE_PARAMETERS),
        _ => false,
    }
}

/// The first byte of each unit of an aggregate.
fn units(mut rest: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let first = *after.get(..length)?.first()?;
        rest = &after[length..];
        Some(first)
    })
}

#[cfg(test)]
mod tests {
    use super::VideoCodec::*;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_frame_begins_where_a_decoder_can() {
        let cases: [(VideoCodec, &[u8], bool); 20] = [
            (Vp8, &[0x10, 0x00], true),
            (Vp8, &[0x10, 0x01], false), // predicted
            (Vp8, &[0x00, 0x00], false), // not the first of a frame
            (Vp9, &[0x08, 0xff], true),
            (Vp9, &[0x88, 0x05], true),
            (Vp9, &[0x88, 0x85, 0x01], true),
            (Vp9, &[0xa8, 0x85, 0x01, 0x00], true), // with layers, the lowest
            (Vp9, &[0xa8, 0x85, 0x01, 0x02], false), // a higher one
            (Vp9, &[0x48, 0xff], false),            // predicted
            (Vp9, &[0x00, 0xff], false),            // not the first of a frame
            (Vp9, &[0xa8, 0x85], false),            // cut off
            (Av1, &[0x18, 0x0a], true),
            (Av1, &[0x10, 0x0a], false), // not a new sequence
            (Av1, &[0x98, 0x0a], false), // goes on
            (H264, &[0x67, 0x42], true),
            (H264, &[0x65, 0x88], false),
            (H264, &[0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68], true),
            (H264, &[0x78, 0, 1, 0x68, 0, 9, 0x67], false), // cut off
            (H264, &[0x7c, 0x87, 0x42], true),
            (H264, &[0x7c, 0x07, 0x42], false), // a later fragment
        ];
        for (codec, payload, starts) in cases {
            assert_eq!(codec.starts_keyframe(payload), starts, "{codec:?} {payload:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_payload_breaks_it(payload in proptest::collection::vec(any::<u8>(), 0..40)) {
            for codec in VideoCodec::ALL {
                let _ = codec.starts_keyframe(&payload);
            }
        }
    }
}
