//! What a client sends, and what the SFU has to say about it.

use std::time::{Duration, Instant};

use sfu::{Event, Source};
use str0m::format::Codec;
use str0m::media::{Mid, Pt, Rid};
use str0m::rtp::{ExtensionValues, RtpWrite, Ssrc};

use super::{Client, RIDS};
use crate::camera::{Camera, MadePacket};

impl Client {
    /// Sends any payload of a source, as somebody can who wrote a client of their own.
    pub fn send_payload(&mut self, source: Source, payload: Vec<u8>, now: Instant) {
        let packet = MadePacket {
            payload,
            rtp_time: 0,
            marker: true,
            layer: 0,
        };
        self.write(source, packet, None, now);
        self.drain(now);
    }

    /// The number of the stream in which it sends this source.
    ///
    /// # Panics
    /// If it sends the source in layers, or not at all.
    pub fn stream_number(&mut self, source: Source) -> u32 {
        let mid = self.sent_lines[source as usize];
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None);
        *stream.expect("it is sent in one encoding").ssrc()
    }

    /// Sends a source under this stream number from now on, whoever else has it.
    ///
    /// # Panics
    /// If it sends the source in layers, or not at all.
    pub fn take_stream_number(&mut self, source: Source, number: u32) {
        let mid = self.sent_lines[source as usize];
        let mut api = self.rtc.direct_api();
        api.reset_stream_tx(mid, None, Ssrc::from(number), None)
            .expect("it is sent in one encoding, and had another number");
    }

    /// Does what the SFU wants of it, as a browser does.
    pub fn obey(&mut self, event: &Event) {
        match event {
            Event::LayersWanted { source, layers, .. } => {
                if let Some(camera) = self.source(*source) {
                    camera.send_only(layers);
                }
            }
            Event::BitrateWanted { bps, .. } => {
                if let Some(microphone) = &mut self.microphone {
                    microphone.speak_in(*bps);
                }
            }
            _ => {}
        }
    }

    pub(super) fn keyframe_wanted(&mut self, mid: Mid, rid: Option<Rid>) {
        self.keyframe_requests += 1;
        let layer = rid
            .and_then(|rid| RIDS.iter().position(|of| *of == &*rid))
            .unwrap_or(0);
        let source = if mid == self.sent_lines[Source::Camera as usize] {
            Source::Camera
        } else {
            Source::Screen
        };
        let camera = self.source(source);
        if let Some(layer) = camera.and_then(|camera| camera.layers.get_mut(layer)) {
            layer.keyframe_wanted = true;
        }
    }

    pub(super) fn send_media(&mut self, now: Instant) {
        if !self.is_connected {
            return;
        }
        let made_ns = (now - self.epoch).as_nanos() as u64;
        while let Some(microphone) = self.microphone.as_mut().filter(|source| source.due() <= now) {
            let (packet, level) = (microphone.make(made_ns), microphone.level_dbov);
            self.write(Source::Microphone, packet, Some(level), now);
        }
        for source in [Source::Camera, Source::Screen] {
            while let Some(camera) = self.source(source).filter(|camera| camera.due() <= now) {
                let packets = camera.make(made_ns);
                self.paced
                    .extend(packets.into_iter().map(|packet| (source, packet)));
            }
        }
        self.send_paced(now);
    }

    fn source(&mut self, source: Source) -> Option<&mut Camera> {
        match source {
            Source::Camera => self.camera.as_mut(),
            Source::Screen => self.screen.as_mut(),
            Source::Microphone | Source::ScreenAudio => None,
        }
    }

    fn send_paced(&mut self, now: Instant) {
        while self.pace_bps.is_none() || self.pace_free_at <= now {
            let Some((source, packet)) = self.paced.pop_front() else {
                return;
            };
            if let Some(pace_bps) = self.pace_bps {
                let bits = packet.payload.len() as u64 * 8;
                let takes = Duration::from_nanos(bits * 1_000_000_000 / pace_bps);
                self.pace_free_at = self.pace_free_at.max(now) + takes;
            }
            self.write(source, packet, None, now);
        }
    }

    fn write(&mut self, source: Source, packet: MadePacket, level: Option<i8>, now: Instant) {
        let mid = self.sent_lines[source as usize];
        let payload_type = self.payload_type(source.is_video());
        let sequence = self.sequences.entry((mid, packet.layer)).or_insert(30_000);
        *sequence += 1;
        let voice_activity = level.map(|_| true);
        let extensions = ExtensionValues {
            audio_level: level,
            voice_activity,
            ..ExtensionValues::default()
        };
        self.packets_sent += 1;
        let write = RtpWrite::new(
            payload_type,
            (*sequence).into(),
            packet.rtp_time,
            now,
            packet.payload,
        )
        .marker(packet.marker)
        .nackable(source.is_video())
        .ext_vals(extensions);
        let is_layer = source == Source::Camera && self.has_layers;
        let rid = is_layer.then(|| Rid::from(RIDS[usize::from(packet.layer)]));
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(mid, rid)
            .expect("a sent line has a stream")
            .write_rtp(write);
    }

    fn payload_type(&self, is_video: bool) -> Pt {
        let codec = if is_video { Codec::Vp8 } else { Codec::Opus };
        let params = self.rtc.codec_config().params();
        params
            .iter()
            .find(|p| p.spec().codec == codec)
            .expect("the codec is on")
            .pt()
    }
}
