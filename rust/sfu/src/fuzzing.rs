//! The parsers of bytes that nobody has authenticated, each by itself, for fuzzers.

use str0m::rtp::Vp8Descriptor;

use crate::codec::VideoCodec;
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

/// Looks for the beginning of a key frame in each format, and makes the change to a VP8 descriptor that a slot would make.
pub fn pictures(payload: &[u8]) {
    for codec in VideoCodec::ALL {
        let _ = codec.starts_keyframe(payload);
    }
    if let Ok(descriptor) = Vp8Descriptor::parse(payload) {
        let numbers = Vp8Numbers {
            picture_id: 0x7fff,
            layer0_index: u8::MAX,
            key_index: u8::MAX,
        };
        let _ = vp8_patch(&descriptor, numbers);
    }
}
