//! A load client: synthetic participants over real UDP, and what the SFU's threads cost meanwhile.
//!
//! `sfu-load` alone starts an SFU in a process of its own. `sfu-load --stdio --pid PID` drives the one
//! in process PID instead, whoever opened it: it prints an offer a line,
//! `{"room", "participant", "offer"}`, and reads an answer a line, `{"answer"}`. The result is one line of JSON.

mod arguments;
mod clients;
mod control;
mod cost;
mod report;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::arguments::{Arguments, Mode};
use crate::clients::Clients;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("sfu-load: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    match arguments.mode {
        Mode::Serve { host } => control::serve(host),
        Mode::Stdio { pid } => measure(&arguments, &mut control::Stdio, pid),
        Mode::OwnProcess => {
            let mut child = control::Child::start()?;
            let pid = child.pid();
            measure(&arguments, &mut child, pid)
        }
    }
}

fn measure(arguments: &Arguments, control: &mut dyn control::Control, pid: u32) -> Result<(), String> {
    let mut clients = Clients::join_all(arguments, control)?;
    clients.run_until(Instant::now() + arguments.warm_up);
    let before = (
        clients.counts(),
        cost::cpu_of_sfu(pid)?,
        cost::cpu_of_this_thread()?,
        Instant::now(),
    );
    clients.forget_latencies();
    clients.run_until(Instant::now() + arguments.seconds);
    let seconds = before.3.elapsed();
    let cpu = cost::cpu_of_sfu(pid)?.saturating_sub(before.1);
    let own_cpu = cost::cpu_of_this_thread()?.saturating_sub(before.2);
    let counts = clients.counts().since(&before.0);
    println!(
        "{}",
        report::report(arguments, seconds, &counts, cpu, own_cpu, &clients.latencies())
    );
    Ok(())
}

/// Longest time for everybody to connect.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);
