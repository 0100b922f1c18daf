//! What the path to a peer carries, and what we tell str0m that we would like to send.
//!
//! The estimate is str0m's (Google's congestion control on transport-wide feedback). While media take
//! less than the path carries, it learns of more by probing for what is desired; and where a picture is
//! not shown at all for lack of bits, that much is simply assumed: a path that cannot carry it says so
//! within a second, and is then left in peace. Nothing is sent only to fill a path: on a thin one that
//! takes the place of voices.

use std::time::{Duration, Instant};

use str0m::Rtc;
use str0m::bwe::{Bitrate, BweKind};

use crate::allocator::Allocation;
use crate::limits::ESTIMATE_START_BPS;

/// A desire that is not this much larger than the last one is the same: each rise is a probe.
const RISE_PERCENT: u64 = 115;
/// And one that is not this much smaller.
const FALL_PERCENT: u64 = 70;

/// How long a picture is missing before its bits are assumed. Probes have found them by then on most paths.
const STARVED: Duration = Duration::from_secs(1);
/// What is assumed beyond what the allocator asks for, so that a first small fall is no shortage.
const ASSUMED_PERCENT: u64 = 110;

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
    starved_since: Option<Instant>,
}

impl Bandwidth {
    pub(super) fn estimated(&mut self, kind: &BweKind) {
        if let BweKind::Twcc { can_probe, .. } = kind {
            self.has_feedback = *can_probe;
        }
    }

    /// What the path carries, in bits of payload a second; `None` if the peer gives no feedback.
    pub(super) fn estimate_bps(&self, rtc: &mut Rtc) -> Option<u64> {
        let estimate = rtc.bwe().last_estimate()?;
        self.has_feedback.then(|| estimate.as_u64())
    }

    /// Takes what was decided, beside `audio_bps` of sound.
    pub(super) fn desire(&mut self, audio_bps: u64, allocation: &Allocation, now: Instant, rtc: &mut Rtc) {
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
        let starved_bps = allocation.starved_bps.map(with_audio);
        match starved_bps.filter(|_| allocation.may_raise && self.has_feedback) {
            None => self.starved_since = None,
            Some(bps) => self.starve(bps, now, rtc),
        }
    }

    fn starve(&mut self, bps: u64, now: Instant, rtc: &mut Rtc) {
        let since = *self.starved_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= STARVED {
            self.starved_since = None;
            rtc.bwe().reset(Bitrate::bps(bps * ASSUMED_PERCENT / 100));
        }
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
