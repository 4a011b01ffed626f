//! What is stored about a member, for the file that they are given.

use db::{Connection, DbError};
use kernel::Timestamp;
use names::MemberId;
use serde::Serialize;

use crate::cursor::RowCursor;
use crate::person::PersonNo;
use crate::post::PostState;
use crate::post_id::PostId;
use crate::store::listed::ListedRow;
use crate::store::{blocks, follows, people, posts, reports};

/// So many rows are read at once.
const BATCH: u32 = 500;

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

/// Whom they follow, and who follows them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ExportedFollows {
    following: Vec<ExportedMember>,
    followers: Vec<ExportedMember>,
}

/// A post that they reported.
#[derive(Clone, Debug, Serialize)]
pub struct ExportedReport {
    post: String,
    reason: String,
    note: String,
    at: String,
}

/// All of their posts, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn posts_of(connection: &mut Connection, member: MemberId) -> Result<Vec<ExportedPost>, DbError> {
    let Some(person) = people::find(connection, member).await? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for state in [PostState::Shown, PostState::Hidden] {
        let mut before = PostId::LAST;
        loop {
            let next = posts::of_author(connection, person.no, state, before, BATCH).await?;
            let Some(last) = next.last() else { break };
            before = last.id;
            all.extend(next.into_iter().map(|post| ExportedPost {
                id: post.id.to_string(),
                at: post.id.at().to_string(),
                text: post.body,
                hidden: post.hidden_reason,
            }));
        }
    }
    Ok(all)
}

/// All whom they follow, and who follow them.
///
/// # Errors
/// When the database refuses.
pub async fn follows_of(connection: &mut Connection, member: MemberId) -> Result<ExportedFollows, DbError> {
    let Some(person) = people::find(connection, member).await? else { return Ok(ExportedFollows::default()) };
    let mut all = ExportedFollows::default();
    let mut before = FIRST;
    while let Some(last) = {
        let next = follows::following(connection, person.no, before, BATCH).await?;
        all.following.extend(next.iter().map(exported));
        next.last().map(|row| row.place)
    } {
        before = last;
    }
    before = FIRST;
    while let Some(last) = {
        let next = follows::followers(connection, person.no, before, BATCH).await?;
        all.followers.extend(next.iter().map(exported));
        next.last().map(|row| row.place)
    } {
        before = last;
    }
    Ok(all)
}

/// All whom they block.
///
/// # Errors
/// When the database refuses.
pub async fn blocks_of(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<ExportedMember>, DbError> {
    let Some(person) = people::find(connection, member).await? else { return Ok(Vec::new()) };
    let (mut all, mut before) = (Vec::new(), FIRST);
    loop {
        let next = blocks::blocked(connection, person.no, before, BATCH).await?;
        let Some(last) = next.last() else { return Ok(all) };
        before = last.place;
        all.extend(next.iter().map(exported));
    }
}

/// What they reported. It is bounded: 20 a day for as long as reports are kept.
///
/// # Errors
/// When the database refuses.
pub async fn reports_of(
    connection: &mut Connection,
    member: MemberId,
) -> Result<Vec<ExportedReport>, DbError> {
    let Some(person) = people::find(connection, member).await? else { return Ok(Vec::new()) };
    let rows = reports::of_reporter(connection, person.no, u32::MAX).await?;
    let exported = rows.into_iter().map(|row| ExportedReport {
        post: row.post.to_string(),
        reason: row.reason,
        note: row.note,
        at: row.at.to_string(),
    });
    Ok(exported.collect())
}

/// Before the first row of a list.
const FIRST: RowCursor = RowCursor { at: i64::MAX, no: PersonNo::LAST };

fn exported(row: &ListedRow) -> ExportedMember {
    ExportedMember {
        member: row.member.map(|member| member.to_string()),
        since: Timestamp::from_millis(row.place.at).to_string(),
    }
}
