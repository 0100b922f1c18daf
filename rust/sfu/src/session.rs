//! One peer connection: str0m's `Rtc` with the fixed lines of the template around it.
//!
//! It knows its own lines, addresses and numbering. It does not know the room or other people.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, KeyframeRequestKind, Mid, Pt, Rid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::rtcp::SenderInfo;
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc, Vp8Descriptor};
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc};

use crate::answer;
use crate::capture_clock::CaptureClock;
use crate::demux::{self, Kind};
use crate::error::SfuError;
use crate::limits::{
    ADDRESSES_PER_SESSION_MAX, AUDIO_RESEND_PACKETS, RESEND_RATIO_MAX, VIDEO_RESEND_PACKETS,
};
use crate::outbox::Outbox;
use crate::rewrite::{Numbers, Rewriter, Rewritten, Vp8Numbers};
use crate::source::Source;
use crate::template::{self, Offer, Role};

/// The payload type that we would choose for Opus; the offer's wins.
const OPUS_PT: u8 = 111;
const OPUS_MIN_PTIME_MS: u8 = 10;

/// What a session tells its room.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A media packet came on the line of this source.
    Packet(Source, Option<Rid>, Box<RtpPacket>),
    /// The receiver cannot decode the slot.
    KeyframeWanted { slot: usize },
    /// ICE and DTLS are done.
    Connected,
    /// The peer closed.
    Closed,
    /// The session cannot go on.
    Broken,
    /// ICE checks from this address had the right password.
    AddressProved(SocketAddr),
    /// This address proved itself longest ago of too many.
    AddressForgotten(SocketAddr),
}

/// A packet on its way to slots: what is the same for every receiver.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) packet: &'a RtpPacket,
    pub(crate) numbers: Numbers,
    pub(crate) descriptor: Option<Vp8Descriptor>,
    pub(crate) starts: bool,
}

/// What became of a packet at one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is on its way, and it is what the slot had waited for.
    Started,
    /// It is on its way.
    Sent,
    /// The slot waits for a start.
    Waiting,
    /// It is older than the slot's start, or the receiver is not connected yet.
    Dropped,
}

#[derive(Debug)]
struct SlotLine {
    mid: Mid,
    ssrc: Ssrc,
    payload_type: Pt,
    source: Source,
    rewriter: Rewriter,
}

/// An accepted offer that nobody sits under yet. Making one takes milliseconds of parsing and
/// cryptography, so it is made apart from the thread that forwards packets.
#[derive(Debug)]
pub struct Prepared {
    pub(crate) session: Session,
    pub(crate) role: Role,
    pub(crate) ufrag: String,
    pub(crate) answer: String,
}

impl Prepared {
    /// Checks an offer against the template of `role` and accepts it. `addresses` are those under which
    /// browsers reach the socket, at least one.
    pub fn new(offer: &str, role: Role, addresses: &[SocketAddr], now: Instant) -> Result<Self, SfuError> {
        let accept = || {
            let (mut session, answer) = Session::accept(offer, role, addresses, now)?;
            let ufrag = session.ufrag();
            Ok(Self {
                session,
                role,
                ufrag,
                answer,
            })
        };
        // No room is involved yet, so a parser that breaks costs nobody but the offerer.
        catch_unwind(AssertUnwindSafe(accept))
            .unwrap_or_else(|_| Err(SfuError::SdpRejected("it broke the parser".into())))
    }
}

/// The peer connection of one seat.
#[derive(Debug)]
pub(crate) struct Session {
    rtc: Rtc,
    role: Role,
    /// The local address that str0m believes in; all advertised addresses are one socket.
    local: SocketAddr,
    sent: Vec<Mid>,
    lines: Vec<SlotLine>,
    /// Which source each stream that arrives belongs to.
    streams: Vec<(Ssrc, Source, Option<Rid>)>,
    addresses: VecDeque<SocketAddr>,
    /// Where the peer last told us to send. str0m keeps to a nominated path until it was silent for 15 s;
    /// a peer whose network changed would see nothing for as long.
    path: Option<SocketAddr>,
    /// Who last sent a check with the right password, and when.
    last_check: Option<(SocketAddr, Instant)>,
    clock: CaptureClock,
    started_at: Instant,
    last_authentic_at: Instant,
    is_connected: bool,
    /// Has unsent packets.
    pub(crate) is_dirty: bool,
    pub(crate) next_timeout: Instant,
}

