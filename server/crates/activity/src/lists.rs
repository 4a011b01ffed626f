//! Lists of people: followers, followed and blocked ones. A person who cannot be shown keeps their place, so that lists and
//! counts agree.

use std::collections::HashMap;

use axum::extract::{Path, State};
use db::Connection;
use names::MemberId;
use serde::Serialize;
use utoipa::ToSchema;
use web::guard::SignedIn;
use web::reason::NotFound;
use web::{Refusal, StrictQuery, Success};

use crate::activity::Activity;
use crate::caller::Caller;
use crate::cursor::CursorOf;
use crate::listed_member::ListedMember;
use crate::member_posts::ListError;
use crate::page_query::PageQuery;
use crate::profile::parse_member;
use crate::store::listed::ListedRow;
use crate::store::{blocks, follows, people};

/// A page of a list of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberPage {
    /// The people, the newest first.
    pub members: Vec<ListedMember>,
    /// The cursor of the next page; `null` at the end.
    pub next: Option<String>,
}

/// Which list of a member is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOf {
    /// Who follows them.
    Followers,
    /// Whom they follow.
    Following,
}

impl Activity {
    /// A page of a member's followers, or of those whom they follow.
    ///
    /// # Errors
    /// When there is no such member, or cursor or number are not as allowed.
    pub async fn list(
        &self,
        list: ListOf,
        member: MemberId,
        query: &PageQuery,
    ) -> Result<MemberPage, ListError> {
        let of = match list {
            ListOf::Followers => CursorOf::Followers,
            ListOf::Following => CursorOf::Following,
        };
        let (before, limit) = (of.row(query.before.as_deref())?, query.limit()?);
        self.card(member).await?.ok_or(NotFound)?;
        let mut reader = self.context.db.read().await?;
        let Some(person) = people::find(&mut reader, member).await? else { return Ok(nobody()) };
        let wanted = limit.saturating_add(1);
        let rows = match list {
            ListOf::Followers => follows::followers(&mut reader, person.no, before, wanted).await?,
            ListOf::Following => follows::following(&mut reader, person.no, before, wanted).await?,
        };
        self.page_of(&mut reader, of, rows, limit).await
    }

    /// A page of those whom a member blocks.
    ///
    /// # Errors
    /// When cursor or number are not as allowed.
    pub async fn blocks(&self, caller: MemberId, query: &PageQuery) -> Result<MemberPage, ListError> {
        let (before, limit) = (CursorOf::Blocks.row(query.before.as_deref())?, query.limit()?);
        let mut reader = self.context.db.read().await?;
        let Some(person) = people::find(&mut reader, caller).await? else { return Ok(nobody()) };
        let rows = blocks::blocked(&mut reader, person.no, before, limit.saturating_add(1)).await?;
        self.page_of(&mut reader, CursorOf::Blocks, rows, limit).await
    }

    async fn page_of(
        &self,
        connection: &mut Connection,
        of: CursorOf,
        mut rows: Vec<ListedRow>,
        limit: u32,
    ) -> Result<MemberPage, ListError> {
        let many = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > many;
        rows.truncate(many);
        let next = rows.last().filter(|_| has_more).map(|row| of.after_row(row.place));
        let members: Vec<_> = rows.iter().filter_map(|row| row.member).collect();
        let cards =
            if members.is_empty() { HashMap::new() } else { self.cards.of(connection, &members).await? };
        let shown = |row: &ListedRow| {
            let card = row.member.and_then(|member| cards.get(&member));
            card.cloned().map_or_else(ListedMember::default, Into::into)
        };
        Ok(MemberPage { members: rows.iter().map(shown).collect(), next })
    }
}

const fn nobody() -> MemberPage {
    MemberPage { members: Vec::new(), next: None }
}

/// `GET /api/activity/members/{id}/followers`
pub(crate) async fn followers(
    _: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
    query: Result<StrictQuery<PageQuery>, Refusal>,
) -> Result<Success<MemberPage>, ListError> {
    let (member, query) = (parse_member(&id)?, query?.0);
    Ok(Success::ok(activity.list(ListOf::Followers, member, &query).await?))
}

/// `GET /api/activity/members/{id}/following`
pub(crate) async fn following(
    _: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
    query: Result<StrictQuery<PageQuery>, Refusal>,
) -> Result<Success<MemberPage>, ListError> {
    let (member, query) = (parse_member(&id)?, query?.0);
    Ok(Success::ok(activity.list(ListOf::Following, member, &query).await?))
}

/// `GET /api/activity/blocks`
pub(crate) async fn blocked(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    query: Result<StrictQuery<PageQuery>, Refusal>,
) -> Result<Success<MemberPage>, ListError> {
    Ok(Success::ok(activity.blocks(caller.member, &query?.0).await?))
}
