//! Which frames come too late to be worth hearing.
//!
//! TCP delivers everything: after a stall a whole backlog comes at once, and whoever passed it on would be heard that
//! much later for ever. A frame is late by how much longer it took than the quickest of the last ones.

use std::time::{Duration, Instant};

/// A frame that took this much longer than the quickest is let go.
pub const LATE_MAX: Duration = Duration::from_millis(200);
/// The quickest is looked for among one to two times as many frames (5 to 10 s of a voice). Counted in frames, not in
/// time, so that it is still known after a stall; a path that has become slower for good is silent for so long.
const FRAMES_REMEMBERED: u32 = 250;
const CLOCK_HZ: i64 = 48_000;

/// Of one line.
#[derive(Debug, Default)]
pub struct Freshness {
    start: Option<(Instant, u32)>,
    /// The least delay among the present frames, and among those before them, in µs over that of the first frame.
    quickest_us: Option<i64>,
    quickest_before_us: Option<i64>,
    count: u32,
}

impl Freshness {
    /// Whether the frame with this timestamp, which came now, is still worth hearing.
    pub fn is_fresh(&mut self, timestamp: u32, now: Instant) -> bool {
        let (started, first) = *self.start.get_or_insert((now, timestamp));
        // They wrap after a day; the line begins anew every six hours, and after a leap of that length.
        let ticks = i64::from(timestamp.wrapping_sub(first) as i32);
        if ticks.unsigned_abs() > u64::from(u32::MAX / 4) {
            *self = Self::default();
            return self.is_fresh(timestamp, now);
        }
        let arrived_us = now.saturating_duration_since(started).as_micros() as i64;
        let delay_us = arrived_us - ticks * 1_000_000 / CLOCK_HZ;
        self.note(delay_us);
        let quickest_us = self.quickest_us.into_iter().chain(self.quickest_before_us).min();
        delay_us - quickest_us.unwrap_or(delay_us) <= LATE_MAX.as_micros() as i64
    }

    fn note(&mut self, delay_us: i64) {
        if self.count == FRAMES_REMEMBERED {
            self.quickest_before_us = self.quickest_us.take();
            self.count = 0;
        }
        self.count += 1;
        self.quickest_us = Some(
            self.quickest_us
                .map_or(delay_us, |quickest| quickest.min(delay_us)),
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use proptest::prelude::*;

    use super::*;

    const FRAME: Duration = Duration::from_millis(20);
    const FRAME_TICKS: u32 = 960;

    /// Frames `from..to`, each made on time; how many are fresh if frame `n` comes at `at(n)`.
    fn fresh(freshness: &mut Freshness, frames: std::ops::Range<u32>, at: impl Fn(u32) -> Instant) -> usize {
        frames
            .filter(|n| freshness.is_fresh(n.wrapping_mul(FRAME_TICKS), at(*n)))
            .count()
    }

    #[test]
    fn of_a_backlog_only_the_end_is_heard() {
        let (start, mut freshness) = (Instant::now(), Freshness::default());
        assert_eq!(fresh(&mut freshness, 0..100, |n| start + FRAME * n), 100);
        // 3 s of nothing; then they come at once. The last ten are within 200 ms, and the very last.
        let stalled_until = start + FRAME * 249;
        assert_eq!(fresh(&mut freshness, 100..250, |_| stalled_until), 11);
        assert_eq!(fresh(&mut freshness, 250..300, |n| start + FRAME * n), 50);
    }

    #[test]
    fn a_path_that_became_slower_is_heard_again() {
        let (start, mut freshness) = (Instant::now(), Freshness::default());
        fresh(&mut freshness, 0..300, |n| start + FRAME * n);
        let slower = |n| start + FRAME * n + Duration::from_millis(500);
        fresh(&mut freshness, 300..800, slower);
        assert_eq!(fresh(&mut freshness, 800..900, slower), 100);
    }

    #[test]
    fn a_day_of_frames_is_heard() {
        let (start, mut freshness) = (Instant::now(), Freshness::default());
        let frames = 0..(24 * 3600 * 50 + 10_000);
        let count = frames.len();
        assert_eq!(fresh(&mut freshness, frames, |n| start + FRAME * n), count);
    }

    proptest! {
        #[test]
        fn no_timestamp_breaks_it_and_a_steady_line_recovers(stamps in prop::collection::vec(any::<u32>(), 0..50)) {
            let (start, mut freshness) = (Instant::now(), Freshness::default());
            for stamp in stamps {
                freshness.is_fresh(stamp, start);
            }
            fresh(&mut freshness, 0..500, |n| start + FRAME * n);
            prop_assert_eq!(fresh(&mut freshness, 500..600, |n| start + FRAME * n), 100);
        }
    }
}
