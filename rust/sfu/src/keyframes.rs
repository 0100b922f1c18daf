//! When to ask a publisher for a key frame: once for many askers, again until one comes.

use std::time::Instant;

use crate::limits::KEYFRAME_REQUEST_INTERVAL;

/// The open request of one video track.
#[derive(Debug, Default)]
pub(crate) struct KeyframeRequests {
    wanted: bool,
    asked_at: Option<Instant>,
}

impl KeyframeRequests {
    /// Somebody cannot decode: a new slot, or a receiver's PLI.
    pub(crate) fn want(&mut self) {
        self.wanted = true;
    }

    /// A key frame arrived; whoever wanted one has it.
    pub(crate) fn arrived(&mut self) {
        self.wanted = false;
    }

    /// When to call [`Self::take`] next, if a request is open.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        self.wanted
            .then(|| self.asked_at.map_or(now, |at| at + KEYFRAME_REQUEST_INTERVAL))
    }

    /// Whether to ask the publisher now; if so, counts as asked.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let is_due = self.due(now).is_some_and(|at| at <= now);
        if is_due {
            self.asked_at = Some(now);
        }
        is_due
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
}
