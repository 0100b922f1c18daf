//! Strangers at the real ports while a call is on: nothing that they send stops it, or makes us send them more.
#![allow(clippy::unwrap_used)]

mod callers;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Instant;

use sfu_net::{Sfu, TransportStats};

use crate::callers::{Caller, LIMIT, join, run_until, start, start_media};

const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const HEADER_BYTES: usize = 20;
/// Requests of TURN, whose refusal is longer than the shortest of them, and so is rationed.
const RATIONED: [u16; 4] = [0x003, 0x004, 0x008, 0x009];
/// Of each message, at least. More than the ration of a source.
const TIMES: usize = 400;
/// As many fit into the buffer of a socket on any system.
const TIMES_AT_ONCE: usize = 50;

/// Two people who send and receive.
fn call(sfu: &Sfu) -> Vec<Caller> {
    let epoch = Instant::now();
    let mut callers = vec![join(sfu, "room", 0, epoch), join(sfu, "room", 1, epoch)];
    assert!(run_until(&mut callers, |callers| callers
        .iter()
        .all(|caller| caller.client.is_connected)));
    callers.iter_mut().for_each(start_media);
    assert!(goes_on(&mut callers));
    callers
}

/// Whether everybody receives more.
fn goes_on(callers: &mut [Caller]) -> bool {
    let had: Vec<u64> = callers.iter().map(|one| one.client.packets_received()).collect();
    run_until(callers, |callers| {
        let with_before = callers.iter().zip(&had);
        with_before
            .into_iter()
            .all(|(caller, before)| caller.client.packets_received() > before + 100)
    })
}

/// Lets the call go on until the counters are so.
fn counted(sfu: &Sfu, callers: &mut [Caller], is_so: impl Fn(&TransportStats) -> bool) -> bool {
    run_until(callers, |_| is_so(&sfu.transport_stats().unwrap()))
}

fn message(kind: u16, attributes: &[u8]) -> Vec<u8> {
    let mut message = kind.to_be_bytes().to_vec();
    message.extend((attributes.len() as u16).to_be_bytes());
    message.extend(COOKIE);
    message.extend([7; 12]);
    message.extend(attributes);
    message
}

/// A check's attributes, with a made-up code.
fn check_of(ufrag: &str) -> Vec<u8> {
    let name = format!("{ufrag}:x");
    let mut attributes = vec![0, 6, 0, name.len() as u8];
    attributes.extend(name.as_bytes());
    attributes.resize(attributes.len().next_multiple_of(4), 0);
    attributes.extend([0, 8, 0, 20]);
    attributes.extend([1; 20]);
    attributes
}

/// Every message of STUN and TURN, of every class, empty and with what makes it look real.
fn messages(ufrag: &str) -> Vec<(u16, Vec<u8>)> {
    let methods = [0x001, 0x003, 0x004, 0x006, 0x007, 0x008, 0x009, 0x00A, 0x07F];
    let classes = [0x000, 0x010, 0x100, 0x110];
    let kinds = methods
        .iter()
        .flat_map(|method| classes.map(|class| method | class));
    let check = check_of(ufrag);
    let transport = [0, 0x19, 0, 4, 17, 0, 0, 0];
    kinds
        .flat_map(|kind| [&[][..], &check, &transport].map(|attributes| (kind, message(kind, attributes))))
        .collect()
}

/// Bytes that came back for this message, sent many times, and the bytes of those that were looked at.
fn echo(sfu: &Sfu, callers: &mut [Caller], datagram: &[u8]) -> (usize, usize) {
    let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    stranger.set_nonblocking(true).unwrap();
    let target = SocketAddr::from((Ipv4Addr::LOCALHOST, sfu.port()));
    let seen = |sfu: &Sfu| {
        let (core, relay) = (sfu.stats().unwrap(), sfu.transport_stats().unwrap());
        let at_core = core.dropped_stun + core.dropped_unauthenticated + core.dropped_unknown_address;
        at_core + relay.turn_challenged + relay.turn_dropped
    };
    let before = seen(sfu);
    assert!(run_until(callers, |_| {
        for _ in 0..TIMES_AT_ONCE {
            stranger.send_to(datagram, target).unwrap();
        }
        seen(sfu) - before >= TIMES as u64
    }));
    let looked_at = (seen(sfu) - before) as usize;
    // Answers are sent before the shard obeys again.
    sfu.stats().unwrap();
    let (mut came, mut buffer) = (0, [0; 2048]);
    while let Ok(bytes) = stranger.recv(&mut buffer) {
        came += bytes;
    }
    (came, datagram.len() * looked_at)
}

