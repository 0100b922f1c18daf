//! What was sent and what came.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use sfu_sim::stamp::Stamp;

use crate::playout::Playouts;
use crate::recording::Recording;

/// Somebody's way into a room.
#[derive(Clone, Copy, Debug)]
struct Joining {
    began_ns: u64,
    /// The first packet of a key frame, or of a sound where there is no video.
    first_ns: Option<u64>,
}

/// When what was made after a trouble came to somebody.
#[derive(Clone, Copy, Debug, Default)]
struct Return {
    sound_ns: Option<u64>,
    /// The first packet of a key frame: what is between was lost.
    picture_ns: Option<u64>,
}

/// Counts of the present window, and who is waiting for a first picture.
pub struct Tally {
    pub recording: Recording,
    pub playouts: Playouts,
    epoch: Instant,
    /// From when to when; what was made meanwhile counts.
    window_ns: (u64, u64),
    cpu_at_window: Duration,
    cpu_in_window: Duration,
    sent: u64,
    delivered: u64,
    latencies_ns: Vec<u64>,
    joining: BTreeMap<u32, Joining>,
    /// Since when the returns are watched.
    trouble_ended_ns: u64,
    returns: BTreeMap<u32, Return>,
    is_audio_only: bool,
}

impl Tally {
    pub fn new(epoch: Instant) -> Self {
        Self {
            recording: Recording::default(),
            playouts: Playouts::default(),
            epoch,
            window_ns: (0, u64::MAX),
            cpu_at_window: Duration::ZERO,
            cpu_in_window: Duration::ZERO,
            sent: 0,
            delivered: 0,
            latencies_ns: Vec::new(),
            joining: BTreeMap::new(),
            trouble_ended_ns: 0,
            returns: BTreeMap::new(),
            is_audio_only: false,
        }
    }

    /// Somebody begins to join.
    pub fn begin(&mut self, member: u32, is_audio_only: bool) {
        self.is_audio_only = is_audio_only;
        let began_ns = self.now_ns();
        let first_ns = None;
        self.joining.insert(member, Joining { began_ns, first_ns });
    }

    pub fn sent(&mut self, made_ns: u64) {
        self.sent += u64::from(self.is_in_window(made_ns));
    }

    /// Watches what comes to these members of what is made from now on.
    pub fn watch(&mut self, members: impl Iterator<Item = u32>) {
        self.trouble_ended_ns = self.now_ns();
        self.returns = members.map(|member| (member, Return::default())).collect();
    }

    /// Whether somebody cannot decode what comes since a trouble.
    pub fn waits_for_picture(&self, member: u32) -> bool {
        let watched = self.returns.get(&member);
        watched.is_some_and(|back| back.picture_ns.is_none())
    }

    /// ms from the end of the trouble to sound and picture, by member; null while there is none.
    pub fn returns(&self) -> Value {
        let took = |at_ns: Option<u64>| at_ns.map(|at| (at - self.trouble_ended_ns) as f64 / 1e6);
        let returns = self.returns.iter();
        returns
            .map(|(member, back)| {
                let back = json!({ "sound_ms": took(back.sound_ns), "picture_ms": took(back.picture_ns) });
                (member.to_string(), back)
            })
            .collect()
    }

    /// `starts_keyframe` is of a picture; `None`: it is sound.
    pub fn delivered(&mut self, member: u32, stamp: &Stamp, starts_keyframe: Option<bool>, at_ns: u64) {
        let is_new = stamp.made_ns >= self.trouble_ended_ns;
        if let Some(back) = self.returns.get_mut(&member).filter(|_| is_new) {
            match starts_keyframe {
                None => back.sound_ns = back.sound_ns.or(Some(at_ns)),
                Some(true) => back.picture_ns = back.picture_ns.or(Some(at_ns)),
                Some(false) => {}
            }
        }
        if self.is_in_window(stamp.made_ns) {
            self.delivered += 1;
            self.latencies_ns.push(at_ns.saturating_sub(stamp.made_ns));
        }
        if !(starts_keyframe == Some(true) || self.is_audio_only) {
            return;
        }
        if let Some(joining) = self.joining.get_mut(&member) {
            joining.first_ns.get_or_insert(at_ns);
        }
    }

    /// ms from the beginning to the first picture, by member; null while there is none.
    pub fn joins(&self) -> Value {
        let took = |joining: &Joining| {
            let took_ns = joining.first_ns.map(|first| first - joining.began_ns);
            took_ns.map(|ns| ns as f64 / 1e6)
        };
        let joins = self.joining.iter();
        joins
            .map(|(member, joining)| (member.to_string(), took(joining)))
            .collect()
    }

    /// ns since time zero of all stamps.
    pub fn now_ns(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    /// Counts from now on.
    pub fn open_window(&mut self) -> Result<(), String> {
        self.sent = 0;
        self.delivered = 0;
        self.latencies_ns.clear();
        self.window_ns = (self.now_ns(), u64::MAX);
        self.cpu_at_window = cpu_of_this_thread()?;
        Ok(())
    }

    /// What is made from now on does not count; what is on its way still does.
    pub fn close_window(&mut self) -> Result<(), String> {
        self.window_ns.1 = self.now_ns();
        self.cpu_in_window = cpu_of_this_thread()? - self.cpu_at_window;
        Ok(())
    }

    /// What came of the window that was closed.
    pub fn report(&mut self) -> Value {
        let seconds = Duration::from_nanos(self.window_ns.1 - self.window_ns.0).as_secs_f64();
        self.latencies_ns.sort_unstable();
        let quantile = |share: f64| {
            let last = self.latencies_ns.len().saturating_sub(1);
            let ns = self.latencies_ns.get((last as f64 * share) as usize);
            ns.map(|ns| *ns as f64 / 1e6)
        };
        json!({
            "seconds": seconds,
            "sent": self.sent,
            "delivered": self.delivered,
            "cpu_share": self.cpu_in_window.as_secs_f64() / seconds,
            "latency_p50_ms": quantile(0.5),
            "latency_p99_ms": quantile(0.99),
        })
    }

    fn is_in_window(&self, made_ns: u64) -> bool {
        (self.window_ns.0..self.window_ns.1).contains(&made_ns)
    }
}

/// From the scheduler's account (first field, ns).
fn cpu_of_this_thread() -> Result<Duration, String> {
    let path = "/proc/thread-self/schedstat";
    let text = std::fs::read_to_string(path).map_err(|why| format!("{path}: {why}"))?;
    let ns = text.split_whitespace().next().and_then(|ns| ns.parse().ok());
    ns.map(Duration::from_nanos)
        .ok_or_else(|| format!("{path}: unreadable"))
}
