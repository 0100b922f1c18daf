//! What a slot could show.

use crate::layer::Layer;
use crate::source::Source;

/// A tile may stretch a layer's picture by this much: 4/3 is hardly seen.
const STRETCH: (u32, u32) = (4, 3);

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

impl Wish {
    pub(super) fn is_live(&self, layer: Layer) -> bool {
        self.layers_bps[layer.index()].is_some()
    }

    pub(super) fn smallest(&self) -> Option<Layer> {
        Layer::ALL.into_iter().find(|layer| self.is_live(*layer))
    }

    /// The smallest layer that fills the tile; of those that come, the largest if none does.
    pub(super) fn best(&self) -> Option<Layer> {
        let live = || Layer::ALL.into_iter().filter(|layer| self.is_live(*layer));
        let fills = |layer: &Layer| {
            self.source == Source::Camera
                && self
                    .tile_height
                    .is_some_and(|lines| layer.height() * STRETCH.0 / STRETCH.1 >= lines)
        };
        live().find(fills).or(live().next_back())
    }

    pub(super) fn bps(&self, layer: Option<Layer>) -> u64 {
        layer
            .and_then(|layer| self.layers_bps[layer.index()])
            .unwrap_or(0)
    }
}
