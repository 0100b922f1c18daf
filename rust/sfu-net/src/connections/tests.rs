//! Real connections over the loopback, and a time that the test makes.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{CONNECTIONS_PER_SOURCE_MAX, Connections};
use crate::framing::Framing;

/// Longest time that the kernel may take to carry bytes over the loopback.
const LIMIT: Duration = Duration::from_secs(20);
const CHECK: [u8; 22] = [
    0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
];

struct World {
    connections: Connections,
    port: u16,
    now: Instant,
    got: Vec<(u64, Framing, Vec<u8>)>,
}

impl World {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let now = Instant::now();
        Self {
            connections: Connections::new(Some(listener), now).unwrap(),
            port,
            now,
            got: Vec::new(),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    fn serve_until(&mut self, done: impl Fn(&Self) -> bool) {
        let limit = Instant::now() + LIMIT;
        while !done(self) {
            assert!(Instant::now() < limit, "it does not come to that");
            self.serve();
        }
    }

    fn serve(&mut self) {
        let got = &mut self.got;
        self.connections.serve(self.now, &mut |arrival| {
            got.push((arrival.connection, arrival.framing, arrival.datagram.to_vec()));
        });
        self.connections.flush();
    }

    fn pass(&mut self, time: Duration, has_proved: bool) {
        self.now += time;
        self.connections.tend(self.now, |_, _, _| has_proved);
    }

    fn open(&self) -> usize {
        self.connections.all.len()
    }
}

fn is_over(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_))
}

#[test]
fn frames_come_and_answers_go_back_on_the_same_connection() {
    let mut world = World::new();
    let (mut first, mut second) = (world.connect(), world.connect());
    for piece in CHECK.chunks(5) {
        first.write_all(piece).unwrap();
    }
    second.write_all(&CHECK[2..]).unwrap();
    world.serve_until(|world| world.got.len() == 2);
    world.got.sort_by_key(|(_, framing, _)| *framing == Framing::Turn);
    let (ice, turn) = (world.got[0].clone(), world.got[1].clone());
    assert_eq!((ice.1, &ice.2[..]), (Framing::Ice, &CHECK[2..]));
    assert_eq!((turn.1, &turn.2[..]), (Framing::Turn, &CHECK[2..]));
    assert!(world.connections.send(ice.0, b"answer".to_vec(), world.now));
    assert!(
        world
            .connections
            .send(turn.0, b"\x40\0\0\x01x".to_vec(), world.now)
    );
    world.connections.flush();
    let mut answers = ([0; 8], [0; 8]);
    first.read_exact(&mut answers.0).unwrap();
    second.read_exact(&mut answers.1).unwrap();
    assert_eq!(answers, (*b"\0\x06answer", *b"\x40\0\0\x01x\0\0\0"));
}

#[test]
fn garbage_is_cut_at_once_and_silence_after_five_seconds() {
    let mut world = World::new();
    let (mut garbage, mut silent, mut slow) = (world.connect(), world.connect(), world.connect());
    garbage.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    slow.write_all(&CHECK[..12]).unwrap();
    world.serve_until(|world| world.connections.next == 4 && world.open() == 2);
    assert!(is_over(&mut garbage));
    world.pass(Duration::from_millis(4_900), true);
    assert_eq!(world.open(), 2);
    world.pass(Duration::from_millis(1_100), true);
    assert_eq!(world.open(), 0);
    assert!(is_over(&mut silent) && is_over(&mut slow));
}

#[test]
fn who_proves_nothing_is_cut_after_ten_seconds_and_who_is_idle_after_a_minute() {
    for (has_proved, seconds) in [(false, 10), (true, 60)] {
        let mut world = World::new();
        let mut stream = world.connect();
        stream.write_all(&CHECK).unwrap();
        world.serve_until(|world| !world.got.is_empty());
        world.pass(Duration::from_secs(seconds - 1), has_proved);
        assert_eq!(world.open(), 1);
        world.pass(Duration::from_secs(1), has_proved);
        assert_eq!(world.open(), 0);
        assert!(is_over(&mut stream));
        let ended = world.connections.take_ended();
        assert_eq!((ended.len(), ended[0].2), (1, Framing::Ice));
    }
}

#[test]
fn one_source_has_so_many_connections() {
    let mut world = World::new();
    let mut streams: Vec<TcpStream> = Vec::new();
    for count in 1..=CONNECTIONS_PER_SOURCE_MAX {
        streams.push(world.connect());
        world.serve_until(|world| world.open() == count);
    }
    let mut one_more = world.connect();
    world.serve(); // the kernel had it before connect returned
    assert_eq!(world.open(), CONNECTIONS_PER_SOURCE_MAX);
    assert!(is_over(&mut one_more));
    streams.pop().unwrap().shutdown(Shutdown::Both).unwrap();
    world.serve_until(|world| world.open() == CONNECTIONS_PER_SOURCE_MAX - 1);
    let _one_again = world.connect();
    world.serve_until(|world| world.open() == CONNECTIONS_PER_SOURCE_MAX);
}

#[test]
fn a_reader_that_takes_nothing_loses_frames_and_then_its_connection() {
    let mut world = World::new();
    let mut reader = world.connect();
    reader.write_all(&CHECK).unwrap();
    world.serve_until(|world| !world.got.is_empty());
    let token = world.got[0].0;
    let mut sent = 0;
    while world.connections.send(token, vec![7; 1200], world.now) {
        world.connections.flush();
        sent += 1200;
        assert!(sent < 64 << 20, "the kernel cannot have taken all that");
    }
    world.pass(Duration::from_secs(9), true);
    assert_eq!(world.open(), 1);
    world.pass(Duration::from_secs(1), true);
    assert_eq!(world.open(), 0);
}
