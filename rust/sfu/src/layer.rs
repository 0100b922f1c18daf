//! The encodings of a camera that a browser sends side by side (simulcast, RFC 8853).

/// One encoding, from the smallest up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// A quarter of the camera's width and height.
    Quarter,
    /// Half of them.
    Half,
    /// All of them. What is sent in one encoding only has this layer.
    Full,
}

/// Lines of a camera's picture in its full layer: browsers are asked for 1280 × 720.
const FULL_HEIGHT: u32 = 720;

impl Layer {
    /// All layers, from the smallest up.
    pub const ALL: [Layer; 3] = [Self::Quarter, Self::Half, Self::Full];

    /// The stable name, which is also the layer's `rid` in an offer: `q`, `h` or `f`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quarter => "q",
            Self::Half => "h",
            Self::Full => "f",
        }
    }

    /// The layer of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.name() == name)
    }

    /// Lines of the picture, as far as one can tell without looking into it: payloads may be encrypted.
    pub const fn height(self) -> u32 {
        match self {
            Self::Quarter => FULL_HEIGHT / 4,
            Self::Half => FULL_HEIGHT / 2,
            Self::Full => FULL_HEIGHT,
        }
    }

    /// Bits a second that browsers are asked to send of it: what to reckon with before it comes.
    pub const fn usual_bps(self) -> u64 {
        match self {
            Self::Quarter => 150_000,
            Self::Half => 500_000,
            Self::Full => 1_500_000,
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}
