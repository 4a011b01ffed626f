//! Reading a feed.
//!
//! A page is made of what is in the feed, the reader's own posts, and posts of the authors that are looked up. What the reader
//! may not see is dropped only here: so an unfollow, a block, a hidden or deleted post hold from the next request on, whatever
//! entries there are.

use std::collections::{HashMap, HashSet};

use axum::extract::State;
use db::{Connection, DbError, Dialect, LentTransaction, fetch_together};
use names::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, StrictQuery, Success};

use crate::activity::Activity;
use crate::caller::Caller;
use crate::cards::{Card, Cards};
use crate::context::Context;
use crate::cursor::CursorOf;
use crate::failure::Failure;
use crate::looked_up::{Narrowed, asked_at_first, leaves_out, narrow};
use crate::page_query::PageQuery;
use crate::person::{Person, PersonState};
use crate::post_id::PostId;
use crate::reason::CursorInvalid;
use crate::shown::{PostPage, ShownPost};
use crate::store::authors::{self, Asked, Author, Authors, Most};
use crate::store::page::{Candidate, OwnPosts, Part, Visible, candidates, end};
use crate::store::people;
use crate::work::wake;

/// So often a page is filled up when posts were dropped.
const ROUNDS: u32 = 4;
/// With more rows for further posts of authors it is asked first where the page would end without them.
const MAX_FURTHER_ROWS: u32 = 100;
/// So many posts are counted at most that are new.
const MAX_NEWS: u32 = 21;

endpoint_error! {
    /// Why a feed is not shown.
    pub enum FeedError {
        Cursor(CursorInvalid);
        Input(InputError) from Refusal, FieldErrors;
        Failed(Failure) from DbError;
    }
}

/// A page of posts that a reader may see.
#[derive(Debug, Default)]
pub(crate) struct FeedPage {
    pub(crate) posts: Vec<ShownPost>,
    /// After which post the next page begins; `None` at the end.
    pub(crate) next: Option<PostId>,
}

/// Collects a page from candidates, round by round.
struct Collected<'a> {
    cards: &'a dyn Cards,
    known: HashMap<MemberId, Option<Card>>,
    posts: Vec<(PostId, ShownPost)>,
}

impl Collected<'_> {
    /// Takes those whose authors are active. Members are asked for once a round.
    async fn take(&mut self, connection: &mut Connection, found: Vec<Candidate>) -> Result<(), DbError> {
        let found: Vec<Visible> = found.into_iter().filter_map(|candidate| candidate.visible).collect();
        let unknown: HashSet<_> = found
            .iter()
            .map(|found| found.author)
            .filter(|author| !self.known.contains_key(author))
            .collect();
        let unknown: Vec<_> = unknown.into_iter().collect();
        if !unknown.is_empty() {
            let mut cards = self.cards.of(connection, &unknown).await?;
            self.known.extend(unknown.into_iter().map(|author| (author, cards.remove(&author))));
        }
        for Visible { post, author } in found {
            if let Some(Some(card)) = self.known.get(&author) {
                self.posts.push((post.id, ShownPost::of(post, card.clone())));
            }
        }
        Ok(())
    }
}

/// The posts before `before` that a member sees, newest first, at most `limit`.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn feed(
    context: &Context,
    cards: &dyn Cards,
    member: MemberId,
    before: PostId,
    limit: u32,
) -> Result<FeedPage, Failure> {
    let mut connection = context.db.read().await?;
    let asked = asked(member, before, PostId::FIRST, limit);
    let Some((mut reader, authors)) = open(&mut connection, context.db.dialect(), asked).await? else {
        return Ok(FeedPage::default());
    };
    if is_to_be_noted(context, &reader) {
        // Nobody waits for a second connection while they hold one.
        drop(connection);
        reader = note_seen(context, reader).await?;
        connection = context.db.read().await?;
    }
    let whole = Part { reader: reader.no, before, floor: reader.floor, own: OwnPosts::Shown };
    let sources = Sources::of(&mut connection, context.db.dialect(), &reader, asked, authors).await?;
    Reading { context, cards }.page(&mut connection, whole, sources, limit).await
}

