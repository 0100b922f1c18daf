//! What a client receives.

use std::sync::OnceLock;
use std::time::Instant;

use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, MediaKind, Mid};
use str0m::rtp::{RedDecoder, RtpPacket};

use super::Client;
use crate::received::Received;

impl Client {
    /// The line's record, empty if nothing came.
    pub fn on(&self, mid: Mid) -> &Received {
        static NOTHING: OnceLock<Received> = OnceLock::new();
        self.received
            .get(&mid)
            .unwrap_or_else(|| NOTHING.get_or_init(Received::default))
    }

    /// Packets that came on any line.
    pub fn packets_received(&self) -> u64 {
        self.received.values().map(|line| line.packets).sum()
    }

    /// Asks the sender of a line for a key frame, as a browser does that cannot decode.
    pub fn request_keyframe(&mut self, mid: Mid) {
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    pub(super) fn came(&mut self, mut packet: RtpPacket, now: Instant) {
        let Some(mid) = self
            .rtc
            .direct_api()
            .stream_rx(&packet.header.ssrc)
            .map(|stream| stream.mid())
        else {
            return;
        };
        let is_video = self
            .rtc
            .media(mid)
            .is_some_and(|media| media.kind() == MediaKind::Video);
        let now_ns = (now - self.epoch).as_nanos() as u64;
        let again = self.unpack(&mut packet);
        let line = self
            .received
            .entry(mid)
            .or_insert_with(|| Received::new(self.detail));
        line.note(&packet, is_video, now_ns);
        again.iter().for_each(|frame| line.note_again(frame));
        if is_video && line.asks_for_keyframe(now_ns) {
            self.request_keyframe(mid);
        }
    }

    /// Leaves a packet of sound with its own frame; the earlier ones that were in it.
    fn unpack(&self, packet: &mut RtpPacket) -> Vec<Vec<u8>> {
        let params = self.rtc.codec_config().params();
        let types = params.iter().find(|params| params.spec().codec == Codec::Opus);
        if types.and_then(|types| types.red()) != Some(packet.header.payload_type) {
            return Vec::new();
        }
        let blocks = RedDecoder::decode(&packet.payload).expect("the SFU sends nothing malformed");
        let (primary, again) = blocks.split_last().expect("a payload has a frame of its own");
        let again = again.iter().map(|block| block.payload.to_vec()).collect();
        packet.payload = primary.payload.into();
        again
    }
}
