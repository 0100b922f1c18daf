//! The command line and the orders on standard input.

use std::time::Instant;

use serde_json::{Value, json};
use sfu_sim::profile;

use crate::firewall::Firewall;
use crate::path::{Direction, Path};

const USAGE: &str = "usage: link-emulator NEAR FAR [--seed N]";

/// The two namespaces and the seed.
pub fn arguments(words: impl Iterator<Item = String>) -> Result<(String, String, u64), String> {
    let words: Vec<String> = words.collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (near, far, seed) = match words.as_slice() {
        [near, far] => (near, far, Some(1)),
        [near, far, "--seed", seed] => (near, far, seed.parse().ok()),
        _ => return Err(USAGE.into()),
    };
    Ok(((*near).into(), (*far).into(), seed.ok_or(USAGE)?))
}

/// Carries out an order; the line to answer.
pub fn obey(path: &mut Path, line: &str, now: Instant) -> String {
    let done = serde_json::from_str(line)
        .map_err(|why| why.to_string())
        .and_then(|order| carry_out(path, &order, now));
    match done {
        Ok(answer) => answer.to_string(),
        Err(why) => json!({ "error": why }).to_string(),
    }
}

fn carry_out(path: &mut Path, order: &Value, now: Instant) -> Result<Value, String> {
    let order = order.as_object().ok_or("an order is an object")?;
    for (key, value) in order {
        match key.as_str() {
            "up" => change(path, Direction::Up, value, now)?,
            "down" => change(path, Direction::Down, value, now)?,
            "pass" => {
                let rule = value.as_str().and_then(Firewall::from_name);
                path.firewall = rule.ok_or_else(|| format!("no such firewall: {value}"))?;
            }
            "blackout" => path.is_blackout = value.as_bool().ok_or("blackout is true or false")?,
            "stats" => return Ok(stats(path)),
            _ => return Err(format!("no such order: {key}")),
        }
    }
    Ok(json!({ "done": true }))
}

fn change(path: &mut Path, direction: Direction, name: &Value, now: Instant) -> Result<(), String> {
    let found = profile::all()
        .into_iter()
        .find(|(known, _)| Some(*known) == name.as_str());
    let (_, schedule) = found.ok_or_else(|| format!("no such profile: {name}"))?;
    path.change(direction, schedule, now);
    Ok(())
}

fn stats(path: &mut Path) -> Value {
    let of = |direction| {
        let counters = path.counters(direction);
        json!({
            "taken": counters.taken,
            "blocked": counters.blocked,
            "lost": counters.lost,
            "delivered": counters.delivered,
        })
    };
    let (up, down) = (of(Direction::Up), of(Direction::Down));
    let lateness_ms = path.take_lateness_p99().as_secs_f64() * 1000.0;
    json!({ "up": up, "down": down, "lateness_p99_ms": lateness_ms })
}
