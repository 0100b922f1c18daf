//! Networks by name, as people have them. Rates and delays are of one direction.
//!
//! `moderate`, `international` and `spiky` have the figures of Signal's call simulator (ringrtc,
//! `call_sim`, July 2026), the others those of ordinary access links.

use std::time::Duration;

use crate::link::{Conditions, Loss, Schedule};

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

const MBPS: u64 = 1_000_000;
const KBPS: u64 = 1000;
/// Packets lost in a row where losses come in bursts.
const BURST_PACKETS: f64 = 4.0;

/// A link with jitter that keeps the order of packets.
const fn path(delay_ms: u64, jitter_ms: u64) -> Conditions {
    Conditions {
        delay: ms(delay_ms),
        jitter: ms(jitter_ms),
        keeps_order: true,
        ..Conditions::LAN
    }
}

/// A fixed line.
pub const GOOD: Conditions = path(10, 2).limited_to(20 * MBPS);
/// A radio in the next room.
pub const WIFI: Conditions = path(5, 15).limited_to(10 * MBPS).losing(Loss::bursty(0.01, 3.0));
/// A mobile network in motion.
pub const MOBILE: Conditions = path(35, 30).limited_to(4 * MBPS).losing(Loss::uniform(0.005));
/// 100 ± 25 ms, 5 % lost.
pub const MODERATE: Conditions = path(75, 50).losing(Loss::uniform(0.05));
/// Three packets of a hundred lost, 20 to 60 ms: what breaks repair that is made for wires.
pub const LOSSY: Conditions = path(20, 40).losing(Loss::uniform(0.03));
/// Another continent over a thin line: 250 ± 100 ms, lossy in bursts, reordering, duplicating, 300 kbit/s.
pub const INTERNATIONAL: Conditions = Conditions {
    duplicated: 0.02,
    reordered: 0.05,
    ..path(150, 200)
        .limited_to(300 * KBPS)
        .losing(Loss::bursty(0.107, BURST_PACKETS))
};
/// Every tenth packet lost.
pub const UNIFORM_10: Conditions = path(30, 10).losing(Loss::uniform(0.1));
/// Three packets of ten lost.
pub const UNIFORM_30: Conditions = path(30, 10).losing(Loss::uniform(0.3));
/// Every tenth packet lost, four in a row.
pub const BURSTY_10: Conditions = path(30, 10).losing(Loss::bursty(0.1, BURST_PACKETS));
/// Three packets of ten lost, four in a row.
pub const BURSTY_30: Conditions = path(30, 10).losing(Loss::bursty(0.3, BURST_PACKETS));

/// A thin line that loses nothing but what its queue has no room for.
pub const fn thin(rate_kbps: u64) -> Conditions {
    path(30, 5).limited_to(rate_kbps * KBPS)
}

/// A good line that turns bad for ten seconds of every thirty: 30 % lost and 600 kbit/s.
pub fn spiky() -> Schedule {
    let bad = path(60, 40).limited_to(600 * KBPS).losing(Loss::uniform(0.3));
    Schedule::repeating(vec![(ms(20_000), GOOD), (ms(10_000), bad)])
}

/// All networks of this module with their names.
pub fn all() -> Vec<(&'static str, Schedule)> {
    vec![
        ("good", GOOD.into()),
        ("wifi", WIFI.into()),
        ("4g", MOBILE.into()),
        ("moderate", MODERATE.into()),
        ("3 % and 40 ms", LOSSY.into()),
        ("international", INTERNATIONAL.into()),
        ("spiky", spiky()),
        ("10 % uniform", UNIFORM_10.into()),
        ("30 % uniform", UNIFORM_30.into()),
        ("10 % bursty", BURSTY_10.into()),
        ("30 % bursty", BURSTY_30.into()),
        ("300 kbit/s", thin(300).into()),
        ("150 kbit/s", thin(150).into()),
        ("50 kbit/s", thin(50).into()),
    ]
}
