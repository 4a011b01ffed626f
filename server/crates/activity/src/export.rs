//! What is kept about a member, for the file that they are given. It is read in batches, since there may be very much of it.

use db::{Database, DbError};
use futures::stream::{self, BoxStream, StreamExt as _};
use kernel::Timestamp;
use names::MemberId;
use serde::Serialize;

use crate::cursor::RowCursor;
use crate::person::PersonNo;
use crate::post::Post;
use crate::post_id::PostId;
use crate::store::listed::ListedRow;
use crate::store::{blocks, follows, people, posts, reports};

/// How many rows are read at once.
const BATCH: u32 = 200;

/// What is exported of one kind, batch by batch.
pub type Batches<T> = BoxStream<'static, Result<Vec<T>, DbError>>;

/// A post in the file.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedPost {
    id: String,
    text: String,
    at: String,
    /// Why an operator hid it.
    hidden: Option<String>,
}

/// Somebody whom they follow or block, or who follows them.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedMember {
    /// `None` when they are being erased.
    member: Option<String>,
    since: String,
}

/// A post that they reported.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedReport {
    post: String,
    reason: String,
    note: String,
    at: String,
}

/// All of their posts, also those that are hidden, the newest first. Those that are hidden or shown again meanwhile are there once.
pub fn posts_of(db: Database, member: MemberId) -> Batches<ExportedPost> {
    stream::try_unfold(PostId::LAST, move |before| {
        let db = db.clone();
        async move {
            // No connection is held while the file is sent.
            let mut reader = db.read().await?;
            let Some(person) = people::find(&mut reader, member).await? else { return Ok(None) };
            let next = posts::all_of(&mut reader, person.no, before, BATCH).await?;
            let Some(last) = next.last().map(|last| last.id) else { return Ok(None) };
            Ok(Some((next.into_iter().map(exported_post).collect(), last)))
        }
    })
    .boxed()
}

/// A list of people alongside a member.
#[derive(Clone, Copy, Debug)]
enum People {
    Following,
    Followers,
    Blocked,
}

/// All whom they follow, the last one first.
pub fn following_of(db: Database, member: MemberId) -> Batches<ExportedMember> {
    people_of(db, member, People::Following)
}

/// All who follow them, the last one first.
pub fn followers_of(db: Database, member: MemberId) -> Batches<ExportedMember> {
    people_of(db, member, People::Followers)
}

/// All whom they block, the last one first.
pub fn blocks_of(db: Database, member: MemberId) -> Batches<ExportedMember> {
    people_of(db, member, People::Blocked)
}

fn people_of(db: Database, member: MemberId, of: People) -> Batches<ExportedMember> {
    stream::try_unfold(RowCursor { at: i64::MAX, no: PersonNo::LAST }, move |before| {
        let db = db.clone();
        async move {
            let mut reader = db.read().await?;
            let Some(person) = people::find(&mut reader, member).await? else { return Ok(None) };
            let next = match of {
                People::Following => follows::following(&mut reader, person.no, before, BATCH).await?,
                People::Followers => follows::followers(&mut reader, person.no, before, BATCH).await?,
                People::Blocked => blocks::blocked(&mut reader, person.no, before, BATCH).await?,
            };
            let Some(last) = next.last() else { return Ok(None) };
            Ok(Some((next.iter().map(exported_member).collect(), last.place)))
        }
    })
    .boxed()
}

/// What they reported. It is bounded: 20 a day for as long as reports are kept.
///
/// # Errors
/// When the database refuses.
pub async fn reports_of(db: &Database, member: MemberId) -> Result<Vec<ExportedReport>, DbError> {
    let mut reader = db.read().await?;
    let Some(person) = people::find(&mut reader, member).await? else { return Ok(Vec::new()) };
    let rows = reports::of_reporter(&mut reader, person.no, u32::MAX).await?;
    let exported = rows.into_iter().map(|row| ExportedReport {
        post: row.post.to_string(),
        reason: row.reason,
        note: row.note,
        at: row.at.to_string(),
    });
    Ok(exported.collect())
}

fn exported_post(post: Post) -> ExportedPost {
    ExportedPost {
        id: post.id.to_string(),
        at: post.id.at().to_string(),
        text: post.body,
        hidden: post.hidden_reason,
    }
}

fn exported_member(row: &ListedRow) -> ExportedMember {
    ExportedMember {
        member: row.member.map(|member| member.to_string()),
        since: Timestamp::from_millis(row.place.at).to_string(),
    }
}
