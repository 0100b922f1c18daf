//! A load generator that favours no SFU: synthetic people on str0m, told by lines of JSON what to offer and
//! what to answer, so that whoever starts it does the signalling that each SFU wants.
//!
//! `load-generator HOST TRACE` binds its sockets to the address HOST and sends the packets of the file
//! TRACE. It reads an order a line and answers each with a line; `orders.rs` has them. It ends with its input.

mod endpoint;
mod network;
mod orders;
mod payload;
mod people;
mod playout;
mod recording;
mod tally;
mod trace;

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::process::ExitCode;

use crate::people::People;
use crate::trace::Traces;

const USAGE: &str = "usage: load-generator HOST TRACE";
/// Bytes of orders read at once; offers of other SFUs have some ten thousand.
const READ_BYTES: usize = 65_536;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("load-generator: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [host, trace] = words.as_slice() else {
        return Err(USAGE.into());
    };
    let host = host.parse().map_err(|_| USAGE)?;
    let mut people = People::new(host, Traces::read(trace)?);
    let mut input = io::stdin().lock();
    let mut unread: Vec<u8> = Vec::new();
    let mut bytes = vec![0; READ_BYTES];
    loop {
        if !people.step(input.as_raw_fd())? {
            continue;
        }
        // Not buffered beyond `unread`, else the descriptor would not tell what waits.
        let count = read_some(&mut input, &mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        unread.extend_from_slice(&bytes[..count]);
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            answer(&orders::obey(&mut people, &String::from_utf8_lossy(&line)))?;
        }
    }
}

fn read_some(input: &mut io::StdinLock<'_>, bytes: &mut [u8]) -> Result<usize, String> {
    input.read(bytes).map_err(|why| why.to_string())
}

fn answer(line: &str) -> Result<(), String> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .map_err(|why| why.to_string())
}