/// How many posts of others than the member there are after the one that they saw. It is asked again and again by a page that is
/// left open, so it is not noted as if somebody looked at their feed, and where there is nothing new no post is read.
async fn count_news(
    context: &Context,
    cards: &dyn Cards,
    member: MemberId,
    seen: PostId,
) -> Result<usize, Failure> {
    let mut connection = context.db.read().await?;
    let asked = asked(member, PostId::LAST, seen.next(), MAX_NEWS);
    let opened = open(&mut connection, context.db.dialect(), asked).await?;
    let Some((reader, authors)) = opened else { return Ok(0) };
    let floor = reader.floor.max(asked.floor);
    let newer = Part { reader: reader.no, before: PostId::LAST, floor, own: OwnPosts::LeftOut };
    let sources = Sources::of(&mut connection, context.db.dialect(), &reader, asked, authors).await?;
    Ok(Reading { context, cards }.page(&mut connection, newer, sources, MAX_NEWS).await?.posts.len())
}

/// What is asked of the authors who are looked up for a page of `limit`.
fn asked(reader: MemberId, before: PostId, floor: PostId, limit: u32) -> Asked {
    let most = asked_at_first(before, limit.saturating_add(1));
    Asked { authors: Authors::Pulled, reader, before, floor, most }
}

/// Who reads, and whose posts are not in their feed, in one go.
async fn open(
    connection: &mut Connection,
    dialect: Dialect,
    asked: Asked,
) -> Result<Option<(Person, Vec<Author>)>, DbError> {
    let statements = [people::finding(asked.reader), authors::asking(dialect, asked)];
    let [reader, authors] = fetch_together(&mut *connection, dialect, statements).await?;
    let Some(reader) = reader.first() else { return Ok(None) };
    let reader = people::read(reader)?;
    Ok(Some((reader, authors::read(connection, dialect, asked, &authors).await?)))
}

/// The authors who are looked up for a reader, and what was asked of them.
struct Sources {
    asked: Asked,
    authors: Vec<Author>,
}

impl Sources {
    /// For somebody whose feed is being made that is everybody who can be on the first page: the newest posts are by those who wrote
    /// last.
    async fn of(
        connection: &mut Connection,
        dialect: Dialect,
        reader: &Person,
        asked: Asked,
        pulled: Vec<Author>,
    ) -> Result<Self, DbError> {
        if reader.state == PersonState::Awake {
            return Ok(Self { asked, authors: pulled });
        }
        let asked = Asked { authors: Authors::Followed, ..asked };
        Ok(Self { asked, authors: authors::find(connection, dialect, asked).await? })
    }

    /// What is looked up for the newest `many` posts of a part.
    async fn narrow(
        &mut self,
        connection: &mut Connection,
        dialect: Dialect,
        whole: Part,
        many: u32,
    ) -> Result<Narrowed, DbError> {
        if self.asked.before != whole.before && !self.authors.is_empty() {
            self.ask_all(connection, dialect, whole.before).await?;
        }
        let mut narrowed = narrow(whole, &self.authors, many);
        if leaves_out(narrowed.part, &self.authors, self.asked.most) {
            self.ask_all(connection, dialect, whole.before).await?;
            narrowed = narrow(whole, &self.authors, many);
        }
        if narrowed.rows() <= MAX_FURTHER_ROWS {
            return Ok(narrowed);
        }
        // What is in the feed, or by those who wrote most, may be newer than most of that.
        let authors = &narrowed.looked_up.further;
        let end = end(connection, dialect, whole, authors, many.saturating_sub(1)).await?;
        let part = Part { floor: end.unwrap_or(whole.floor), ..whole };
        Ok(narrow(part, &self.authors, many))
    }

    async fn ask_all(
        &mut self,
        connection: &mut Connection,
        dialect: Dialect,
        before: PostId,
    ) -> Result<(), DbError> {
        self.asked = Asked { before, most: Most::All, ..self.asked };
        self.authors = authors::find(connection, dialect, self.asked).await?;
        Ok(())
    }
}

/// What pages of a feed are read with.
struct Reading<'a> {
    context: &'a Context,
    cards: &'a dyn Cards,
}

