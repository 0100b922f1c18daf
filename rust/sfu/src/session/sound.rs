//! The streams of a peer, and what was lost of its sound.

use str0m::Rtc;
use str0m::format::Codec;
use str0m::media::Pt;
use str0m::rtp::{ExtensionValues, RtpPacket, Ssrc};

use crate::layer::Layer;
use crate::source::Source;
use crate::voice::{Arrivals, Frame};

/// The payload types of a peer's sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct RedTypes {
    /// Of one frame.
    pub(super) alone: Pt,
    /// Of a frame with earlier ones.
    pub(super) red: Pt,
}

impl RedTypes {
    /// As negotiated; `None` if the peer does not take earlier frames.
    pub(super) fn of(rtc: &Rtc) -> Option<Self> {
        let params = rtc.codec_config().params();
        let opus = params.iter().find(|params| params.spec().codec == Codec::Opus)?;
        Some(Self {
            alone: opus.pt(),
            red: opus.red()?,
        })
    }
}

/// A stream that arrives: which source and layer it is of.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) ssrc: Ssrc,
    pub(super) source: Source,
    pub(super) layer: Layer,
    /// Of sound.
    pub(super) arrivals: Arrivals,
}

impl Stream {
    /// Leaves a packet of sound with its own frame alone; packets of earlier frames that had not come. `None`:
    /// it is malformed.
    pub(super) fn unpack(
        &mut self,
        packet: &mut RtpPacket,
        types: Option<RedTypes>,
    ) -> Option<Vec<RtpPacket>> {
        let numbers = (*packet.seq_no, packet.header.timestamp);
        let Some(types) = types.filter(|types| types.red == packet.header.payload_type) else {
            self.arrivals.came(numbers.0, numbers.1);
            return Some(Vec::new());
        };
        let (primary, earlier) = self.arrivals.unpack(numbers, &packet.payload, *types.alone)?;
        packet.payload = primary;
        packet.header.payload_type = types.alone;
        let earlier = earlier.into_iter().map(|frame| earlier_packet(packet, frame));
        Some(earlier.collect())
    }
}

/// A frame as the packet that was lost: nobody knows its header extensions.
fn earlier_packet(of: &RtpPacket, frame: Frame) -> RtpPacket {
    let mut packet = of.clone();
    packet.seq_no = frame.sequence.into();
    packet.header.sequence_number = frame.sequence as u16;
    packet.header.timestamp = frame.timestamp;
    packet.header.marker = false;
    packet.header.ext_vals = ExtensionValues::default();
    packet.payload = frame.payload;
    packet
}
