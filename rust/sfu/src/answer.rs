//! The answer as browsers need it: one stream id per person, and our addresses.
//!
//! str0m gives every m-line a stream of its own. Browsers keep lips in step with voice only within
//! one stream (`a=msid`), so the microphone and camera slots of one index share an id, and so do a
//! screen and its audio. This module edits text; it knows no session.

use std::collections::HashMap;
use std::fmt::Write;

use str0m::media::Mid;

use crate::path::Addresses;
use crate::source::Source;
use crate::template::Role;

/// Priority of the first UDP candidate: type preference 126, component 1 (RFC 8445 §5.1.2.1).
const UDP_PRIORITY: u32 = (126 << 24) | (65_535 << 8) | 255;
/// Priority of the first TCP candidate: below every UDP one; with the direction
/// preference of a passive one, 4 (RFC 6544 §4.2).
const TCP_PRIORITY: u32 = (90 << 24) | (((4 << 13) | 8191) << 8) | 255;

/// Names the streams of the receive lines and advertises `addresses` on the first m-line.
pub(crate) fn finish(answer: &str, role: Role, received: &[Mid], addresses: &Addresses) -> String {
    let streams = streams(role, received);
    let mut out = String::with_capacity(answer.len() + 1024);
    let mut stream = None;
    let mut m_lines = 0;
    for section in split_sections(answer) {
        if section.first().is_some_and(|line| line.starts_with("m=")) {
            m_lines += 1;
            stream = section
                .iter()
                .find_map(|line| streams.get(line.strip_prefix("a=mid:")?));
        }
        for line in section.iter().filter(|line| !is_ours(line)) {
            push_line(&mut out, &with_stream(line, stream.map(String::as_str)));
        }
        if m_lines == 1 {
            push_candidates(&mut out, addresses);
        }
    }
    out
}

fn streams(role: Role, received: &[Mid]) -> HashMap<String, String> {
    let named = role.slot_sources().map(|(source, index)| match source {
        Source::Microphone | Source::Camera => format!("person-{index}"),
        Source::Screen | Source::ScreenAudio => format!("screen-{index}"),
    });
    received.iter().map(ToString::to_string).zip(named).collect()
}

fn split_sections(sdp: &str) -> Vec<Vec<&str>> {
    let mut sections = vec![Vec::new()];
    for line in sdp.lines() {
        if line.starts_with("m=") {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(line);
        }
    }
    sections
}

fn is_ours(line: &str) -> bool {
    line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates")
}

fn with_stream(line: &str, stream: Option<&str>) -> String {
    let Some(stream) = stream else {
        return line.to_owned();
    };
    if let Some(track) = line.strip_prefix("a=msid:").and_then(|ids| ids.split_once(' ')) {
        return format!("a=msid:{stream} {}", track.1);
    }
    let ssrc_msid = line
        .strip_prefix("a=ssrc:")
        .and_then(|rest| rest.split_once(" msid:"));
    match ssrc_msid.and_then(|(ssrc, ids)| Some((ssrc, ids.split_once(' ')?.1))) {
        Some((ssrc, track)) => format!("a=ssrc:{ssrc} msid:{stream} {track}"),
        None => line.to_owned(),
    }
}

fn push_candidates(out: &mut String, addresses: &Addresses) {
    for (index, address) in addresses.udp.iter().enumerate() {
        let priority = UDP_PRIORITY - ((index as u32) << 8);
        let (ip, port) = (address.ip(), address.port());
        push_line(
            out,
            &format!("a=candidate:{} 1 udp {priority} {ip} {port} typ host", index + 1),
        );
    }
    for (index, address) in addresses.tcp.iter().enumerate() {
        let priority = TCP_PRIORITY - ((index as u32) << 8);
        let (foundation, ip, port) = (addresses.udp.len() + index + 1, address.ip(), address.port());
        push_line(
            out,
            &format!("a=candidate:{foundation} 1 tcp {priority} {ip} {port} typ host tcptype passive"),
        );
    }
    push_line(out, "a=end-of-candidates");
}

fn push_line(out: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{line}\r\n");
}