impl Reading<'_> {
    /// The newest posts of a part of the feed that the reader may see, at most `limit`.
    async fn page(
        &self,
        connection: &mut Connection,
        mut whole: Part,
        mut sources: Sources,
        limit: u32,
    ) -> Result<FeedPage, Failure> {
        let mut collected = Collected { cards: self.cards, known: HashMap::new(), posts: Vec::new() };
        let wanted = limit.saturating_add(1);
        let (dialect, many) = (self.context.db.dialect(), usize::try_from(limit).unwrap_or(usize::MAX));
        for round in 1..=ROUNDS {
            let Narrowed { part, looked_up } = sources.narrow(connection, dialect, whole, wanted).await?;
            let found = candidates(connection, dialect, part, &looked_up, wanted).await?;
            // What was narrowed down has enough, but for what is deleted at this moment.
            let is_last = found.len() <= many && part.floor == whole.floor;
            whole.before = found.last().map_or(whole.before, |last| last.id);
            collected.take(connection, found).await?;
            let enough = collected.posts.len() > many;
            if is_last || enough || round == ROUNDS {
                metrics::counter!("daemun_feed_read_rounds_total").increment(round.into());
                let next = if enough {
                    // One more was asked for to know that there is one.
                    collected.posts.truncate(many);
                    collected.posts.last().map(|(id, _)| *id)
                } else {
                    (!is_last).then_some(whole.before)
                };
                let posts = collected.posts.into_iter().map(|(_, post)| post).collect();
                return Ok(FeedPage { posts, next });
            }
        }
        Ok(FeedPage::default())
    }
}

/// Whether it was not noted lately that somebody looks at their feed, or it was given up.
fn is_to_be_noted(context: &Context, reader: &Person) -> bool {
    let seen = context.now().since(reader.seen_at);
    reader.state == PersonState::Asleep || seen >= context.settings.seen_every()
}

/// Notes that somebody looks at their feed, and begins to make it again when it was given up.
async fn note_seen(context: &Context, reader: Person) -> Result<Person, Failure> {
    let now = context.now();
    let note = async |mut tx: LentTransaction| {
        people::note_seen(&mut tx, reader.no, now).await?;
        if reader.state == PersonState::Asleep {
            wake::begin(context, &mut tx, reader.no, PersonState::Asleep).await?;
        }
        let noted = people::by_no(&mut tx, reader.no).await?;
        Ok::<_, Failure>(tx.commit(noted))
    };
    Ok(context.db.transact(note).await?.unwrap_or(reader))
}

impl Activity {
    /// A page of a member's feed.
    ///
    /// # Errors
    /// When cursor or number are not as allowed.
    pub async fn feed(&self, caller: MemberId, query: &PageQuery) -> Result<PostPage, FeedError> {
        let (before, limit) = (CursorOf::Feed.post(query.before.as_deref())?, query.limit()?);
        let page = feed(&self.context, &*self.cards, caller, before, limit).await?;
        Ok(PostPage::new(page.posts, page.next.map(|post| CursorOf::Feed.after_post(post))))
    }

    /// How many posts of others there are that are newer than the newest one that was seen.
    ///
    /// # Errors
    /// When it is not the id of a post.
    pub async fn news(&self, caller: MemberId, seen: Option<&str>) -> Result<usize, FeedError> {
        let seen = seen.and_then(|seen| PostId::parse(seen).ok());
        let seen = seen.ok_or_else(|| FieldErrors::one("seen", "the id of a post"))?;
        Ok(count_news(&self.context, &*self.cards, caller, seen).await?)
    }
}

/// `GET /api/activity/feed`
pub(crate) async fn get(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    query: Result<StrictQuery<PageQuery>, Refusal>,
) -> Result<Success<PostPage>, FeedError> {
    Ok(Success::ok(activity.feed(caller.member, &query?.0).await?))
}

/// The newest post that the page shows already.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewsQuery {
    #[schema(nullable = false)]
    seen: Option<String>,
}

/// How many posts are new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct News {
    /// How many, 21 for more.
    new: usize,
}

/// `GET /api/activity/feed/news`
pub(crate) async fn news(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(activity): State<Activity>,
    query: Result<StrictQuery<NewsQuery>, Refusal>,
) -> Result<Success<News>, FeedError> {
    let StrictQuery(query) = query?;
    Ok(Success::ok(News { new: activity.news(caller.member, query.seen.as_deref()).await? }))
}
