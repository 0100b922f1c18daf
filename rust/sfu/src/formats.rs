//! The formats of an m-line, as its text has them: which pictures it offers, and how to leave all but one out.

use crate::codec::VideoCodec;

/// `m=`, port and protocol.
const WORDS_BEFORE_FORMATS: usize = 3;
const ABOUT_FORMATS: [&str; 3] = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"];

/// Payload type and format of each `a=rtpmap`.
pub(crate) fn offered<'a>(lines: &[&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let maps = lines.iter().filter_map(|line| line.strip_prefix("a=rtpmap:"));
    maps.filter_map(|map| map.split_once(' '))
}

/// The formats of pictures that an m-line offers, the one that is liked best first.
pub(crate) fn video_codecs(lines: &[&str]) -> Vec<VideoCodec> {
    let preferred = lines[0].split(' ').skip(WORDS_BEFORE_FORMATS);
    let mut codecs = Vec::new();
    for codec in preferred.filter_map(|pt| codec_of(pt, lines)) {
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    codecs
}

/// The lines with one format of pictures only, so that browsers send no other: the first of [`VideoCodec::ALL`]
/// that is offered. What repairs its losses stays with it.
pub(crate) fn in_one_format(lines: &[&str]) -> Vec<String> {
    let offered = video_codecs(lines);
    let taken = VideoCodec::ALL.into_iter().find(|codec| offered.contains(codec));
    let is_other = |pt: &str| {
        let codec = codec_of(repaired_by(pt, lines).unwrap_or(pt), lines);
        codec.is_some_and(|codec| Some(codec) != taken)
    };
    let words = lines[0].split(' ').enumerate();
    let kept = words.filter(|(number, word)| *number < WORDS_BEFORE_FORMATS || !is_other(word));
    let m_line = kept.map(|(_, word)| word).collect::<Vec<_>>().join(" ");
    let others = lines[1..]
        .iter()
        .filter(|line| !payload_type(line).is_some_and(is_other));
    std::iter::once(m_line)
        .chain(others.map(|line| (*line).to_owned()))
        .collect()
}

fn codec_of(pt: &str, lines: &[&str]) -> Option<VideoCodec> {
    let (_, format) = offered(lines).find(|(of, _)| *of == pt)?;
    VideoCodec::from_encoding_name(format.strip_suffix("/90000")?)
}

/// The payload type that this one sends again (RFC 4588 §8.6).
fn repaired_by<'a>(pt: &str, lines: &[&'a str]) -> Option<&'a str> {
    let parameters = lines
        .iter()
        .filter_map(|line| line.strip_prefix("a=fmtp:")?.split_once(' '));
    let mut own = parameters.filter(|(of, _)| *of == pt);
    own.find_map(|(_, parameters)| parameters.strip_prefix("apt="))
}

/// Of a line about one.
fn payload_type(line: &str) -> Option<&str> {
    let rest = ABOUT_FORMATS
        .iter()
        .find_map(|prefix| line.strip_prefix(prefix))?;
    rest.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 10] = [
        "m=video 9 UDP/TLS/RTP/SAVPF 98 99 96 97 108",
        "a=mid:1",
        "a=rtpmap:98 VP9/90000",
        "a=fmtp:98 profile-id=0",
        "a=rtpmap:99 rtx/90000",
        "a=fmtp:99 apt=98",
        "a=rtpmap:96 VP8/90000",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=rtpmap:108 h264/90000",
    ];

    #[test]
    fn the_order_is_that_of_the_m_line() {
        assert_eq!(
            video_codecs(&LINES),
            [VideoCodec::Vp9, VideoCodec::Vp8, VideoCodec::H264]
        );
    }

    #[test]
    fn one_format_stays_with_what_repairs_it() {
        let expected = [
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
            "a=mid:1",
            "a=rtpmap:96 VP8/90000",
            "a=rtpmap:97 rtx/90000",
            "a=fmtp:97 apt=96",
        ];
        assert_eq!(in_one_format(&LINES), expected);
    }
}
