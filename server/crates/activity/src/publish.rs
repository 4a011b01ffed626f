//! Writing a post.

use std::time::Duration;

use axum::extract::State;
use db::{DbError, LentTransaction};
use events::{Event, PostCreated, outbox};
use http::StatusCode;
use names::MemberId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, StrictBody, Success};

use crate::activity::Activity;
use crate::caller::Caller;
use crate::context::Context;
use crate::failure::Failure;
use crate::person::PersonState;
use crate::post::{Post, PostState};
use crate::post_id::PostId;
use crate::post_text::PostText;
use crate::rates::Counted;
use crate::reason::Limited;
use crate::shown::ShownPost;
use crate::store::{people, posts};

/// How long a repeated request gets the post of the first.
pub(crate) const REPEAT_WINDOW: Duration = Duration::from_hours(24);

endpoint_error! {
    /// Why a post is not written.
    pub enum PublishError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

/// What a program calls its request, so that a repeated one makes no other post.
#[derive(Clone, Debug)]
pub struct RequestKey(String);

impl RequestKey {
    pub(crate) const ALLOWED: &'static str = "1 to 100 visible characters of ASCII";

    /// Reads a key; `None` when it breaks the rule.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }
}

/// A post, and whether it was written now.
pub(crate) struct Published {
    pub(crate) post: Post,
    pub(crate) first: bool,
}

/// The post that an earlier request with this key wrote, if it is not too long ago.
///
/// # Errors
/// When it was deleted.
async fn earlier(
    context: &Context,
    author: MemberId,
    RequestKey(key): &RequestKey,
) -> Result<Option<Published>, PublishError> {
    let mut reader = context.db.read().await?;
    let Some(author) = people::find(&mut reader, author).await? else { return Ok(None) };
    let post = posts::by_key(&mut reader, author.no, key).await?;
    Ok(post.filter(|post| is_repeated(context, post)).map(again).transpose()?)
}

/// Whether a request with the key of this post is a repeated one.
fn is_repeated(context: &Context, post: &Post) -> bool {
    context.now().since(post.id.at()) < REPEAT_WINDOW
}

/// What a repeated request gets.
fn again(post: Post) -> Result<Published, NotFound> {
    let post = Some(post).filter(|post| post.state != PostState::Deleted).ok_or(NotFound)?;
    Ok(Published { post, first: false })
}

/// Writes a post. With the key of a request of the last day there is the same post again.
///
/// # Errors
/// When the author is being erased, or deleted the post of that request.
pub(crate) async fn publish(
    context: &Context,
    author: MemberId,
    text: &PostText,
    key: Option<&RequestKey>,
) -> Result<Published, PublishError> {
    let now = context.now();
    let no = people::ensure(&context.db, author, now).await?;
    let key = key.map(|RequestKey(key)| key.as_str());
    let write = async |mut tx: LentTransaction| {
        // The author's posts are written one after the other, so that their times grow.
        let person = people::hold(&mut tx, no).await?.filter(|person| person.state != PersonState::Leaving);
        let person = person.ok_or(NotFound)?;
        if let Some(key) = key
            && let Some(post) = posts::by_key(&mut tx, no, key).await?
        {
            if is_repeated(context, &post) {
                return Ok(tx.roll_back(again(post)?));
            }
            posts::free_key(&mut tx, post.id).await?;
        }
        let at = now.max(person.last_post.plus(Duration::from_millis(1)));
        let id = PostId::from_uuid(kernel::id::uuid_at(at, &*context.randomness));
        posts::insert(&mut tx, id, no, text.as_str(), key).await?;
        people::set_posts(&mut tx, no, 1, at).await?;
        let event = PostCreated { uuid: author, post_id: id.uuid(), created_at: at };
        outbox::append(&mut tx, &Event::new(event, &*context.clock, &*context.randomness)).await?;
        let body = text.as_str().to_owned();
        let post = Post { id, author: no, body, state: PostState::Shown, hidden_reason: None };
        Ok::<_, PublishError>(tx.commit(Published { post, first: true }))
    };
    context.db.transact(write).await
}

/// What somebody wants to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostBody {
    /// The text.
    #[schema(example = "오늘은 문을 일찍 열었습니다.")]
    pub text: Option<String>,
    /// What the caller calls the request: sent again within a day, it makes no second post.
    #[schema(nullable = false, example = "b8a2c6d4")]
    pub key: Option<String>,
}

impl Activity {
    /// Writes a post as somebody typed it; answers it, and whether it was written now.
    ///
    /// # Errors
    /// See [`PublishError`].
    pub async fn publish(
        &self,
        caller: MemberId,
        body: &PostBody,
    ) -> Result<(ShownPost, bool), PublishError> {
        let text = body.text.as_deref().and_then(PostText::parse);
        let text = text.ok_or_else(|| FieldErrors::one("text", PostText::ALLOWED))?;
        // The field of a form is empty where nothing was filled in.
        let key = body.key.as_deref().filter(|key| !key.is_empty()).map(RequestKey::parse);
        let key = match key {
            Some(None) => return Err(FieldErrors::one("key", RequestKey::ALLOWED).into()),
            Some(key) => key,
            None => None,
        };
        // Asked for before anything is written: what is written is answered as such.
        let card = self.card(caller).await?.ok_or(NotFound)?;
        // Who did not hear that their post was written asks again; that is no other post.
        let earlier = match &key {
            Some(key) => earlier(&self.context, caller, key).await?,
            None => None,
        };
        let Published { post, first } = if let Some(earlier) = earlier {
            earlier
        } else {
            self.rates.count(Counted::Post, caller).await?;
            publish(&self.context, caller, &text, key.as_ref()).await?
        };
        Ok((ShownPost::of(post, card), first))
    }
}

/// `POST /api/activity/posts`
pub(crate) async fn post(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    body: Result<StrictBody<PostBody>, Refusal>,
) -> Result<Success<ShownPost>, PublishError> {
    let StrictBody(body) = body?;
    let (post, first) = activity.publish(caller.member, &body).await?;
    Ok(Success::new(if first { StatusCode::CREATED } else { StatusCode::OK }, post))
}
