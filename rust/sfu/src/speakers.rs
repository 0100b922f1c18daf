//! Who is audible, from the audio level that senders put beside each packet (RFC 6464).

use std::time::{Duration, Instant};

use crate::limits::SPEAKERS_INTERVAL;
use crate::seat::SeatId;

/// Quieter than this is background, not speech.
const AUDIBLE_DBOV: f32 = -50.0;
/// A level older than this is silence.
const FRESH: Duration = Duration::from_millis(600);
/// Share of a new level in the smoothed one while it rises: a voice is noticed within two packets.
const RISE: f32 = 0.5;
/// And while it falls: the pause between two words, about half a second, is no silence.
const FALL: f32 = 0.04;
const SILENCE_DBOV: f32 = -127.0;

#[derive(Debug)]
struct Level {
    seat: SeatId,
    dbov: f32,
    at: Instant,
}

/// Smoothed levels of a room.
#[derive(Debug, Default)]
pub(crate) struct Speakers {
    levels: Vec<Level>,
    reported: Vec<(SeatId, i8)>,
    next_report: Option<Instant>,
}

impl Speakers {
    /// A microphone packet with this level (0 loudest, -127 silence) was forwarded.
    pub(crate) fn heard(&mut self, seat: SeatId, dbov: i8, now: Instant) {
        let dbov = f32::from(dbov).clamp(SILENCE_DBOV, 0.0);
        match self.levels.iter_mut().find(|level| level.seat == seat) {
            Some(level) => {
                let share = if dbov > level.dbov { RISE } else { FALL };
                level.dbov += (dbov - level.dbov) * share;
                level.at = now;
            }
            None => self.levels.push(Level { seat, dbov, at: now }),
        }
        if self.next_report.is_none() {
            self.next_report = Some(now + SPEAKERS_INTERVAL);
        }
    }

    /// Somebody left or was muted.
    pub(crate) fn forget(&mut self, seat: SeatId) {
        self.levels.retain(|level| level.seat != seat);
    }

    /// When to call [`Self::take_report`] next.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.next_report
    }

    /// The audible people, loudest first, if that changed since the last report.
    pub(crate) fn take_report(&mut self, now: Instant) -> Option<Vec<(SeatId, i8)>> {
        if self.next_report.is_none_or(|at| at > now) {
            return None;
        }
        self.levels
            .retain(|level| now.saturating_duration_since(level.at) < FRESH);
        self.next_report = (!self.levels.is_empty()).then_some(now + SPEAKERS_INTERVAL);
        let mut audible: Vec<&Level> = self
            .levels
            .iter()
            .filter(|level| level.dbov > AUDIBLE_DBOV)
            .collect();
        audible.sort_by(|a, b| b.dbov.total_cmp(&a.dbov));
        let report: Vec<_> = audible
            .iter()
            .map(|level| (level.seat, level.dbov.round() as i8))
            .collect();
        let has_changed = report != self.reported;
        self.reported.clone_from(&report);
        has_changed.then_some(report)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    #[test]
    fn the_loudest_comes_first_and_silence_empties_the_list() {
        let start = Instant::now();
        let mut speakers = Speakers::default();
        speakers.heard(SeatId(0), -40, start);
        speakers.heard(SeatId(1), -20, start);
        speakers.heard(SeatId(2), -90, start);
        assert_eq!(speakers.take_report(start), None, "at most five a second");
        let report = speakers.take_report(start + SPEAKERS_INTERVAL).unwrap();
        assert_eq!(report, [(SeatId(1), -20), (SeatId(0), -40)]);
        assert_eq!(
            speakers.take_report(start + 2 * SPEAKERS_INTERVAL),
            None,
            "nothing changed"
        );
        assert_eq!(speakers.take_report(start + 5 * SPEAKERS_INTERVAL), Some(vec![]));
        assert_eq!(speakers.due(), None);
    }
}
