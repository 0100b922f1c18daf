//! A checked offer as str0m is to read it.

use super::Way;
use crate::formats::in_one_format;
use crate::limits::SDP_BYTES_MAX;
use crate::source::Source;

/// Peers are learnt from authenticated checks, so candidates (often `.local` names) are left out.
pub(super) fn for_str0m(session: &[&str], media: &[Vec<&str>], template: &[(Source, Way)]) -> String {
    let mut sdp = String::with_capacity(SDP_BYTES_MAX / 4);
    let mut push = |line: &str| {
        sdp.push_str(line);
        sdp.push_str("\r\n");
    };
    session
        .iter()
        .filter(|line| !is_candidate(line))
        .for_each(|line| push(line));
    for (lines, (source, way)) in media.iter().zip(template) {
        let lines: Vec<String> = if (*source, *way) == (Source::Camera, Way::Up) {
            in_one_format(lines)
        } else {
            lines.iter().map(|line| (*line).to_owned()).collect()
        };
        for line in lines
            .iter()
            .filter(|line| !is_candidate(line) && !is_unused_extension(line))
        {
            push(if *way == Way::Up && line == "a=sendrecv" {
                "a=sendonly"
            } else {
                line
            });
        }
    }
    sdp
}

/// Send times, which would cost bytes for nothing: transport-wide feedback supersedes them.
fn is_unused_extension(line: &str) -> bool {
    line.strip_prefix("a=extmap:")
        .and_then(|rest| rest.split_once(' '))
        .is_some_and(|(_, uri)| uri.ends_with("/abs-send-time"))
}

fn is_candidate(line: &str) -> bool {
    ["a=candidate:", "a=end-of-candidates", "a=remote-candidates:"]
        .iter()
        .any(|prefix| line.starts_with(prefix))
}
