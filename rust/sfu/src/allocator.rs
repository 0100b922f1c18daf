//! Who sees what, when not everything fits: one receiver's bits, shared among its video slots.
//!
//! Audio is never shared out: what it takes is set aside first. Then every visible video gets its
//! smallest layer, then a screen its best, then whoever speaks, then the others by the size of their
//! tiles; none gets more than its tile shows. What does not fit at its smallest is paused, the least
//! worth first. Going down is immediate. Going up needs room to spare and some time since the last
//! time that there was too little, more of it each time that going up proved wrong.
//!
//! Pure: it knows bitrates and sizes, not packets, people or clocks.

mod budget;
mod sharing;
mod wish;

use std::cmp::Reverse;
use std::time::{Duration, Instant};

pub(crate) use budget::Budget;
pub use budget::{VideoLimit, VideoRates};
use sharing::Sharing;
pub(crate) use wish::Wish;

use crate::layer::Layer;
use crate::shortage::{HOLD_MAX, Shortage};
use crate::source::Source;

/// Room that an estimate must leave above what going up would take. Encoders overshoot by about a tenth.
const RAISE_MARGIN_PERCENT: u64 = 115;
/// What is shown may exceed the estimate by this much before it goes down: estimates tremble.
const KEEP_MARGIN_PERCENT: u64 = 95;
/// How long a picture that is not shown at all waits at most after a shortage: that is worth more tries.
const HOLD_UNSEEN_MAX: Duration = Duration::from_secs(8);

/// Why a slot shows nothing, or not all that its tile has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The receiver's network does not carry more.
    Network,
    /// Nobody sees the tile.
    Hidden,
    /// The receiver chose sound only.
    Chosen,
    /// Nothing comes from the sender yet.
    Waiting,
}

impl Reason {
    /// The stable name of the reason.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Hidden => "hidden",
            Self::Chosen => "chosen",
            Self::Waiting => "waiting",
        }
    }
}

/// What a slot shall show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// `None`: it is paused.
    pub(crate) layer: Option<Layer>,
    /// Why it is not the best that its tile has room for; `None` if it is.
    pub(crate) reason: Option<Reason>,
}

impl Choice {
    const fn paused(reason: Reason) -> Self {
        Self {
            layer: None,
            reason: Some(reason),
        }
    }
}

/// What was decided, and what deciding freely would take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allocation {
    /// In the order of the wishes.
    pub(crate) choices: Vec<Choice>,
    /// Bits a second of the best that every tile has room for.
    pub(crate) desired_bps: u64,
    /// Bits a second with the next thing to go up, if anything is held back by the network.
    pub(crate) next_bps: Option<u64>,
    /// Bits a second with the next picture that is not shown at all.
    pub(crate) starved_bps: Option<u64>,
    /// Whether a weak sign that it fits is not enough: there has been too little, and it would double what is sent.
    pub(crate) needs_proof: bool,
    /// Whether there has been enough for long enough to try more than the network is known to carry.
    pub(crate) may_raise: bool,
}

/// The memory of one receiver.
#[derive(Debug, Default)]
pub(crate) struct Allocator {
    shortage: Shortage,
}

impl Allocator {
    /// Shares out the budget.
    pub(crate) fn allocate(&mut self, wishes: &[Wish], budget: &Budget, now: Instant) -> Allocation {
        let video_bps = budget.video_bps();
        let mut choices: Vec<Choice> = wishes.iter().map(|wish| start(wish, budget.limit)).collect();
        let order = by_worth(wishes, &choices);
        let sum = |of: &dyn Fn(&Wish) -> Option<Layer>| -> u64 {
            order.iter().map(|at| wishes[*at].bps(of(&wishes[*at]))).sum()
        };
        let desired_bps = sum(&Wish::best);
        let granted_bps =
            sum(&|wish: &Wish| wish.granted.filter(|layer| wish.is_live(*layer)).min(wish.best()));
        let bears = self.shortage.bears(budget.need(granted_bps), now);
        let video_bps = if bears { granted_bps } else { video_bps };
        let mut sharing = Sharing {
            wishes,
            video_bps,
            taken_bps: 0,
            // What is borne for what is shown is not there for anything else.
            may_raise: !bears && self.shortage.may_raise(HOLD_MAX, now),
            may_show: !bears && self.shortage.may_raise(HOLD_UNSEEN_MAX, now),
            choices: &mut choices,
        };
        if video_bps >= budget.rates.floor_bps {
            sharing.share(&order);
        }
        for at in &order {
            let Choice { layer, .. } = choices[*at];
            let is_held_back = layer != wishes[*at].best() && !(layer.is_some() && budget.is_capped());
            choices[*at].reason = is_held_back.then_some(Reason::Network);
        }
        let is_paused = |at: &usize| choices[*at].layer.is_none();
        let paused: Vec<usize> = order.iter().copied().filter(is_paused).collect();
        let taken_bps = order.iter().map(|at| wishes[*at].bps(choices[*at].layer)).sum();
        let hold_max = if paused.is_empty() {
            HOLD_MAX
        } else {
            HOLD_UNSEEN_MAX
        };
        let is_allowed = |bps: &u64| *bps <= budget.rates.ceiling_bps;
        let starved_bps = next(wishes, &choices, &paused, taken_bps).filter(is_allowed);
        let doubles = |bps: u64| taken_bps > 0 && bps > taken_bps * 7 / 4;
        Allocation {
            desired_bps: desired_bps.min(budget.rates.ceiling_bps),
            next_bps: next(wishes, &choices, &order, taken_bps).filter(is_allowed),
            needs_proof: starved_bps.is_some_and(doubles) && self.shortage.was_lately(now),
            starved_bps,
            may_raise: self.shortage.may_raise(hold_max, now),
            choices,
        }
    }
}

const fn percent_of(bps: u64, percent: u64) -> u64 {
    bps * percent / 100
}

/// What a slot gets before anything is shared out. Candidates are paused for lack of bits.
fn start(wish: &Wish, limit: VideoLimit) -> Choice {
    if limit == VideoLimit::None {
        Choice::paused(Reason::Chosen)
    } else if wish.tile_height == Some(0) {
        Choice::paused(Reason::Hidden)
    } else if wish.smallest().is_none() {
        Choice::paused(Reason::Waiting)
    } else {
        Choice::paused(Reason::Network)
    }
}

/// The candidates, those of most worth first: screens, who speaks, large tiles, low slots.
fn by_worth(wishes: &[Wish], choices: &[Choice]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..wishes.len())
        .filter(|at| choices[*at].reason == Some(Reason::Network))
        .collect();
    order.sort_by_key(|at| {
        let wish = &wishes[*at];
        let height = wish.tile_height.unwrap_or(u32::MAX);
        (wish.source != Source::Screen, !wish.is_speaker, Reverse(height))
    });
    order
}

/// What all slots take with the cheapest step up of these slots.
fn next(wishes: &[Wish], choices: &[Choice], order: &[usize], taken_bps: u64) -> Option<u64> {
    let steps = order.iter().filter_map(|at| {
        let (wish, has) = (&wishes[*at], choices[*at].layer);
        let next = Layer::ALL
            .into_iter()
            .find(|layer| Some(*layer) > has && wish.is_live(*layer))?;
        (Some(next) <= wish.best()).then(|| wish.bps(Some(next)) - wish.bps(has).min(wish.bps(Some(next))))
    });
    steps
        .min()
        .map(|step| percent_of(taken_bps + step, RAISE_MARGIN_PERCENT))
}

#[cfg(test)]
mod tests;
