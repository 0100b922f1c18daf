//! Every bound of the media core, with its reason and what happens at it.

use std::time::Duration;

/// Longest SDP offer. A full template from Chromium is about 20 KiB; longer is refused.
pub const SDP_BYTES_MAX: usize = 64 * 1024;
/// Most m-lines in an offer; more is refused before str0m sees a byte.
pub const M_LINES_MAX: usize = 32;
/// Most candidates under one m-line; more is refused. (Fewer are ignored: peers are learnt from checks.)
pub const CANDIDATES_PER_LINE_MAX: usize = 16;
/// Longest single SDP line.
pub const SDP_LINE_BYTES_MAX: usize = 2048;
/// Longest `mid` that the RTP header extension of str0m carries without cutting it.
pub const MID_BYTES_MAX: usize = 16;

/// Longest room or participant id.
pub const ID_BYTES_MAX: usize = 64;
/// Rooms of a node; one more is refused with `RoomFull`.
pub const ROOMS_MAX: usize = 4096;
/// People who send; one more is refused with `RoomFull`.
pub const PARTICIPANTS_PER_ROOM_MAX: usize = 8;
/// People who only watch; one more is refused with `RoomFull`.
pub const OBSERVERS_PER_ROOM_MAX: usize = 16;
/// Screens that can be on at once; later ones wait for a free slot.
pub const SCREEN_SLOTS: usize = 2;

/// Longest datagram that we look at. WebRTC keeps below a 1500-byte Ethernet frame.
pub const DATAGRAM_BYTES_MAX: usize = 1500;
/// Network paths that one session may have proved with ICE checks; the oldest is forgotten.
pub const PATHS_PER_SESSION_MAX: usize = 16;
/// Checks of one session that are remembered, so that who overheard one gains nothing by sending it again from
/// elsewhere; browsers make one every 2.5 s on a path, so this is more than an hour. The oldest is forgotten.
pub const CHECKS_REMEMBERED_MAX: usize = 2048;
/// Events kept for a reader that does not come; then the oldest are dropped and counted.
pub const EVENTS_QUEUED_MAX: usize = 65_536;

/// No authenticated datagram for this long: the participant is reported lost. Browsers check
/// every 2.5 s or faster, so three checks were missed.
pub const PATH_SILENCE: Duration = Duration::from_secs(8);
/// A session that never completed ICE and DTLS is reported lost after this long.
pub const CONNECT_GRACE: Duration = Duration::from_secs(20);
/// Audio that sends nothing for this long has stopped. Opus DTX sends every 400 ms.
pub const AUDIO_SILENCE: Duration = Duration::from_secs(2);
/// Video that sends nothing for this long has stopped. A still screen is repeated every second.
pub const VIDEO_SILENCE: Duration = Duration::from_secs(5);
/// A simulcast layer that sends nothing for this long has stopped: cameras in the dark still make five
/// frames a second.
pub const LAYER_SILENCE: Duration = Duration::from_millis(400);

/// Video that began this lately is taken for no less than such usually takes.
pub const YOUNG: Duration = Duration::from_secs(1);
/// What a path is taken to carry before it is probed, which happens as soon as it is there. As browsers do.
pub const ESTIMATE_START_BPS: u64 = 300_000;
/// A path that loses more than this share of what is sent carries no more than what arrives.
pub const COLLAPSE_LOSS: f32 = 0.5;
/// Packets that the pacer lets go this soon go at once: waking up for each costs more than they would disturb.
pub const PACER_SLICE: Duration = Duration::from_micros(500);
/// Timers that need not be exact wait this long for a packet that wakes us anyway.
pub const TIMER_SLACK: Duration = Duration::from_millis(2);
/// A voice that takes no more than this is silent: pauses are sent in a few frames a second.
pub const SILENT_VOICE_BPS: u64 = 4_000;
/// How often round trips and losses are measured.
pub const STATS_INTERVAL: Duration = Duration::from_secs(2);

/// How often who speaks is told what was lost of it. Usual are 5 s, too seldom for who must decide by it what to send.
pub const VOICE_REPORT_INTERVAL: Duration = Duration::from_secs(2);

/// At most one key frame request a track within this time, whoever asks. An answer on the way is
/// worth waiting for: a key frame costs as much as seconds of ordinary video.
pub const KEYFRAME_REQUEST_INTERVAL: Duration = Duration::from_millis(500);
/// The same for a slot that shows nothing yet, once the last request was answered. Chromium is deaf to requests
/// this long after one (`kMinKeyframeSendIntervalMs` in libwebrtc's `video/encoder_rtcp_feedback.cc`).
pub const KEYFRAME_NEWCOMER_INTERVAL: Duration = Duration::from_millis(300);
/// How often what receivers get is decided anew.
pub const ALLOCATION_INTERVAL: Duration = Duration::from_millis(100);
/// Changes of quality are reported at most this often to one receiver, and nothing that passes sooner.
pub const QUALITY_INTERVAL: Duration = Duration::from_millis(500);
/// Largest width or height of a tile, in device pixels; larger ones are taken for this.
pub const TILE_PIXELS_MAX: u32 = 16_384;
/// Speaker levels are reported at most this often.
pub const SPEAKERS_INTERVAL: Duration = Duration::from_millis(200);
/// How often a room looks for silent paths and tracks.
pub const HOUSEKEEPING_INTERVAL: Duration = Duration::from_millis(500);

/// Video packets of a track held while a slot waits for a key frame: about a second. Older ones are let go.
pub const HELD_PACKETS_MAX: usize = 256;
/// Video packets kept for retransmission to one slot: 2 s at 4 Mbit/s.
pub const VIDEO_RESEND_PACKETS: usize = 1024;
/// Audio packets kept for retransmission to one slot (unused until audio NACK is negotiated).
pub const AUDIO_RESEND_PACKETS: usize = 64;
/// Packets older than this are not sent again: no decoder waits so long.
pub const RESEND_AGE: Duration = Duration::from_secs(1);
/// Share of a slot's bytes that may be retransmissions before queued ones are dropped.
pub const RESEND_RATIO_MAX: f32 = 0.5;
