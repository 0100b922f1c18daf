//! The emulated network does what it is told.

use std::time::{Duration, Instant};

use sfu_sim::link::{Bottleneck, Conditions, Link, Loss, Schedule};

const MS: Duration = Duration::from_millis(1);
const PACKETS: u32 = 100_000;
const BYTES: usize = 1172;
/// 1200 bytes on the wire.
const BITS: f64 = 9600.0;

/// Arrivals of packets sent one a millisecond.
fn arrivals(conditions: impl Into<Schedule>, seed: u64) -> Vec<Vec<Duration>> {
    let start = Instant::now();
    let mut link = Link::new(conditions, seed, start);
    let sent = (0..PACKETS).map(|number| {
        let now = start + MS * number;
        link.arrivals(BYTES, now).map(|at| at - start).collect()
    });
    sent.collect()
}

fn lost(all: &[Vec<Duration>]) -> usize {
    all.iter().filter(|one| one.is_empty()).count()
}

/// Five standard deviations of a binomial distribution: a right link fails once in two million seeds.
fn is_share(count: f64, share: f64, spread: f64) -> bool {
    let n = f64::from(PACKETS);
    let deviation = spread * (n * share * (1.0 - share)).sqrt();
    (count - n * share).abs() <= 5.0 * deviation
}

#[test]
fn uniform_loss_is_within_its_binomial_interval() {
    for (seed, share) in [(1, 0.005), (2, 0.03), (3, 0.1), (4, 0.3)] {
        let count = lost(&arrivals(Conditions::LAN.losing(Loss::uniform(share)), seed)) as f64;
        assert!(
            is_share(count, share, 1.0),
            "seed {seed}: {count} lost of {PACKETS}"
        );
    }
}

#[test]
fn bursty_loss_has_its_share_and_its_runs() {
    for (seed, share) in [(5, 0.1), (6, 0.3)] {
        let all = arrivals(Conditions::LAN.losing(Loss::bursty(share, 4.0)), seed);
        let count = lost(&all) as f64;
        // Runs of four make the count spread about (2 * 4 - 1) ^ 0.5 times wider.
        assert!(is_share(count, share, 2.7), "seed {seed}: {count} lost");
        let runs = all
            .windows(2)
            .filter(|two| !two[0].is_empty() && two[1].is_empty())
            .count();
        let run = count / runs as f64;
        assert!((3.7..4.3).contains(&run), "seed {seed}: {run} in a row");
    }
}

#[test]
fn a_rate_is_held_and_the_queue_is_bounded() {
    let (rate_bps, queue_max) = (5_000_000, 100 * MS);
    let bottleneck = Some(Bottleneck { rate_bps, queue_max });
    let all = arrivals(
        Conditions {
            bottleneck,
            ..Conditions::LAN
        },
        7,
    );
    let arrived: Vec<Duration> = all.iter().flatten().copied().collect();
    let last = arrived.last().copied().unwrap_or_default();
    let rate = arrived.len() as f64 * BITS / last.as_secs_f64();
    assert!((4.99e6..5.01e6).contains(&rate), "{rate} bit/s");
    let waits = (0..PACKETS)
        .zip(&all)
        .filter_map(|(number, one)| Some(*one.first()? - MS * number));
    let longest = waits.max().unwrap_or_default();
    assert!(
        longest > 95 * MS && longest < 105 * MS,
        "the longest wait was {longest:?}"
    );
}

#[test]
fn jitter_is_even_and_overtakes_only_where_it_may() {
    for (seed, keeps_order) in [(8, false), (9, true)] {
        let conditions = Conditions {
            delay: 20 * MS,
            jitter: 40 * MS,
            keeps_order,
            ..Conditions::LAN
        };
        let all = arrivals(conditions, seed);
        let times: Vec<Duration> = all.iter().flatten().copied().collect();
        let overtaken = times.windows(2).filter(|two| two[1] < two[0]).count();
        assert_eq!(overtaken == 0, keeps_order, "seed {seed}: {overtaken} overtaken");
        let late = (0..PACKETS)
            .zip(&times)
            .all(|(number, at)| (20 * MS..=60 * MS).contains(&(*at - MS * number)));
        assert!(late, "seed {seed}: every packet is 20 to 60 ms on its way");
    }
}

#[test]
fn packets_are_reordered_and_doubled_at_their_shares() {
    let conditions = Conditions {
        delay: 20 * MS,
        reordered: 0.05,
        duplicated: 0.02,
        ..Conditions::LAN
    };
    let all = arrivals(conditions, 10);
    let doubled = all.iter().filter(|one| one.len() == 2).count() as f64;
    assert!(is_share(doubled, 0.02, 1.0), "{doubled} doubled");
    let early = (0..PACKETS)
        .zip(&all)
        .filter(|(number, one)| one[0] - MS * *number < 20 * MS)
        .count();
    assert!(is_share(early as f64, 0.05, 1.0), "{early} overtook");
}

#[test]
fn a_schedule_changes_conditions_and_comes_round() {
    let steps = vec![
        (10_000 * MS, Conditions::LAN),
        (5000 * MS, Conditions::LAN.losing(Loss::ALL)),
    ];
    let all = arrivals(Schedule::repeating(steps.clone()), 11);
    let is_dark = |number: usize| number % 15_000 >= 10_000;
    assert!(
        (0..PACKETS as usize).all(|number| all[number].is_empty() == is_dark(number)),
        "dark five seconds of fifteen"
    );
    let all = arrivals(Schedule::once(steps), 11);
    assert!((0..PACKETS as usize).all(|number| all[number].is_empty() == (number >= 10_000)));
}

#[test]
fn a_seed_is_a_whole_run() {
    let conditions = sfu_sim::profile::INTERNATIONAL;
    assert_eq!(arrivals(conditions, 12), arrivals(conditions, 12));
    assert_ne!(arrivals(conditions, 12), arrivals(conditions, 13));
}
