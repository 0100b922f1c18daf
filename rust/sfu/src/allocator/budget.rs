//! What there is to share, and whether what was given still fits.

use super::{KEEP_MARGIN_PERCENT, percent_of};
use crate::shortage::Need;

/// Where nothing is lost a shortage of up to a third is slight.
const SLIGHT_MARGIN_PERCENT: u64 = 65;

/// Whether somebody wants video at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VideoLimit {
    /// What the network carries.
    #[default]
    All,
    /// None: sound only.
    None,
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
    pub(super) fn video_bps(&self) -> u64 {
        self.carried_bps().min(self.rates.ceiling_bps)
    }

    fn carried_bps(&self) -> u64 {
        self.estimate_bps
            .map_or(u64::MAX, |bps| bps.saturating_sub(self.audio_bps))
    }

    pub(super) fn need(&self, granted_bps: u64) -> Need {
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
    pub(super) fn is_capped(&self) -> bool {
        self.carried_bps() >= self.rates.ceiling_bps
    }
}
