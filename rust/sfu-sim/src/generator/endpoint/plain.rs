//! Somebody in a room of `null-relay`: datagrams as long as an SFU's, without sessions and encryption.

use std::net::SocketAddr;

use sfu::Datagram;
use str0m::media::{MediaKind, Mid};

use super::Endpoint;
use super::media::SendLine;
use crate::payload;
use crate::tally::Tally;

/// What RTP's header with extensions, and the tag of encryption, add to a payload on its way to an SFU.
const HEADER_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

impl Endpoint {
    /// Asks for a room; connected once that comes back.
    pub fn join_relay(&mut self, relay: SocketAddr, room: u32, kinds: &[MediaKind]) {
        self.relay = Some(relay);
        let lines = kinds.iter().map(|kind| SendLine::new(Mid::new(), *kind));
        self.send_lines.extend(lines);
        let bytes = room.to_be_bytes().to_vec();
        self.outbox.push(Datagram { to: relay, bytes });
    }

    pub(super) fn receive_plainly(&mut self, tally: &mut Tally) {
        let (member, epoch) = (self.member, self.epoch);
        let mut has_joined = false;
        while self.udp.receive_stamped(|_, bytes, at| {
            let at_ns = (at - epoch).as_nanos() as u64;
            let payload = bytes.get(HEADER_BYTES..).unwrap_or_default();
            if let Some(stamp) = payload::of_audio(payload) {
                tally.delivered(member, &stamp, None, at_ns);
            } else if let Some(stamp) = payload::of_video(payload) {
                let starts_keyframe = stamp.is_keyframe && stamp.index == 0;
                tally.delivered(member, &stamp, Some(starts_keyframe), at_ns);
            } else {
                has_joined = true;
            }
        }) {}
        if has_joined {
            self.is_connected = true;
            self.send_lines.iter_mut().for_each(SendLine::ask_for_keyframe);
        }
    }
}

/// As long as an SFU would get it.
pub(super) fn datagram(to: SocketAddr, payload: &[u8]) -> Datagram {
    let bytes = [&[0; HEADER_BYTES], payload, &[0; TAG_BYTES]].concat();
    Datagram { to, bytes }
}