impl Session {
    fn accept(
        offer: &str,
        role: Role,
        addresses: &[SocketAddr],
        now: Instant,
    ) -> Result<(Self, String), SfuError> {
        let offer = template::check(offer, role)?;
        let local = *addresses.first().expect("a node has at least one address");
        let mut session = Self {
            rtc: new_rtc(local, now)?,
            role,
            local,
            sent: offer.sent.clone(),
            lines: Vec::new(),
            streams: Vec::new(),
            addresses: VecDeque::new(),
            path: None,
            last_check: None,
            clock: CaptureClock::new(now),
            started_at: now,
            last_authentic_at: now,
            is_connected: false,
            is_dirty: false,
            next_timeout: now,
        };
        let answer = session.apply(&offer, addresses)?;
        session.lines = session.slot_lines(&offer)?;
        Ok((session, answer))
    }

    /// Accepts an ICE restart of the same lines.
    pub(crate) fn renegotiate(
        &mut self,
        offer: &str,
        addresses: &[SocketAddr],
        now: Instant,
    ) -> Result<String, SfuError> {
        let offer = template::check(offer, self.role)?;
        let lines: Vec<Mid> = self.lines.iter().map(|line| line.mid).collect();
        if offer.sent != self.sent || offer.received != lines {
            return Err(SfuError::SdpRejected(
                "its m-lines are not those of the first offer".into(),
            ));
        }
        self.next_timeout = now;
        self.apply(&offer, addresses)
    }

    fn apply(&mut self, offer: &Offer, addresses: &[SocketAddr]) -> Result<String, SfuError> {
        let rejected = |why: &dyn ToString| SfuError::SdpRejected(why.to_string());
        let parsed = SdpOffer::from_sdp_string(&offer.sdp).map_err(|why| rejected(&why))?;
        let answer = self
            .rtc
            .sdp_api()
            .accept_offer(parsed)
            .map_err(|why| rejected(&why))?;
        Ok(answer::finish(
            &answer.to_sdp_string(),
            self.role,
            &offer.received,
            addresses,
        ))
    }

    fn slot_lines(&mut self, offer: &Offer) -> Result<Vec<SlotLine>, SfuError> {
        let sources = self.role.slot_sources().map(|(source, _)| source);
        offer
            .received
            .iter()
            .zip(sources)
            .map(|(mid, source)| self.slot_line(*mid, source))
            .collect()
    }

