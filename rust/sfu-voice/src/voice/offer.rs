//! The offer of a voice, and the core's answer as it is taken.

use std::net::SocketAddr;

use sfu::{Role, Source};
use str0m::Rtc;
use str0m::change::SdpPendingOffer;
use str0m::media::{Direction, Mid};

use super::{VoiceError, broken};

/// Each line, what it carries, and whether the voice sends it.
pub(super) type Lines = Vec<(Mid, Source, bool)>;

pub(super) fn offer(rtc: &mut Rtc, role: Role) -> Result<(Lines, SdpPendingOffer, String), VoiceError> {
    let mut changes = rtc.sdp_api();
    let add = |(source, is_sent): (Source, bool)| {
        let direction = if is_sent {
            Direction::SendOnly
        } else {
            Direction::RecvOnly
        };
        (
            changes.add_media(source.kind(), direction, None, None, None),
            source,
            is_sent,
        )
    };
    let lines = role.offered().map(add).collect();
    let (offer, pending) = changes
        .apply()
        .ok_or_else(|| broken(&"there is nothing to offer"))?;
    Ok((lines, pending, offer.to_sdp_string()))
}

/// The answer with one of its candidates only: all of them lead to the same core (RFC 8839 §5.1 has the fields).
pub(super) fn at_one_address(answer: &str, server: SocketAddr) -> String {
    let (ip, port) = (server.ip().to_string(), server.port().to_string());
    let is_kept = |line: &&str| {
        let Some(candidate) = line.strip_prefix("a=candidate:") else {
            return true;
        };
        let fields: Vec<&str> = candidate.split_whitespace().collect();
        let is_udp = fields.get(2).is_some_and(|name| name.eq_ignore_ascii_case("udp"));
        is_udp && fields.get(4..6) == Some(&[&*ip, &*port])
    };
    let lines: Vec<&str> = answer.lines().filter(is_kept).collect();
    lines.join("\r\n") + "\r\n"
}
