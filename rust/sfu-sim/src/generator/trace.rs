//! A recorded packet trace, and the players that send it again and again.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::media::MediaKind;

use sfu_sim::stamp::Stamp;

use crate::payload;

const SOUND_HZ: u64 = 48_000;
/// 20 ms.
const SOUND_FRAME_TICKS: u32 = 960;

/// One packet of the recording.
#[derive(Clone, Copy, Debug)]
struct Recorded {
    at: Duration,
    bytes: usize,
    is_last: bool,
    is_keyframe: bool,
    /// Which packet of its frame it is, and of how many.
    index: u16,
    count: u16,
}

/// The packets of one source. A video begins with a key frame.
#[derive(Debug)]
pub struct Trace {
    packets: Vec<Recorded>,
    lasts: Duration,
    clock_hz: u64,
}

/// The two traces of a person.
pub struct Traces {
    pub audio: Arc<Trace>,
    pub video: Arc<Trace>,
}

impl Traces {
    /// Reads lines of `kind,at_us,bytes,first,last,key`, after one of headings.
    pub fn read(path: &str) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|why| format!("{path}: {why}"))?;
        Ok(Self {
            audio: Arc::new(Trace::of(&text, "audio", SOUND_HZ)?),
            video: Arc::new(Trace::of(&text, "video", 90_000)?),
        })
    }

    pub fn of_kind(&self, kind: MediaKind) -> Arc<Trace> {
        Arc::clone(if kind == MediaKind::Audio {
            &self.audio
        } else {
            &self.video
        })
    }
}

impl Trace {
    fn of(text: &str, kind: &str, clock_hz: u64) -> Result<Self, String> {
        let mut packets: Vec<Recorded> = Vec::new();
        let mut frame_starts: Vec<Duration> = Vec::new();
        for line in text.lines().skip(1) {
            let Some(numbers) = line.strip_prefix(kind).and_then(|rest| rest.strip_prefix(',')) else {
                continue;
            };
            let numbers: Vec<u64> = numbers.split(',').filter_map(|word| word.parse().ok()).collect();
            let &[at_us, bytes, first, last, key] = numbers.as_slice() else {
                return Err(format!("no packet of a trace: {line}"));
            };
            let at = Duration::from_micros(at_us);
            if first == 1 {
                frame_starts.push(at);
            }
            packets.push(Recorded {
                at,
                bytes: bytes as usize,
                is_last: last == 1,
                is_keyframe: key == 1,
                index: if first == 1 {
                    0
                } else {
                    packets.last().map_or(0, |before| before.index + 1)
                },
                count: 0,
            });
        }
        count_frames(&mut packets);
        let (Some(first), Some(last)) = (frame_starts.first(), frame_starts.last()) else {
            return Err(format!("the trace has no {kind}"));
        };
        // The next round starts one frame after the last frame.
        let frames = frame_starts.len() as u32;
        let lasts = (*last - *first) * frames / (frames - 1).max(1);
        Ok(Self {
            packets,
            lasts,
            clock_hz,
        })
    }
}

/// How many packets each frame has is known from its last one.
fn count_frames(packets: &mut [Recorded]) {
    let mut count = 1;
    for (number, packet) in packets.iter_mut().rev().enumerate() {
        if packet.is_last || number == 0 {
            count = packet.index + 1;
        }
        packet.count = count;
    }
}

/// One packet to send.
pub struct Made {
    pub payload: Vec<u8>,
    pub is_last: bool,
    pub rtp_time: u32,
}

/// Sends a trace over and over, from its beginning when a key frame is asked for.
pub struct Player {
    trace: Arc<Trace>,
    publisher: u32,
    started_at: Instant,
    /// When the present round began.
    round_at: Instant,
    next: usize,
    frame: u32,
    frame_at: Instant,
    is_keyframe_wanted: bool,
}

