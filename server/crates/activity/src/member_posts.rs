//! The posts of one member.

use axum::extract::{Path, State};
use db::{Connection, DbError};
use names::MemberId;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, StrictQuery, Success};

use crate::activity::Activity;
use crate::caller::Caller;
use crate::cursor::CursorOf;
use crate::failure::Failure;
use crate::page_query::PageQuery;
use crate::person::PersonNo;
use crate::post::Post;
use crate::post_id::PostId;
use crate::profile::parse_member;
use crate::reason::CursorInvalid;
use crate::shown::{PostPage, ShownPost};
use crate::store::{blocks, people, posts};

endpoint_error! {
    /// Why a list of a member is not shown.
    pub enum ListError {
        NotFound(NotFound);
        Cursor(CursorInvalid);
        Input(InputError) from Refusal, FieldErrors;
        Failed(Failure) from DbError;
    }
}

impl Activity {
    /// A page of a member's posts, as somebody sees it, or a stranger.
    ///
    /// # Errors
    /// When there is no such member, or cursor or number are not as allowed.
    pub async fn posts_of(
        &self,
        viewer: Option<MemberId>,
        member: MemberId,
        query: &PageQuery,
    ) -> Result<PostPage, ListError> {
        let (before, limit) = (CursorOf::Posts.post(query.before.as_deref())?, query.limit()?);
        let card = self.card(member).await?.ok_or(NotFound)?;
        let mut reader = self.context.db.read().await?;
        let nothing = || Ok(PostPage::new(Vec::new(), None));
        let Some(author) = people::find(&mut reader, member).await? else { return nothing() };
        if let Some(viewer) = viewer
            && let Some(viewer) = people::find(&mut reader, viewer).await?
            && is_blocked_either_way(&mut reader, viewer.no, author.no).await?
        {
            return nothing();
        }
        let wanted = limit.saturating_add(1);
        let mut found = if viewer == Some(member) {
            posts::all_of(&mut reader, author.no, before, wanted).await?
        } else {
            posts::shown_of(&mut reader, author.no, before, wanted).await?
        };
        let many = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = next_of(&found, many).map(|post| CursorOf::Posts.after_post(post));
        found.truncate(many);
        Ok(PostPage::new(found.into_iter().map(|post| ShownPost::of(post, card.clone())).collect(), next))
    }
}

/// After which post the next page begins.
fn next_of(found: &[Post], many: usize) -> Option<PostId> {
    if found.len() <= many {
        return None;
    }
    found.get(many.checked_sub(1)?).map(|post| post.id)
}

async fn is_blocked_either_way(
    connection: &mut Connection,
    one: PersonNo,
    other: PersonNo,
) -> Result<bool, DbError> {
    Ok(blocks::is_blocked(connection, one, other).await?
        || blocks::is_blocked(connection, other, one).await?)
}

/// `GET /api/activity/members/{id}/posts`
pub(crate) async fn get(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
    query: Result<StrictQuery<PageQuery>, Refusal>,
) -> Result<Success<PostPage>, ListError> {
    let (member, query) = (parse_member(&id)?, query?.0);
    Ok(Success::ok(activity.posts_of(Some(caller.member), member, &query).await?))
}
