//! What people would hear and see: sound that came in time, and pictures that a decoder could show.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sfu_sim::decoder::Decoder;
use sfu_sim::stamp::Stamp;

/// A frame of sound that is older than this when it comes was made up before: what a browser's buffer grows to on
/// poor networks, and the longest way of one on them.
const SOUND_MAX_AGE_NS: u64 = 400_000_000;

/// Receiver and publisher.
type Pair = (u32, u32);

/// All that is played out, of all by all.
#[derive(Default)]
pub struct Playouts {
    is_on: bool,
    /// What was made from then on counts.
    from_ns: u64,
    until_ns: u64,
    /// Frames of sound made meanwhile, by publisher, and packets of pictures.
    spoken: BTreeMap<u32, u64>,
    filmed: BTreeMap<u32, u64>,
    heard: BTreeMap<Pair, BTreeSet<u32>>,
    pictures: BTreeMap<Pair, Picture>,
}

struct Picture {
    first_at_ns: u64,
    decoder: Decoder,
    /// Packets that came of each frame.
    came: BTreeMap<u32, BTreeSet<u16>>,
    /// Packets made in the window that came, if late.
    packets: u64,
}

/// Frames of which packets may still come.
const FRAMES_MAX: usize = 300;

impl Playouts {
    /// Plays out from now on.
    pub fn start(&mut self) {
        *self = Self {
            is_on: true,
            from_ns: u64::MAX,
            until_ns: u64::MAX,
            ..Self::default()
        };
    }

    /// Counts from now on.
    pub fn open_window(&mut self, now_ns: u64) {
        self.from_ns = now_ns;
        for picture in self.pictures.values_mut() {
            picture.decoder.start_window(now_ns);
        }
    }

    /// What is made from now on does not count.
    pub fn close_window(&mut self, now_ns: u64) {
        self.until_ns = now_ns;
    }

    /// A packet of sound or of a picture was made.
    pub fn made(&mut self, publisher: u32, is_audio: bool, made_ns: u64) {
        if self.is_in_window(made_ns) {
            let made = if is_audio {
                &mut self.spoken
            } else {
                &mut self.filmed
            };
            *made.entry(publisher).or_default() += 1;
        }
    }

    pub fn hear(&mut self, receiver: u32, stamp: &Stamp, now_ns: u64) {
        let is_in_time = now_ns.saturating_sub(stamp.made_ns) <= SOUND_MAX_AGE_NS;
        if is_in_time && self.is_in_window(stamp.made_ns) {
            let pair = (receiver, stamp.publisher);
            self.heard.entry(pair).or_default().insert(stamp.frame);
        }
    }

    /// True: the decoder asks for a key frame.
    pub fn see(&mut self, receiver: u32, stamp: &Stamp, now_ns: u64) -> bool {
        if !self.is_on {
            return false;
        }
        let is_counted = self.is_in_window(stamp.made_ns);
        let picture = self
            .pictures
            .entry((receiver, stamp.publisher))
            .or_insert_with(|| Picture {
                first_at_ns: now_ns,
                decoder: Decoder::default(),
                came: BTreeMap::new(),
                packets: 0,
            });
        let came = picture.came.entry(stamp.frame).or_default();
        let is_new = came.insert(stamp.index);
        picture.packets += u64::from(is_new && is_counted);
        if is_new && came.len() == usize::from(stamp.count) {
            picture.decoder.frame_is_whole(stamp, now_ns);
        }
        if picture.came.len() > FRAMES_MAX {
            picture.came.pop_first();
        }
        picture.decoder.asks_for_keyframe(now_ns)
    }

    /// Share of sound made up and of time frozen, by receiver and publisher of all who sent pictures, until the window closed.
    pub fn report(&self) -> Value {
        let people = || self.filmed.keys().copied();
        let pairs = people().flat_map(|receiver| people().map(move |publisher| (receiver, publisher)));
        pairs
            .filter(|(receiver, publisher)| receiver != publisher)
            .map(|pair| self.report_of(pair))
            .collect()
    }

    fn report_of(&self, pair: Pair) -> Value {
        let share = |part: u64, of: &BTreeMap<u32, u64>| {
            part as f64 / of.get(&pair.1).copied().unwrap_or(0).max(1) as f64
        };
        let heard = self.heard.get(&pair).map_or(0, BTreeSet::len) as u64;
        let picture = self.pictures.get(&pair);
        let window_ns = self.until_ns - self.from_ns;
        let frozen_ns = picture.map_or(window_ns, |picture| {
            // Until the first one there was none.
            let none_ns = picture.first_at_ns.saturating_sub(self.from_ns);
            none_ns + picture.decoder.frozen_until(self.until_ns)
        });
        json!({
            "receiver": pair.0,
            "publisher": pair.1,
            "made_up": 1.0 - share(heard, &self.spoken),
            "lost_of_pictures": 1.0 - share(picture.map_or(0, |picture| picture.packets), &self.filmed),
            "frozen": (frozen_ns as f64 / window_ns as f64).min(1.0),
        })
    }

    fn is_in_window(&self, made_ns: u64) -> bool {
        self.is_on && (self.from_ns..self.until_ns).contains(&made_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn stamp(frame: u32, index: u16) -> Stamp {
        Stamp {
            publisher: 1,
            frame,
            index,
            count: 2,
            made_ns: u64::from(frame) * 50 * MS,
            is_keyframe: frame == 0,
            layer: 0,
        }
    }

    fn of_pair(playouts: &Playouts, number: usize) -> (f64, f64) {
        let report = playouts.report();
        let figure = |of: &str| report[number][of].as_f64().unwrap();
        (figure("made_up"), figure("frozen"))
    }

    #[test]
    fn sound_that_is_late_or_lost_is_made_up_and_a_frame_that_lacks_a_packet_freezes_what_follows() {
        let mut playouts = Playouts::default();
        playouts.start();
        playouts.open_window(0);
        for frame in 0..20 {
            let stamp_of = |index| stamp(frame, index);
            let at_ns = stamp_of(0).made_ns + 30 * MS;
            playouts.made(1, true, stamp_of(0).made_ns);
            let late_ns = if frame == 7 { 500 * MS } else { 0 };
            if frame != 5 {
                playouts.hear(0, &stamp_of(0), at_ns + late_ns);
            }
            for index in 0..2 {
                playouts.made(0, false, stamp_of(0).made_ns);
                playouts.made(1, false, stamp_of(0).made_ns);
                if (frame, index) != (10, 1) {
                    playouts.see(0, &stamp_of(index), at_ns);
                }
            }
        }
        playouts.close_window(1_000 * MS);
        let (made_up, frozen) = of_pair(&playouts, 0);
        assert!((made_up - 0.1).abs() < 0.001, "{made_up}");
        assert!((0.5..0.6).contains(&frozen), "{frozen}: from the tenth frame on");
        assert_eq!(of_pair(&playouts, 1), (1.0, 1.0), "nothing came the other way");
    }
}
