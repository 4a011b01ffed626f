//! The languages that pages and mails are written in.

use serde::{Deserialize, Serialize};

/// A language of pages and mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// 한국어, the default.
    #[default]
    Korean,
    /// English.
    English,
}

impl Language {
    /// Every value, each once.
    pub const ALL: [Self; 2] = [Self::Korean, Self::English];

    /// Its tag in `lang`, cookies, forms and tables (BCP 47).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Korean => "ko",
            Self::English => "en",
        }
    }

    /// The language with this tag; `None` for a tag that is not supported.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }
}
