//! str0m configured as an SFU's end of a connection.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::bwe::Bitrate;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, Pt};
use str0m::net::{Protocol, TcpType};
use str0m::{Candidate, IceCreds, Rtc, RtcConfig};

use crate::error::SfuError;
use crate::limits::{ESTIMATE_START_BPS, STATS_INTERVAL, VOICE_REPORT_INTERVAL};
use crate::path::{Addresses, Via};

/// The payload type that we would choose for Opus; the offer's wins.
const OPUS_PT: u8 = 111;
/// And for Opus with earlier frames in each packet.
const RED_PT: u8 = 63;
const OPUS_MIN_PTIME_MS: u8 = 10;
/// Likewise for pictures, and for their retransmissions (RFC 4588).
const VP9_PTS: (u8, u8) = (98, 99);
const H264_PTS: (u8, u8) = (108, 109);
/// Constrained baseline, level 3.1: what everybody has (RFC 7742 §6.2).
const H264_PROFILE: u32 = 0x42_e01f;

/// The local addresses that str0m believes in: all advertised ones of a protocol are one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    udp: SocketAddr,
    tcp: Option<SocketAddr>,
}

impl Local {
    pub(super) fn of(addresses: &Addresses) -> Self {
        Self {
            udp: *addresses.udp.first().expect("a node has at least one address"),
            tcp: addresses.tcp.first().copied(),
        }
    }

    /// Where a datagram of this path came in, if it can.
    pub(super) fn end_of(self, via: Via) -> Option<(Protocol, SocketAddr)> {
        match via {
            // What a relay or a client of ours sends arrives as UDP, whatever carried it.
            Via::Udp | Via::Relay(_) | Via::Inside(_) => Some((Protocol::Udp, self.udp)),
            Via::Tcp(_) => self.tcp.map(|tcp| (Protocol::Tcp, tcp)),
        }
    }
}

/// One profile of each: of others nobody could tell whether all decode them.
fn add_other_pictures(config: &mut RtcConfig) {
    let (vp9, vp9_rtx) = (VP9_PTS.0.into(), Some(VP9_PTS.1.into()));
    let format = FormatParams {
        profile_id: Some(0),
        ..FormatParams::default()
    };
    let codecs = config.codec_config();
    // Browsers send in the first that both know: after VP8, the one that all have to decode (RFC 7742 §5).
    codecs.add_h264(H264_PTS.0.into(), Some(H264_PTS.1.into()), true, H264_PROFILE);
    codecs.add_config(vp9, vp9_rtx, Codec::Vp9, Frequency::NINETY_KHZ, None, format);
    codecs.enable_av1(true);
}

/// A connection that answers, at these local addresses.
pub(super) fn new_rtc(local: Local, now: Instant) -> Result<Rtc, SfuError> {
    let mut config = Rtc::builder()
        .clear_codecs()
        .enable_vp8(true)
        .set_rtp_mode(true)
        .set_ice_lite(true)
        .enable_bwe(Some(Bitrate::bps(ESTIMATE_START_BPS)))
        .set_stats_interval(Some(STATS_INTERVAL))
        .set_rtcp_report_interval_audio(VOICE_REPORT_INTERVAL)
        .set_local_ice_credentials(IceCreds::new());
    let opus = FormatParams {
        min_p_time: Some(OPUS_MIN_PTIME_MS),
        use_inband_fec: Some(true),
        use_dtx: Some(true),
        ..FormatParams::default()
    };
    let pt = Pt::from(OPUS_PT);
    config
        .codec_config()
        .add_config(pt, None, Codec::Opus, Frequency::FORTY_EIGHT_KHZ, Some(2), opus);
    config.codec_config().set_red_pt(Codec::Opus, Pt::from(RED_PT));
    add_other_pictures(&mut config);
    let mut rtc = config.build(now);
    let mut candidates = vec![Candidate::host(local.udp, Protocol::Udp)];
    candidates.extend(local.tcp.map(|tcp| {
        let candidate = Candidate::builder().tcp().host(tcp);
        candidate.tcptype(TcpType::Passive).build()
    }));
    for candidate in candidates {
        let unusable =
            |why| SfuError::SdpRejected(format!("one of our addresses {local:?} is unusable: {why}"));
        rtc.add_local_candidate(candidate.map_err(unusable)?);
    }
    Ok(rtc)
}
