//! When to ask a publisher for a key frame: once for many askers, again until one comes.

use std::time::{Duration, Instant};

use crate::limits::{KEYFRAME_NEWCOMER_INTERVAL, KEYFRAME_REQUEST_INTERVAL};

/// The open request of one video track.
#[derive(Debug, Default)]
pub(crate) struct KeyframeRequests {
    wanted: bool,
    /// Somebody who wants one has seen nothing yet.
    is_for_newcomer: bool,
    asked_at: Option<Instant>,
    /// No key frame came since then.
    is_unanswered: bool,
}

impl KeyframeRequests {
    /// Somebody cannot decode: a gap was not repaired, or a receiver's PLI.
    pub(crate) fn want(&mut self) {
        self.wanted = true;
    }

    /// A slot changed over to this track and shows nothing of it yet.
    pub(crate) fn want_for_newcomer(&mut self) {
        self.wanted = true;
        self.is_for_newcomer = true;
    }

    /// A key frame arrived; whoever wanted one has it.
    pub(crate) fn arrived(&mut self) {
        self.wanted = false;
        self.is_for_newcomer = false;
        self.is_unanswered = false;
    }

    /// When to call [`Self::take`] next, if a request is open.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        self.wanted
            .then(|| self.asked_at.map_or(now, |at| at + self.interval()))
    }

    /// Whether to ask the publisher now; if so, counts as asked.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let is_due = self.due(now).is_some_and(|at| at <= now);
        if is_due {
            self.asked_at = Some(now);
            self.is_unanswered = true;
        }
        is_due
    }

    /// An answer on the way is for the newcomer too.
    fn interval(&self) -> Duration {
        if self.is_for_newcomer && !self.is_unanswered {
            KEYFRAME_NEWCOMER_INTERVAL
        } else {
            KEYFRAME_REQUEST_INTERVAL
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    #[test]
    fn many_askers_are_one_request_repeated_until_the_key_frame() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::default();
        assert!(!requests.take(start));
        requests.want();
        assert!(requests.take(start));
        requests.want();
        assert!(!requests.take(start), "throttled");
        assert!(requests.take(start + KEYFRAME_REQUEST_INTERVAL), "repeated");
        requests.arrived();
        assert_eq!(requests.due(start), None);
    }

    #[test]
    fn a_newcomer_waits_for_an_answer_on_the_way_and_else_as_long_as_a_browser_is_deaf() {
        let start = Instant::now();
        let mut requests = KeyframeRequests::default();
        requests.want_for_newcomer();
        assert!(requests.take(start));
        requests.want_for_newcomer();
        assert_eq!(requests.due(start), Some(start + KEYFRAME_REQUEST_INTERVAL));
        requests.arrived();
        requests.want();
        assert_eq!(requests.due(start), Some(start + KEYFRAME_REQUEST_INTERVAL));
        requests.want_for_newcomer();
        assert_eq!(requests.due(start), Some(start + KEYFRAME_NEWCOMER_INTERVAL));
    }
}