#[test]
fn no_message_of_a_stranger_is_answered_with_more_than_it_was() {
    let sfu = start(1);
    let mut callers = call(&sfu);
    let ufrag = callers[0].client.remote_ufrag().to_owned();
    for (kind, datagram) in messages(&ufrag) {
        let (came, sent) = echo(&sfu, &mut callers, &datagram);
        assert!(came <= sent, "{kind:#05x}: {came} bytes for {sent}");
        if !RATIONED.contains(&kind) {
            assert_eq!(came, 0, "{kind:#05x} of {} bytes", datagram.len() - HEADER_BYTES);
        }
    }
    let (came, _) = echo(&sfu, &mut callers, b"\x40\0\0\x04data");
    assert_eq!(came, 0, "data on a channel that nobody bound");
    let stats = sfu.transport_stats().unwrap();
    assert!(stats.turn_rationed > 0 && stats.turn_allocated == 0, "{stats:?}");
    assert!(goes_on(&mut callers));
}

#[test]
fn connections_that_say_nothing_or_too_much_are_cut_and_the_call_goes_on() {
    let sfu = start(1);
    let mut callers = call(&sfu);
    let connect = || TcpStream::connect((Ipv4Addr::LOCALHOST, sfu.port())).unwrap();
    let silent: Vec<TcpStream> = (0..60).map(|_| connect()).collect();
    let mut giants: Vec<TcpStream> = (0..20).map(|_| connect()).collect();
    for stream in &mut giants {
        // The length of a frame, and what looks like the check in it.
        let check = message(1, &check_of("nobody"));
        stream.write_all(&[&[7, 0xFF], &check[..]].concat()).unwrap();
    }
    let mut garbage = connect();
    garbage.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(counted(&sfu, &mut callers, |stats| stats.tcp_accepted == 81));
    assert!(counted(&sfu, &mut callers, |stats| stats.tcp_cut == 21));
    giants.push(garbage);
    assert!(giants.iter_mut().all(is_over));
    // The silent ones have five seconds.
    assert!(counted(&sfu, &mut callers, |stats| stats.tcp_cut == 81
        && stats.tcp_connections == 0));
    assert!(silent.into_iter().all(|mut stream| is_over(&mut stream)));
    assert!(goes_on(&mut callers));
}

#[test]
fn one_source_cannot_take_all_connections_and_slow_frames_keep_nobody_waiting() {
    let sfu = start(1);
    let mut callers = call(&sfu);
    let mut slow: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, sfu.port())).unwrap())
        .collect();
    assert!(counted(&sfu, &mut callers, |stats| stats.tcp_refused == 44));
    let check = message(1, &check_of("nobody"));
    let frame = [&(check.len() as u16).to_be_bytes(), &check[..]].concat();
    let mut sent = 0;
    let is_over = run_until(&mut callers, |_| {
        let byte = &frame[sent % frame.len()..][..1];
        for stream in &mut slow {
            // Those that were refused or cut take nothing any more.
            let _ = stream.write(byte);
        }
        sent += 1;
        sent > 200
    });
    assert!(is_over, "the call starves");
    assert!(goes_on(&mut callers));
    assert!(
        sfu.stats().unwrap().dropped_stun >= 256,
        "whole frames were looked at"
    );
}

fn is_over(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    match stream.read(&mut [0; 16]) {
        Ok(bytes) => bytes == 0,
        Err(why) => why.kind() == ErrorKind::ConnectionReset,
    }
}
