//! One Opus packet on the WebSocket, behind eight bytes of header (`protocol/voice.md`).

/// The first byte of every frame.
pub const VERSION: u8 = 1;
/// Bytes before the packet.
pub const HEADER_BYTES: usize = 8;
/// Longest Opus packet (RFC 6716 §3.4, R2). 20 ms of a voice take 60 to 80.
pub const PAYLOAD_BYTES_MAX: usize = 1275;

/// A frame in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Upward how loud it is, in -dBov (RFC 6464): 0 is loudest, 127 silence. Downward the line's index.
    pub tag: u8,
    /// Counts the frames of a line.
    pub sequence: u16,
    /// Of the first sample, at 48 kHz.
    pub timestamp: u32,
    /// An Opus packet.
    pub payload: &'a [u8],
}

/// These bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Nothing follows the header, or not even that is whole.
    Short,
    /// The packet is longer than [`PAYLOAD_BYTES_MAX`].
    Long,
    /// Of another version of the protocol.
    Version,
    /// A level beyond 127.
    Level,
}

impl Malformed {
    /// The reason in words.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Short => "it is too short",
            Self::Long => "it is too long",
            Self::Version => "it is of another version",
            Self::Level => "there is no such level",
        }
    }
}

impl<'a> Frame<'a> {
    /// Reads a frame that a browser sent.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((header, payload)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Err(Malformed::Short);
        };
        let [version, tag, s0, s1, t0, t1, t2, t3] = *header;
        match payload.len() {
            _ if version != VERSION => Err(Malformed::Version),
            0 => Err(Malformed::Short),
            length if length > PAYLOAD_BYTES_MAX => Err(Malformed::Long),
            _ if tag > 127 => Err(Malformed::Level),
            _ => Ok(Self {
                tag,
                sequence: u16::from_be_bytes([s0, s1]),
                timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
                payload,
            }),
        }
    }

    /// The bytes of the frame.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.payload.len());
        bytes.extend([VERSION, self.tag]);
        bytes.extend(self.sequence.to_be_bytes());
        bytes.extend(self.timestamp.to_be_bytes());
        bytes.extend(self.payload);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_is_no_frame_is_refused_with_its_reason() {
        let of = |length: usize| {
            vec![VERSION, 0]
                .into_iter()
                .chain(vec![0; length])
                .collect::<Vec<u8>>()
        };
        assert_eq!(Frame::read(&[]), Err(Malformed::Short));
        assert_eq!(Frame::read(&of(5)), Err(Malformed::Short));
        assert_eq!(Frame::read(&of(6)), Err(Malformed::Short), "a header alone");
        assert!(Frame::read(&of(6 + PAYLOAD_BYTES_MAX)).is_ok());
        assert_eq!(Frame::read(&of(7 + PAYLOAD_BYTES_MAX)), Err(Malformed::Long));
        assert_eq!(Frame::read(&[2; 20]), Err(Malformed::Version));
        assert_eq!(
            Frame::read(&[VERSION, 128, 0, 0, 0, 0, 0, 0, 1]),
            Err(Malformed::Level)
        );
    }

    /// `protocol/fixtures/voice`, which the web client reads too.
    #[test]
    fn the_golden_frames_are_read() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../protocol/fixtures/voice");
        let mut valid = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let fixture: Value =
                serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
            let Some(hex) = fixture["hex"].as_str() else {
                continue;
            };
            let (bytes, is_valid) = (bytes_of(hex), fixture["valid"].as_bool().unwrap());
            let read = Frame::read(&bytes);
            assert_eq!(read.is_ok(), is_valid, "{fixture}");
            valid.push(is_valid);
            let Ok(frame) = read else { continue };
            let told = &fixture["frame"];
            assert_eq!(told["tag"], frame.tag);
            assert_eq!(told["sequence"], frame.sequence);
            assert_eq!(told["timestamp"], frame.timestamp);
            assert_eq!(bytes_of(told["payload"].as_str().unwrap()), frame.payload);
            assert_eq!(frame.to_bytes(), bytes);
        }
        assert!(valid.contains(&true) && valid.contains(&false));
    }

    fn bytes_of(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    proptest! {
        #[test]
        fn a_frame_is_read_as_it_was_written(
            tag in 0u8..=127,
            sequence: u16,
            timestamp: u32,
            payload in prop::collection::vec(any::<u8>(), 1..=PAYLOAD_BYTES_MAX),
        ) {
            let frame = Frame { tag, sequence, timestamp, payload: &payload };
            let bytes = frame.to_bytes();
            prop_assert_eq!(Frame::read(&bytes), Ok(frame));
        }

        #[test]
        fn any_bytes_are_a_frame_or_not(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
            if let Ok(frame) = Frame::read(&bytes) {
                prop_assert_eq!(frame.to_bytes(), bytes);
            }
        }
    }
}
