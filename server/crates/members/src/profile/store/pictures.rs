//! The table `member_pictures`.

use db::{Connection, DbError, Row as _, Select, StaleReader, Transaction, query};
use names::MemberId;

use crate::profile::picture::Picture;

db::statements! {
    FIND = "SELECT media_type, bytes, content_hash FROM member_pictures WHERE member_id = ? AND content_hash = ?";
    DELETE = "DELETE FROM member_pictures WHERE member_id = ?";
    INSERT = "INSERT INTO member_pictures (member_id, content_hash, media_type, bytes) VALUES (?, ?, ?, ?)";
}

/// A hash as the table keeps it. MySQL compares its column with nothing that is not ASCII: it fails.
pub(crate) struct ContentHash(String);

impl ContentHash {
    /// Reads 64 lower-case hexadecimal digits, and nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        (text.len() == 64 && digits).then(|| Self(text.to_owned()))
    }
}

/// The bytes of a picture, if it is the member's present one.
pub(crate) async fn find(
    connection: &mut Connection,
    member: MemberId,
    hash: &ContentHash,
) -> Result<Option<Vec<u8>>, DbError> {
    let row = query(FIND).bind(member.to_string()).bind(hash.0.as_str()).fetch_optional(connection).await?;
    row.map(|row| Ok(row.try_get("bytes")?)).transpose()
}

const FIND_STALE: Select = Select::new(FIND);

/// The same as of a moment ago: what one finds here are the right bytes all the same, since they are named by their hash.
pub(crate) async fn find_stale(
    reader: &mut StaleReader,
    member: MemberId,
    hash: &ContentHash,
) -> Result<Option<Vec<u8>>, DbError> {
    let find = reader.select(FIND_STALE).bind(member.to_string()).bind(hash.0.clone());
    find.fetch_optional().await?.map(|row| Ok(row.try_get("bytes")?)).transpose()
}

/// Gives the member this picture instead of the one they had.
pub(crate) async fn put(tx: &mut Transaction, member: MemberId, picture: &Picture) -> Result<(), DbError> {
    delete(tx, member).await?;
    query(INSERT)
        .bind(member.to_string())
        .bind(picture.hash())
        .bind(Picture::MEDIA_TYPE)
        .bind(picture.bytes().to_vec())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes the member's own picture away; `false` when they had none.
pub(crate) async fn delete(tx: &mut Transaction, member: MemberId) -> Result<bool, DbError> {
    let done = query(DELETE).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(done.rows_affected() == 1)
}
