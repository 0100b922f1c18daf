//! The four things a participant can send.

use str0m::media::MediaKind;

/// What a track shows or says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// The participant's voice.
    Microphone,
    /// The participant's face.
    Camera,
    /// A shared screen or window.
    Screen,
    /// The sound of the shared screen.
    ScreenAudio,
}

impl Source {
    /// All sources, in the order of the m-lines of a participant's offer.
    pub const ALL: [Source; 4] = [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenAudio];

    /// The stable name: `microphone`, `camera`, `screen` or `screen_audio`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::ScreenAudio => "screen_audio",
        }
    }

    /// The source of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// Whether it is heard or seen.
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Microphone | Self::ScreenAudio => MediaKind::Audio,
            Self::Camera | Self::Screen => MediaKind::Video,
        }
    }

    /// Whether it is seen, and so needs key frames.
    pub const fn is_video(self) -> bool {
        matches!(self, Self::Camera | Self::Screen)
    }

    /// The RTP clock of its codec (Opus; all of pictures), in Hz.
    pub const fn clock_hz(self) -> u32 {
        if self.is_video() { 90_000 } else { 48_000 }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}
