//! The offers that we accept: two fixed shapes, checked line by line before str0m parses anything.
//!
//! A participant offers one line per [`Source`] to send, then receive lines for seven others: 7
//! microphones, 7 cameras, 2 screens, 2 screens' audio. An observer offers receive lines only: 8, 8,
//! 2 and 2. Everything is bundled on one transport. This module knows text; it knows no session.

mod line;
mod rewritten;

use std::collections::HashSet;

use str0m::media::Mid;

use crate::codec::VideoCodec;
use crate::error::SfuError;
use crate::formats::video_codecs;
use crate::layer::Layer;
use crate::limits::{M_LINES_MAX, SCREEN_SLOTS, SDP_BYTES_MAX, SDP_LINE_BYTES_MAX};
use crate::source::Source;
use line::{check_layers, check_media, one_value};
use rewritten::for_str0m;

/// What somebody may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sends and receives.
    Participant,
    /// Receives only.
    Observer,
}

impl Role {
    /// How many others' microphones and cameras this role can receive.
    pub const fn people_slots(self) -> usize {
        match self {
            Self::Participant => 7,
            Self::Observer => 8,
        }
    }

    const fn sends(self) -> bool {
        matches!(self, Self::Participant)
    }

    fn lines(self) -> Vec<(Source, Way)> {
        let sent = Source::ALL
            .into_iter()
            .filter(|_| self.sends())
            .map(|source| (source, Way::Up));
        sent.chain(self.slot_sources().map(|(source, _)| (source, Way::Down)))
            .collect()
    }

    /// The lines of an offer in order: what each carries, and whether the offerer sends it.
    pub fn offered(self) -> impl Iterator<Item = (Source, bool)> {
        let lines = self.lines().into_iter();
        lines.map(|(source, way)| (source, way == Way::Up))
    }

    /// The receive lines in offer order: the source and its index among the slots of that source.
    pub(crate) fn slot_sources(self) -> impl Iterator<Item = (Source, usize)> {
        let people = self.people_slots();
        [
            (Source::Microphone, people),
            (Source::Camera, people),
            (Source::Screen, SCREEN_SLOTS),
            (Source::ScreenAudio, SCREEN_SLOTS),
        ]
        .into_iter()
        .flat_map(|(source, count)| (0..count).map(move |index| (source, index)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// A checked offer: the text for str0m and what each line is for.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The offer without candidates, and with every sent line `sendonly`.
    pub(crate) sdp: String,
    /// The lines that the client sends, in [`Source::ALL`] order; empty for an observer.
    pub(crate) sent: Vec<Mid>,
    /// The layers in which it sends its camera, from the smallest up; empty if in one encoding.
    pub(crate) camera_layers: Vec<Layer>,
    /// The formats in which it can send its screen, in its order; empty for an observer.
    pub(crate) screen_codecs: Vec<VideoCodec>,
    /// The lines that the client receives, in the order of [`Role::slot_sources`].
    pub(crate) received: Vec<Mid>,
}

/// Checks an offer against the template of `role`.
pub fn check(sdp: &str, role: Role) -> Result<Offer, SfuError> {
    check_text(sdp)?;
    let sections = sections(sdp);
    let (session, media) = sections.split_first().ok_or_else(|| rejected("it is empty"))?;
    let template = role.lines();
    if media.len() != template.len() {
        return Err(rejected(format!(
            "it has {} m-lines where the template has {}",
            media.len(),
            template.len()
        )));
    }
    let mut mids = Vec::with_capacity(media.len());
    let (mut camera_layers, mut screen_codecs) = (Vec::new(), Vec::new());
    for (number, (lines, (source, way))) in media.iter().zip(&template).enumerate() {
        let in_line = |why| rejected(format!("m-line {number}: {why}"));
        mids.push(check_media(lines, *source, *way).map_err(in_line)?);
        if (*source, *way) == (Source::Screen, Way::Up) {
            screen_codecs = video_codecs(lines);
        }
        let layers = check_layers(lines).map_err(in_line)?;
        if (*source, *way) == (Source::Camera, Way::Up) {
            camera_layers = layers;
        } else if !layers.is_empty() {
            return Err(in_line("only the camera is sent in layers".into()));
        }
    }
    check_transport(session, media, &mids)?;
    let sent_count = template.iter().filter(|(_, way)| *way == Way::Up).count();
    let mids: Vec<Mid> = mids.iter().map(|mid| Mid::from(*mid)).collect();
    Ok(Offer {
        sdp: for_str0m(session, media, &template),
        sent: mids[..sent_count].to_vec(),
        camera_layers,
        screen_codecs,
        received: mids[sent_count..].to_vec(),
    })
}

fn rejected(why: impl Into<String>) -> SfuError {
    SfuError::SdpRejected(why.into())
}

fn check_text(sdp: &str) -> Result<(), SfuError> {
    if sdp.len() > SDP_BYTES_MAX {
        return Err(rejected(format!("it is longer than {SDP_BYTES_MAX} bytes")));
    }
    if !sdp.starts_with("v=0") {
        return Err(rejected("it does not start with v=0"));
    }
    if sdp.lines().any(|line| line.len() > SDP_LINE_BYTES_MAX) {
        return Err(rejected(format!(
            "a line is longer than {SDP_LINE_BYTES_MAX} bytes"
        )));
    }
    if sdp.chars().any(|c| c.is_control() && c != '\r' && c != '\n') {
        return Err(rejected("it has control characters"));
    }
    if sdp.lines().filter(|line| line.starts_with("m=")).count() > M_LINES_MAX {
        return Err(rejected(format!("it has more than {M_LINES_MAX} m-lines")));
    }
    Ok(())
}

/// The session's lines, then the lines of each m-line.
fn sections(sdp: &str) -> Vec<Vec<&str>> {
    let mut sections = vec![Vec::new()];
    for line in sdp.lines().filter(|line| !line.is_empty()) {
        if line.starts_with("m=") {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(line);
        }
    }
    sections
}

fn check_transport(session: &[&str], media: &[Vec<&str>], mids: &[&str]) -> Result<(), SfuError> {
    let unique: HashSet<&&str> = mids.iter().collect();
    if unique.len() != mids.len() {
        return Err(rejected("two m-lines have the same mid"));
    }
    let bundle =
        one_value(session, "a=group:BUNDLE ").map_err(|_| rejected("it must have one BUNDLE group"))?;
    if bundle.split(' ').collect::<Vec<_>>() != mids {
        return Err(rejected("the BUNDLE group must name every m-line in order"));
    }
    let everywhere = || session.iter().chain(media.iter().flatten());
    for prefix in ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"] {
        let values: HashSet<&str> = everywhere()
            .filter_map(|line| line.strip_prefix(prefix))
            .collect();
        if values.len() != 1 {
            return Err(rejected(format!(
                "it must have one {}",
                &prefix[2..prefix.len() - 1]
            )));
        }
    }
    if !everywhere().any(|line| line.to_ascii_lowercase().starts_with("a=fingerprint:sha-256 ")) {
        return Err(rejected("the fingerprint must be sha-256"));
    }
    if !everywhere().any(|line| *line == "a=setup:actpass" || *line == "a=setup:active") {
        return Err(rejected("a=setup must be actpass or active"));
    }
    Ok(())
}
