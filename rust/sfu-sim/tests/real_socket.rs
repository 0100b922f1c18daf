//! The whole thing over real UDP: a call that goes on under a flood, several shards, and the end.
#![allow(clippy::unwrap_used)]

mod callers;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Instant;

use sfu::{Event, RoomId, Stats};
use sfu_net::Stopped;

use crate::callers::{Caller, join, run_until, start, start_media};

const JUNK_DATAGRAMS: u64 = 20_000;

fn dropped(stats: &Stats) -> u64 {
    stats.dropped_unknown_address + stats.dropped_stun + stats.dropped_size + stats.dropped_malformed
}

#[test]
fn a_call_goes_on_under_a_flood_and_the_flood_gets_no_answer() {
    let sfu = start(1);
    let epoch = Instant::now();
    let mut callers = vec![join(&sfu, "room", 0, epoch), join(&sfu, "room", 1, epoch)];
    assert!(run_until(&mut callers, |callers| callers
        .iter()
        .all(|caller| caller.client.is_connected)));
    callers.iter_mut().for_each(start_media);
    let flooder = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    flooder.set_nonblocking(true).unwrap();
    let target = SocketAddr::from((Ipv4Addr::LOCALHOST, sfu.port()));
    let mut sent = 0u64;
    let is_over = run_until(&mut callers, |callers| {
        for _ in 0..200 {
            let length = (sent * 7919 % 1700) as usize;
            let first = [0, 1, 22, 63, 100, 128, 200][(sent % 7) as usize];
            let _ = flooder.send_to(&vec![first; length.max(1)], target);
            sent += 1;
        }
        sent >= JUNK_DATAGRAMS
            && callers
                .iter()
                .all(|caller| caller.client.packets_received() > 200)
    });
    assert!(is_over, "the call starves");
    let stats = sfu.stats().unwrap();
    assert!(dropped(&stats) > JUNK_DATAGRAMS / 2, "{stats:?}");
    assert_eq!(stats.rooms_failed, 0);
    assert!(flooder.recv(&mut [0; 2048]).is_err(), "nothing came back");
}

#[test]
fn rooms_are_spread_over_shards_and_events_come_from_all() {
    let sfu = start(3);
    let epoch = Instant::now();
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut callers: Vec<Caller> = (0..)
        .zip(names)
        .map(|(number, name)| join(&sfu, name, number, epoch))
        .collect();
    assert!(run_until(&mut callers, |callers| callers
        .iter()
        .all(|caller| caller.client.is_connected)));
    let mut connected = 0;
    let all_reported = run_until(&mut callers, |_| {
        let is_connected = |event: &Event| matches!(event, Event::ParticipantConnected { .. });
        connected += sfu.events().iter().filter(|event| is_connected(event)).count();
        connected == names.len()
    });
    assert!(all_reported, "{connected} of {}", names.len());
    assert_eq!(sfu.stats().unwrap().rooms, 6);
    let ports: std::collections::BTreeSet<u16> = names
        .iter()
        .map(|name| sfu.addresses(&RoomId::parse(name).unwrap()).udp[0].port())
        .collect();
    assert!(ports.len() > 1, "all in one shard");
}

#[test]
fn the_descriptor_is_readable_while_events_wait() {
    let sfu = start(1);
    let is_readable = || {
        let mut fds = [libc::pollfd {
            fd: sfu.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        }];
        // SAFETY: one descriptor in a live array.
        unsafe { libc::poll(fds.as_mut_ptr(), 1, 0) == 1 }
    };
    assert!(!is_readable());
    let mut callers = vec![join(&sfu, "room", 0, Instant::now())];
    assert!(run_until(&mut callers, |_| is_readable()));
    assert!(!sfu.events().is_empty());
    assert!(!is_readable());
}

#[test]
fn a_closed_sfu_says_so_and_frees_its_port() {
    let mut sfu = start(1);
    let port = sfu.port();
    sfu.close();
    assert_eq!(sfu.stats(), Err(Stopped));
    assert!(UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
}
