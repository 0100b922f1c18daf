//! What a client offers: the template, with its camera in one encoding or in layers.

use sfu::{Role, Source};
use str0m::Rtc;
use str0m::change::{SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid, Simulcast, SimulcastLayer};

/// The rids of a simulcast camera, from the smallest layer up.
pub const RIDS: [&str; 3] = ["q", "h", "f"];

/// How a client sends its camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CameraOffer {
    /// One encoding, as browsers without simulcast do.
    #[default]
    Single,
    /// A layer of each of [`RIDS`].
    Simulcast,
}

/// The lines that it sends and those that it receives, with the offer.
pub(super) fn offer_template(
    rtc: &mut Rtc,
    role: Role,
    camera: CameraOffer,
) -> (Vec<Mid>, Vec<Mid>, SdpOffer, SdpPendingOffer) {
    let mut changes = rtc.sdp_api();
    let sent: Vec<Source> = if role == Role::Participant {
        Source::ALL.to_vec()
    } else {
        Vec::new()
    };
    let sent = sent.iter().map(|source| {
        let layers = (*source == Source::Camera && camera == CameraOffer::Simulcast).then(simulcast);
        changes.add_media(source.kind(), Direction::SendOnly, None, None, layers)
    });
    let sent: Vec<Mid> = sent.collect();
    let people = role.people_slots();
    let kinds = [
        (MediaKind::Audio, people),
        (MediaKind::Video, people),
        (MediaKind::Video, 2),
        (MediaKind::Audio, 2),
    ];
    let kinds = kinds
        .into_iter()
        .flat_map(|(kind, count)| std::iter::repeat_n(kind, count));
    let received = kinds
        .map(|kind| changes.add_media(kind, Direction::RecvOnly, None, None, None))
        .collect();
    let (offer, pending) = changes.apply().expect("new lines need an offer");
    (sent, received, offer, pending)
}

fn simulcast() -> Simulcast {
    let mut simulcast = Simulcast::new();
    for rid in RIDS {
        simulcast.add_send_layer(SimulcastLayer::new(rid));
    }
    simulcast
}
