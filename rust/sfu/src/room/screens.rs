//! In which format each screen comes: the one that its sender likes best of those that everybody decodes.
//!
//! Text stays sharp with fewer bits in VP9 and AV1, but not all browsers have them. Cameras stay in the format of their offer.

use super::Room;
use crate::codec::VideoCodec;
use crate::event::Event;
use crate::outbox::Outbox;
use crate::seat::{Seat, SeatId};
use crate::source::Source;

impl Room {
    /// Tells senders whose screen should come in another format than they were last told.
    pub(super) fn report_codecs(&mut self, out: &mut Outbox) {
        let wanted: Vec<(SeatId, VideoCodec)> = self
            .taken()
            .filter_map(|(id, seat)| Some((id, self.screen_codec(id, seat)?)))
            .collect();
        for (id, codec) in wanted {
            let Some(seat) = self.seats[id.index()].as_mut() else {
                continue;
            };
            if seat.screen_codec.replace(codec).unwrap_or(first_of(seat)) != codec {
                out.report(Event::CodecWanted {
                    room: self.id.clone(),
                    participant: seat.name.clone(),
                    source: Source::Screen,
                    codec,
                });
            }
        }
    }

    /// If nothing is decoded by all, what most browsers have; `None` for who sends none.
    fn screen_codec(&self, id: SeatId, sender: &Seat) -> Option<VideoCodec> {
        let others = || self.taken().filter(|(other, _)| *other != id);
        let everybody_decodes = |codec: &&VideoCodec| {
            others().all(|(_, receiver)| receiver.session.decodes(Source::Screen).contains(codec))
        };
        let offered = sender.session.screen_codecs();
        let best = offered.iter().find(everybody_decodes).copied();
        best.or_else(|| (!offered.is_empty()).then(|| first_of(sender)))
    }
}

/// The format in which browsers send before they are told: the first of our answer.
fn first_of(sender: &Seat) -> VideoCodec {
    let offered = sender.session.screen_codecs();
    let mut ours = VideoCodec::ALL.into_iter();
    ours.find(|codec| offered.contains(codec))
        .unwrap_or(VideoCodec::Vp8)
}
