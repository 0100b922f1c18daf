//! The SFU for Python: `vivavoce_sfu._native`.
//!
//! Only translation: every command runs on a media thread while the GIL is released. The classes of
//! answers, events and errors are Python's own (`vivavoce_sfu._types`).

mod convert;
mod python_types;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use sfu::{Node, ParticipantId, Role, RoomId, SfuError, TileSize, VideoRates};
use sfu_net::{Config, DoorConfig, DoorError, Heard, JoinVoiceError, StartError, Stopped};
use sfu_voice::Malformed;

use crate::convert::{
    event_to_python, limit_from, participant_stats_to_python, room_stats_to_python, slot_to_python,
    source_from, stats_to_python, voice_to_python,
};
use crate::python_types::{closed, failed, refused};

/// A running SFU; see the stub for the contract.
#[pyclass(name = "Sfu", module = "vivavoce_sfu", frozen)]
struct PySfu {
    running: RwLock<Option<Arc<sfu_net::Sfu>>>,
}

#[pymethods]
impl PySfu {
    #[new]
    #[pyo3(
        signature = (*, host="127.0.0.1", port=7882, advertise=Vec::new(), shards=1, tcp=true, door=None, video_bps=None),
        text_signature = "(*, host='127.0.0.1', port=7882, advertise=(), shards=1, tcp=True, door=None, video_bps=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "in Python they have names")]
    fn new(
        py: Python<'_>,
        host: &str,
        port: u16,
        advertise: Vec<String>,
        shards: usize,
        tcp: bool,
        door: Option<(u16, PathBuf, PathBuf, PathBuf)>,
        video_bps: Option<(u64, u64)>,
    ) -> PyResult<Self> {
        let host = host
            .parse()
            .map_err(|_| PyValueError::new_err(format!("{host:?} is no IP address")))?;
        let config = Config {
            host,
            port,
            advertise,
            shards,
            tcp,
            video_rates: video_bps.map_or_else(VideoRates::default, |(floor_bps, ceiling_bps)| VideoRates {
                floor_bps,
                ceiling_bps,
            }),
            door: door.map(|(port, certificate, key, upstream)| DoorConfig {
                port,
                certificate,
                key,
                upstream,
            }),
        };
        let sfu = py
            .detach(|| sfu_net::Sfu::start(&config))
            .map_err(|why| match why {
                StartError::Io(why) => PyOSError::new_err((why.raw_os_error(), why.to_string())),
                StartError::Door(DoorError::Io(why)) => {
                    PyOSError::new_err((why.raw_os_error(), why.to_string(), "door"))
                }
                other => PyValueError::new_err(other.to_string()),
            })?;
        Ok(Self {
            running: RwLock::new(Some(Arc::new(sfu))),
        })
    }

    #[getter]
    fn port(&self, py: Python<'_>) -> PyResult<u16> {
        Ok(self.running(py)?.port())
    }

    #[getter]
    fn door_port(&self, py: Python<'_>) -> PyResult<Option<u16>> {
        Ok(self.running(py)?.door_port())
    }

    fn credentials(&self, py: Python<'_>, room: &str, participant: &str) -> PyResult<(String, String)> {
        let (room, participant) = (self.room(py, room)?, self.participant(py, participant)?);
        let made = self.running(py)?.credentials(&room, &participant);
        Ok((made.name, made.password))
    }

    fn relays(&self, py: Python<'_>, room: &str) -> PyResult<(Vec<String>, Vec<String>)> {
        let room = self.room(py, room)?;
        let running = self.running(py)?;
        let addresses = running.addresses(&room);
        let texts = |addresses: &[SocketAddr]| addresses.iter().map(ToString::to_string).collect();
        Ok((texts(&addresses.udp), texts(&addresses.tcp)))
    }

    fn open_room(&self, py: Python<'_>, room: &str) -> PyResult<()> {
        self.command(py, room, |node, room, now| node.open_room(room, now))
    }

    fn close_room(&self, py: Python<'_>, room: &str) -> PyResult<()> {
        self.command(py, room, |node, room, now| node.close_room(room, now))
    }

    #[pyo3(signature = (room, participant, offer, *, observer=false))]
    fn join(
        &self,
        py: Python<'_>,
        room: &str,
        participant: &str,
        offer: String,
        observer: bool,
    ) -> PyResult<String> {
        let participant = self.participant(py, participant)?;
        let room = self.room(py, room)?;
        let role = role_of(observer);
        let running = self.running(py)?;
        let answer = py.detach(move || running.join(&room, &participant, &offer, role));
        answer.map_err(|_| closed(py))?.map_err(|why| refused(py, &why))
    }

