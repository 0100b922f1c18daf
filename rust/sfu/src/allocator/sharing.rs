//! A budget on its way to slots: in which order they are offered more, and what makes an offer good.

use super::wish::Wish;
use super::{Choice, KEEP_MARGIN_PERCENT, RAISE_MARGIN_PERCENT, percent_of};
use crate::layer::Layer;
use crate::source::Source;

/// A budget on its way to slots.
pub(super) struct Sharing<'a> {
    pub(super) wishes: &'a [Wish],
    pub(super) video_bps: u64,
    pub(super) taken_bps: u64,
    pub(super) may_raise: bool,
    pub(super) may_show: bool,
    pub(super) choices: &'a mut [Choice],
}

impl Sharing<'_> {
    pub(super) fn share(&mut self, order: &[usize]) {
        for at in order {
            self.offer(*at, self.wishes[*at].smallest());
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
        if is_larger && wish.is_live(layer) && wish.best().is_some_and(|best| layer <= best) {
            self.offer(at, Some(layer));
        }
    }

    fn offer(&mut self, at: usize, layer: Option<Layer>) {
        let wish = &self.wishes[at];
        let (takes, has) = (wish.bps(layer), wish.bps(self.choices[at].layer));
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
