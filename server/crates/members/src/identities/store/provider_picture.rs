//! The column `picture_url` of the table `members`: the copy of what a provider shows.

use db::{DbError, Transaction, query};
use kernel::Timestamp;
use names::MemberId;

db::statements! {
    SET = "UPDATE members SET picture_url = ?, updated_at = ? WHERE id = ?";
}

/// Writes down where the picture is that a provider shows of the member, if it shows one.
pub(crate) async fn set(
    tx: &mut Transaction,
    member: MemberId,
    picture: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    let set = query(SET).bind(picture.map(str::to_owned)).bind(now.millis()).bind(member.to_string());
    set.execute(&mut **tx).await?;
    Ok(())
}
