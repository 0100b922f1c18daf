//! The orders on standard input.

use std::time::Instant;

use serde_json::{Value, json};
use str0m::media::MediaKind;

use sfu_sim::link::Schedule;
use sfu_sim::profile;

use crate::endpoint::Endpoint;
use crate::network::Network;
use crate::people::People;

/// Carries out an order; the line to answer.
pub fn obey(people: &mut People, line: &str) -> String {
    let done = serde_json::from_str(line)
        .map_err(|why| why.to_string())
        .and_then(|order| carry_out(people, &order));
    match done {
        Ok(answer) => answer.to_string(),
        Err(why) => json!({ "error": why }).to_string(),
    }
}

fn carry_out(people: &mut People, order: &Value) -> Result<Value, String> {
    let now = Instant::now();
    match text(order, "do")? {
        "begin" => {
            let is_audio_only = order["audio_only"].as_bool() == Some(true);
            people.tally.begin(member(order)?, is_audio_only);
        }
        "offer" => {
            let lines = order["lines"].as_array().ok_or("lines are missing")?;
            let endpoint = people.endpoint(text(order, "name")?, member(order)?)?;
            return Ok(json!({ "sdp": endpoint.offer(lines)? }));
        }
        "accept" => people
            .known(text(order, "name")?)?
            .accept(text(order, "sdp")?, now)?,
        "answer" => {
            let endpoint = people.endpoint(text(order, "name")?, member(order)?)?;
            return Ok(json!({ "sdp": endpoint.answer(text(order, "sdp")?, now)? }));
        }
        "candidate" => {
            let endpoint = people.known(text(order, "name")?)?;
            endpoint.add_candidate(text(order, "candidate")?, now)?;
        }
        "join_relay" => join_relay(people, order)?,
        "play" => people.play(member(order)?, &kinds(order)?, now),
        "go_dark" => people
            .of(member(order)?)
            .for_each(|endpoint| endpoint.set_dark(true)),
        "come_back" => people
            .of(member(order)?)
            .for_each(|endpoint| endpoint.set_dark(false)),
        "rebind" => people.of(member(order)?).try_for_each(Endpoint::rebind)?,
        "repeat_sound" => people.repeats_sound = true,
        "change_network" => {
            let member = member(order)?;
            let schedule = schedule(text(order, "profile")?)?;
            for endpoint in people.of(member) {
                endpoint.set_network(Network::new(&schedule, u64::from(member), now));
            }
        }
        "play_out" => people.tally.playouts.start(),
        "open_playout" => {
            let now_ns = people.tally.now_ns();
            people.tally.playouts.open_window(now_ns);
        }
        "close_playout" => {
            let now_ns = people.tally.now_ns();
            people.tally.playouts.close_window(now_ns);
        }
        "played_out" => return Ok(json!({ "pairs": people.tally.playouts.report() })),
        "watch" => people.tally.watch(members(order)?.into_iter()),
        "status" => return Ok(people.status()),
        "open_window" => people.tally.open_window()?,
        "close_window" => people.tally.close_window()?,
        "report" => return Ok(people.tally.report()),
        "record" => people.tally.recording.start(),
        "recorded" => return Ok(people.tally.recording.packets()),
        other => return Err(format!("no such order: {other}")),
    }
    Ok(json!({ "done": true }))
}

fn join_relay(people: &mut People, order: &Value) -> Result<(), String> {
    let relay = text(order, "relay")?.parse().map_err(|_| "relay is no address")?;
    let room = order["room"].as_u64().ok_or("room is missing")? as u32;
    let endpoint = people.endpoint(text(order, "name")?, member(order)?)?;
    endpoint.join_relay(relay, room, &kinds(order)?);
    Ok(())
}

fn schedule(name: &str) -> Result<Schedule, String> {
    let all = profile::all();
    let named = all.into_iter().find(|(known, _)| *known == name);
    named
        .map(|(_, schedule)| schedule)
        .ok_or_else(|| format!("no such network: {name}"))
}

fn kinds(order: &Value) -> Result<Vec<MediaKind>, String> {
    let kinds = order["kinds"].as_array().ok_or("kinds are missing")?;
    let kind = |name: &Value| match name.as_str() {
        Some("audio") => Ok(MediaKind::Audio),
        Some("video") => Ok(MediaKind::Video),
        _ => Err(format!("no such kind: {name}")),
    };
    kinds.iter().map(kind).collect()
}

fn members(order: &Value) -> Result<Vec<u32>, String> {
    let members = order["members"].as_array().ok_or("members are missing")?;
    let number = |member: &Value| member.as_u64().map(|member| member as u32);
    let numbers: Option<Vec<u32>> = members.iter().map(number).collect();
    numbers.ok_or_else(|| "members are numbers".into())
}

fn member(order: &Value) -> Result<u32, String> {
    let member = order["member"].as_u64();
    member
        .map(|member| member as u32)
        .ok_or_else(|| "member is missing".into())
}

fn text<'a>(order: &'a Value, field: &str) -> Result<&'a str, String> {
    order[field].as_str().ok_or_else(|| format!("{field} is missing"))
}