    fn slot_line(&mut self, mid: Mid, source: Source) -> Result<SlotLine, SfuError> {
        let missing = || SfuError::SdpRejected(format!("m-line {mid} has no codec that we send"));
        let payload_type = self.payload_type(mid, source).ok_or_else(missing)?;
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).ok_or_else(missing)?;
        let packets = if source.is_video() {
            VIDEO_RESEND_PACKETS
        } else {
            AUDIO_RESEND_PACKETS
        };
        stream.set_rtx_cache(packets, str0m_resend_age(), Some(RESEND_RATIO_MAX));
        let (ssrc, rewriter) = (stream.ssrc(), Rewriter::new(source.clock_hz()));
        Ok(SlotLine {
            mid,
            ssrc,
            payload_type,
            source,
            rewriter,
        })
    }

    fn payload_type(&self, mid: Mid, source: Source) -> Option<Pt> {
        let codec = if source.is_video() {
            Codec::Vp8
        } else {
            Codec::Opus
        };
        let accepted = self.rtc.media(mid)?.remote_pts();
        let params = self.rtc.codec_config().params();
        params
            .iter()
            .find(|p| p.spec().codec == codec && accepted.contains(&p.pt()))
            .map(|p| p.pt())
    }

    /// The user name that the peer's checks must carry.
    pub(crate) fn ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// The mids of the receive lines, in template order.
    pub(crate) fn slot_mids(&self) -> Vec<Mid> {
        self.lines.iter().map(|line| line.mid).collect()
    }

    /// The slot's index of a receive line.
    fn slot_of(&self, mid: Mid) -> Option<usize> {
        self.lines.iter().position(|line| line.mid == mid)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.is_connected
    }

    pub(crate) fn started_at(&self) -> Instant {
        self.started_at
    }

    pub(crate) fn last_authentic_at(&self) -> Instant {
        self.last_authentic_at
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = &SocketAddr> {
        self.addresses.iter()
    }

    /// Takes a datagram and all that follows from it. False: it is no datagram of this protocol.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &[u8],
        out: &mut Outbox,
        happenings: &mut Vec<Happening>,
    ) -> bool {
        let Ok(received) = Receive::new(Protocol::Udp, from, self.local, datagram) else {
            return false;
        };
        let is_taken = self.rtc.handle_input(Input::Receive(now, received)).is_ok();
        self.drain(now, out, happenings);
        // `drain` saw whether this very check had the right password.
        if demux::nominates(datagram) && self.last_check == Some((from, now)) {
            self.path = Some(from);
        }
        is_taken
    }

    /// Lets time pass, which also sends what was written to slots.
    pub(crate) fn advance(&mut self, now: Instant, out: &mut Outbox, happenings: &mut Vec<Happening>) {
        self.is_dirty = false;
        // An error leaves the session dead, which `drain` reports.
        let _ = self.rtc.handle_input(Input::Timeout(now));
        self.drain(now, out, happenings);
    }

    /// Says goodbye to the peer.
    pub(crate) fn close(&mut self, now: Instant, out: &mut Outbox) {
        let _ = self.rtc.close();
        self.drain(now, out, &mut Vec::new());
    }

    fn drain(&mut self, now: Instant, out: &mut Outbox, happenings: &mut Vec<Happening>) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Transmit(transmit)) => {
                    let mut to = transmit.destination;
                    match demux::kind(&transmit.contents) {
                        Kind::Stun if demux::is_binding_success(&transmit.contents) => {
                            self.prove(to, now, happenings);
                        }
                        Kind::Stun => {}
                        Kind::Session | Kind::Other => to = self.path.unwrap_or(to),
                    }
                    out.send(to, transmit.contents.into());
                }
                Ok(Output::Event(event)) => self.happened(event, now, happenings),
                Ok(Output::Timeout(at)) => {
                    self.next_timeout = at;
                    break;
                }
                Err(_) => break,
            }
        }
        if !self.rtc.is_alive() {
            happenings.push(Happening::Broken);
        }
    }

    fn happened(&mut self, event: Event, now: Instant, happenings: &mut Vec<Happening>) {
        match event {
            Event::RtpPacket(packet) => {
                self.last_authentic_at = now;
                if let Some((source, rid)) = self.source_of(packet.header.ssrc) {
                    happenings.push(Happening::Packet(source, rid, Box::new(packet)));
                }
            }
            Event::KeyframeRequest(request) => {
                happenings.extend(
                    self.slot_of(request.mid)
                        .map(|slot| Happening::KeyframeWanted { slot }),
                );
            }
            Event::SenderFeedback(feedback) => {
                self.clock
                    .report(feedback.sender_info.ntp_time, feedback.received_at);
            }
            Event::Connected => {
                self.is_connected = true;
                happenings.push(Happening::Connected);
            }
            Event::Closed => happenings.push(Happening::Closed),
            _ => {}
        }
    }

    fn source_of(&mut self, ssrc: Ssrc) -> Option<(Source, Option<Rid>)> {
        if let Some((_, source, rid)) = self.streams.iter().find(|stream| stream.0 == ssrc) {
            return Some((*source, *rid));
        }
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc)?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let source = Source::ALL[self.sent.iter().position(|sent| *sent == mid)?];
        self.streams.push((ssrc, source, rid));
        Some((source, rid))
    }

    fn prove(&mut self, address: SocketAddr, now: Instant, happenings: &mut Vec<Happening>) {
        self.last_authentic_at = now;
        self.last_check = Some((address, now));
        if !self.addresses.contains(&address) {
            self.addresses.push_back(address);
            if self.addresses.len() > ADDRESSES_PER_SESSION_MAX {
                happenings.extend(self.addresses.pop_front().map(Happening::AddressForgotten));
            }
        }
        happenings.push(Happening::AddressProved(address));
    }

    /// When the packet was captured, on our clock.
    pub(crate) fn captured(&self, packet: &RtpPacket, source: Source) -> Instant {
        let Some(SenderInfo {
            ntp_time, rtp_time, ..
        }) = packet.last_sender_info
        else {
            return packet.timestamp;
        };
        let ticks = packet.header.timestamp.wrapping_sub(rtp_time.numer() as u32) as i32;
        self.clock
            .captured(ntp_time, i64::from(ticks), source.clock_hz(), packet.timestamp)
    }

    /// Asks the peer for a key frame; false while the track has no stream.
    pub(crate) fn request_keyframe(&mut self, source: Source, rid: Option<Rid>) -> bool {
        let Some(mid) = self.sent.get(source.index()).copied() else {
            return false;
        };
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_rx_by_mid(mid, rid) else {
            return false;
        };
        stream.request_keyframe(KeyframeRequestKind::Pli);
        self.is_dirty = true;
        true
    }

    /// Makes the slot start anew with the next packet (for video: key frame).
    pub(crate) fn interrupt_slot(&mut self, slot: usize) {
        if let Some(line) = self.lines.get_mut(slot) {
            line.rewriter.interrupt();
        }
    }

    /// Writes a packet to a slot.
    pub(crate) fn write(&mut self, slot: usize, outgoing: &Outgoing<'_>) -> Written {
        let Some(line) = self.lines.get_mut(slot).filter(|_| self.is_connected) else {
            return Written::Dropped;
        };
        let is_first = line.rewriter.is_waiting();
        if is_first && !outgoing.starts {
            return Written::Waiting;
        }
        if is_first {
            line.rewriter.start(&outgoing.numbers);
        }
        let Some(numbers) = line.rewriter.rewrite(&outgoing.numbers) else {
            return Written::Dropped;
        };
        let write = rtp_write(line, outgoing, numbers, is_first);
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx(&line.ssrc) else {
            return Written::Dropped;
        };
        stream.write_rtp(write);
        self.is_dirty = true;
        if is_first { Written::Started } else { Written::Sent }
    }
}

