//! Who sees what, when not everything fits: one receiver's bits, shared among its video slots.
//!
//! Audio is never shared out: what it takes is set aside first. Then every visible video gets its
//! smallest layer, then a screen its best, then whoever speaks, then the others by the size of their
//! tiles; none gets more than its tile shows. What does not fit at its smallest is paused, the least
//! worth first. Going down is immediate. Going up needs room to spare and some time since the last
//! time that there was too little, more of it each time that going up proved wrong.
//!
//! Pure: it knows bitrates and sizes, not packets, people or clocks.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use crate::layer::Layer;
use crate::shortage::{HOLD_MAX, Need, Shortage};
use crate::source::Source;

/// Room that an estimate must leave above what going up would take. Encoders overshoot by about a tenth.
const RAISE_MARGIN_PERCENT: u64 = 115;
/// What is shown may exceed the estimate by this much before it goes down: estimates tremble.
const KEEP_MARGIN_PERCENT: u64 = 95;
/// Where nothing is lost a shortage of up to a third is slight.
const SLIGHT_MARGIN_PERCENT: u64 = 65;
/// How long a picture that is not shown at all waits at most after a shortage: that is worth more tries.
const HOLD_UNSEEN_MAX: Duration = Duration::from_secs(8);
/// A tile may stretch a layer's picture by this much: 4/3 is hardly seen.
const STRETCH: (u32, u32) = (4, 3);

/// Whether somebody wants video at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VideoLimit {
    /// What the network carries.
    #[default]
    All,
    /// None: sound only.
    None,
}

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

/// What a slot could show.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) source: Source,
    /// Bits a second of each layer that the sender sends or would send if asked, in [`Layer::ALL`] order.
    pub(crate) layers_bps: [Option<u64>; 3],
    /// Lines of the tile; `None`: as large as possible, 0: nobody sees it.
    pub(crate) tile_height: Option<u32>,
    pub(crate) is_speaker: bool,
    /// What it was given before, which may still be on its way.
    pub(crate) granted: Option<Layer>,
}

/// What the operator lets the pictures that one receiver is sent take, whatever the network carries. The default is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoRates {
    /// Less than this for all pictures together is not worth it: all are paused.
    pub floor_bps: u64,
    /// All together take no more.
    pub ceiling_bps: u64,
}

impl Default for VideoRates {
    fn default() -> Self {
        Self {
            floor_bps: 0,
            ceiling_bps: u64::MAX,
        }
    }
}

/// What there is to share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// What the network carries; `None`: nobody knows, and nothing is held back.
    pub(crate) estimate_bps: Option<u64>,
    /// Packets are being lost.
    pub(crate) is_losing: bool,
    /// Taken by the sound.
    pub(crate) audio_bps: u64,
    pub(crate) rates: VideoRates,
    pub(crate) limit: VideoLimit,
}

impl Budget {
    fn video_bps(&self) -> u64 {
        self.carried_bps().min(self.rates.ceiling_bps)
    }

    fn carried_bps(&self) -> u64 {
        self.estimate_bps
            .map_or(u64::MAX, |bps| bps.saturating_sub(self.audio_bps))
    }

    fn need(&self, granted_bps: u64) -> Need {
        let is_met = |percent| percent_of(granted_bps, percent) <= self.video_bps();
        if is_met(KEEP_MARGIN_PERCENT) {
            Need::Met
        } else if is_met(SLIGHT_MARGIN_PERCENT) && !self.is_losing {
            Need::NearlyMet
        } else {
            Need::Unmet
        }
    }

    /// Whether it is the operator's bound that holds back, and not the network.
    fn is_capped(&self) -> bool {
        self.carried_bps() >= self.rates.ceiling_bps
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
            order.iter().map(|at| bps(&wishes[*at], of(&wishes[*at]))).sum()
        };
        let desired_bps = sum(&best);
        let granted_bps =
            sum(&|wish: &Wish| wish.granted.filter(|layer| is_live(wish, *layer)).min(best(wish)));
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
            let is_held_back = layer != best(&wishes[*at]) && !(layer.is_some() && budget.is_capped());
            choices[*at].reason = is_held_back.then_some(Reason::Network);
        }
        let is_paused = |at: &usize| choices[*at].layer.is_none();
        let paused: Vec<usize> = order.iter().copied().filter(is_paused).collect();
        let taken_bps = order.iter().map(|at| bps(&wishes[*at], choices[*at].layer)).sum();
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

