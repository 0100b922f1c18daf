//! What a peer sends: its streams, and what was lost of its sound.

use std::time::Instant;

use str0m::Rtc;
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, Pt, Rid};
use str0m::rtp::rtcp::SenderInfo;
use str0m::rtp::{ExtensionValues, RtpPacket, Ssrc};

use super::{Happening, Session};
use crate::codec::VideoCodec;
use crate::layer::Layer;
use crate::source::Source;
use crate::voice::{Arrivals, Frame};

impl Session {
    pub(super) fn packet_came(&mut self, mut packet: Box<RtpPacket>, happenings: &mut Vec<Happening>) {
        let red = self.red;
        let Some(stream) = self.stream_of(packet.header.ssrc) else {
            return;
        };
        let (source, layer) = (stream.source, stream.layer);
        if source.is_video() {
            happenings.push(Happening::Packet(source, layer, packet));
            return;
        }
        let Some(recovered) = stream.unpack(&mut packet, red) else {
            return;
        };
        // First the packet itself: where a slot starts with it, nothing from before is to pass.
        happenings.push(Happening::Packet(source, layer, packet));
        happenings.extend(
            recovered
                .into_iter()
                .map(|packet| Happening::Recovered(source, Box::new(packet))),
        );
    }

    pub(super) fn stream_of(&mut self, ssrc: Ssrc) -> Option<&mut Stream> {
        let known = self.streams.iter().position(|stream| stream.ssrc == ssrc);
        if let Some(at) = known {
            return self.streams.get_mut(at);
        }
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc)?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let source = Source::ALL[self.sent_lines.iter().position(|sent| *sent == mid)?];
        let layer = rid.and_then(|rid| Layer::from_name(&rid)).unwrap_or(Layer::Full);
        self.streams.push(Stream {
            ssrc,
            source,
            layer,
            arrivals: Arrivals::default(),
        });
        self.streams.last_mut()
    }

    /// The format of a packet of pictures.
    pub(crate) fn codec_of(&self, packet: &RtpPacket) -> Option<VideoCodec> {
        let pt = packet.header.payload_type;
        let mut known = self.formats.iter();
        known.find(|(of, _)| *of == pt).map(|(_, codec)| *codec)
    }

    /// When the packet was captured, on our clock.
    pub(crate) fn captured(&self, packet: &RtpPacket, source: Source) -> Instant {
        let Some(SenderInfo {
            ntp_time, rtp_time, ..
        }) = packet.last_sender_info
        else {
            return packet.timestamp;
        };
        let ticks = packet.header.timestamp.wrapping_sub(rtp_time.numer() as u32) as i32;
        self.clock
            .captured(ntp_time, i64::from(ticks), source.clock_hz(), packet.timestamp)
    }

    /// The layers of a source that were offered, from the smallest up.
    pub(crate) fn layers(&self, source: Source) -> &[Layer] {
        if source == Source::Camera && !self.camera_layers.is_empty() {
            &self.camera_layers
        } else {
            &[Layer::Full]
        }
    }

    /// Asks the peer for a key frame; false while the layer has no stream.
    pub(crate) fn request_keyframe(&mut self, source: Source, layer: Layer) -> bool {
        let Some(mid) = self.sent_lines.get(source.index()).copied() else {
            return false;
        };
        let is_layered = source == Source::Camera && !self.camera_layers.is_empty();
        let rid = is_layered.then(|| Rid::from(layer.name()));
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_rx_by_mid(mid, rid) else {
            return false;
        };
        stream.request_keyframe(KeyframeRequestKind::Pli);
        self.is_dirty = true;
        true
    }
}

/// The payload types of a peer's pictures, as negotiated.
pub(super) fn formats(rtc: &Rtc) -> Vec<(Pt, VideoCodec)> {
    let params = rtc.codec_config().params().iter();
    params
        .filter_map(|p| Some((p.pt(), VideoCodec::of(p.spec().codec)?)))
        .collect()
}

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