    #[pyo3(signature = (room, participant, *, observer=false))]
    fn join_voice<'py>(
        &self,
        py: Python<'py>,
        room: &str,
        participant: &str,
        observer: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let participant = self.participant(py, participant)?;
        let room = self.room(py, room)?;
        let role = role_of(observer);
        let running = self.running(py)?;
        let joined = py.detach(move || running.join_voice(&room, &participant, role));
        match joined.map_err(|_| closed(py))? {
            Ok(joined) => voice_to_python(py, &joined),
            Err(JoinVoiceError::Room(why)) => Err(refused(py, &why)),
            Err(JoinVoiceError::Voice(why)) => Err(failed(py, &why.to_string())),
        }
    }

    fn begin_voice(&self, py: Python<'_>, room: &str, voice: u64) -> PyResult<()> {
        let room = self.room(py, room)?;
        let begun = self.running(py)?.begin_voice(&room, voice);
        begun.map_err(|_| closed(py))
    }

    fn end_voice(&self, py: Python<'_>, room: &str, voice: u64) -> PyResult<()> {
        let room = self.room(py, room)?;
        let ended = self.running(py)?.end_voice(&room, voice);
        ended.map_err(|_| closed(py))
    }

    fn speak(&self, py: Python<'_>, room: &str, voice: u64, frame: &[u8]) -> PyResult<()> {
        let room = self.room(py, room)?;
        let taken = self.running(py)?.speak(&room, voice, frame.to_vec());
        let malformed = |why: Malformed| PyValueError::new_err(why.reason());
        taken.map_err(|_| closed(py))?.map_err(malformed)
    }

    fn heard_fileno(&self, py: Python<'_>) -> PyResult<i32> {
        Ok(self.running(py)?.heard_fd())
    }

    fn heard<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let heard = self.running(py)?.heard();
        let told = heard.into_iter().map(|heard| match heard {
            Heard::Frame(voice, frame) => (voice, Some(PyBytes::new(py, &frame)), None),
            Heard::Counted(voice, counted) => (voice, None, Some((counted.taken, counted.late))),
            Heard::Broken(voice) => (voice, None, None),
        });
        PyList::new(py, told.collect::<Vec<_>>())
    }

    fn renegotiate(&self, py: Python<'_>, room: &str, participant: &str, offer: String) -> PyResult<String> {
        let participant = self.participant(py, participant)?;
        self.command(py, room, move |node, room, now| {
            node.renegotiate(room, &participant, &offer, now)
        })
    }

    fn leave(&self, py: Python<'_>, room: &str, participant: &str) -> PyResult<()> {
        let participant = self.participant(py, participant)?;
        self.command(py, room, move |node, room, now| {
            node.leave(room, &participant, now)
        })
    }

    fn set_track(
        &self,
        py: Python<'_>,
        room: &str,
        participant: &str,
        source: &str,
        forward: bool,
    ) -> PyResult<()> {
        let participant = self.participant(py, participant)?;
        let source = source_from(source)?;
        self.command(py, room, move |node, room, now| {
            node.set_track(room, &participant, source, forward, now)
        })
    }

    fn set_view(
        &self,
        py: Python<'_>,
        room: &str,
        participant: &str,
        sizes: HashMap<String, TileSize>,
    ) -> PyResult<()> {
        let participant = self.participant(py, participant)?;
        self.command(py, room, move |node, room, now| {
            node.set_view(room, &participant, &sizes, now)
        })
    }

    fn set_video_limit(&self, py: Python<'_>, room: &str, participant: &str, limit: &str) -> PyResult<()> {
        let participant = self.participant(py, participant)?;
        let limit = limit_from(limit)?;
        self.command(py, room, move |node, room, now| {
            node.set_video_limit(room, &participant, limit, now)
        })
    }

    fn participant_stats<'py>(
        &self,
        py: Python<'py>,
        room: &str,
        participant: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let participant = self.participant(py, participant)?;
        let stats = self.command(py, room, move |node, room, now| {
            node.participant_stats(room, &participant, now)
        })?;
        participant_stats_to_python(py, &stats)
    }

    fn slots<'py>(&self, py: Python<'py>, room: &str, participant: &str) -> PyResult<Bound<'py, PyList>> {
        let participant = self.participant(py, participant)?;
        let slots = self.command(py, room, move |node, room, _| node.slots(room, &participant))?;
        let slots = slots
            .iter()
            .map(|slot| slot_to_python(py, slot))
            .collect::<PyResult<Vec<_>>>()?;
        PyList::new(py, slots)
    }

    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let running = self.running(py)?;
        let stats = py.detach(|| Ok((running.stats()?, running.transport_stats()?)));
        let (core, transport) = stats.map_err(|_: Stopped| closed(py))?;
        stats_to_python(py, &core, &transport)
    }

    fn room_stats<'py>(&self, py: Python<'py>, room: &str) -> PyResult<Bound<'py, PyAny>> {
        let stats = self.command(py, room, |node, room, _| node.room_stats(room))?;
        room_stats_to_python(py, &stats)
    }

    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        Ok(self.running(py)?.as_raw_fd())
    }

    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let running = self.running(py)?;
        let events = py.detach(|| running.events());
        let events = events
            .iter()
            .map(|event| event_to_python(py, event))
            .collect::<PyResult<Vec<_>>>()?;
        PyList::new(py, events)
    }

    fn close(&self, py: Python<'_>) {
        // The last of the callers that are still inside a command drops it, and so stops the threads.
        let running = self
            .running
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        py.detach(|| drop(running));
    }
}

impl PySfu {
    fn running(&self, py: Python<'_>) -> PyResult<Arc<sfu_net::Sfu>> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        running.clone().ok_or_else(|| closed(py))
    }

    fn room(&self, py: Python<'_>, name: &str) -> PyResult<RoomId> {
        RoomId::parse(name).map_err(|why| refused(py, &why))
    }

    fn participant(&self, py: Python<'_>, name: &str) -> PyResult<ParticipantId> {
        ParticipantId::parse(name).map_err(|why| refused(py, &why))
    }

    fn command<T: Send + 'static>(
        &self,
        py: Python<'_>,
        room: &str,
        work: impl FnOnce(&mut Node, &RoomId, Instant) -> Result<T, SfuError> + Send + 'static,
    ) -> PyResult<T> {
        let room = self.room(py, room)?;
        let running = self.running(py)?;
        let answer = py.detach(move || {
            let id = room.clone();
            running.call(&room, move |node, now| work(node, &id, now))
        });
        answer.map_err(|_| closed(py))?.map_err(|why| refused(py, &why))
    }
}

fn role_of(is_observer: bool) -> Role {
    if is_observer {
        Role::Observer
    } else {
        Role::Participant
    }
}

#[pymodule(name = "_native", gil_used = false)]
fn native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PySfu>()
}
