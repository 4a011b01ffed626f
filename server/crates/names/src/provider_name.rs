//! The providers at which people can sign in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// A provider whose accounts sign people in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProviderName {
    /// Google.
    Google,
    /// 네이버.
    Naver,
    /// 카카오.
    Kakao,
}

impl ProviderName {
    /// Every value, each once.
    pub const ALL: [Self; 3] = [Self::Google, Self::Naver, Self::Kakao];

    /// The name in paths, tables and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Naver => "naver",
            Self::Kakao => "kakao",
        }
    }

    /// The name that people know.
    pub const fn brand(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Google, _) => "Google",
            (Self::Naver, Language::Korean) => "네이버",
            (Self::Naver, Language::English) => "Naver",
            (Self::Kakao, Language::Korean) => "카카오",
            (Self::Kakao, Language::English) => "Kakao",
        }
    }

    /// The provider with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
