//! In how many bits a voice is sent: as many as everybody who hears it has room for.
//!
//! A voice is said in Opus, whose bits can be chosen anew at any time; its packets and their headers stay as many.
//! One rate serves all: the SFU passes frames on as they come. Pure: it knows bitrates and time.

use std::time::{Duration, Instant};

use crate::shortage::{HOLD_MAX, Need, Shortage};
use crate::voice::protected_bps;

/// Bits a second of Opus, from what suits a full band down to what is just understood. Source: RFC 6716 §2.1.1.
pub(crate) const VOICE_RATES_BPS: [u64; 3] = [32_000, 16_000, 8_000];
/// What a session is taken to send until it is told otherwise: browsers speak at this rate.
pub(crate) const VOICE_BPS: u64 = VOICE_RATES_BPS[0];
/// Fewest bits, for who has hardly any room.
pub(crate) const VOICE_LEAST_BPS: u64 = VOICE_RATES_BPS[VOICE_RATES_BPS.len() - 1];

/// RTP headers with extensions and the tag of SRTP, of 50 packets a second.
const HEADERS_BPS: u64 = 50 * 30 * 8;
/// A sender that is told of another rate sends in it, and losses of before are forgotten.
const TAKES_EFFECT: Duration = Duration::from_secs(3);
/// Room that must be left to go up.
const RAISE_MARGIN_PERCENT: u64 = 115;
/// An estimate that stays this far above what voices take has nothing to do with them: they need not wait.
const AMPLE_PERCENT: u64 = 400;
const AMPLE_FOR: Duration = Duration::from_secs(2);
/// What is taken may exceed the estimate by this much: estimates tremble.
const KEEP_MARGIN_PERCENT: u64 = 95;

/// The rate that one receiver has room for.
#[derive(Debug, Default)]
pub(crate) struct VoiceRate {
    /// Of [`VOICE_RATES_BPS`].
    step: usize,
    shortage: Shortage,
    /// Since when it has been the least.
    least_since: Option<Instant>,
    /// Since when there has been far more than enough.
    ample_since: Option<Instant>,
}

/// What a receiver has for voices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// What the network carries; `None`: nobody knows.
    pub(crate) estimate_bps: Option<u64>,
    /// How many speak at once; 0 counts as one, who may begin at any time.
    pub(crate) voices: u64,
    /// Frames should be sent more than once, since packets are lost.
    pub(crate) loses_packets: bool,
}

impl Allowance {
    fn takes(&self, rate_bps: u64) -> u64 {
        let payload_bps = if self.loses_packets {
            protected_bps(rate_bps)
        } else {
            rate_bps
        };
        self.voices.max(1) * (payload_bps + HEADERS_BPS)
    }

    fn has_for(&self, rate_bps: u64, percent: u64) -> bool {
        self.estimate_bps
            .is_none_or(|bps| self.takes(rate_bps) * percent / 100 <= bps)
    }
}

impl VoiceRate {
    /// Decides anew; bits a second of Opus.
    pub(crate) fn decide(&mut self, allowance: Allowance, now: Instant) -> u64 {
        let is_short = !allowance.has_for(self.bps(), KEEP_MARGIN_PERCENT);
        let need = if is_short { Need::Unmet } else { Need::Met };
        let bears = self.shortage.bears(need, now);
        let is_ample = self.is_ample(allowance, now);
        if is_short && !bears {
            let fits = |bps: &u64| allowance.has_for(*bps, KEEP_MARGIN_PERCENT);
            let step = VOICE_RATES_BPS.iter().position(fits);
            self.step = step.unwrap_or(VOICE_RATES_BPS.len() - 1);
        } else if self.step > 0
            && (self.shortage.may_raise(HOLD_MAX, now) || is_ample)
            && allowance.has_for(VOICE_RATES_BPS[self.step - 1], RAISE_MARGIN_PERCENT)
        {
            self.step -= 1;
        }
        let is_least = self.bps() == VOICE_LEAST_BPS;
        self.least_since = is_least.then(|| self.least_since.unwrap_or(now));
        self.bps()
    }

