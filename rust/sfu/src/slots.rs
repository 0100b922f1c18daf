//! Who is in which receive slot of one receiver. Slots are sticky: nobody moves while others come and go.
//!
//! Pure bookkeeping over seat numbers; it knows no packets.

use str0m::media::Mid;

use crate::ids::ParticipantId;
use crate::limits::SCREEN_SLOTS;
use crate::seat::SeatId;
use crate::source::Source;
use crate::template::Role;

/// One receive line of a participant, as signalling tells it to the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The line's `a=mid`.
    pub mid: String,
    /// What the line carries.
    pub source: Source,
    /// Who is in it, if anybody.
    pub publisher: Option<ParticipantId>,
}

/// The slot table of one receiver.
#[derive(Debug)]
pub(crate) struct SlotTable {
    role: Role,
    people: Vec<Option<SeatId>>,
    screens: [Option<SeatId>; SCREEN_SLOTS],
}

impl SlotTable {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            role,
            people: vec![None; role.people_slots()],
            screens: [None; SCREEN_SLOTS],
        }
    }

    /// Gives the person the first free microphone and camera slot; true if the table changed.
    pub(crate) fn seat_person(&mut self, publisher: SeatId) -> bool {
        place(&mut self.people, publisher)
    }

    /// Gives the person's screen the first free screen slot; true if the table changed.
    pub(crate) fn seat_screen(&mut self, publisher: SeatId) -> bool {
        place(&mut self.screens, publisher)
    }

    /// Frees the person's screen slot; true if the table changed.
    pub(crate) fn clear_screen(&mut self, publisher: SeatId) -> bool {
        clear(&mut self.screens, publisher)
    }

    /// Frees all slots of somebody who left; true if the table changed.
    pub(crate) fn clear_person(&mut self, publisher: SeatId) -> bool {
        let had_screen = self.clear_screen(publisher);
        clear(&mut self.people, publisher) || had_screen
    }

    /// The index, in template order, of the slot that carries `source` of `publisher`.
    pub(crate) fn find(&self, publisher: SeatId, source: Source) -> Option<usize> {
        let index = self.of(source).iter().position(|seat| *seat == Some(publisher))?;
        self.role.slot_sources().position(|slot| slot == (source, index))
    }

    /// The whole table with names, given the mids of the receiver's lines in template order.
    pub(crate) fn describe(&self, mids: &[Mid], name: impl Fn(SeatId) -> Option<ParticipantId>) -> Vec<Slot> {
        let named = |(source, index): (Source, usize)| (source, self.of(source)[index].and_then(&name));
        mids.iter()
            .zip(self.role.slot_sources().map(named))
            .map(|(mid, (source, publisher))| Slot {
                mid: mid.to_string(),
                source,
                publisher,
            })
            .collect()
    }

    /// The source and publisher of the slot at this template index.
    pub(crate) fn at(&self, slot: usize) -> Option<(Source, SeatId)> {
        let (source, index) = self.role.slot_sources().nth(slot)?;
        Some((source, self.of(source)[index]?))
    }

    /// All slots that somebody is in, in template order.
    pub(crate) fn taken(&self) -> Vec<(usize, Source, SeatId)> {
        let slots = self.role.slot_sources().enumerate();
        slots
            .filter_map(|(slot, (source, index))| Some((slot, source, self.of(source)[index]?)))
            .collect()
    }

    fn of(&self, source: Source) -> &[Option<SeatId>] {
        match source {
            Source::Microphone | Source::Camera => &self.people,
            Source::Screen | Source::ScreenAudio => &self.screens,
        }
    }
}

fn place(seats: &mut [Option<SeatId>], publisher: SeatId) -> bool {
    if seats.contains(&Some(publisher)) {
        return false;
    }
    match seats.iter_mut().find(|seat| seat.is_none()) {
        Some(free) => {
            *free = Some(publisher);
            true
        }
        None => false,
    }
}

fn clear(seats: &mut [Option<SeatId>], publisher: SeatId) -> bool {
    match seats.iter_mut().find(|seat| **seat == Some(publisher)) {
        Some(taken) => {
            *taken = None;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: SeatId = SeatId(1);
    const BOB: SeatId = SeatId(2);
    const CY: SeatId = SeatId(3);

    #[test]
    fn nobody_moves_when_another_leaves() {
        let mut table = SlotTable::new(Role::Participant);
        assert!(table.seat_person(ANN) && table.seat_person(BOB));
        assert!(!table.seat_person(BOB), "already seated");
        assert!(table.clear_person(ANN));
        assert_eq!(table.find(BOB, Source::Microphone), Some(1));
        assert!(table.seat_person(CY));
        assert_eq!(
            table.find(CY, Source::Camera),
            Some(7),
            "the first free pair is reused"
        );
    }

    #[test]
    fn a_third_screen_waits_for_a_free_slot() {
        let mut table = SlotTable::new(Role::Observer);
        assert!(table.seat_screen(ANN) && table.seat_screen(BOB));
        assert!(!table.seat_screen(CY));
        assert!(table.clear_screen(ANN) && table.seat_screen(CY));
        assert_eq!(table.find(CY, Source::Screen), Some(16));
        assert_eq!(table.at(18), Some((Source::ScreenAudio, CY)));
    }
}
