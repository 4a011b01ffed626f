//! One's own posts: reading and deleting one.

use axum::extract::{Path, State};
use db::{DbError, LentTransaction};
use events::{Event, PostDeleted, outbox};
use names::MemberId;
use serde::Serialize;
use utoipa::ToSchema;
use web::Success;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::NotFound;

use crate::activity::Activity;
use crate::caller::Caller;
use crate::context::Context;
use crate::failure::Failure;
use crate::post::PostState;
use crate::post_id::PostId;
use crate::publish::REPEAT_WINDOW;
use crate::shown::ShownPost;
use crate::store::{people, posts};

endpoint_error! {
    /// Why a post is not there for its caller.
    pub enum OwnPostError {
        NotFound(NotFound);
        Failed(Failure) from DbError;
    }
}

/// Deletes a post of its author.
///
/// # Errors
/// [`NotFound`] when they have no such post.
pub async fn delete(context: &Context, author: MemberId, id: PostId) -> Result<(), OwnPostError> {
    let now = context.now();
    let write = async |mut tx: LentTransaction| {
        let person = people::find(&mut tx, author).await?.ok_or(NotFound)?;
        people::hold(&mut tx, person.no).await?;
        posts::find(&mut tx, id).await?.filter(|post| post.author == person.no).ok_or(NotFound)?;
        if !posts::delete(&mut tx, id, now.plus(REPEAT_WINDOW)).await? {
            return Err(NotFound.into());
        }
        let last_post = posts::last_post(&mut tx, person.no).await?;
        people::set_posts(&mut tx, person.no, -1, last_post).await?;
        let event = PostDeleted { uuid: author, post_id: id.uuid(), deleted_at: now };
        outbox::append(&mut tx, &Event::new(event, &*context.clock, &*context.randomness)).await?;
        Ok::<_, OwnPostError>(tx.commit(()))
    };
    context.db.transact(write).await
}

/// That a post is gone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    /// Its id.
    id: String,
}

fn parse(id: &str) -> Result<PostId, NotFound> {
    PostId::parse(id).map_err(|_| NotFound)
}

/// `GET /api/activity/posts/{id}`
pub(crate) async fn get(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
) -> Result<Success<ShownPost>, OwnPostError> {
    let id = parse(&id)?;
    let mut reader = activity.context.db.read().await?;
    let person = people::find(&mut reader, caller.member).await?.ok_or(NotFound)?;
    let post = posts::find(&mut reader, id).await?;
    let post = post.filter(|post| post.author == person.no && post.state != PostState::Deleted);
    let post = post.ok_or(NotFound)?;
    drop(reader);
    let card = activity.card(caller.member).await?.ok_or(NotFound)?;
    Ok(Success::ok(ShownPost::of(post, card)))
}

/// `POST /api/activity/posts/{id}/delete`
pub(crate) async fn post(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    Path(id): Path<String>,
) -> Result<Success<Deleted>, OwnPostError> {
    let id = parse(&id)?;
    delete(&activity.context, caller.member, id).await?;
    Ok(Success::ok(Deleted { id: id.to_string() }))
}
