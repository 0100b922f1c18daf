//! Keeps a room that panics from the others, and the ways to seats true to what the rooms say.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::{Key, Node};
use crate::error::SfuError;
use crate::event::Event;
use crate::outbox::Outbox;
use crate::path::Path;
use crate::room::{PathChange, Room};

impl Node {
    /// A command that may leave packets to send.
    pub(super) fn command<T>(
        &mut self,
        index: usize,
        now: Instant,
        work: impl FnOnce(&mut Room, &mut Outbox) -> Result<T, SfuError>,
    ) -> Result<T, SfuError> {
        let done = self
            .guarded(index, work)
            .unwrap_or_else(|| Err(SfuError::RoomFailed("it panicked".into())));
        self.timeouts[index] = now;
        done
    }

    /// Runs `work` on a room. If it panics, the room is closed and `None` comes back.
    pub(super) fn guarded<T>(
        &mut self,
        index: usize,
        work: impl FnOnce(&mut Room, &mut Outbox) -> T,
    ) -> Option<T> {
        let room = self.rooms.get_mut(index)?.as_mut()?;
        let out = &mut self.out;
        // The room is dropped after a panic and the outbox only ever grows, so no broken state is seen.
        match catch_unwind(AssertUnwindSafe(|| work(room, out))) {
            Ok(done) => {
                self.follow_paths(index);
                Some(done)
            }
            Err(panic) => {
                self.fail_room(index, panic_message(panic.as_ref()));
                None
            }
        }
    }

    fn follow_paths(&mut self, index: usize) {
        let Some(room) = self.rooms[index]
            .as_mut()
            .filter(|room| !room.path_changes.is_empty())
        else {
            return;
        };
        for change in room.path_changes.drain(..) {
            match change {
                PathChange::Proved(path, seat) => {
                    self.by_path.insert(path, Key { room: index, seat });
                }
                PathChange::Forgotten(path) => {
                    self.by_path.remove(&path);
                }
            }
        }
    }

    fn fail_room(&mut self, index: usize, reason: String) {
        let Some(id) = self
            .by_id
            .iter()
            .find(|(_, at)| **at == index)
            .map(|(id, _)| id.clone())
        else {
            return;
        };
        self.forget_room(index);
        self.out.stats.rooms_failed += 1;
        self.failed.insert(id.clone(), reason.clone());
        self.out.report(Event::RoomFailed { room: id, reason });
    }

    pub(super) fn forget_room(&mut self, index: usize) {
        self.rooms[index] = None;
        self.touched.retain(|touched| *touched != index);
        self.by_id.retain(|_, at| *at != index);
        self.by_path.retain(|_, key| key.room != index);
        self.by_ufrag.retain(|_, key| key.room != index);
    }

    /// Forgets the names and paths of a session that is gone, except those that the present one proved.
    pub(super) fn forget_seat(&mut self, key: Key) {
        let proved: HashSet<Path> = self.rooms[key.room]
            .as_ref()
            .map(|room| room.paths_of(key.seat))
            .unwrap_or_default()
            .into_iter()
            .collect();
        self.by_path
            .retain(|path, other| *other != key || proved.contains(path));
        self.by_ufrag.retain(|_, other| *other != key);
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".into())
}
