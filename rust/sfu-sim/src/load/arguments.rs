//! The command line.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// What the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Starts an SFU process and measures it.
    OwnProcess,
    /// Offers and answers on standard output and input; measures this process.
    Stdio {
        /// The process of the SFU.
        pid: u32,
    },
    /// Is the SFU process.
    Serve {
        /// The address to bind and to tell.
        host: IpAddr,
    },
}

/// What to do.
#[derive(Clone, Debug)]
pub struct Arguments {
    pub mode: Mode,
    pub rooms: u32,
    pub participants: u32,
    pub camera_bps: u64,
    pub microphone_bps: u64,
    pub warm_up: Duration,
    pub seconds: Duration,
}

const USAGE: &str = "usage: sfu-load [--rooms N] [--participants N] [--camera-bps N] [--microphone-bps N] \
                     [--warm-up SECONDS] [--seconds SECONDS] [--stdio --pid PID]\n\
                     \x20      sfu-load --serve [--host ADDRESS]";

impl Arguments {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            mode: Mode::OwnProcess,
            rooms: 1,
            participants: 4,
            camera_bps: 1_200_000,
            microphone_bps: 32_000,
            warm_up: Duration::from_secs(3),
            seconds: Duration::from_secs(10),
        };
        let (mut is_stdio, mut pid, mut is_serving) = (false, None, false);
        let mut host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        while let Some(word) = words.next() {
            if word == "--host" {
                let address = words.next().and_then(|address| address.parse().ok());
                host = address.ok_or_else(|| format!("--host needs an address\n{USAGE}"))?;
                continue;
            }
            let mut number = || -> Result<u64, String> {
                let value = words.next().and_then(|value| value.parse().ok());
                value.ok_or_else(|| format!("{word} needs a number\n{USAGE}"))
            };
            match word.as_str() {
                "--serve" => is_serving = true,
                "--stdio" => is_stdio = true,
                "--pid" => pid = Some(number()? as u32),
                "--rooms" => arguments.rooms = number()? as u32,
                "--participants" => arguments.participants = number()? as u32,
                "--camera-bps" => arguments.camera_bps = number()?,
                "--microphone-bps" => arguments.microphone_bps = number()?,
                "--warm-up" => arguments.warm_up = Duration::from_secs(number()?),
                "--seconds" => arguments.seconds = Duration::from_secs(number()?),
                _ => return Err(format!("unknown argument {word}\n{USAGE}")),
            }
        }
        if is_serving {
            arguments.mode = Mode::Serve { host };
        } else if is_stdio {
            arguments.mode = Mode::Stdio {
                pid: pid.ok_or(USAGE)?,
            };
        }
        Ok(arguments)
    }
}
