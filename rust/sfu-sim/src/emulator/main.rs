//! `link-emulator NEAR FAR [--seed N]`: joins two network namespaces by a poor path, for real browsers.
//!
//! Each namespace must have a TUN device named `path` (`ip tuntap add path mode tun`); what one sends comes
//! out of the other as the links of `sfu_sim::link` decide. Needs no kernel module but tun. Orders come as JSON,
//! one object a line, on standard input, each answered by one line of JSON:
//!
//! - `{"up": NAME, "down": NAME}`: profiles of `sfu_sim::profile`; up is from FAR to NEAR
//! - `{"pass": "all" | "tcp" | "tcp-443"}`: what a firewall in between lets through
//! - `{"blackout": true | false}`
//! - `{"stats": true}`: counters of both directions and how late packets were delivered
//!
//! It ends with its standard input.

mod firewall;
mod orders;
mod path;
mod tun;

use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use std::{io, thread};

use path::{Direction, Path};
use tun::Tun;

/// What the threads tell the one that decides.
enum Input {
    Packet(Direction, Vec<u8>, Instant),
    Order(String),
    End,
}

/// Longest wait; there is nothing to do in between but to wait again.
const IDLE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: impl Iterator<Item = String>) -> Result<(), String> {
    let (near, far, seed) = orders::arguments(words)?;
    let open = |name: &str| Tun::open(name).map_err(|why| format!("{name}: cannot open its device: {why}"));
    let (near, far) = (open(&near)?, open(&far)?);
    let (tell, told) = mpsc::channel();
    listen(&near, Direction::Down, &tell)?;
    listen(&far, Direction::Up, &tell)?;
    thread::spawn(move || take_orders(&tell));
    let mut path = Path::new(seed, Instant::now());
    println!("{{\"ready\": true}}");
    loop {
        let wait = path
            .next_due()
            .map_or(IDLE, |due| due.saturating_duration_since(Instant::now()));
        match told.recv_timeout(wait) {
            Ok(Input::Packet(direction, packet, at)) => path.take(direction, &packet, at),
            Ok(Input::Order(line)) => println!("{}", orders::obey(&mut path, &line, Instant::now())),
            Ok(Input::End) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        while let Some((direction, packet)) = path.deliver(Instant::now()) {
            let out = match direction {
                Direction::Up => &near,
                Direction::Down => &far,
            };
            // A namespace that refuses a packet (device down, no buffer) is a network that loses one.
            let _ = out.send(&packet);
        }
    }
}

fn listen(tun: &Tun, direction: Direction, tell: &Sender<Input>) -> Result<(), String> {
    let (mut tun, tell) = (tun.reader().map_err(|why| why.to_string())?, tell.clone());
    thread::spawn(move || {
        let mut buffer = vec![0; tun::PACKET_BYTES_MAX];
        while let Ok(bytes) = io::Read::read(&mut tun, &mut buffer) {
            let packet = buffer[..bytes].to_vec();
            if tell
                .send(Input::Packet(direction, packet, Instant::now()))
                .is_err()
            {
                return;
            }
        }
    });
    Ok(())
}

fn take_orders(tell: &Sender<Input>) {
    for line in io::stdin().lines().map_while(Result::ok) {
        let _ = tell.send(Input::Order(line));
    }
    let _ = tell.send(Input::End);
}
