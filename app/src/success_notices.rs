//! Success notices: the codes of `?notice=…` and their texts.

use names::Language;

use crate::texts::success_notices;

/// The text of a code, which is its key in `locales/<language>/success_notices.json`; `None` for an unknown code.
pub fn success_notice(code: &str, language: Language) -> Option<&'static str> {
    success_notices::text(code, language)
}
