//! Starting a shard and talking to its thread.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sfu::{Addresses, Node, NodeConfig};

use super::config::{Config, StartError};
use super::{Out, Stopped};
use crate::address::advertised;
use crate::connections::Connections;
use crate::door::{Bound, Door};
use crate::event_fd::EventFd;
use crate::ports::Ports;
use crate::shard::{Command, Shard};
use crate::stats::TransportStats;
use crate::switch::Switch;
use crate::turn::{Secret, Turn};
use crate::voices::{Order, Voices};

/// A shard that does not answer within this time is taken for dead. A join takes about a millisecond.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// A shard from outside: how it is asked and ended.
pub(super) struct ShardHandle {
    pub(super) commands: Option<Sender<Command>>,
    pub(super) wake: Arc<EventFd>,
    pub(super) thread: Option<JoinHandle<()>>,
    pub(super) addresses: Addresses,
}

impl ShardHandle {
    pub(super) fn open(&self, door: Bound) -> io::Result<Door> {
        let shard = self.commands.clone().expect("the shard has just been started");
        door.open(shard, Arc::clone(&self.wake))
    }

    pub(super) fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Node, Instant) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (answer, answered) = mpsc::sync_channel(1);
        let command = Box::new(move |node: &mut Node, now| {
            // The caller may have given up waiting.
            let _ = answer.send(work(node, now));
        });
        self.ask(Command::Call(command), &answered)
    }

    pub(super) fn order(&self, number: u64, order: Order) -> Result<(), Stopped> {
        let commands = self.commands.as_ref().ok_or(Stopped)?;
        commands
            .send(Command::Voice(number, order))
            .map_err(|_| Stopped)?;
        self.wake.wake();
        Ok(())
    }

    pub(super) fn count(&self) -> Result<TransportStats, Stopped> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.ask(Command::Count(answer), &answered)
    }

    fn ask<T>(&self, command: Command, answered: &Receiver<T>) -> Result<T, Stopped> {
        let commands = self.commands.as_ref().ok_or(Stopped)?;
        commands.send(command).map_err(|_| Stopped)?;
        self.wake.wake();
        answered.recv_timeout(ANSWER_TIMEOUT).map_err(|_| Stopped)
    }
}

/// Starts the thread of one shard.
pub(super) fn start_shard(
    index: usize,
    ports: Ports,
    config: &Config,
    out: &Out,
    (secret, door): (&Secret, &Option<Bound>),
) -> Result<ShardHandle, StartError> {
    let Ports { udp, tcp } = ports;
    let reached = advertised(udp.local_address()?, &config.advertise).map_err(StartError::Address)?;
    let at_port = if tcp.is_some() {
        reached.clone()
    } else {
        Vec::new()
    };
    let at_door = door.iter().flat_map(|door| {
        let ips = reached.iter().map(SocketAddr::ip);
        ips.map(|ip| SocketAddr::new(ip, door.port))
    });
    let addresses = Addresses {
        tcp: at_port.into_iter().chain(at_door).collect(),
        udp: reached,
    };
    let node = Node::new(NodeConfig {
        addresses: addresses.clone(),
        video_rates: config.video_rates,
    });
    let now = Instant::now();
    let turn = Turn::new(addresses.udp.clone(), secret.clone(), now);
    let (commands, received) = mpsc::channel();
    let wake = Arc::new(EventFd::new()?);
    let shard = Shard {
        switch: Switch::new(node, turn),
        udp,
        connections: Connections::new(tcp, now)?,
        commands: received,
        wake: Arc::clone(&wake),
        events: Arc::clone(&out.events),
        voices: Voices::new(Arc::clone(&out.heard)),
    };
    let thread = std::thread::Builder::new()
        .name(format!("sfu-{index}"))
        .spawn(move || shard.run())?;
    Ok(ShardHandle {
        commands: Some(commands),
        wake,
        thread: Some(thread),
        addresses,
    })
}