impl Player {
    pub fn new(trace: Arc<Trace>, publisher: u32, at: Instant) -> Self {
        Self {
            trace,
            publisher,
            started_at: at,
            round_at: at,
            next: 0,
            frame: 0,
            frame_at: at,
            is_keyframe_wanted: false,
        }
    }

    pub fn ask_for_keyframe(&mut self) {
        self.is_keyframe_wanted = true;
    }

    /// When the next packet is due.
    pub fn due(&self) -> Instant {
        self.round_at + self.trace.packets[self.next].at
    }

    /// Makes the next packet; `now_ns` goes into its stamp.
    pub fn make(&mut self, now_ns: u64) -> Made {
        let due = self.due();
        if self.trace.packets[self.next].index == 0 {
            if self.is_keyframe_wanted {
                self.round_at = due - self.trace.packets[0].at;
                self.next = 0;
                self.is_keyframe_wanted = false;
            }
            self.frame += 1;
            self.frame_at = due;
        }
        let packet = self.trace.packets[self.next];
        self.next += 1;
        if self.next == self.trace.packets.len() {
            self.next = 0;
            self.round_at += self.trace.lasts;
        }
        Made {
            payload: self.payload(packet, now_ns),
            is_last: packet.is_last,
            rtp_time: self.rtp_time(),
        }
    }

    fn payload(&self, packet: Recorded, now_ns: u64) -> Vec<u8> {
        let stamp = Stamp {
            publisher: self.publisher,
            frame: self.frame,
            index: packet.index,
            count: packet.count,
            made_ns: now_ns,
            is_keyframe: packet.is_keyframe,
            layer: 0,
        };
        if self.trace.clock_hz == 90_000 {
            payload::video(&stamp, packet.bytes)
        } else {
            payload::audio(&stamp, packet.bytes)
        }
    }

    fn rtp_time(&self) -> u32 {
        if self.trace.clock_hz == SOUND_HZ {
            // What was recorded came with jitter; sound is cut into equal frames.
            return self.frame.wrapping_mul(SOUND_FRAME_TICKS);
        }
        let media_us = (self.frame_at - self.started_at).as_micros() as u64;
        (media_us * self.trace.clock_hz / 1_000_000) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "kind,at_us,bytes,first,last,key\n\
                        video,0,900,1,0,1\naudio,0,80,1,1,0\nvideo,1000,900,0,1,1\n\
                        audio,20000,80,1,1,0\nvideo,33000,500,1,1,0\n";

    fn player(kind: &str, clock_hz: u64, at: Instant) -> Player {
        Player::new(Arc::new(Trace::of(TEXT, kind, clock_hz).unwrap()), 1, at)
    }

    #[test]
    fn a_round_follows_the_last_by_one_frame() {
        let at = Instant::now();
        let mut video = player("video", 90_000, at);
        let dues: Vec<u128> = (0..5)
            .map(|_| {
                let due = (video.due() - at).as_micros();
                video.make(0);
                due
            })
            .collect();
        assert_eq!(dues, [0, 1_000, 33_000, 66_000, 67_000]);
    }

    #[test]
    fn a_key_frame_that_is_asked_for_comes_at_the_next_frame_and_time_goes_on() {
        let at = Instant::now();
        let mut video = player("video", 90_000, at);
        video.make(0);
        video.ask_for_keyframe();
        let rest_of_first = video.make(0);
        assert!(rest_of_first.is_last);
        let key = video.make(0);
        let stamp = payload::of_video(&key.payload).unwrap();
        assert_eq!((stamp.index, stamp.count, stamp.is_keyframe), (0, 2, true));
        assert_eq!(key.rtp_time, 2_970);
        assert_eq!((video.due() - at).as_micros(), 34_000);
    }

    #[test]
    fn a_trace_that_lacks_a_kind_or_a_number_is_refused() {
        assert!(Trace::of("kind\naudio,0,80,1,1,0", "video", 90_000).is_err());
        assert!(Trace::of("kind\nvideo,0,80,1", "video", 90_000).is_err());
    }
}
