//! Which offers are accepted, what we answer, and that nothing else gets through.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::net::SocketAddr;
use std::time::Instant;

use proptest::prelude::*;
use sfu::limits::{CANDIDATES_PER_LINE_MAX, SDP_BYTES_MAX};
use sfu::{Node, NodeConfig, ParticipantId, Prepared, Role, RoomId, SfuError, VideoRates};

/// Recorded from Chromium 156 with `setCodecPreferences` on every transceiver.
const CHROMIUM: &str = include_str!("offers/chromium-participant.sdp");
/// Recorded from Firefox ESR 153, likewise; all its m-lines but the first are `bundle-only`.
const FIREFOX: &str = include_str!("offers/firefox-participant.sdp");

fn addresses() -> Vec<SocketAddr> {
    vec![
        "192.0.2.1:7882".parse().unwrap(),
        "[2001:db8::1]:7882".parse().unwrap(),
    ]
}

/// The answer as a participant or observer gets it.
fn answer(offer: &str, role: Role) -> Result<String, SfuError> {
    let now = Instant::now();
    let prepared = Prepared::new(offer, role, &addresses().into(), now)?;
    let mut node = Node::new(NodeConfig {
        addresses: addresses().into(),
        video_rates: VideoRates::default(),
    });
    let room = RoomId::parse("room").unwrap();
    node.open_room(&room, now).unwrap();
    node.join(&room, &ParticipantId::parse("ann").unwrap(), prepared, now)
}

