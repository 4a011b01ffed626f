//! The header of a token of ours.

use std::borrow::Cow;

use serde::Deserialize;

/// The header, closed. A member that comes twice is refused by the parser, escaped spellings included (S-TOK-8).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header<'a> {
    #[serde(borrow)]
    pub(crate) alg: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) typ: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) kid: Cow<'a, str>,
}
