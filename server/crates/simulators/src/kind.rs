//! The three providers.

/// A provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Google,
    Naver,
    Kakao,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Google, Self::Naver, Self::Kakao];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Naver => "naver",
            Self::Kakao => "kakao",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Naver => "네이버",
            Self::Kakao => "카카오",
        }
    }
}
