//! `null-relay HOST GATHER_US`: what the kernel alone costs an SFU. A datagram goes as it is to all others in the room of
//! who sent it. One of four bytes is a room's number: who sends it is in there from then on, and all there get it, they too.
//! Prints where it is bound, lets datagrams gather for GATHER_US, and ends with its input.

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;
use std::{env, io, thread};

use sfu::Datagram;
use sfu_net::Udp;

type Room = [u8; 4];

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = env::args().skip(1);
    let (Some(host), Some(gather_us)) = (words.next(), words.next()) else {
        return Err("usage: null-relay HOST GATHER_US".into());
    };
    let gather = Duration::from_micros(gather_us.parse()?);
    let mut udp = Udp::bind(SocketAddr::new(host.parse()?, 0))?;
    println!("{}", udp.local_address()?);
    let (mut relay, mut leaving) = (Relay::default(), Vec::new());
    while wait(&udp) {
        if !gather.is_zero() {
            thread::sleep(gather);
        }
        while udp.receive(|from, bytes| relay.forward(from, bytes, &mut leaving)) {}
        udp.send(&mut leaving);
    }
    Ok(())
}

#[derive(Default)]
struct Relay {
    rooms: HashMap<Room, Vec<SocketAddr>>,
    room_of: HashMap<SocketAddr, Room>,
}

impl Relay {
    fn forward(&mut self, from: SocketAddr, bytes: &[u8], leaving: &mut Vec<Datagram>) {
        let joins = Room::try_from(bytes).ok();
        if let Some(room) = joins.filter(|_| !self.room_of.contains_key(&from)) {
            self.room_of.insert(from, room);
            self.rooms.entry(room).or_default().push(from);
        }
        let room = self.room_of.get(&from).and_then(|room| self.rooms.get(room));
        let people = room.into_iter().flatten().copied();
        leaving.extend(
            people
                .filter(|to| joins.is_some() || *to != from)
                .map(|to| Datagram {
                    to,
                    bytes: bytes.to_vec(),
                }),
        );
    }
}

/// Sleeps until a datagram waits; false once the input has ended.
fn wait(udp: &Udp) -> bool {
    let mut fds = [io::stdin().as_raw_fd(), udp.as_raw_fd()].map(|fd| libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    });
    // SAFETY: a live array of two descriptors.
    unsafe { libc::poll(fds.as_mut_ptr(), 2, -1) };
    fds[0].revents == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_goes_to_all_others_in_the_room_of_who_sent_it() {
        let person = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (mut relay, mut leaving) = (Relay::default(), Vec::new());
        for (port, room) in [(1, 7_u32), (2, 7), (3, 8), (4, 7)] {
            leaving.clear();
            relay.forward(person(port), &room.to_be_bytes(), &mut leaving);
            assert!(leaving.iter().any(|joined| joined.to == person(port)));
        }
        leaving.clear();
        relay.forward(person(2), b"a voice", &mut leaving);
        relay.forward(person(5), b"of a stranger", &mut leaving);
        let to: Vec<SocketAddr> = leaving.iter().map(|datagram| datagram.to).collect();
        assert_eq!(to, [person(1), person(4)]);
    }
}
