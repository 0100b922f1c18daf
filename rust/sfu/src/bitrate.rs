//! How many bits a second pass, over the last two seconds.

use std::time::{Duration, Instant};

/// Width of a bucket.
const BUCKET: Duration = Duration::from_millis(250);
/// Buckets kept: long enough that a key frame does not double the figure, short enough to follow content.
const BUCKETS: usize = 8;

/// A sliding sum of bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitrateMeter {
    /// When the newest bucket began; none before the first packet.
    newest_at: Option<Instant>,
    /// The newest is the first.
    bytes: [u64; BUCKETS],
    /// Buckets since the first packet, at most all.
    filled: usize,
}

impl BitrateMeter {
    /// Something of this size passed.
    pub(crate) fn add(&mut self, bytes: usize, now: Instant) {
        self.move_on(now);
        if self.newest_at.is_none() {
            self.newest_at = Some(now);
            self.filled = 1;
        }
        self.bytes[0] += bytes as u64;
    }

    /// Bits a second; 0 before anything passed or after two seconds of nothing.
    pub(crate) fn bps(&mut self, now: Instant) -> u64 {
        self.move_on(now);
        let Some(newest_at) = self.newest_at else {
            return 0;
        };
        let whole = BUCKET * (self.filled as u32 - 1);
        // At least one bucket: the first packets of a track are no rate yet.
        let time = (whole + now.saturating_duration_since(newest_at)).max(BUCKET);
        let bits: u64 = self.bytes.iter().sum::<u64>() * 8;
        (u128::from(bits) * 1_000_000 / time.as_micros()) as u64
    }

    fn move_on(&mut self, now: Instant) {
        let Some(newest_at) = self.newest_at else {
            return;
        };
        let steps = (now.saturating_duration_since(newest_at).as_nanos() / BUCKET.as_nanos()) as usize;
        if steps >= BUCKETS {
            // What starts again has no past that would make it look smaller.
            *self = Self::default();
        } else if steps > 0 {
            self.bytes.rotate_right(steps);
            self.bytes[..steps].fill(0);
            self.filled = (self.filled + steps).min(BUCKETS);
            self.newest_at = Some(newest_at + BUCKET * steps as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_steady_stream_has_its_rate_and_a_silent_one_none() {
        let start = Instant::now();
        let mut meter = BitrateMeter::default();
        for step in 0..200 {
            meter.add(1000, start + MS * 20 * step);
        }
        let bps = meter.bps(start + MS * 4000);
        assert!((390_000..=410_000).contains(&bps), "{bps} of 400,000");
        let bps = meter.bps(start + MS * 5000);
        assert!((150_000..=250_000).contains(&bps), "{bps}: half of it is gone");
        assert_eq!(meter.bps(start + MS * 7000), 0);
        meter.add(1000, start + MS * 60_000);
        assert_eq!(meter.bps(start + MS * 60_000), 32_000, "it starts afresh");
    }

    #[test]
    fn the_first_packet_is_no_flood() {
        let now = Instant::now();
        let mut meter = BitrateMeter::default();
        meter.add(1000, now);
        assert_eq!(meter.bps(now), 32_000, "as if it had taken a quarter of a second");
    }
}
