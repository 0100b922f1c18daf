//! Which layers of a camera anybody wants, so that the browser need not encode the others (dynacast).
//!
//! Asking for more is told at once, asking for less when it lasted: an encoder that starts again costs a
//! key frame. The smallest layer is always wanted: it is cheap, it brings a hidden tile back at once, and
//! by it one knows that the camera lives. Pure: it knows layers and time.

use std::time::{Duration, Instant};

use crate::layer::Layer;

/// How long nobody must want a layer before that is told.
pub(crate) const LOWER_AFTER: Duration = Duration::from_secs(4);
/// A layer that was asked for and does not come for this long will not come: the sender's network or
/// processor does not carry it, or the browser does not do as asked.
pub(crate) const START_WITHIN: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    /// Since when the sender has been asked for it, without a break.
    told_at: Option<Instant>,
    /// When somebody wanted it last.
    wanted_at: Option<Instant>,
}

impl Asked {
    const fn since(now: Instant) -> Self {
        Self {
            told_at: Some(now),
            wanted_at: Some(now),
        }
    }
}

/// What is asked of one camera.
#[derive(Debug, Default)]
pub(crate) struct Demand {
    layers: [Asked; 3],
    /// Something came in the present session. Browsers begin with all that they offered.
    is_known: bool,
}

impl Demand {
    /// A packet came. If the track began with it, what it is asked for may take a moment; what its sender was told still
    /// holds, unless the session is another.
    pub(crate) fn came(&mut self, has_begun: bool, now: Instant) {
        let is_known = std::mem::replace(&mut self.is_known, true);
        if is_known && !has_begun {
            return;
        }
        for asked in &mut self.layers {
            if !is_known || asked.told_at.is_some() {
                *asked = Asked::since(now);
            }
        }
    }

    /// There is another session, which was told nothing.
    pub(crate) fn session_replaced(&mut self) {
        self.is_known = false;
    }

    /// Takes note of what the receivers want now. True: what is asked for changed.
    pub(crate) fn update(&mut self, wanted: [bool; 3], now: Instant) -> bool {
        let mut has_changed = false;
        for (asked, is_wanted) in self.layers.iter_mut().zip(wanted) {
            if is_wanted {
                asked.wanted_at = Some(now);
                has_changed |= asked.told_at.is_none();
                asked.told_at.get_or_insert(now);
            } else if asked.told_at.is_some()
                && asked
                    .wanted_at
                    .is_none_or(|at| now.saturating_duration_since(at) >= LOWER_AFTER)
            {
                asked.told_at = None;
                has_changed = true;
            }
        }
        has_changed
    }

    /// Whether the sender is asked for the layer.
    pub(crate) fn is_asked(&self, layer: Layer) -> bool {
        self.layers[layer.index()].told_at.is_some()
    }

    /// Whether a layer that does not come now would come if somebody wanted it, as far as one knows.
    pub(crate) fn may_come(&self, layer: Layer, now: Instant) -> bool {
        self.layers[layer.index()]
            .told_at
            .is_none_or(|at| now.saturating_duration_since(at) < START_WITHIN)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn more_is_told_at_once_and_less_when_it_lasts() {
        let start = Instant::now();
        let mut demand = Demand::default();
        demand.came(true, start);
        assert!(!demand.update([true, false, false], start + SECOND));
        assert!(demand.is_asked(Layer::Full));
        assert!(!demand.update([true, true, false], start + 2 * SECOND));
        assert!(
            demand.update([true, true, false], start + 4 * SECOND),
            "four seconds since anybody wanted the full layer"
        );
        assert!(!demand.is_asked(Layer::Full) && demand.is_asked(Layer::Half));
        assert!(demand.update([true, true, true], start + 5 * SECOND));
        assert!(demand.is_asked(Layer::Full));
    }

    #[test]
    fn what_the_sender_was_told_holds_when_the_track_begins_again_but_not_in_another_session() {
        let start = Instant::now();
        let mut demand = Demand::default();
        demand.came(true, start);
        assert!(demand.update([true, false, false], start + 5 * SECOND));
        demand.came(true, start + 60 * SECOND);
        assert!(!demand.is_asked(Layer::Full));
        assert!(
            demand.update([true, false, true], start + 61 * SECOND),
            "it must be told again"
        );
        demand.session_replaced();
        demand.came(false, start + 90 * SECOND);
        assert!(demand.is_asked(Layer::Half), "it sends all that it offers");
        assert!(
            demand.update([true, false, true], start + 95 * SECOND),
            "and must be told again what nobody wants"
        );
    }

    #[test]
    fn a_layer_that_was_asked_for_in_vain_is_given_up_until_it_comes() {
        let start = Instant::now();
        let mut demand = Demand::default();
        demand.came(true, start);
        assert!(demand.may_come(Layer::Full, start + 2 * SECOND));
        assert!(!demand.may_come(Layer::Full, start + 3 * SECOND));
        demand.update([true, false, false], start + 4 * SECOND);
        assert!(
            demand.may_come(Layer::Full, start + 100 * SECOND),
            "nobody asked for it"
        );
    }
}
