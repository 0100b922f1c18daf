//! What a receiver wants to see: how large its tiles are, and whether it wants video at all.

use crate::allocator::VideoLimit;
use crate::limits::TILE_PIXELS_MAX;
use crate::source::Source;

/// Width and height of a tile in device pixels; either 0: nobody sees it.
pub type TileSize = (u32, u32);

/// The wishes of one receiver. What it does not mention is as large as possible.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// By slot, in template order.
    tiles: Vec<Option<TileSize>>,
    pub(crate) limit: VideoLimit,
}

impl View {
    /// Replaces all sizes.
    pub(crate) fn set_tiles(&mut self, tiles: Vec<Option<TileSize>>) {
        self.tiles = tiles;
    }

    /// Forgets the sizes, which were those of a page that is gone.
    pub(crate) fn session_replaced(&mut self) {
        self.tiles.clear();
    }

    /// Lines that a picture must have to fill the tile of a slot; 0: nobody sees it.
    ///
    /// A face covers its tile, so the larger side decides; a screen is shown whole.
    pub(crate) fn tile_height(&self, slot: usize, source: Source) -> Option<u32> {
        let (width, height) = self.tiles.get(slot).copied().flatten()?;
        let (width, height) = (width.min(TILE_PIXELS_MAX), height.min(TILE_PIXELS_MAX));
        if width == 0 || height == 0 {
            return Some(0);
        }
        let by_width = (width * 9).div_ceil(16);
        Some(match source {
            Source::Screen => by_width.min(height),
            _ => by_width.max(height),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_asks_for_the_lines_that_fill_it() {
        let mut view = View::default();
        let tiles = [
            Some((320, 180)),
            Some((100, 300)),
            Some((640, 10)),
            Some((0, 90)),
            None,
        ];
        view.set_tiles(tiles.to_vec());
        let heights = [0, 1, 2, 3, 4, 9].map(|slot| view.tile_height(slot, Source::Camera));
        assert_eq!(heights, [Some(180), Some(300), Some(360), Some(0), None, None]);
        assert_eq!(view.tile_height(2, Source::Screen), Some(10));
        view.session_replaced();
        assert_eq!(view.tile_height(0, Source::Camera), None);
    }
}
