//! People in calls over real UDP, for tests that need sockets and threads.
#![allow(clippy::unwrap_used, dead_code, missing_docs)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use sfu::{Datagram, ParticipantId, Role, RoomId};
use sfu_net::{Config, Sfu, Udp};
use sfu_sim::camera::{Camera, Microphone};
use sfu_sim::client::{CameraOffer, Client};

/// Longest time that any condition may take.
pub const LIMIT: Duration = Duration::from_secs(20);

pub fn start(shards: usize) -> Sfu {
    let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Sfu::start(&Config {
        host,
        port: 0,
        advertise: Vec::new(),
        shards,
        tcp: true,
        video_rates: sfu::VideoRates::default(),
        door: None,
    })
    .unwrap()
}

pub struct Caller {
    pub client: Client,
    pub udp: Udp,
}

pub fn join(sfu: &Sfu, room_name: &str, number: u32, epoch: Instant) -> Caller {
    let room = RoomId::parse(room_name).unwrap();
    let id = room.clone();
    sfu.call(&room, move |node, now| node.open_room(&id, now))
        .unwrap()
        .unwrap();
    let udp = Udp::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = udp.local_address().unwrap();
    let (mut client, offer) = Client::new(
        number,
        address,
        Role::Participant,
        CameraOffer::Single,
        (epoch, Instant::now()),
    );
    let name = ParticipantId::parse(&format!("p{number}")).unwrap();
    client.accept(
        &sfu.join(&room, &name, &offer, Role::Participant)
            .unwrap()
            .unwrap(),
    );
    Caller { client, udp }
}

/// Drives the callers until `done`.
pub fn run_until(callers: &mut [Caller], mut done: impl FnMut(&[Caller]) -> bool) -> bool {
    let limit = Instant::now() + LIMIT;
    while !done(callers) {
        if Instant::now() > limit {
            return false;
        }
        for Caller { client, udp } in callers.iter_mut() {
            while udp.receive(|from, bytes| client.receive(Instant::now(), from, bytes)) {}
            client.advance(Instant::now());
            let datagrams = client.take_datagrams().into_iter();
            udp.send(&mut datagrams.map(|(to, bytes)| Datagram { to, bytes }).collect());
        }
        std::thread::yield_now();
    }
    true
}

pub fn start_media(caller: &mut Caller) {
    let now = Instant::now();
    caller.client.camera = Some(Camera::new(caller.client.number, 500_000, 30, now));
    caller.client.microphone = Some(Microphone::new(caller.client.number, 32_000, now));
}
