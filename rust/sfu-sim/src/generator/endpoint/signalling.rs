//! Offers and answers, as the orders bring them.

use std::time::{Duration, Instant};

use serde_json::Value;
use str0m::Candidate;
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::{Direction, MediaKind};

use super::Endpoint;
use super::media::SendLine;

/// Capacity of the resend cache in packets: 3 s at 4 Mbit/s.
const RESEND_PACKETS: usize = 1500;

impl Endpoint {
    /// Adds the lines and offers; a line is `{"kind", "sends", "track"}`, the track's name may be missing.
    pub fn offer(&mut self, lines: &[Value]) -> Result<String, String> {
        let mut changes = self.rtc.sdp_api();
        for line in lines {
            let kind = match line["kind"].as_str() {
                Some("audio") => MediaKind::Audio,
                Some("video") => MediaKind::Video,
                _ => return Err(format!("no kind of line: {line}")),
            };
            let sends = line["sends"].as_bool() == Some(true);
            let direction = if sends {
                Direction::SendOnly
            } else {
                Direction::RecvOnly
            };
            let track = line["track"].as_str().map(str::to_owned);
            let mid = changes.add_media(kind, direction, None, track, None);
            if sends {
                self.send_lines.push(SendLine::new(mid, kind));
            }
        }
        let (offer, pending) = changes.apply().ok_or("the offer has no lines")?;
        self.pending = Some(pending);
        Ok(offer.to_sdp_string())
    }

    /// Takes the answer to the offer.
    pub fn accept(&mut self, answer: &str, now: Instant) -> Result<(), String> {
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|why| why.to_string())?;
        let pending = self.pending.take().ok_or("nothing was offered")?;
        let accepted = self.rtc.sdp_api().accept_answer(pending, answer);
        accepted.map_err(|why| why.to_string())?;
        for line in &self.send_lines {
            if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(line.mid, None) {
                stream.set_rtx_cache(RESEND_PACKETS, Duration::from_secs(3), None);
            }
        }
        self.next_timeout = now;
        Ok(())
    }

    /// Answers an offer, the first or a later one.
    pub fn answer(&mut self, offer: &str, now: Instant) -> Result<String, String> {
        let offer = SdpOffer::from_sdp_string(offer).map_err(|why| why.to_string())?;
        let answer = self.rtc.sdp_api().accept_offer(offer);
        self.next_timeout = now;
        answer
            .map(|answer| answer.to_sdp_string())
            .map_err(|why| why.to_string())
    }

    /// Takes a candidate that came after the description.
    pub fn add_candidate(&mut self, candidate: &str, now: Instant) -> Result<(), String> {
        let candidate = Candidate::from_sdp_string(candidate).map_err(|why| why.to_string())?;
        self.rtc.add_remote_candidate(candidate);
        self.next_timeout = now;
        Ok(())
    }
}
