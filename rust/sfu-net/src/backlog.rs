//! What waits to be written to a connection: bounded, so that a slow reader loses frames instead of costing memory.
//!
//! Media that is late is of no use, and the browser repairs what is lost as on UDP.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Beyond this, whole frames are dropped: half a second of a full call at 2 Mbit/s.
const BACKLOG_BYTES_MAX: usize = 128 * 1024;
/// A connection that has had no room for this long is cut.
const STALL_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(crate) struct Backlog {
    bytes: VecDeque<u8>,
    /// Since when frames have been dropped, with nothing written in between.
    stalled_since: Option<Instant>,
}

impl Backlog {
    /// Adds a frame; false if it was dropped.
    pub(crate) fn push(&mut self, frame: &[u8], now: Instant) -> bool {
        if self.bytes.len() + frame.len() > BACKLOG_BYTES_MAX {
            self.stalled_since.get_or_insert(now);
            return false;
        }
        self.bytes.extend(frame);
        true
    }

    /// What is to be written next; empty if nothing waits.
    pub(crate) fn front(&self) -> &[u8] {
        self.bytes.as_slices().0
    }

    /// So many bytes of it were.
    pub(crate) fn written(&mut self, bytes: usize) {
        self.bytes.drain(..bytes);
        self.stalled_since = None;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the reader is too slow to be waited for any longer.
    pub(crate) fn is_stuck(&self, now: Instant) -> bool {
        self.stalled_since
            .is_some_and(|since| now.saturating_duration_since(since) >= STALL_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_backlog_drops_whole_frames_and_keeps_the_order_of_the_others() {
        let (mut backlog, now) = (Backlog::default(), Instant::now());
        let frame = |number: u8| vec![number; 1000];
        let kept = (0..255)
            .filter(|number| backlog.push(&frame(*number), now))
            .count();
        assert_eq!(kept, BACKLOG_BYTES_MAX / 1000);
        let mut written = Vec::new();
        while !backlog.is_empty() {
            let some = backlog.front().len().min(700);
            written.extend_from_slice(&backlog.front()[..some]);
            backlog.written(some);
        }
        let wanted: Vec<u8> = (0..kept as u8).flat_map(frame).collect();
        assert_eq!(written, wanted);
    }

    #[test]
    fn a_reader_that_takes_nothing_is_stuck_and_one_that_takes_little_is_not() {
        let (mut backlog, start) = (Backlog::default(), Instant::now());
        while backlog.push(&[0; 1000], start) {}
        let late = start + STALL_MAX;
        assert!(!backlog.is_stuck(late - Duration::from_millis(1)));
        assert!(backlog.is_stuck(late));
        backlog.written(1);
        assert!(!backlog.push(&[0; 1000], late));
        assert!(!backlog.is_stuck(late));
    }
}