fn rtp_write(line: &SlotLine, outgoing: &Outgoing<'_>, numbers: Rewritten, is_first: bool) -> RtpWrite {
    let (packet, is_video) = (outgoing.packet, line.source.is_video());
    let write = RtpWrite::new(
        line.payload_type,
        numbers.sequence.into(),
        numbers.timestamp,
        outgoing.numbers.captured,
        packet.payload.clone(),
    )
    // The first audio packet of another voice is like the first of a talk spurt (RFC 3551 §4.1).
    .marker(packet.header.marker || (is_first && !is_video))
    .nackable(is_video)
    .ext_vals(forwarded_extensions(&packet.header.ext_vals));
    match outgoing
        .descriptor
        .zip(numbers.vp8)
        .and_then(|(of, to)| vp8_patch(&of, to))
    {
        Some(patch) => write.vp8_patch(patch),
        None => write,
    }
}

fn new_rtc(local: SocketAddr, now: Instant) -> Result<Rtc, SfuError> {
    let mut config = Rtc::builder()
        .clear_codecs()
        .enable_vp8(true)
        .set_rtp_mode(true)
        .set_ice_lite(true)
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

const fn str0m_resend_age() -> std::time::Duration {
    std::time::Duration::from_secs(3)
}

/// Only what belongs to the media; everything else is set per hop.
fn forwarded_extensions(values: &ExtensionValues) -> ExtensionValues {
    ExtensionValues {
        audio_level: values.audio_level,
        voice_activity: values.voice_activity,
        video_orientation: values.video_orientation,
        ..ExtensionValues::default()
    }
}

fn vp8_patch(descriptor: &Vp8Descriptor, to: Vp8Numbers) -> Option<str0m::rtp::Vp8Patch> {
    let with_id = |id| {
        let mut patch = descriptor.patch();
        if descriptor.picture_id().is_some() {
            patch = patch.picture_id(id);
        }
        if descriptor.tl0_pic_idx().is_some() {
            patch = patch.tl0_pic_idx(to.layer0_index);
        }
        if descriptor.key_idx().is_some() {
            patch = patch.key_idx(to.key_index);
        }
        patch.build().ok()
    };
    // A sender with 7-bit ids cannot carry ours; then the low bits go on counting.
    with_id(to.picture_id).or_else(|| with_id(to.picture_id & 0x7f))
}
