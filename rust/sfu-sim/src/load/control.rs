//! How offers reach an SFU and answers come back: JSON, one line each.

use std::io::{self, BufRead, BufReader, Write};
use std::net::IpAddr;
use std::process::{ChildStdin, ChildStdout, Command, Stdio as Pipe};

use serde_json::{Value, json};
use sfu::{ParticipantId, Role, RoomId};
use sfu_net::{Config, Sfu};

/// Answers offers.
pub trait Control {
    fn join(&mut self, room: &str, participant: &str, offer: &str) -> Result<String, String>;
}

/// Somebody else answers, on our standard input.
pub struct Stdio;

impl Control for Stdio {
    fn join(&mut self, room: &str, participant: &str, offer: &str) -> Result<String, String> {
        exchange(
            &mut io::stdout(),
            &mut io::stdin().lock(),
            room,
            participant,
            offer,
        )
    }
}

/// An SFU in a process of its own. It ends when its standard input does.
pub struct Child {
    pid: u32,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Child {
    pub fn start() -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|why| why.to_string())?;
        let child = Command::new(program)
            .arg("--serve")
            .stdin(Pipe::piped())
            .stdout(Pipe::piped())
            .spawn();
        let child = child.map_err(|why| format!("cannot start the SFU process: {why}"))?;
        let pid = child.id();
        let (Some(input), Some(output)) = (child.stdin, child.stdout) else {
            return Err("the SFU process has no pipes".into());
        };
        Ok(Self {
            pid,
            input,
            output: BufReader::new(output),
        })
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }
}

impl Control for Child {
    fn join(&mut self, room: &str, participant: &str, offer: &str) -> Result<String, String> {
        exchange(&mut self.input, &mut self.output, room, participant, offer)
    }
}

fn exchange(
    to: &mut impl Write,
    from: &mut impl BufRead,
    room: &str,
    participant: &str,
    offer: &str,
) -> Result<String, String> {
    let request = json!({ "room": room, "participant": participant, "offer": offer });
    writeln!(to, "{request}")
        .and_then(|()| to.flush())
        .map_err(|why| format!("cannot send an offer: {why}"))?;
    let mut line = String::new();
    from.read_line(&mut line)
        .map_err(|why| format!("cannot read an answer: {why}"))?;
    let reply: Value = serde_json::from_str(&line).map_err(|why| format!("{line:?} is no answer: {why}"))?;
    text(&reply, "answer")
        .map(str::to_owned)
        .map_err(|_| format!("the SFU refused: {reply}"))
}

/// Is the SFU: answers offers from standard input until it ends.
pub fn serve(host: IpAddr) -> Result<(), String> {
    let config = Config {
        host,
        port: 0,
        advertise: Vec::new(),
        shards: 1,
        tcp: false,
        video_rates: sfu::VideoRates::default(),
        door: None,
    };
    let sfu = Sfu::start(&config).map_err(|why| why.to_string())?;
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|why| why.to_string())?;
        let reply = match answer(&sfu, &line) {
            Ok(answer) => json!({ "answer": answer }),
            Err(why) => json!({ "error": why }),
        };
        println!("{reply}");
    }
    Ok(())
}

fn answer(sfu: &Sfu, line: &str) -> Result<String, String> {
    let request: Value = serde_json::from_str(line).map_err(|why| why.to_string())?;
    let room = RoomId::parse(text(&request, "room")?).map_err(|why| why.to_string())?;
    let participant = ParticipantId::parse(text(&request, "participant")?).map_err(|why| why.to_string())?;
    let id = room.clone();
    let stopped = |_| "the SFU stopped".to_owned();
    sfu.call(&room, move |node, now| node.open_room(&id, now))
        .map_err(stopped)?
        .map_err(|why| why.to_string())?;
    let joined = sfu.join(&room, &participant, text(&request, "offer")?, Role::Participant);
    joined.map_err(stopped)?.map_err(|why| why.to_string())
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, String> {
    value[field].as_str().ok_or_else(|| format!("{field} is missing"))
}
