//! How often a stranger is answered with more than it sent, so that nobody can be flooded by way of us.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use crate::sources::source;

/// Answers to one source at once, which may be a room full of people behind one address.
const SOURCE_BURST: f64 = 32.0;
const SOURCE_PER_S: f64 = 4.0;
/// Answers to all sources together.
const ALL_BURST: f64 = 512.0;
const ALL_PER_S: f64 = 128.0;
/// Sources remembered; when there are more, those that may be answered in full are forgotten.
const SOURCES_MAX: usize = 4096;

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn fill(&mut self, per_s: f64, burst: f64, now: Instant) {
        let passed_s = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed_s * per_s).min(burst);
        self.at = now;
    }
}

#[derive(Debug)]
pub(super) struct Limiter {
    all: Bucket,
    sources: HashMap<IpAddr, Bucket>,
}

impl Limiter {
    pub(super) fn new(now: Instant) -> Self {
        let all = Bucket {
            left: ALL_BURST,
            at: now,
        };
        Self {
            all,
            sources: HashMap::new(),
        }
    }

    /// Whether this source may be answered once more.
    pub(super) fn permits(&mut self, address: IpAddr, now: Instant) -> bool {
        self.all.fill(ALL_PER_S, ALL_BURST, now);
        if self.sources.len() >= SOURCES_MAX {
            self.sources.retain(|_, bucket| {
                bucket.fill(SOURCE_PER_S, SOURCE_BURST, now);
                bucket.left < SOURCE_BURST
            });
        }
        let is_full = self.sources.len() >= SOURCES_MAX && !self.sources.contains_key(&source(address));
        if is_full || self.all.left < 1.0 {
            return false;
        }
        let bucket = self.sources.entry(source(address)).or_insert(Bucket {
            left: SOURCE_BURST,
            at: now,
        });
        bucket.fill(SOURCE_PER_S, SOURCE_BURST, now);
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        self.all.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;

    fn ip(number: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + number).into()
    }

    #[test]
    fn a_source_has_a_burst_and_then_a_trickle() {
        let start = Instant::now();
        let mut limiter = Limiter::new(start);
        let burst = (0..100).filter(|_| limiter.permits(ip(1), start)).count();
        assert_eq!(burst, SOURCE_BURST as usize);
        assert!(limiter.permits(ip(2), start));
        let later = start + Duration::from_secs(1);
        let trickle = (0..100).filter(|_| limiter.permits(ip(1), later)).count();
        assert_eq!(trickle, SOURCE_PER_S as usize);
    }

    #[test]
    fn made_up_sources_cost_neither_memory_nor_more_than_all_may_have() {
        let start = Instant::now();
        let mut limiter = Limiter::new(start);
        let seconds = 60;
        let granted = (0..60_000)
            .filter(|number| {
                let now = start + Duration::from_millis(u64::from(*number));
                limiter.permits(ip(*number), now)
            })
            .count();
        assert!(granted <= (ALL_BURST + ALL_PER_S * f64::from(seconds)) as usize);
        assert!(limiter.sources.len() <= SOURCES_MAX);
    }
}
