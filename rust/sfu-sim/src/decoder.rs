//! What a decoder shows of the frames that came whole, and how long it shows nothing new.

use std::collections::BTreeMap;

use crate::stamp::Stamp;

/// A decoder that shows nothing new for this long asks for a key frame, as browsers do.
const PATIENCE_NS: u64 = 300_000_000;
/// A picture that stands longer than three usual distances of frames, and than one and this, is frozen
/// (`freezeCount`, W3C webrtc-stats).
const FREEZE_NS: u64 = 150_000_000;
/// Share of a new distance in the usual one, which W3C takes over thirty frames.
const USUAL_SHIFT: u32 = 5;
/// A frame is shown when it is there and as old as frames have been lately when they came: a browser's
/// jitter buffer, which grows at once and shrinks by this share a frame. It never grows further than this.
const PLAYOUT_MAX_NS: u64 = 600_000_000;
const SHRINK_SHIFT: u32 = 10;
/// Frames kept that came whole before those that they build on.
const WAITING_MAX: usize = 1000;

/// The frame that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shown {
    publisher: u32,
    frame: u32,
    layer: u8,
}

/// A decoder's view of one line.
#[derive(Debug, Default)]
pub struct Decoder {
    shown: Option<Shown>,
    /// When it appeared, which may lie ahead.
    shown_at_ns: u64,
    usual_ns: u64,
    playout_ns: u64,
    asked_at_ns: u64,
    window_at_ns: u64,
    /// Whole frames after the shown one.
    waiting: BTreeMap<(u32, u8), (u32, u64)>,
    /// Frames shown since [`Self::start_window`].
    pub frames: u64,
    /// Time frozen since then, in ns.
    pub frozen_ns: u64,
    /// Longest time without a new picture since then, in ns.
    pub longest_ns: u64,
    /// Changes of layer between shown frames since then.
    pub switches: u32,
}

impl Decoder {
    /// Forgets what it counted.
    pub fn start_window(&mut self, now_ns: u64) {
        (self.frames, self.frozen_ns, self.longest_ns, self.switches) = (0, 0, 0, 0);
        self.window_at_ns = now_ns;
    }

    /// The layer that is shown.
    pub fn layer(&self) -> Option<u8> {
        self.shown.map(|shown| shown.layer)
    }

    /// Takes note of a frame whose last missing packet came.
    pub fn frame_is_whole(&mut self, stamp: &Stamp, now_ns: u64) {
        let next = Shown {
            publisher: stamp.publisher,
            frame: stamp.frame,
            layer: stamp.layer,
        };
        let is_newer = self.shown.is_none_or(|shown| {
            shown.publisher != next.publisher || (shown.frame, shown.layer) < (next.frame, next.layer)
        });
        if !is_newer {
            return;
        }
        let age_ns = now_ns - stamp.made_ns;
        let shrunk_ns = self.playout_ns - (self.playout_ns >> SHRINK_SHIFT);
        self.playout_ns = shrunk_ns.max(age_ns).min(PLAYOUT_MAX_NS);
        if self.shown.is_some_and(|shown| shown.publisher != next.publisher) {
            self.waiting.clear();
        }
        if stamp.is_keyframe {
            self.show(next, now_ns.max(stamp.made_ns + self.playout_ns));
        } else if self.waiting.len() < WAITING_MAX {
            let key = (next.frame, next.layer);
            self.waiting.insert(key, (next.publisher, stamp.made_ns));
        }
        self.show_what_follows(now_ns);
    }

    fn show_what_follows(&mut self, now_ns: u64) {
        while let Some(shown) = self.shown {
            let key = (shown.frame + 1, shown.layer);
            let Some((publisher, made_ns)) = self.waiting.remove(&key) else {
                return;
            };
            if publisher == shown.publisher {
                self.show(
                    Shown {
                        frame: key.0,
                        ..shown
                    },
                    now_ns.max(made_ns + self.playout_ns),
                );
            }
        }
    }

    fn show(&mut self, next: Shown, at_ns: u64) {
        let at_ns = at_ns.max(self.shown_at_ns);
        if let Some(shown) = self.shown {
            self.switches += u32::from(shown.layer != next.layer && shown.publisher == next.publisher);
            self.count_pause(at_ns);
        }
        self.frames += 1;
        self.shown = Some(next);
        self.shown_at_ns = at_ns;
        self.waiting.retain(|(frame, _), _| *frame > next.frame);
    }

    fn count_pause(&mut self, now_ns: u64) {
        let pause_ns = now_ns - self.shown_at_ns.max(self.window_at_ns).min(now_ns);
        self.longest_ns = self.longest_ns.max(pause_ns);
        if self.is_freeze(pause_ns) {
            self.frozen_ns += pause_ns;
        } else {
            let (usual, pause) = (self.usual_ns as i64, pause_ns as i64);
            self.usual_ns = (usual + ((pause - usual) >> USUAL_SHIFT)) as u64;
        }
    }

    fn is_freeze(&self, pause_ns: u64) -> bool {
        pause_ns > (3 * self.usual_ns).max(self.usual_ns + FREEZE_NS)
    }

    /// Time frozen since [`Self::start_window`], with a picture that stands until now, in ns.
    pub fn frozen_until(&self, now_ns: u64) -> u64 {
        let pause_ns = now_ns - self.shown_at_ns.max(self.window_at_ns).min(now_ns);
        self.frozen_ns + if self.is_freeze(pause_ns) { pause_ns } else { 0 }
    }

    /// Whether it would ask for a key frame now.
    pub fn asks_for_keyframe(&mut self, now_ns: u64) -> bool {
        let asks = now_ns > self.shown_at_ns.max(self.asked_at_ns) + PATIENCE_NS;
        if asks {
            self.asked_at_ns = now_ns;
        }
        asks
    }
}
