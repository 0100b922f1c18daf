//! The parsers of bytes that nobody has authenticated, each by itself, for fuzzers.

use str0m::rtp::Vp8Descriptor;

use crate::demux;
use crate::rewrite::Vp8Numbers;
use crate::session::vp8_patch;

/// Looks at a datagram as the node does before it knows whose it is.
pub fn demux(datagram: &[u8]) {
    let _ = (demux::kind(datagram), demux::is_media(datagram));
    let _ = demux::check_id(datagram);
    let _ = (demux::nominates(datagram), demux::is_binding_success(datagram));
    if let Some(ufrag) = demux::stun_local_ufrag(datagram) {
        assert!(ufrag.len() < datagram.len());
    }
}

/// Reads the VP8 descriptor of a payload and makes the change that a slot would make to it.
pub fn vp8(payload: &[u8]) {
    if let Ok(descriptor) = Vp8Descriptor::parse(payload) {
        let numbers = Vp8Numbers {
            picture_id: 0x7fff,
            layer0_index: u8::MAX,
            key_index: u8::MAX,
        };
        let _ = vp8_patch(&descriptor, numbers);
    }
}
