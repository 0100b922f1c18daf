//! One direction of an emulated path: what happens to each packet, from a seed and a virtual clock.
//!
//! A packet meets, in this order: loss, a transmitter of limited rate with a drop-tail queue before it,
//! delay with jitter, reordering, duplication. It knows sizes and times, not contents.

use std::time::{Duration, Instant};

use crate::rng::Rng;

/// Bytes that the network carries beside a datagram: the headers of IPv4 and UDP.
const HEADER_BYTES: usize = 28;

/// How packets are lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Share of packets lost, 0 to 1.
    pub share: f64,
    /// Packets lost in a row, on average; 1 / (1 - share) is what independent losses have.
    pub burst_packets: f64,
}

impl Loss {
    /// Nothing is lost.
    pub const NONE: Self = Self::uniform(0.0);
    /// Everything is lost.
    pub const ALL: Self = Self::uniform(1.0);

    /// Each packet has the same fate for itself.
    pub const fn uniform(share: f64) -> Self {
        Self {
            share,
            burst_packets: 0.0,
        }
    }

    /// Losses come in runs: a two-state chain that loses everything in its bad state (Gilbert 1960).
    pub const fn bursty(share: f64, burst_packets: f64) -> Self {
        Self { share, burst_packets }
    }

    /// Probability that the next packet is lost, given the fate of the one before.
    fn probability(&self, was_lost: bool) -> f64 {
        if self.burst_packets <= 1.0 || self.share >= 1.0 {
            return self.share;
        }
        let leave_bad = 1.0 / self.burst_packets;
        if was_lost {
            1.0 - leave_bad
        } else {
            leave_bad * self.share / (1.0 - self.share)
        }
    }
}

/// A transmitter that sends at a fixed rate and drops what does not fit the queue before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bottleneck {
    /// Bits a second, headers of IP and UDP included.
    pub rate_bps: u64,
    /// A packet that would wait longer than this is dropped.
    pub queue_max: Duration,
}

/// How a path treats packets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// Which packets never arrive.
    pub loss: Loss,
    /// Time on the way, at least.
    pub delay: Duration,
    /// Up to this much more, evenly spread.
    pub jitter: Duration,
    /// Jitter makes packets late, but none overtakes another, as on most real paths.
    pub keeps_order: bool,
    /// Share of packets that overtake those before them, spared of jitter and half the delay.
    pub reordered: f64,
    /// Share of packets that arrive twice.
    pub duplicated: f64,
    /// The narrowest place, if any.
    pub bottleneck: Option<Bottleneck>,
}

impl Conditions {
    /// A wire in the same room.
    pub const LAN: Self = Self {
        loss: Loss::NONE,
        delay: Duration::from_micros(200),
        jitter: Duration::ZERO,
        keeps_order: false,
        reordered: 0.0,
        duplicated: 0.0,
        bottleneck: None,
    };
    /// A poor radio: 3 % lost, 20 ms away, 20 ms of jitter with reordering.
    pub const WIFI: Self = Self {
        loss: Loss::uniform(0.03),
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(20),
        ..Self::LAN
    };

    /// These conditions with a narrowest place of `rate_bps` and a queue of [`QUEUE_MAX`].
    #[must_use]
    pub const fn limited_to(self, rate_bps: u64) -> Self {
        let queue_max = QUEUE_MAX;
        let bottleneck = Some(Bottleneck { rate_bps, queue_max });
        Self { bottleneck, ..self }
    }

    /// These conditions with other losses.
    #[must_use]
    pub const fn losing(self, loss: Loss) -> Self {
        Self { loss, ..self }
    }
}

/// Queue of the narrow links of tests: what a home router holds.
pub const QUEUE_MAX: Duration = Duration::from_millis(250);

/// Conditions that follow each other.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Each holds for its time; the last one holds on, or the first follows it again.
    steps: Vec<(Duration, Conditions)>,
    repeats: bool,
}

impl From<Conditions> for Schedule {
    fn from(conditions: Conditions) -> Self {
        Self::once(vec![(Duration::ZERO, conditions)])
    }
}

