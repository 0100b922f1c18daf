//! How often something is done for strangers: for each source, and for all of them together.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Instant;

use crate::sources::source;

/// Sources remembered; when there are more, those that have all that they may are forgotten.
const SOURCES_MAX: usize = 4096;

/// So many at once, and so many a second afterwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ration {
    pub(crate) burst: f64,
    pub(crate) per_s: f64,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn fill(&mut self, ration: Ration, now: Instant) {
        let passed_s = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed_s * ration.per_s).min(ration.burst);
        self.at = now;
    }
}

#[derive(Debug)]
pub(crate) struct Limiter {
    each: Ration,
    all: Ration,
    budget: Bucket,
    sources: HashMap<IpAddr, Bucket>,
}

impl Limiter {
    /// `each` is one source's, which may be a room full of people behind one address.
    pub(crate) fn new(each: Ration, all: Ration, now: Instant) -> Self {
        Self {
            each,
            all,
            budget: Bucket {
                left: all.burst,
                at: now,
            },
            sources: HashMap::new(),
        }
    }

    /// Whether it may be done for this source once more.
    pub(crate) fn permits(&mut self, address: IpAddr, now: Instant) -> bool {
        let each = self.each;
        self.budget.fill(self.all, now);
        if self.sources.len() >= SOURCES_MAX {
            self.sources.retain(|_, bucket| {
                bucket.fill(each, now);
                bucket.left < each.burst
            });
        }
        let is_full = self.sources.len() >= SOURCES_MAX && !self.sources.contains_key(&source(address));
        if is_full || self.budget.left < 1.0 {
            return false;
        }
        let bucket = self.sources.entry(source(address)).or_insert(Bucket {
            left: each.burst,
            at: now,
        });
        bucket.fill(each, now);
        if bucket.left < 1.0 {
            return false;
        }
        bucket.left -= 1.0;
        self.budget.left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;

    const EACH: Ration = Ration {
        burst: 32.0,
        per_s: 4.0,
    };
    const ALL: Ration = Ration {
        burst: 512.0,
        per_s: 128.0,
    };

    fn ip(number: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + number).into()
    }

    #[test]
    fn a_source_has_a_burst_and_then_a_trickle() {
        let start = Instant::now();
        let mut limiter = Limiter::new(EACH, ALL, start);
        let burst = (0..100).filter(|_| limiter.permits(ip(1), start)).count();
        assert_eq!(burst, EACH.burst as usize);
        assert!(limiter.permits(ip(2), start));
        let later = start + Duration::from_secs(1);
        let trickle = (0..100).filter(|_| limiter.permits(ip(1), later)).count();
        assert_eq!(trickle, EACH.per_s as usize);
    }

    #[test]
    fn made_up_sources_cost_neither_memory_nor_more_than_all_may_have() {
        let start = Instant::now();
        let mut limiter = Limiter::new(EACH, ALL, start);
        let seconds = 60;
        let granted = (0..60_000)
            .filter(|number| {
                let now = start + Duration::from_millis(u64::from(*number));
                limiter.permits(ip(*number), now)
            })
            .count();
        assert!(granted <= (ALL.burst + ALL.per_s * f64::from(seconds)) as usize);
        assert!(limiter.sources.len() <= SOURCES_MAX);
    }
}
