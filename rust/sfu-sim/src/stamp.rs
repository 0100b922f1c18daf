//! What a synthetic client writes into its packets, so that a receiver can tell what happened to them.
//!
//! Video payloads start with a VP8 payload descriptor (RFC 7741 §4.2) of fixed size with 15-bit picture
//! id and temporal layer indices, then one byte of VP8 frame header whose lowest bit tells a key frame.

/// Bytes of the descriptor.
pub const DESCRIPTOR_BYTES: usize = 6;
/// Bytes of a stamp.
pub const STAMP_BYTES: usize = 24;

/// Where and when a packet was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The publisher's number.
    pub publisher: u32,
    /// The frame (for audio: packet) number of the publisher, from 0.
    pub frame: u32,
    /// The packet in the frame.
    pub index: u16,
    /// The packets of the frame.
    pub count: u16,
    /// When it was made, ns on the clock of the run.
    pub made_ns: u64,
    /// Whether the frame is a key frame.
    pub is_keyframe: bool,
    /// The simulcast layer's index.
    pub layer: u8,
}

/// The VP8 indices of a payload as it arrived (RFC 7741 §4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indices {
    /// 15 bits.
    pub picture_id: u16,
    /// TL0PICIDX.
    pub layer0_index: u8,
}

impl Stamp {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.publisher.to_be_bytes());
        out.extend(self.frame.to_be_bytes());
        out.extend(self.index.to_be_bytes());
        out.extend(self.count.to_be_bytes());
        out.extend(self.made_ns.to_be_bytes());
        out.extend([u8::from(self.is_keyframe), self.layer, 0, 0]);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; STAMP_BYTES] = bytes.get(..STAMP_BYTES)?.try_into().ok()?;
        let u32_at = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let u16_at = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        Some(Self {
            publisher: u32_at(0),
            frame: u32_at(4),
            index: u16_at(8),
            count: u16_at(10),
            made_ns: (u64::from(u32_at(12)) << 32) | u64::from(u32_at(16)),
            is_keyframe: bytes[20] == 1,
            layer: bytes[21],
        })
    }

    /// An audio payload of `size` bytes or little more.
    pub fn audio(&self, size: usize) -> Vec<u8> {
        let mut payload = Vec::with_capacity(size.max(STAMP_BYTES));
        self.write(&mut payload);
        payload.resize(size.max(STAMP_BYTES), 0);
        payload
    }

    /// The stamp of an audio payload.
    pub fn of_audio(payload: &[u8]) -> Option<Self> {
        Self::read(payload)
    }

    /// A video payload of `size` bytes or little more, with these VP8 indices.
    pub fn video(&self, size: usize, picture_id: u16, layer0_index: u8) -> Vec<u8> {
        let size = size.max(DESCRIPTOR_BYTES + 1 + STAMP_BYTES);
        let mut payload = Vec::with_capacity(size);
        let starts_partition = if self.index == 0 { 0x10 } else { 0 };
        payload.extend([0x80 | starts_partition, 0xE0]);
        payload.extend((0x8000 | (picture_id & 0x7fff)).to_be_bytes());
        payload.extend([layer0_index, 0]);
        payload.push(u8::from(!self.is_keyframe));
        self.write(&mut payload);
        payload.resize(size, 0);
        payload
    }

    /// The stamp of a video payload and its indices.
    pub fn of_video(payload: &[u8]) -> Option<(Self, Indices)> {
        let indices = Indices {
            picture_id: u16::from_be_bytes([*payload.get(2)?, *payload.get(3)?]) & 0x7fff,
            layer0_index: *payload.get(4)?,
        };
        Some((Self::read(payload.get(DESCRIPTOR_BYTES + 1..)?)?, indices))
    }
}
