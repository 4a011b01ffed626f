//! What `?notice=…` in the address of a page can say: something that was asked for is done.

use crate::page::Text;
use crate::texts::success_notices as texts;

/// Every code that the server sends, with its text.
const NOTICES: [(&str, Text); 11] = [
    ("mailbox_proven", texts::email_confirmed),
    ("password_changed", texts::password_changed),
    ("password_replaced", texts::password_replaced),
    ("password_set", texts::password_set),
    ("profile_changed", texts::profile_changed),
    ("address_changed", texts::email_changed),
    ("linked", texts::linked),
    ("unlinked", texts::unlinked),
    ("app_withdrawn", texts::app_withdrawn),
    ("deletion_scheduled", texts::deletion_scheduled),
    ("account_kept", texts::account_kept),
];

/// The text of a code; an unknown one says nothing.
pub fn success_notice(code: &str) -> Option<Text> {
    NOTICES.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}
