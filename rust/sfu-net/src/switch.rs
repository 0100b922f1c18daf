//! Between the sockets and the core: what came from where goes to the core or to TURN, and what they send finds its way.

use std::net::SocketAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sfu::{Datagram, Node, Path, Routed, Via};

use crate::connection::Arrival;
use crate::connections::Connections;
use crate::framing::Framing;
use crate::turn::{Moment, Outcome, Turn, is_turn};
use crate::voices::Voices;

/// Now, by both clocks.
pub(crate) fn moment() -> Moment {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    Moment {
        at: Instant::now(),
        unix_s: since_1970.map_or(0, |time| time.as_secs()),
    }
}

/// The core and the relay of one shard.
pub(crate) struct Switch {
    pub(crate) node: Node,
    pub(crate) turn: Turn,
    /// Answers of TURN to its clients.
    answers: Vec<(Path, Vec<u8>)>,
    routed: Vec<Routed>,
}

impl Switch {
    pub(crate) fn new(node: Node, turn: Turn) -> Self {
        Self {
            node,
            turn,
            answers: Vec::new(),
            routed: Vec::new(),
        }
    }

    /// Takes a datagram from the UDP socket.
    pub(crate) fn take_datagram(&mut self, from: SocketAddr, datagram: &[u8], now: Moment) {
        if is_turn(datagram) {
            self.serve_client(from.into(), datagram, now);
        } else {
            self.node.receive(from, datagram, now.at);
        }
    }

    /// Takes a datagram from a connection.
    pub(crate) fn take_arrival(&mut self, arrival: &Arrival<'_>, now: Moment) {
        let path = path_of(arrival.connection, arrival.peer);
        match arrival.framing {
            Framing::Ice => self.node.receive(path, arrival.datagram, now.at),
            Framing::Turn => self.serve_client(path, arrival.datagram, now),
        }
    }

    fn serve_client(&mut self, client: Path, datagram: &[u8], now: Moment) {
        match self.turn.receive(client, datagram, now) {
            Outcome::Nothing => {}
            Outcome::Answer(answer) => self.answers.push((client, answer)),
            Outcome::Data(path, data) => self.node.receive(path, data, now.at),
        }
    }

    /// Puts everything to send where it belongs: into `datagrams` for the UDP socket, on a connection, or to a voice.
    pub(crate) fn distribute(
        &mut self,
        datagrams: &mut Vec<Datagram>,
        connections: &mut Connections,
        voices: &mut Voices,
        now: Instant,
    ) {
        self.node.take_datagrams(datagrams);
        self.node.take_routed(&mut self.routed);
        for Routed { path, bytes } in self.routed.drain(..) {
            match path.via {
                Via::Relay(_) => self.answers.extend(self.turn.toward(&path, bytes, now)),
                Via::Inside(number) => voices.receive(number, &bytes, now),
                _ => self.answers.push((path, bytes)),
            }
        }
        for (path, bytes) in self.answers.drain(..) {
            match path.via {
                Via::Tcp(connection) => {
                    connections.send(connection, bytes, now);
                }
                // Answers go to clients of the relay, none of which is inside.
                Via::Udp | Via::Relay(_) | Via::Inside(_) => {
                    datagrams.push(Datagram { to: path.peer, bytes });
                }
            }
        }
        connections.flush();
    }

    /// Forgets who is gone, and lets go the connections of those who do not belong here.
    pub(crate) fn tend(&mut self, connections: &mut Connections, now: Instant) {
        let Self { node, turn, .. } = self;
        connections.tend(now, |connection, peer, framing| {
            let path = path_of(connection, peer);
            match framing {
                Framing::Ice => node.knows(&path),
                Framing::Turn => turn.serves(&path),
            }
        });
        let mut gone = turn.expire(now);
        for (connection, peer, framing) in connections.take_ended() {
            let path = path_of(connection, peer);
            match framing {
                Framing::Ice => gone.push(path),
                Framing::Turn => gone.extend(turn.forget(&path)),
            }
        }
        for path in gone {
            node.forget_path(&path);
        }
    }
}

fn path_of(connection: u64, peer: SocketAddr) -> Path {
    let via = Via::Tcp(connection);
    Path { peer, via }
}