/// A budget on its way to slots.
struct Sharing<'a> {
    wishes: &'a [Wish],
    video_bps: u64,
    taken_bps: u64,
    may_raise: bool,
    may_show: bool,
    choices: &'a mut [Choice],
}

impl Sharing<'_> {
    fn share(&mut self, order: &[usize]) {
        for at in order {
            self.offer(*at, smallest(&self.wishes[*at]));
        }
        let is_first = |at: &&usize| {
            let wish = &self.wishes[**at];
            wish.source == Source::Screen || wish.is_speaker
        };
        let (first, others): (Vec<&usize>, Vec<&usize>) = order.iter().partition(is_first);
        for at in first {
            Layer::ALL.into_iter().for_each(|layer| self.raise(*at, layer));
        }
        for layer in Layer::ALL {
            others.iter().for_each(|at| self.raise(**at, layer));
        }
    }

    /// Gives a slot that is shown a larger layer, if it has one and it fits.
    fn raise(&mut self, at: usize, layer: Layer) {
        let wish = &self.wishes[at];
        let is_larger = self.choices[at].layer.is_some_and(|has| has < layer);
        if is_larger && is_live(wish, layer) && best(wish).is_some_and(|best| layer <= best) {
            self.offer(at, Some(layer));
        }
    }

    fn offer(&mut self, at: usize, layer: Option<Layer>) {
        let wish = &self.wishes[at];
        let (takes, has) = (bps(wish, layer), bps(wish, self.choices[at].layer));
        let taken_bps = self.taken_bps + takes.saturating_sub(has);
        let is_granted = wish.granted >= layer;
        let percent = if is_granted {
            KEEP_MARGIN_PERCENT
        } else {
            RAISE_MARGIN_PERCENT
        };
        let may_rise = if self.choices[at].layer.is_none() {
            self.may_show
        } else {
            self.may_raise
        };
        if (is_granted || may_rise) && percent_of(taken_bps, percent) <= self.video_bps {
            self.taken_bps = taken_bps;
            self.choices[at].layer = layer;
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
    } else if smallest(wish).is_none() {
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

fn is_live(wish: &Wish, layer: Layer) -> bool {
    wish.layers_bps[layer.index()].is_some()
}

fn smallest(wish: &Wish) -> Option<Layer> {
    Layer::ALL.into_iter().find(|layer| is_live(wish, *layer))
}

/// The smallest layer that fills the tile; of those that come, the largest if none does.
fn best(wish: &Wish) -> Option<Layer> {
    let live = || Layer::ALL.into_iter().filter(|layer| is_live(wish, *layer));
    let fills = |layer: &Layer| {
        wish.source == Source::Camera
            && wish
                .tile_height
                .is_some_and(|lines| layer.height() * STRETCH.0 / STRETCH.1 >= lines)
    };
    live().find(fills).or(live().next_back())
}

fn bps(wish: &Wish, layer: Option<Layer>) -> u64 {
    layer
        .and_then(|layer| wish.layers_bps[layer.index()])
        .unwrap_or(0)
}

/// What all slots take with the cheapest step up of these slots.
fn next(wishes: &[Wish], choices: &[Choice], order: &[usize], taken_bps: u64) -> Option<u64> {
    let steps = order.iter().filter_map(|at| {
        let (wish, has) = (&wishes[*at], choices[*at].layer);
        let next = Layer::ALL
            .into_iter()
            .find(|layer| Some(*layer) > has && is_live(wish, *layer))?;
        (Some(next) <= best(wish)).then(|| bps(wish, Some(next)) - bps(wish, has).min(bps(wish, Some(next))))
    });
    steps
        .min()
        .map(|step| percent_of(taken_bps + step, RAISE_MARGIN_PERCENT))
}

#[cfg(test)]
mod tests;
