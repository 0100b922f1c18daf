//! str0m configured as an SFU's end of a connection.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::bwe::Bitrate;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, Pt};
use str0m::net::Protocol;
use str0m::{Candidate, IceCreds, Rtc};

use crate::error::SfuError;
use crate::limits::{ESTIMATE_START_BPS, STATS_INTERVAL};

/// The payload type that we would choose for Opus; the offer's wins.
const OPUS_PT: u8 = 111;
const OPUS_MIN_PTIME_MS: u8 = 10;

/// A connection that answers, at this local address.
pub(super) fn new_rtc(local: SocketAddr, now: Instant) -> Result<Rtc, SfuError> {
    let mut config = Rtc::builder()
        .clear_codecs()
        .enable_vp8(true)
        .set_rtp_mode(true)
        .set_ice_lite(true)
        .enable_bwe(Some(Bitrate::bps(ESTIMATE_START_BPS)))
        .set_stats_interval(Some(STATS_INTERVAL))
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
    let mut rtc = config.build(now);
    let candidate = Candidate::host(local, Protocol::Udp)
        .map_err(|why| SfuError::SdpRejected(format!("our address {local} is unusable: {why}")))?;
    rtc.add_local_candidate(candidate);
    Ok(rtc)
}
