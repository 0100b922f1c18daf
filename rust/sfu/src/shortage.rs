//! When there was last too little of something, and how long to wait before more is tried.
//!
//! Going down is all but immediate. Going up waits, longer each time that it proved wrong. Pure.

use std::time::{Duration, Instant};

/// Time without shortage before anything goes up again, at first.
pub(crate) const HOLD_MIN: Duration = Duration::from_secs(2);
/// And at most: a network that is bad for ten seconds of every thirty is tried about once a minute.
pub(crate) const HOLD_MAX: Duration = Duration::from_secs(32);
/// A shortage this short is borne: estimates dip for a moment where packets only come in bunches.
pub(crate) const SHORTAGE_BORNE: Duration = Duration::from_millis(400);
/// And one that is slight: they dip more than that where a picture begins, and recover in a second or two.
const SLIGHT_BORNE: Duration = Duration::from_secs(2);
/// A shortage this long after the last one is news, and the time starts from its least again.
const HOLD_FORGOTTEN: Duration = Duration::from_secs(60);

/// Whether there is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Met,
    /// The estimate says no, but not by much, and nothing is lost.
    NearlyMet,
    Unmet,
}

/// The memory of one thing that can be short.
#[derive(Debug, Default)]
pub(crate) struct Shortage {
    /// When the present shortage began.
    since: Option<Instant>,
    last_at: Option<Instant>,
    hold: Duration,
}

impl Shortage {
    /// Takes note of whether there is too little; true: there is, but for so short a time that all goes on as before.
    pub(crate) fn bears(&mut self, need: Need, now: Instant) -> bool {
        let borne = match need {
            Need::Met => {
                self.since = None;
                return false;
            }
            Need::NearlyMet => SLIGHT_BORNE,
            Need::Unmet => SHORTAGE_BORNE,
        };
        let since = *self.since.get_or_insert(now);
        let is_borne = now.saturating_duration_since(since) < borne;
        if !is_borne {
            self.was_short(now);
        }
        is_borne
    }

    /// Whether there has been enough for long enough to try more, if that is at most `hold_max`.
    pub(crate) fn may_raise(&self, hold_max: Duration, now: Instant) -> bool {
        let hold = self.hold.min(hold_max);
        self.last_at
            .is_none_or(|at| now.saturating_duration_since(at) >= hold)
    }

    /// Whether there was too little not long ago.
    pub(crate) fn was_lately(&self, now: Instant) -> bool {
        self.last_at
            .is_some_and(|at| now.saturating_duration_since(at) < HOLD_FORGOTTEN)
    }

    fn was_short(&mut self, now: Instant) {
        let since = self.last_at.map(|at| now.saturating_duration_since(at));
        self.hold = match since {
            // The same shortage: what was asked for has not come into effect yet.
            Some(since) if since < self.hold.min(HOLD_MIN) => self.hold,
            Some(since) if since < HOLD_FORGOTTEN => (self.hold * 2).min(HOLD_MAX),
            _ => HOLD_MIN,
        };
        self.last_at = Some(now);
    }
}