impl Schedule {
    /// One after the other; the last one holds on.
    pub fn once(steps: Vec<(Duration, Conditions)>) -> Self {
        Self {
            steps,
            repeats: false,
        }
    }

    /// One after the other, again and again.
    pub fn repeating(steps: Vec<(Duration, Conditions)>) -> Self {
        Self { steps, repeats: true }
    }

    /// What holds this long after the start.
    fn at(&self, since_start: Duration) -> &Conditions {
        let total: Duration = self.steps.iter().map(|(time, _)| *time).sum();
        let mut left = since_start;
        if self.repeats && !total.is_zero() {
            left = Duration::from_nanos((left.as_nanos() % total.as_nanos()) as u64);
        }
        for (time, conditions) in &self.steps {
            if left < *time {
                return conditions;
            }
            left -= *time;
        }
        let (_, last) = self.steps.last().expect("a schedule has a step");
        last
    }
}

/// A path with its own luck.
#[derive(Clone, Debug)]
pub struct Link {
    schedule: Schedule,
    started_at: Instant,
    rng: Rng,
    was_lost: bool,
    /// When the transmitter has sent all that it took.
    free_at: Instant,
    /// The latest arrival, which nothing may overtake where order is kept.
    last_arrival: Instant,
    /// Packets that the queue had no room for.
    pub dropped_by_queue: u64,
}

impl Link {
    /// A path with this seed, whose schedule starts at `now`.
    pub fn new(schedule: impl Into<Schedule>, seed: u64, now: Instant) -> Self {
        Self {
            schedule: schedule.into(),
            started_at: now,
            rng: Rng::new(seed),
            was_lost: false,
            free_at: now,
            last_arrival: now,
            dropped_by_queue: 0,
        }
    }

    /// Other conditions from `now` on; what is on its way stays so.
    pub fn change(&mut self, schedule: impl Into<Schedule>, now: Instant) {
        self.schedule = schedule.into();
        self.started_at = now;
    }

    /// When a datagram sent now arrives: not at all, once or twice.
    pub fn arrivals(&mut self, bytes: usize, now: Instant) -> impl Iterator<Item = Instant> + use<> {
        let conditions = *self.schedule.at(now - self.started_at);
        let first = self.arrival(&conditions, bytes, now);
        let is_twin = self.rng.happens(conditions.duplicated);
        let second = first.filter(|_| is_twin);
        first.into_iter().chain(second)
    }

    fn arrival(&mut self, conditions: &Conditions, bytes: usize, now: Instant) -> Option<Instant> {
        // The same draws for every packet, so that the fate of one does not shift the luck of the next.
        let (loss, late, overtakes) = (
            self.rng.unit(),
            self.rng.unit(),
            self.rng.happens(conditions.reordered),
        );
        self.was_lost = loss < conditions.loss.probability(self.was_lost);
        if self.was_lost {
            return None;
        }
        let sent_at = self.transmitted_at(conditions.bottleneck, bytes, now)?;
        if overtakes {
            return Some(sent_at + conditions.delay / 2);
        }
        let mut at = sent_at + conditions.delay + conditions.jitter.mul_f64(late);
        if conditions.keeps_order {
            at = at.max(self.last_arrival);
        }
        self.last_arrival = self.last_arrival.max(at);
        Some(at)
    }

    /// When the last bit leaves the narrowest place; `None` if its queue is full.
    fn transmitted_at(
        &mut self,
        bottleneck: Option<Bottleneck>,
        bytes: usize,
        now: Instant,
    ) -> Option<Instant> {
        let Some(Bottleneck { rate_bps, queue_max }) = bottleneck else {
            return Some(now);
        };
        let starts_at = self.free_at.max(now);
        if starts_at - now > queue_max {
            self.dropped_by_queue += 1;
            return None;
        }
        let bits = (bytes + HEADER_BYTES) as u64 * 8;
        self.free_at = starts_at + Duration::from_nanos(bits * 1_000_000_000 / rate_bps);
        Some(self.free_at)
    }
}
