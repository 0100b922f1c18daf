//! The short form of fuzzing: every target on its corpus, and on changes of it. `make fuzz` is the long one.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use sfu_sim::fuzz::{TARGETS, Target};
use sfu_sim::rng::Rng;

const SEED: u64 = 20_261_126;
/// Changed inputs of a target. A room takes a handshake for each.
const CHANGED: usize = 4000;
const CHANGED_ROOMS: usize = 60;
const CHANGED_OFFERS: usize = 300;
/// Changes of one input.
const CHANGES_MAX: u64 = 6;

fn below(rng: &mut Rng, end: usize) -> usize {
    (rng.next_u64() % end.max(1) as u64) as usize
}

/// What the corpora have for a target; offers of browsers are already kept elsewhere.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders = vec![crates.join("fuzz/corpus").join(name)];
    if name == "offer" {
        folders.push(crates.join("sfu/tests/offers"));
    }
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()))
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn change(input: &mut Vec<u8>, others: &[Vec<u8>], rng: &mut Rng) {
    let at = below(rng, input.len());
    match rng.next_u64() % 6 {
        0 if !input.is_empty() => input[at] = rng.next_u64() as u8,
        1 if !input.is_empty() => input[at] ^= 1 << (rng.next_u64() % 8),
        2 => input.truncate(at),
        3 => {
            let piece = input[at..].to_vec();
            input.extend(piece);
        }
        4 => input.insert(at, *[0, 1, 0x7F, 0x80, 0xFF].get(below(rng, 5)).unwrap()),
        _ => {
            let other = &others[below(rng, others.len())];
            input.truncate(at);
            input.extend(&other[below(rng, other.len())..]);
        }
    }
}

fn run(name: &str, target: Target, changed: usize) {
    let (corpus, mut rng) = (corpus(name), Rng::new(SEED));
    assert!(!corpus.is_empty(), "{name} has a corpus");
    corpus.iter().for_each(|input| target(input));
    for _ in 0..changed {
        let mut input = corpus[below(&mut rng, corpus.len())].clone();
        for _ in 0..=rng.next_u64() % CHANGES_MAX {
            change(&mut input, &corpus, &mut rng);
        }
        let outcome = std::panic::catch_unwind(|| target(&input));
        assert!(outcome.is_ok(), "{name}, seed {SEED}: {input:02x?}");
    }
}

fn target(name: &str) -> Target {
    TARGETS.iter().find(|(other, _)| *other == name).unwrap().1
}

#[test]
fn parsers_survive_their_corpora_and_changes_of_them() {
    for name in ["demux", "frames", "pictures", "turn", "voice"] {
        run(name, target(name), CHANGED);
    }
}

#[test]
fn offers_are_answered_or_refused_however_they_are_changed() {
    run("offer", target("offer"), CHANGED_OFFERS);
}

#[test]
fn a_room_survives_whatever_is_fed_to_it() {
    run("room", target("room"), CHANGED_ROOMS);
}

#[test]
fn every_target_has_a_corpus_and_a_fuzzer() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("fuzz");
    for (name, _) in TARGETS {
        assert!(fuzz.join("corpus").join(name).is_dir(), "{name}");
        assert!(
            fuzz.join("fuzz_targets").join(format!("{name}.rs")).is_file(),
            "{name}"
        );
    }
}