fn refusal(offer: &str) -> String {
    match answer(offer, Role::Participant) {
        Err(SfuError::SdpRejected(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

/// The lines of m-line `number`.
fn section(sdp: &str, number: usize) -> Vec<&str> {
    let starts: Vec<usize> = sdp
        .lines()
        .enumerate()
        .filter(|(_, l)| l.starts_with("m="))
        .map(|(at, _)| at)
        .collect();
    let lines: Vec<&str> = sdp.lines().collect();
    let end = starts.get(number + 1).copied().unwrap_or(lines.len());
    lines[starts[number]..end].to_vec()
}

fn observer_offer() -> String {
    // An observer's template is eight of what a participant receives seven of, and nothing sent.
    let session: Vec<&str> = CHROMIUM
        .lines()
        .take_while(|line| !line.starts_with("m="))
        .collect();
    let (audio, video) = (section(CHROMIUM, 4), section(CHROMIUM, 11));
    let kinds = [(&audio, 8), (&video, 8), (&video, 2), (&audio, 2)];
    let sections = kinds
        .iter()
        .flat_map(|(lines, count)| std::iter::repeat_n(*lines, *count))
        .enumerate();
    let media = sections.flat_map(|(number, lines)| {
        let with_mid = move |line: &&str| match line.strip_prefix("a=mid:") {
            Some(_) => format!("a=mid:{number}"),
            None => (*line).to_owned(),
        };
        lines.iter().map(with_mid).collect::<Vec<_>>()
    });
    let mids: Vec<String> = (0..20).map(|mid| mid.to_string()).collect();
    let group = format!("a=group:BUNDLE {}", mids.join(" "));
    let session = session.iter().map(|line| {
        if line.starts_with("a=group:") {
            group.clone()
        } else {
            (*line).to_owned()
        }
    });
    session.chain(media).map(|line| line + "\r\n").collect()
}

#[test]
fn chromium_is_answered_from_the_passive_side_with_vp8_and_opus_only() {
    let answer = answer(CHROMIUM, Role::Participant).unwrap();
    assert_eq!(answer.matches("\r\nm=").count(), 22);
    assert!(answer.contains("\r\na=ice-lite\r\n"));
    assert_eq!(
        answer.matches("a=setup:passive").count(),
        22,
        "our order of ciphers must win"
    );
    assert!(answer.contains("a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1"));
    let codecs: Vec<&str> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:"))
        .collect();
    assert!(codecs.iter().all(|codec| {
        ["VP8/90000", "rtx/90000", "opus/48000/2"]
            .iter()
            .any(|c| codec.ends_with(c))
    }));
    for number in 4..22 {
        assert!(section(&answer, number).contains(&"a=sendonly"));
    }
}

#[test]
fn a_voice_is_asked_for_with_the_frame_before_it_in_every_packet() {
    let offer = CHROMIUM.replace("SAVPF 111", "SAVPF 111 63").replace(
        "a=rtpmap:111",
        "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:111",
    );
    let answer = answer(&offer, Role::Participant).unwrap();
    for line in [0, 4] {
        let microphone = section(&answer, line);
        assert!(microphone[0].ends_with(" 63 111"), "{}", microphone[0]);
        assert!(microphone.contains(&"a=fmtp:63 111/111"), "{microphone:?}");
    }
}

#[test]
fn firefox_is_answered_on_every_line() {
    let answer = answer(FIREFOX, Role::Participant).unwrap();
    let ways = (0..22).map(|number| {
        let lines = section(&answer, number);
        assert!(
            !lines[0].contains(" 0 UDP/TLS/RTP/SAVPF"),
            "m-line {number} is rejected"
        );
        lines.contains(&"a=recvonly")
    });
    assert_eq!(ways.filter(|takes| *takes).count(), 4);
    assert!(section(&answer, 1).contains(&"a=simulcast:recv q;h;f"));
}

#[test]
fn every_advertised_address_is_a_candidate() {
    let answer = answer(CHROMIUM, Role::Participant).unwrap();
    let candidates: Vec<&str> = answer
        .lines()
        .filter(|line| line.starts_with("a=candidate:"))
        .collect();
    assert_eq!(
        candidates,
        [
            "a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host",
            "a=candidate:2 1 udp 2130706175 2001:db8::1 7882 typ host"
        ]
    );
}

#[test]
fn microphone_and_camera_of_a_slot_share_a_stream_and_so_stay_in_step() {
    let answer = answer(CHROMIUM, Role::Participant).unwrap();
    let stream = |number| {
        let lines = section(&answer, number);
        let msid = lines
            .iter()
            .find_map(|line| line.strip_prefix("a=msid:"))
            .unwrap();
        msid.split(' ').next().unwrap().to_owned()
    };
    for slot in 0..7 {
        assert_eq!(stream(4 + slot), stream(11 + slot));
    }
    assert_eq!(stream(18), stream(20));
    assert_ne!(stream(18), stream(19));
}

#[test]
fn transport_feedback_is_on_both_ways() {
    let answer = answer(CHROMIUM, Role::Participant).unwrap();
    let has_feedback = |number| {
        section(&answer, number)
            .iter()
            .any(|line| line.contains("transport-wide-cc-extensions"))
    };
    assert!((0..4).all(has_feedback));
    assert!((4..22).all(has_feedback));
}

#[test]
fn an_observer_offers_receive_lines_only() {
    assert!(answer(&observer_offer(), Role::Observer).is_ok());
    assert!(answer(&observer_offer(), Role::Participant).is_err());
    assert!(
        answer(CHROMIUM, Role::Observer).is_err(),
        "an observer cannot send"
    );
}

#[test]
fn sendrecv_on_a_sent_line_is_answered_as_sendonly() {
    let offer = CHROMIUM.replacen("a=sendonly", "a=sendrecv", 1);
    let answer = answer(&offer, Role::Participant).unwrap();
    assert!(section(&answer, 0).contains(&"a=recvonly"));
}

#[test]
fn candidates_are_counted_and_otherwise_ignored() {
    let with = |count: usize, candidate: &str| {
        let lines = format!(
            "a=mid:0\r\n{}",
            format!("a=candidate:{candidate}\r\n").repeat(count)
        );
        CHROMIUM.replacen("a=mid:0\n", &lines, 1)
    };
    let hidden = "1 1 udp 2113937151 2c1d6cc5-8d5f-4c3d-a3f6-2f3c2c6d3f01.local 5000 typ host";
    assert!(answer(&with(1, hidden), Role::Participant).is_ok());
    assert!(answer(&with(1, "what is this"), Role::Participant).is_ok());
    assert!(answer(&with(CANDIDATES_PER_LINE_MAX, hidden), Role::Participant).is_ok());
    assert!(refusal(&with(CANDIDATES_PER_LINE_MAX + 1, hidden)).contains("candidates"));
}

#[test]
fn simulcast_is_accepted() {
    let layers = "a=mid:1\r\na=rid:q send\r\na=rid:h send\r\na=simulcast:send q;h\r\n";
    assert!(answer(&CHROMIUM.replacen("a=mid:1\n", layers, 1), Role::Participant).is_ok());
}

#[test]
fn whatever_is_not_the_template_is_refused_with_a_sentence() {
    let data_line = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n";
    let cases = [
        (String::new(), "v=0"),
        (
            format!("v=0\r\n{}", "a=x\r\n".repeat(SDP_BYTES_MAX / 5)),
            "longer than",
        ),
        (format!("v=0\r\na={}\r\n", "x".repeat(3000)), "a line is longer"),
        (
            format!("v=0\r\n{}", "m=audio 9 X 0\r\n".repeat(33)),
            "more than 32",
        ),
        (format!("{CHROMIUM}{data_line}"), "23 m-lines"),
        (
            CHROMIUM.replacen("m=audio", "m=video", 1),
            "m-line 0: it must be audio (microphone)",
        ),
        (CHROMIUM.replacen("m=audio 9", "m=audio 0", 1), "port is 0"),
        (
            CHROMIUM.replacen("UDP/TLS/RTP/SAVPF", "RTP/AVP", 1),
            "UDP/TLS/RTP/SAVPF",
        ),
        (
            CHROMIUM.replacen("a=sendonly", "a=inactive", 1),
            "direction must be sendonly",
        ),
        (
            CHROMIUM.replacen("a=recvonly", "a=sendrecv", 1),
            "direction must be recvonly",
        ),
        (
            CHROMIUM.replacen("a=sendonly\n", "a=sendonly\na=recvonly\n", 1),
            "direction",
        ),
        (
            CHROMIUM.replacen("VP8/90000", "H265/90000", 1),
            "m-line 1: it offers none of VP8, VP9, AV1 and H264",
        ),
        (CHROMIUM.replacen("a=rtcp-mux\n", "", 1), "rtcp-mux"),
        (CHROMIUM.replacen("a=mid:3\n", "a=mid:2\n", 1), "same mid"),
        (CHROMIUM.replacen("a=mid:3\n", "", 1), "one a=mid"),
        (CHROMIUM.replacen("BUNDLE 0 1", "BUNDLE 1 0", 1), "BUNDLE"),
        (
            CHROMIUM.replacen("a=ice-ufrag:KCc/", "a=ice-ufrag:other", 1),
            "one ice-ufrag",
        ),
        (
            CHROMIUM.replace("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
            "sha-256",
        ),
        (CHROMIUM.replace("a=setup:actpass", "a=setup:passive"), "a=setup"),
        (CHROMIUM.replacen("s=-", "s=\u{7}", 1), "control characters"),
    ];
    for (offer, expected) in cases {
        let why = refusal(&offer);
        assert!(why.contains(expected), "{why:?} does not say {expected:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mangled_offers_are_answered_or_refused_and_never_panic(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..5, any::<char>()), 1..8),
    ) {
        let mut lines: Vec<String> = CHROMIUM.lines().map(str::to_owned).collect();
        for (at, edit, character) in edits {
            let at = at.index(lines.len());
            match edit {
                0 => { lines.remove(at); }
                1 => lines.insert(at, lines[at].clone()),
                2 => lines[at].insert(0, character),
                3 => { let half = lines[at].chars().count() / 2; lines[at] = lines[at].chars().take(half).collect(); }
                _ => lines[at] = lines[at].replace(|c: char| c.is_ascii_digit(), "99999999999"),
            }
        }
        let _ = answer(&lines.join("\r\n"), Role::Participant);
    }

    #[test]
    fn any_text_is_refused_without_panic(text in "(v=0\r\n)?(m=(audio|video)[ -~]{0,40}\r\n|a=[ -~]{0,60}\r\n|\\PC{0,20}){0,40}") {
        prop_assert!(answer(&text, Role::Participant).is_err());
    }
}
