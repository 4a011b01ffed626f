//! Where a part of a list ends and the next begins, as the sender of a request sees it: a text that says nothing. It names the last
//! row that was shown, so that it never expires, and new rows move nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use names::id::Uuid;

use crate::clock::Timestamp;

const LEN: usize = 1 + 8 + 16;

/// A row of a list that is read from the newest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowCursor {
    /// Its moment.
    pub at: Timestamp,
    /// Its id.
    pub id: Uuid,
}

impl RowCursor {
    /// Its text. `list` says of which list it is, so that no other one takes it.
    pub fn text(&self, list: u8) -> String {
        let Self { at, id } = self;
        URL_SAFE_NO_PAD.encode([&[list][..], &at.millis().to_be_bytes(), id.as_bytes()].concat())
    }

    /// Reads a cursor of this list; `None` when it is none.
    pub fn parse(list: u8, text: &str) -> Option<Self> {
        // No longer text is looked at.
        let bytes = URL_SAFE_NO_PAD.decode(text.get(..text.len().min(2 * LEN))?).ok()?;
        let rest = bytes.strip_prefix(&[list])?;
        let (at, id) = rest.split_at_checked(8)?;
        let at = Timestamp::from_millis(i64::from_be_bytes(at.try_into().ok()?));
        Some(Self { at, id: Uuid::from_slice(id).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_row_in_its_own_list_alone() {
        let row = RowCursor { at: Timestamp::from_millis(1_768_739_696_000), id: Uuid::from_u128(7) };
        let text = row.text(1);
        assert_eq!(RowCursor::parse(1, &text), Some(row));
        assert_eq!(RowCursor::parse(2, &text), None);
        for bad in
            ["", "A", "!!", "가", &text[1..], &format!("{text}AAAA"), &format!("{text}="), &"A".repeat(9_000)]
        {
            assert_eq!(RowCursor::parse(1, bad), None, "{bad:?}");
        }
    }
}
