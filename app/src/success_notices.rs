//! What `?notice=…` in the address of a page can say: something that was asked for is done.

use names::Language;

use crate::texts::success_notices;

/// The text of a code, which is its key in `locales/<language>/success_notices.json`; an unknown one says nothing.
pub fn success_notice(code: &str, language: Language) -> Option<&'static str> {
    success_notices::text(code, language)
}
