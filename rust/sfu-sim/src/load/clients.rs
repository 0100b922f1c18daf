//! All synthetic participants on one thread, each with a socket of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use sfu::{Datagram, Role};
use sfu_net::Udp;
use sfu_sim::camera::{Camera, Microphone};
use sfu_sim::client::{CameraOffer, Client};
use sfu_sim::received::Detail;

use crate::CONNECT_LIMIT;
use crate::arguments::Arguments;
use crate::control::Control;

struct Member {
    client: Client,
    udp: Udp,
}

/// What was sent and received so far.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Media packets that receivers should have had.
    pub expected: u64,
    /// Media packets that they had.
    pub delivered: u64,
}

impl Counts {
    pub fn since(&self, before: &Self) -> Self {
        Self {
            expected: self.expected - before.expected,
            delivered: self.delivered - before.delivered,
        }
    }
}

pub struct Clients {
    members: Vec<Member>,
    participants: u32,
}

impl Clients {
    /// Joins everybody, waits until all are connected, and starts cameras and microphones out of step.
    pub fn join_all(arguments: &Arguments, control: &mut dyn Control) -> Result<Self, String> {
        let epoch = Instant::now();
        let mut clients = Self {
            members: Vec::new(),
            participants: arguments.participants,
        };
        for number in 0..arguments.rooms * arguments.participants {
            let udp = Udp::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(|why| why.to_string())?;
            let address = udp.local_address().map_err(|why| why.to_string())?;
            let (client, offer) = Client::new(
                number,
                address,
                Role::Participant,
                CameraOffer::Single,
                (epoch, Instant::now()),
            );
            let mut client = client.keeping(Detail::Counts);
            let room = number / arguments.participants;
            client.accept(&control.join(&format!("load-{room}"), &format!("p{number}"), &offer)?);
            clients.members.push(Member { client, udp });
        }
        clients.connect()?;
        clients.start_media(arguments);
        Ok(clients)
    }

    fn connect(&mut self) -> Result<(), String> {
        let limit = Instant::now() + CONNECT_LIMIT;
        while !self.members.iter().all(|member| member.client.is_connected) {
            if Instant::now() > limit {
                return Err("not everybody connected in time".into());
            }
            self.step();
        }
        Ok(())
    }

    fn start_media(&mut self, arguments: &Arguments) {
        let now = Instant::now();
        let count = self.members.len() as u32;
        for (index, member) in (0u32..).zip(&mut self.members) {
            let number = member.client.number;
            // Cameras of different people are not in step; neither are these.
            let camera_at = now + Duration::from_secs(1) / 30 * index / count;
            let microphone_at = now + Duration::from_secs(1) / 50 * index / count;
            member.client.camera = Some(Camera::new(number, arguments.camera_bps, 30, camera_at));
            member.client.microphone = Some(Microphone::new(number, arguments.microphone_bps, microphone_at));
        }
    }

    /// Sends and receives.
    pub fn run_until(&mut self, until: Instant) {
        while Instant::now() < until {
            self.step();
        }
    }

    pub fn counts(&self) -> Counts {
        let sent: u64 = self.members.iter().map(|member| member.client.packets_sent).sum();
        let delivered = self
            .members
            .iter()
            .map(|member| member.client.packets_received())
            .sum();
        Counts {
            expected: sent * u64::from(self.participants - 1),
            delivered,
        }
    }

    pub fn forget_latencies(&mut self) {
        for line in self
            .members
            .iter_mut()
            .flat_map(|member| member.client.received.values_mut())
        {
            line.latencies_ns.clear();
        }
    }

    /// One-way latencies since [`Self::forget_latencies`], sorted, in ns.
    pub fn latencies(&self) -> Vec<u64> {
        let lines = self
            .members
            .iter()
            .flat_map(|member| member.client.received.values());
        let mut all: Vec<u64> = lines.flat_map(|line| line.latencies_ns.iter().copied()).collect();
        all.sort_unstable();
        all
    }

    fn step(&mut self) {
        self.sleep();
        for member in &mut self.members {
            let client = &mut member.client;
            while member
                .udp
                .receive(|from, bytes| client.receive(Instant::now(), from, bytes))
            {}
            let now = Instant::now();
            if client.due() <= now {
                client.advance(now);
            }
            let mut datagrams: Vec<Datagram> = client
                .take_datagrams()
                .into_iter()
                .map(|(to, bytes)| Datagram { to, bytes })
                .collect();
            member.udp.send(&mut datagrams);
        }
    }

    fn sleep(&self) {
        let due = self.members.iter().map(|member| member.client.due()).min();
        let wait = due.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()));
        let timeout = libc::timespec {
            tv_sec: wait.as_secs() as libc::time_t,
            tv_nsec: libc::c_long::from(wait.subsec_nanos() as i32),
        };
        let readable = |fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        let mut fds: Vec<_> = self
            .members
            .iter()
            .map(|member| readable(member.udp.as_raw_fd()))
            .collect();
        // SAFETY: a live array of that many descriptors, a live timeout, no signal mask.
        unsafe {
            libc::ppoll(
                fds.as_mut_ptr(),
                fds.len() as libc::nfds_t,
                &raw const timeout,
                std::ptr::null(),
            )
        };
    }
}
