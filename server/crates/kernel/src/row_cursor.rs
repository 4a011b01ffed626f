//! The cursor of a paged list, an opaque text for clients. It names the last row of a page, so that it never expires and new
//! rows do not shift the next page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use names::id::Uuid;

use crate::clock::Timestamp;

const LEN: usize = 1 + 8 + 16;

/// A row of a list whose newest row comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowCursor {
    /// Its moment.
    pub at: Timestamp,
    /// Its id.
    pub id: Uuid,
}

impl RowCursor {
    /// The cursor as text. `list` identifies the list, so that no other list accepts it.
    pub fn text(&self, list: u8) -> String {
        let Self { at, id } = self;
        URL_SAFE_NO_PAD.encode([&[list][..], &at.millis().to_be_bytes(), id.as_bytes()].concat())
    }

    /// Reads a cursor of this list; `None` when `text` is not one.
    pub fn parse(list: u8, text: &str) -> Option<Self> {
        // A longer text is cut before it is decoded, so that its length costs nothing.
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
