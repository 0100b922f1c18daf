//! What the path to a peer carries, and what we tell str0m that we would like to send.
//!
//! The estimate is str0m's (Google's congestion control on transport-wide feedback). While media take
//! less than the path carries, it learns of more by probing, which we ask for while anything is held back.
//! Where a picture is not shown at all for lack of bits, that much is assumed if the few small packets of
//! a probe come through about as fast: to find out by showing the picture would cost the voices seconds on
//! a path that cannot carry it. Nothing else is sent only to fill a path.

use std::time::{Duration, Instant};

use str0m::Rtc;
use str0m::bwe::{Bitrate, BweKind};

use super::question::{Question, Sign};
use crate::allocator::Allocation;
use crate::limits::{COLLAPSE_LOSS, ESTIMATE_START_BPS, STATS_INTERVAL};

/// A desire that is not this much larger than the last one is the same: each rise is a probe.
const RISE_PERCENT: u64 = 115;
/// And one that is not this much smaller.
const FALL_PERCENT: u64 = 70;

/// What is assumed beyond what the allocator asks for, so that a first small fall is no shortage.
const ASSUMED_PERCENT: u64 = 110;

/// Of what is held back, how fast a probe is sent.
const ASKED_PERCENT: u64 = 120;
/// Losses are counted over this time.
const COLLAPSE_WINDOW: Duration = Duration::from_secs(1);

/// Losses of the present moment are counted over this time, and fewer are none.
const LOSING_WINDOW: Duration = Duration::from_millis(500);
const LOSING: f32 = 0.02;

/// What a path is paced for while nobody tells what it carries: more than a call takes.
const UNKNOWN_BPS: u64 = 100_000_000;

/// The estimate of one path.
#[derive(Debug, Default)]
pub(super) struct Bandwidth {
    /// The peer sends feedback on some line. Without it nothing is known, and nothing held back.
    has_feedback: bool,
    /// The pacer was told not to hold back, since no feedback comes.
    is_unleashed: bool,
    desired_bps: u64,
    /// What the path is being asked, while something is held back.
    question: Option<Question>,
    /// Something was assumed of the path before.
    has_assumed: bool,
    /// When most of what was sent was last lost.
    collapsed_at: Option<Instant>,
}

impl Bandwidth {
    pub(super) fn estimated(&mut self, kind: &BweKind) {
        if let BweKind::Twcc { can_probe, .. } = kind {
            self.has_feedback = *can_probe;
        }
    }

    /// What the path carries, in bits of payload a second; `None` if the peer gives no feedback.
    ///
    /// Where most of `sent_bps` is lost, no delay grows and hardly any feedback comes: then what arrives counts.
    pub(super) fn estimate_bps(&mut self, sent_bps: u64, now: Instant, rtc: &mut Rtc) -> Option<u64> {
        let lost = rtc.bwe().loss(COLLAPSE_WINDOW, now);
        if let Some(lost) = lost.filter(|lost| *lost > COLLAPSE_LOSS) {
            self.collapsed_at = Some(now);
            let arrives_bps = sent_bps as f64 * f64::from(1.0 - lost);
            rtc.bwe().lower(Bitrate::bps(arrives_bps as u64), now);
        }
        let estimate_bps = rtc.bwe().last_estimate()?.as_u64();
        self.has_feedback.then_some(estimate_bps)
    }

    /// Whether packets are being lost.
    pub(super) fn is_losing(now: Instant, rtc: &mut Rtc) -> bool {
        let lost = rtc.bwe().loss(LOSING_WINDOW, now);
        lost.is_some_and(|lost| lost > LOSING)
    }

    /// Whether losses that are measured now are those of a path that was sent far too much.
    pub(super) fn has_just_collapsed(&self, now: Instant) -> bool {
        self.collapsed_at
            .is_some_and(|at| now.saturating_duration_since(at) < COLLAPSE_WINDOW + STATS_INTERVAL)
    }

    /// Takes what was decided, beside `audio_bps` of sound; true if more is assumed from now on.
    pub(super) fn desire(
        &mut self,
        audio_bps: u64,
        allocation: &Allocation,
        now: Instant,
        rtc: &mut Rtc,
    ) -> bool {
        if self.is_unleashed == self.has_feedback {
            self.is_unleashed = !self.has_feedback;
            let bps = if self.has_feedback {
                ESTIMATE_START_BPS
            } else {
                UNKNOWN_BPS
            };
            rtc.bwe().reset(Bitrate::bps(bps));
        }
        let with_audio = |bps: u64| bps + audio_bps;
        let next_bps = allocation.next_bps.map(with_audio);
        self.aim(next_bps.unwrap_or(with_audio(allocation.desired_bps)), rtc);
        // All that there is was shown: that much is known of the path.
        self.has_assumed |= allocation.desired_bps > 0 && allocation.starved_bps.is_none();
        let held_back = allocation.starved_bps.or(allocation.next_bps).map(with_audio);
        match held_back.filter(|_| allocation.may_raise && self.has_feedback) {
            None => {
                self.question = None;
                false
            }
            Some(bps) => self.ask(bps, allocation, now, rtc),
        }
    }

    /// Asks the path whether it carries `bps`. A yes is an estimate at once; where a picture `is_starved` a weak
    /// yes will do, and the first on a path that nothing is known of is assumed to fit: who comes shall see somebody.
    fn ask(&mut self, bps: u64, allocation: &Allocation, now: Instant, rtc: &mut Rtc) -> bool {
        let is_starved = allocation.starved_bps.is_some();
        let sign = if allocation.needs_proof {
            Sign::Strong
        } else {
            Sign::Weak
        };
        let question = self.question.get_or_insert_default();
        let found = rtc.bwe().last_probe().map(|(at, found)| (at, found.as_u64()));
        if is_starved && (!self.has_assumed || question.is_answered_with(bps, found, sign)) {
            self.has_assumed = true;
            self.question = None;
            rtc.bwe().reset(Bitrate::bps(bps * ASSUMED_PERCENT / 100));
            return true;
        }
        if question.is_due(now) {
            rtc.bwe().probe(Bitrate::bps(bps * ASKED_PERCENT / 100));
        }
        false
    }

    fn aim(&mut self, desired_bps: u64, rtc: &mut Rtc) {
        if !is_near(desired_bps, self.desired_bps) {
            self.desired_bps = desired_bps;
            rtc.bwe().set_bitrate(Bitrate::ZERO, Bitrate::bps(desired_bps));
        }
    }
}

fn is_near(bps: u64, last_bps: u64) -> bool {
    bps == last_bps || bps * 100 < last_bps * RISE_PERCENT && bps * 100 > last_bps * FALL_PERCENT
}
