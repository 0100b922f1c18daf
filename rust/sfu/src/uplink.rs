//! What a sender's way to us bears: when its pictures rest, so that its voice comes through.
//!
//! Browsers share out their own way up, but not to the end: Chromium goes on sending a picture at its least rate,
//! and each frame of sound twice, on a line that carries neither, and most of both is lost. Who sends by the server's word sends
//! less then. More is tried a step at a time, and later each time that it was wrong. Pure: it knows losses, rates and time.

use std::time::{Duration, Instant};

use crate::voice_rate::{VOICE_BPS, VOICE_LEAST_BPS};

/// Share of packets lost from which on a way up is taken for full ...
const STARVED_LOSS: f32 = 0.1;
/// ... if no more than this comes through. Where more does, losses are of another kind.
const STARVED_BPS: u64 = 120_000;
/// For so many looks in a row: a gap is no narrow line.
const STARVED_LOOKS: u8 = 2;
/// Share of packets lost up to which all is well.
const CALM_LOSS: f32 = 0.03;
/// How long it must be well before more is tried, at first and at most.
const PATIENCE_MIN: Duration = Duration::from_secs(8);
const PATIENCE_MAX: Duration = Duration::from_secs(64);
/// More that was tried and was wrong within this time makes the next try wait twice as long.
const WRONG_WITHIN: Duration = Duration::from_secs(30);
/// If sending less has not helped by then, the line is not too narrow but bad, and less is of no use.
const HELPS_WITHIN: Duration = Duration::from_secs(8);
/// It is not tried again for this long.
const VAIN_FOR: Duration = Duration::from_secs(120);

/// How much is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Load {
    #[default]
    All,
    /// No pictures.
    Voice,
    /// No pictures, and the voice in as few bits as can be.
    ThinVoice,
}

/// The way from one sender to us.
#[derive(Debug, Default)]
pub(crate) struct Uplink {
    load: Load,
    /// When the load changed.
    since: Option<Instant>,
    /// Since when it has been well.
    calm_since: Option<Instant>,
    starved_looks: u8,
    starved_loss: f32,
    patience: Duration,
    vain_at: Option<Instant>,
}

impl Uplink {
    /// Takes the share of packets that were lost since the last look, and what came through in bits a second.
    pub(crate) fn measured(&mut self, loss: f32, received_bps: u64, now: Instant) {
        let is_starved = loss > STARVED_LOSS && received_bps < STARVED_BPS;
        self.starved_looks = if is_starved { self.starved_looks.saturating_add(1) } else { 0 };
        if loss > CALM_LOSS {
            self.calm_since = None;
        }
        let calm_since = (loss <= CALM_LOSS).then(|| *self.calm_since.get_or_insert(now));
        let is_vain = self.vain_at.is_some_and(|at| now.saturating_duration_since(at) < VAIN_FOR);
        if self.starved_looks >= STARVED_LOOKS {
            match self.load {
                Load::ThinVoice if self.is_no_better(loss, now) => {
                    self.vain_at = Some(now);
                    self.bear(Load::All, now);
                }
                Load::ThinVoice => {}
                _ if is_vain => {}
                _ => self.starve(loss, now),
            }
        } else if calm_since.is_some_and(|since| now.saturating_duration_since(since) >= self.patience) {
            match self.load {
                Load::ThinVoice => self.bear(Load::Voice, now),
                Load::Voice => self.bear(Load::All, now),
                Load::All => {}
            }
        }
    }

    /// Whether it bears pictures.
    pub(crate) fn bears_pictures(&self) -> bool {
        self.load == Load::All
    }

    /// Bits a second of Opus that it bears at most.
    pub(crate) fn voice_bps(&self) -> u64 {
        if self.load == Load::ThinVoice {
            VOICE_LEAST_BPS
        } else {
            VOICE_BPS
        }
    }

    fn starve(&mut self, loss: f32, now: Instant) {
        let was_tried = self.since.is_some_and(|at| now.saturating_duration_since(at) < WRONG_WITHIN);
        self.patience = if was_tried {
            (self.patience * 2).min(PATIENCE_MAX)
        } else {
            PATIENCE_MIN
        };
        self.starved_loss = loss;
        self.bear(Load::ThinVoice, now);
    }

    fn bear(&mut self, load: Load, now: Instant) {
        self.load = load;
        self.since = Some(now);
        self.calm_since = None;
        self.starved_looks = 0;
    }

    fn is_no_better(&self, loss: f32, now: Instant) -> bool {
        let has_lasted = self.since.is_some_and(|at| now.saturating_duration_since(at) >= HELPS_WITHIN);
        has_lasted && loss > self.starved_loss / 2.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A line of some width that loses what does not fit, and a share of the rest.
    struct Line {
        uplink: Uplink,
        now: Instant,
        loses: f32,
    }

    impl Line {
        fn new(loses: f32) -> Self {
            Self {
                uplink: Uplink::default(),
                now: Instant::now(),
                loses,
            }
        }

        /// The seconds with pictures of some.
        fn run(&mut self, seconds: u64, carries_bps: u64) -> u64 {
            let mut with_pictures = 0;
            for _ in 0..seconds / 2 {
                let pictures_bps = if self.uplink.bears_pictures() { 60_000 } else { 0 };
                let sent_bps = pictures_bps + 2 * self.uplink.voice_bps() + 24_000;
                let received_bps = sent_bps.min(carries_bps) as f32 * (1.0 - self.loses);
                let loss = 1.0 - received_bps / sent_bps as f32;
                self.uplink.measured(loss, received_bps as u64, self.now);
                self.now += 2 * SECOND;
                with_pictures += 2 * u64::from(self.uplink.bears_pictures());
            }
            with_pictures
        }
    }

    #[test]
    fn a_narrow_line_gets_the_voice_alone_and_seldom_tries_more() {
        let mut line = Line::new(0.0);
        assert!(line.run(6, 50_000) <= 4);
        let with_pictures = line.run(600, 50_000);
        assert!(with_pictures <= 60, "{with_pictures} s of 600");
        line.run(150, 1_000_000);
        assert!(line.uplink.bears_pictures(), "back with the line");
        assert_eq!(line.uplink.voice_bps(), VOICE_BPS);
    }

    #[test]
    fn a_line_that_is_wide_enough_keeps_its_pictures() {
        let mut line = Line::new(0.0);
        assert_eq!(line.run(60, 150_000), 60);
    }

    #[test]
    fn where_less_does_not_help_all_comes_back() {
        let mut line = Line::new(0.4);
        let with_pictures = line.run(130, 1_000_000);
        assert!(with_pictures >= 110, "{with_pictures} s of 130");
    }

    #[test]
    fn one_gap_is_no_narrow_line() {
        let (mut uplink, now) = (Uplink::default(), Instant::now());
        uplink.measured(0.9, 10_000, now);
        uplink.measured(0.0, 10_000, now + 2 * SECOND);
        uplink.measured(0.9, 10_000, now + 4 * SECOND);
        assert!(uplink.bears_pictures());
    }
}
