//! Puts a publisher's capture times on our clock, so that voice and lips stay in step downstream.
//!
//! Sender reports tie RTP time to the sender's NTP clock, the same for all its tracks (RFC 3550
//! §6.4.1). The offset between that clock and ours is the smallest delay seen, followed slowly
//! upwards so that drift is tracked and queueing is not. One clock a session: audio and video of one
//! person shift together, whatever the error of the offset. Arrival times would not (mediasoup #1881).

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A larger difference between capture and arrival is a broken report, not a slow network.
const PLAUSIBLE: Duration = Duration::from_secs(10);
/// Share of a larger delay that a report moves the offset by: 1/64 follows 100 ppm of drift easily.
const FOLLOW_SHIFT: u32 = 6;

/// Offset between one sender's NTP clock and ours.
#[derive(Debug)]
pub(crate) struct CaptureClock {
    epoch: Instant,
    offset_ns: Option<i128>,
}

impl CaptureClock {
    pub(crate) fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            offset_ns: None,
        }
    }

    /// A sender report with this NTP time arrived.
    pub(crate) fn report(&mut self, ntp: SystemTime, arrived: Instant) {
        let arrived_ns = arrived.saturating_duration_since(self.epoch).as_nanos() as i128;
        let delay = arrived_ns - unix_ns(ntp);
        self.offset_ns = Some(match self.offset_ns {
            Some(offset) if delay > offset => offset + ((delay - offset) >> FOLLOW_SHIFT),
            _ => delay,
        });
    }

    /// When a packet was captured, given the latest report of its track; never after `arrived`.
    ///
    /// `ticks` is the packet's RTP time minus the report's.
    pub(crate) fn captured(&self, ntp: SystemTime, ticks: i64, clock_hz: u32, arrived: Instant) -> Instant {
        let Some(offset) = self.offset_ns else {
            return arrived;
        };
        let since_report_ns = i128::from(ticks) * 1_000_000_000 / i128::from(clock_hz);
        let at_ns = unix_ns(ntp) + since_report_ns + offset;
        let arrived_ns = arrived.saturating_duration_since(self.epoch).as_nanos() as i128;
        let age_ns = arrived_ns - at_ns;
        if !(0..=PLAUSIBLE.as_nanos() as i128).contains(&age_ns) {
            return arrived;
        }
        arrived
            .checked_sub(Duration::from_nanos(age_ns as u64))
            .unwrap_or(arrived)
    }
}

fn unix_ns(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn two_tracks_captured_together_get_the_same_instant() {
        let epoch = Instant::now();
        let ntp = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let mut clock = CaptureClock::new(epoch);
        clock.report(ntp, epoch + 40 * MS);
        clock.report(ntp + 1000 * MS, epoch + 1090 * MS);
        let arrived = epoch + 1600 * MS;
        let voice = clock.captured(ntp, 48_000 * 3 / 2, 48_000, arrived);
        let lips = clock.captured(ntp + 1000 * MS, 45_000, 90_000, arrived);
        assert_eq!(voice, lips);
        assert!(voice <= arrived);
    }

    #[test]
    fn without_a_report_or_with_a_wild_one_arrival_counts() {
        let epoch = Instant::now();
        let mut clock = CaptureClock::new(epoch);
        assert_eq!(clock.captured(UNIX_EPOCH, 5, 90_000, epoch), epoch);
        clock.report(UNIX_EPOCH, epoch);
        assert_eq!(clock.captured(UNIX_EPOCH, i64::MAX / 2, 90_000, epoch), epoch);
    }
}
