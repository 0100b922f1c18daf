//! One direction of an emulated path.

use std::time::{Duration, Instant};

use crate::rng::Rng;

/// How a path treats packets.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Share of packets lost, 0 to 1.
    pub loss: f64,
    /// Time on the way, at least.
    pub delay: Duration,
    /// Up to this much more, evenly spread. Packets overtake each other if it exceeds their distance.
    pub jitter: Duration,
}

impl Conditions {
    /// A wire in the same room.
    pub const LAN: Self = Self {
        loss: 0.0,
        delay: Duration::from_micros(200),
        jitter: Duration::ZERO,
    };
    /// A poor radio: 3 % lost, 20 ms away, 20 ms of jitter with reordering.
    pub const WIFI: Self = Self {
        loss: 0.03,
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(20),
    };
}

/// A path with its own luck.
#[derive(Clone, Debug)]
pub struct Link {
    /// May be changed at any time.
    pub conditions: Conditions,
    rng: Rng,
}

impl Link {
    /// A path with this seed.
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            rng: Rng::new(seed),
        }
    }

    /// When a packet sent now arrives; `None` if it is lost.
    pub fn arrival(&mut self, now: Instant) -> Option<Instant> {
        let (is_lost, late) = (self.rng.happens(self.conditions.loss), self.rng.unit());
        (!is_lost).then(|| now + self.conditions.delay + self.conditions.jitter.mul_f64(late))
    }
}
