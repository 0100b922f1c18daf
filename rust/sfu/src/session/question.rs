//! Whether a path carries more, asked again and again by probes.

use std::time::{Duration, Instant};

/// Time between two probes. str0m's own while little is sent are as far apart.
const INTERVAL: Duration = Duration::from_secs(5);
/// How much of what was asked for is to arrive in its time. Jitter makes a path that carries enough look slow.
const ENOUGH_PERCENT: u64 = 60;
/// The same where a wrong yes would cost much.
const PROOF_PERCENT: u64 = 95;
/// After so many probes without an answer the answer is yes: too few of their packets came, and losses say
/// nothing of the rate.
const IN_VAIN_MAX: u8 = 3;

/// What counts as a yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Most of it, or silence again and again.
    Weak,
    /// Nearly all.
    Strong,
}

#[derive(Debug, Default)]
pub(super) struct Question {
    asked_at: Option<Instant>,
    /// Probes in a row that got no answer.
    in_vain: u8,
}

impl Question {
    /// Whether to send a probe now; it is then taken for sent.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let is_recent = |at: Instant| now.saturating_duration_since(at) < INTERVAL;
        if self.asked_at.is_some_and(is_recent) {
            return false;
        }
        if self.asked_at.replace(now).is_some() {
            self.in_vain = self.in_vain.saturating_add(1);
        }
        true
    }

    /// Whether the path carries `bps`, as far as the latest probe with an answer tells: when that came, and
    /// the bits a second that it found.
    pub(super) fn is_answered_with(&mut self, bps: u64, found: Option<(Instant, u64)>, sign: Sign) -> bool {
        let enough_percent = match sign {
            Sign::Weak => ENOUGH_PERCENT,
            Sign::Strong => PROOF_PERCENT,
        };
        let Some(asked_at) = self.asked_at else {
            return false;
        };
        match found.filter(|(at, _)| *at > asked_at) {
            Some((_, found_bps)) => {
                self.in_vain = 0;
                found_bps * 100 >= bps * enough_percent
            }
            None => sign == Sign::Weak && self.in_vain >= IN_VAIN_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn only_an_answer_to_the_question_counts_and_a_weak_yes_is_one() {
        let start = Instant::now();
        let mut question = Question::default();
        assert!(
            !question.is_answered_with(100, Some((start, 100)), Sign::Weak),
            "nothing was asked"
        );
        assert!(question.is_due(start) && !question.is_due(start + 4 * SECOND));
        assert!(
            !question.is_answered_with(100, Some((start, 100)), Sign::Weak),
            "that is older"
        );
        assert!(!question.is_answered_with(100, Some((start + SECOND, 59)), Sign::Weak));
        assert!(question.is_answered_with(100, Some((start + SECOND, 60)), Sign::Weak));
        assert!(
            !question.is_answered_with(100, Some((start + SECOND, 80)), Sign::Strong),
            "a weak yes is no proof"
        );
        assert!(question.is_due(start + 5 * SECOND));
    }

    #[test]
    fn silence_is_a_yes_after_three_probes_unless_one_is_answered_between() {
        let start = Instant::now();
        let mut question = Question::default();
        let mut ask = |at: Instant, found| {
            let is_yes = question.is_answered_with(100, found, Sign::Weak);
            question.is_due(at).then_some(is_yes)
        };
        assert_eq!(ask(start, None), Some(false));
        assert_eq!(ask(start + 5 * SECOND, None), Some(false));
        assert_eq!(
            ask(start + 10 * SECOND, Some((start + 6 * SECOND, 10))),
            Some(false)
        );
        for round in 3..5 {
            assert_eq!(
                ask(start + round * 5 * SECOND, None),
                Some(false),
                "round {round}"
            );
        }
        assert_eq!(ask(start + 25 * SECOND, None), Some(true));
    }
}