    /// Whether what was lost at this time was lost although voices had come in as few bits as can be for a while.
    pub(crate) fn was_least_at(&self, at: Instant) -> bool {
        self.least_since
            .is_some_and(|since| at.saturating_duration_since(since) >= TAKES_EFFECT)
    }

    fn is_ample(&mut self, allowance: Allowance, now: Instant) -> bool {
        let is_so = allowance.has_for(VOICE_BPS, AMPLE_PERCENT);
        self.ample_since = is_so.then(|| self.ample_since.unwrap_or(now));
        self.ample_since
            .is_some_and(|since| now.saturating_duration_since(since) >= AMPLE_FOR)
    }

    fn bps(&self) -> u64 {
        VOICE_RATES_BPS[self.step]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn allowance(estimate_bps: u64) -> Allowance {
        Allowance {
            estimate_bps: Some(estimate_bps),
            voices: 1,
            loses_packets: false,
        }
    }

    /// The rate after a second of this.
    fn settle(rate: &mut VoiceRate, allowance: Allowance, now: &mut Instant) -> u64 {
        for _ in 0..10 {
            *now += 100 * MS;
            rate.decide(allowance, *now);
        }
        rate.bps()
    }

    #[test]
    fn a_voice_takes_what_there_is_and_nobody_knows_of_less() {
        let (mut rate, mut now) = (VoiceRate::default(), Instant::now());
        let unknown = Allowance {
            estimate_bps: None,
            ..allowance(0)
        };
        for (allowance, bps) in [
            (unknown, 32_000),
            (allowance(44_000), 32_000),
            (allowance(35_000), 16_000),
            (allowance(21_000), 8_000),
            (allowance(1_000), 8_000),
        ] {
            assert_eq!(settle(&mut rate, allowance, &mut now), bps, "{allowance:?}");
        }
    }

    #[test]
    fn two_who_speak_and_frames_that_are_sent_again_take_more() {
        let (mut rate, mut now) = (VoiceRate::default(), Instant::now());
        let two = Allowance {
            voices: 2,
            ..allowance(60_000)
        };
        assert_eq!(settle(&mut rate, two, &mut now), 16_000);
        let (mut rate, lossy) = (
            VoiceRate::default(),
            Allowance {
                loses_packets: true,
                ..allowance(60_000)
            },
        );
        assert_eq!(settle(&mut rate, lossy, &mut now), 16_000);
    }

    #[test]
    fn a_dip_is_borne_and_going_up_waits_longer_each_time_that_it_was_wrong() {
        let (mut rate, mut now) = (VoiceRate::default(), Instant::now());
        assert_eq!(rate.decide(allowance(1_000), now), 32_000);
        assert_eq!(rate.decide(allowance(90_000), now + 300 * MS), 32_000);
        let mut waits = Vec::new();
        for _ in 0..3 {
            settle(&mut rate, allowance(20_000), &mut now);
            let from = now;
            while settle(&mut rate, allowance(90_000), &mut now) < 32_000 {}
            waits.push((now - from).as_secs());
        }
        assert!(waits.is_sorted_by(|one, next| one < next), "{waits:?}");
        settle(&mut rate, allowance(20_000), &mut now);
        let from = now;
        while settle(&mut rate, allowance(500_000), &mut now) < 32_000 {}
        assert!((now - from).as_secs() <= 4, "no wait where there is plenty");
    }

    #[test]
    fn plenty_counts_from_the_last_time_that_there_was_not() {
        let (mut rate, start) = (VoiceRate::default(), Instant::now());
        let mut at = |ms: u32, estimate_bps| rate.decide(allowance(estimate_bps), start + ms * MS);
        at(0, 1_000);
        assert_eq!(at(500, 1_000), 8_000);
        assert_eq!(at(600, 500_000), 8_000);
        at(700, 1_000);
        at(1_200, 1_000);
        assert_eq!(at(2_700, 500_000), 8_000, "it has just begun");
    }
}
