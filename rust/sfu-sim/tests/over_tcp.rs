//! A call of which one end comes over TCP, as browsers do where UDP is blocked.
#![allow(clippy::unwrap_used)]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use sfu::{Datagram, ParticipantId, Role, RoomId};
use sfu_net::{Config, Sfu, Udp};
use sfu_sim::camera::{Camera, Microphone};
use sfu_sim::client::{CameraOffer, Client};

/// Longest time that any condition may take.
const LIMIT: Duration = Duration::from_secs(20);

/// What carries the datagrams of a client.
enum Carrier {
    Udp(Udp),
    /// And what came of the next frame.
    Tcp(TcpStream, Vec<u8>),
}

struct Caller {
    client: Client,
    carrier: Carrier,
    answer: String,
}

fn start() -> Sfu {
    Sfu::start(&Config {
        host: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        advertise: Vec::new(),
        shards: 1,
        tcp: true,
        video_rates: sfu::VideoRates::default(),
        door: None,
    })
    .unwrap()
}

fn join(sfu: &Sfu, number: u32, carrier: Carrier, epoch: Instant) -> Caller {
    let room = RoomId::parse("room").unwrap();
    let id = room.clone();
    sfu.call(&room, move |node, now| node.open_room(&id, now))
        .unwrap()
        .unwrap();
    let address = match &carrier {
        Carrier::Udp(udp) => udp.local_address().unwrap(),
        Carrier::Tcp(stream, _) => stream.local_addr().unwrap(),
    };
    let times = (epoch, Instant::now());
    let (mut client, offer) = Client::new(number, address, Role::Participant, CameraOffer::Single, times);
    let name = ParticipantId::parse(&format!("p{number}")).unwrap();
    let answer = sfu
        .join(&room, &name, &offer, Role::Participant)
        .unwrap()
        .unwrap();
    client.accept(&answer);
    Caller {
        client,
        carrier,
        answer,
    }
}

impl Caller {
    fn turn(&mut self) {
        let Self { client, carrier, .. } = self;
        match carrier {
            Carrier::Udp(udp) => {
                while udp.receive(|from, bytes| client.receive(Instant::now(), from, bytes)) {}
                client.advance(Instant::now());
                let datagrams = client.take_datagrams().into_iter();
                udp.send(&mut datagrams.map(|(to, bytes)| Datagram { to, bytes }).collect());
            }
            Carrier::Tcp(stream, waiting) => {
                let peer = stream.peer_addr().unwrap();
                read(stream, waiting);
                while let Some(datagram) = next_frame(waiting) {
                    client.receive(Instant::now(), peer, &datagram);
                }
                client.advance(Instant::now());
                for (_, bytes) in client.take_datagrams() {
                    let length = (bytes.len() as u16).to_be_bytes();
                    stream.write_all(&[&length, &bytes[..]].concat()).unwrap();
                }
            }
        }
    }
}

fn read(stream: &mut TcpStream, waiting: &mut Vec<u8>) {
    stream.set_nonblocking(true).unwrap();
    match stream.read_to_end(waiting) {
        Err(why) if why.kind() == ErrorKind::WouldBlock => {}
        other => panic!("the connection ended: {other:?}"),
    }
    stream.set_nonblocking(false).unwrap();
}

fn next_frame(waiting: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes(*waiting.first_chunk()?));
    let frame = waiting.get(2..2 + length)?.to_vec();
    waiting.drain(..2 + length);
    Some(frame)
}

fn run_until(callers: &mut [Caller], done: impl Fn(&[Caller]) -> bool) -> bool {
    let limit = Instant::now() + LIMIT;
    while !done(callers) {
        if Instant::now() > limit {
            return false;
        }
        callers.iter_mut().for_each(Caller::turn);
        std::thread::yield_now();
    }
    true
}

fn over_tcp(sfu: &Sfu) -> Carrier {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, sfu.port())).unwrap();
    Carrier::Tcp(stream, Vec::new())
}

fn over_udp() -> Carrier {
    Carrier::Udp(Udp::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap())
}

#[test]
fn pictures_and_voices_pass_between_tcp_and_udp() {
    let sfu = start();
    let epoch = Instant::now();
    let mut callers = vec![
        join(&sfu, 0, over_tcp(&sfu), epoch),
        join(&sfu, 1, over_udp(), epoch),
    ];
    let tcp = format!(
        " tcp {} 127.0.0.1 {} typ host tcptype passive",
        (90u32 << 24) | (40_959 << 8) | 255,
        sfu.port()
    );
    assert!(callers[0].answer.contains(&tcp), "{}", callers[0].answer);
    let is_connected = |callers: &[Caller]| callers.iter().all(|caller| caller.client.is_connected);
    assert!(run_until(&mut callers, is_connected));
    for Caller { client, .. } in &mut callers {
        client.camera = Some(Camera::new(client.number, 800_000, 30, Instant::now()));
        client.microphone = Some(Microphone::new(client.number, 32_000, Instant::now()));
    }
    let has_received = |callers: &[Caller]| {
        callers
            .iter()
            .all(|caller| caller.client.packets_received() > 300)
    };
    assert!(run_until(&mut callers, has_received));
}

#[test]
fn who_loses_the_connection_and_comes_by_another_way_goes_on_in_the_same_session() {
    let sfu = start();
    let epoch = Instant::now();
    let mut callers = vec![
        join(&sfu, 0, over_tcp(&sfu), epoch),
        join(&sfu, 1, over_udp(), epoch),
    ];
    let is_connected = |callers: &[Caller]| callers.iter().all(|caller| caller.client.is_connected);
    assert!(run_until(&mut callers, is_connected));
    callers[0].carrier = over_udp();
    let client = &mut callers[1].client;
    client.camera = Some(Camera::new(1, 800_000, 30, Instant::now()));
    let has_received = |callers: &[Caller]| callers[0].client.packets_received() > 100;
    assert!(run_until(&mut callers, has_received));
}
