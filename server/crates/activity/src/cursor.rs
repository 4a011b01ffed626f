//! Where a page ends and the next begins. A cursor names the last one that was shown, so it never expires, and new entries do
//! not move what follows it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::person::PersonNo;
use crate::post_id::PostId;
use crate::reason::CursorInvalid;

/// Which list a cursor is of, so that one of another list is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CursorOf {
    Feed,
    Posts,
    Followers,
    Following,
    Blocks,
    Reports,
}

impl CursorOf {
    const fn mark(self) -> u8 {
        match self {
            Self::Feed => 1,
            Self::Posts => 2,
            Self::Followers => 3,
            Self::Following => 4,
            Self::Blocks => 5,
            Self::Reports => 6,
        }
    }

    /// The cursor after a post.
    pub(crate) fn after_post(self, post: PostId) -> String {
        encode(self, post.uuid().as_bytes())
    }

    /// The post that a cursor is after; before the first page it is later than any.
    pub(crate) fn post(self, text: Option<&str>) -> Result<PostId, CursorInvalid> {
        let Some(text) = text else { return Ok(PostId::LAST) };
        PostId::from_column(&decode(self, text)?).ok_or(CursorInvalid)
    }

    /// The cursor after a row of a list of people.
    pub(crate) fn after_row(self, row: RowCursor) -> String {
        let bytes: Vec<u8> = row.at.to_be_bytes().into_iter().chain(row.no.0.to_be_bytes()).collect();
        encode(self, &bytes)
    }

    /// The row that a cursor is after.
    pub(crate) fn row(self, text: Option<&str>) -> Result<RowCursor, CursorInvalid> {
        let Some(text) = text else { return Ok(RowCursor { at: i64::MAX, no: PersonNo::LAST }) };
        let bytes = decode(self, text)?;
        let (at, no) = bytes.split_at(8);
        let number = |half: &[u8]| half.try_into().map(i64::from_be_bytes).map_err(|_| CursorInvalid);
        Ok(RowCursor { at: number(at)?, no: PersonNo(number(no)?) })
    }
}

/// A row of a list of people, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowCursor {
    pub(crate) at: i64,
    pub(crate) no: PersonNo,
}

fn encode(of: CursorOf, bytes: &[u8]) -> String {
    let marked: Vec<u8> = [of.mark()].into_iter().chain(bytes.iter().copied()).collect();
    URL_SAFE_NO_PAD.encode(marked)
}

/// The sixteen bytes.
fn decode(of: CursorOf, text: &str) -> Result<Vec<u8>, CursorInvalid> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorInvalid)?;
    match bytes.split_first() {
        Some((mark, rest)) if *mark == of.mark() && rest.len() == 16 => Ok(rest.to_vec()),
        _ => Err(CursorInvalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use names::id::Uuid;

    #[test]
    fn a_cursor_leads_back_to_what_it_is_after() {
        let post = PostId::from_uuid(Uuid::from_u128(0x0192_3456_789a_7bcd_8ef0_1234_5678_9abc));
        assert_eq!(CursorOf::Feed.post(Some(&CursorOf::Feed.after_post(post))), Ok(post));
        assert_eq!(CursorOf::Feed.post(None), Ok(PostId::LAST));
        let row = RowCursor { at: 1_768_739_696_000, no: PersonNo(7) };
        assert_eq!(CursorOf::Blocks.row(Some(&CursorOf::Blocks.after_row(row))), Ok(row));
    }

    #[test]
    fn a_cursor_of_another_list_and_what_is_none_are_refused() {
        let cursor = CursorOf::Feed.after_post(PostId::FIRST);
        assert_eq!(CursorOf::Posts.post(Some(&cursor)), Err(CursorInvalid));
        assert_eq!(CursorOf::Followers.row(Some(&cursor)), Err(CursorInvalid));
        for bad in
            ["", "A", "!!", "AAAA", "가", &cursor[1..], &format!("{cursor}AAAA"), &format!("{cursor}=")]
        {
            assert_eq!(CursorOf::Feed.post(Some(bad)), Err(CursorInvalid), "{bad:?}");
        }
    }
}
