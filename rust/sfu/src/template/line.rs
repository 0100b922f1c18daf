//! The checks of one m-line.

use str0m::media::MediaKind;

use super::Way;
use crate::formats::{offered, video_codecs};
use crate::layer::Layer;
use crate::limits::{CANDIDATES_PER_LINE_MAX, MID_BYTES_MAX};
use crate::source::Source;

const DIRECTIONS: [&str; 4] = ["a=sendonly", "a=recvonly", "a=sendrecv", "a=inactive"];

/// That it is a line for this; its `mid`.
pub(super) fn check_media<'a>(lines: &[&'a str], source: Source, way: Way) -> Result<&'a str, String> {
    check_kind(lines, source)?;
    check_direction(lines, way)?;
    check_codec(lines, source)?;
    if !lines.contains(&"a=rtcp-mux") {
        return Err("a=rtcp-mux is missing".into());
    }
    let candidates = lines
        .iter()
        .filter(|line| line.starts_with("a=candidate:"))
        .count();
    if candidates > CANDIDATES_PER_LINE_MAX {
        return Err(format!("it has more than {CANDIDATES_PER_LINE_MAX} candidates"));
    }
    let mid = one_value(lines, "a=mid:")?;
    let plain = mid
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if mid.is_empty() || mid.len() > MID_BYTES_MAX || !plain {
        return Err(format!("a=mid has 1 to {MID_BYTES_MAX} letters, digits, _ or -"));
    }
    Ok(mid)
}

fn check_kind(lines: &[&str], source: Source) -> Result<(), String> {
    let kind = if source.is_video() { "video" } else { "audio" };
    debug_assert_eq!(source.kind() == MediaKind::Video, source.is_video());
    let mut words = lines[0]["m=".len()..].split(' ');
    if words.next() != Some(kind) {
        return Err(format!("it must be {kind} ({})", source.name()));
    }
    // "a zero port value", where "the 'bundle-only' attribute" says that it is not rejected (RFC 9143 §6).
    let port_is_open = words.next().is_some_and(|port| port != "0");
    if !port_is_open && !lines.contains(&"a=bundle-only") {
        return Err("its port is 0".into());
    }
    if words.next() != Some("UDP/TLS/RTP/SAVPF") {
        return Err("its protocol must be UDP/TLS/RTP/SAVPF".into());
    }
    Ok(())
}

fn check_direction(lines: &[&str], way: Way) -> Result<(), String> {
    let directions: Vec<&&str> = lines.iter().filter(|line| DIRECTIONS.contains(line)).collect();
    let fits = match (way, directions.as_slice()) {
        (Way::Up, [only]) => ["a=sendonly", "a=sendrecv"].contains(only),
        (Way::Down, [only]) => **only == "a=recvonly",
        _ => false,
    };
    match (fits, way) {
        (true, _) => Ok(()),
        (false, Way::Up) => Err("its direction must be sendonly".into()),
        (false, Way::Down) => Err("its direction must be recvonly".into()),
    }
}

fn check_codec(lines: &[&str], source: Source) -> Result<(), String> {
    let has = if source.is_video() {
        !video_codecs(lines).is_empty()
    } else {
        offered(lines).any(|(_, format)| format.eq_ignore_ascii_case("opus/48000/2"))
    };
    match (has, source.is_video()) {
        (true, _) => Ok(()),
        (false, true) => Err("it offers none of VP8, VP9, AV1 and H264".into()),
        (false, false) => Err("it does not offer opus/48000/2".into()),
    }
}

/// The layers of `a=simulcast:send q;h;f` with an `a=rid` each (RFC 8853 §5); any of them may be left out.
pub(super) fn check_layers(lines: &[&str]) -> Result<Vec<Layer>, String> {
    let rids: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("a=rid:"))
        .collect();
    let mut simulcast = lines.iter().filter_map(|line| line.strip_prefix("a=simulcast:"));
    let (Some(value), None) = (simulcast.next(), simulcast.next()) else {
        return if rids.is_empty() && simulcast.next().is_none() {
            Ok(Vec::new())
        } else {
            Err("a=rid needs one a=simulcast".into())
        };
    };
    let wrong =
        || "a=simulcast must be send q;h;f, from the smallest layer up, with an a=rid for each".to_string();
    let names = value.strip_prefix("send ").ok_or_else(wrong)?.split(';');
    let layers: Option<Vec<Layer>> = names.map(Layer::from_name).collect();
    let layers = layers.ok_or_else(wrong)?;
    let is_ascending = layers.windows(2).all(|two| two[0] < two[1]);
    let has_rid = |layer: &Layer| {
        let sends = |rid: &&&str| rid.split(' ').take(2).eq([layer.name(), "send"]);
        rids.iter().filter(sends).count() == 1
    };
    if is_ascending && layers.iter().all(has_rid) && rids.len() == layers.len() {
        Ok(layers)
    } else {
        Err(wrong())
    }
}

/// The value of the one line that begins so.
pub(super) fn one_value<'a>(lines: &[&'a str], prefix: &str) -> Result<&'a str, String> {
    let mut values = lines.iter().filter_map(|line| line.strip_prefix(prefix));
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(format!("it must have one {}", prefix.trim_end_matches(':'))),
    }
}
