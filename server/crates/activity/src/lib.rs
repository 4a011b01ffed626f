//! Following, posts and the news feed.
//!
//! ```text
//! follow, publish ── outbox ──▶ bus ── Newsfeed ──▶ feed_entries ── feed ──▶ a page
//!                                          └─ feed work, in chunks ─┘
//! ```
//!
//! - A follow, a block or a post changes its rows, the counts and the outbox in one transaction.
//! - [`Newsfeed`] writes posts into feeds, by what the rows say when an event comes: so the order among topics does not matter,
//!   and a repeated event changes nothing. What is too long for a transaction is [work](FeedWorker) in the one queue of jobs.
//! - Posts of authors with very many followers are looked up when a feed is read.
//! - What a reader may not see is dropped when the page is read. So entries may be too many, and never decide.

#![allow(
    clippy::similar_names,
    reason = "follower and followee, blocker and blocked are the words of the field"
)]

mod activity;
mod block;
mod caller;
mod cards;
mod context;
mod cursor;
mod erase;
pub mod export;
mod failure;
mod feed;
mod follow;
mod listed_member;
mod lists;
mod looked_up;
mod member_posts;
pub mod moderation;
mod newsfeed;
pub mod operators;
mod own_post;
mod page_query;
mod person;
mod post;
mod post_id;
mod post_text;
mod profile;
mod publish;
mod rates;
mod reason;
mod report;
mod routes;
mod settings;
mod shown;
mod storage;
mod store;
mod upkeep;
mod work;

pub use activity::{Activity, ActivityApi};
pub use block::{BlockError, block, unblock};
pub use caller::{Caller, Callers};
pub use cards::{Card, Cards};
pub use context::Context;
pub use erase::erase;
pub use failure::Failure;
pub use feed::FeedError;
pub use follow::{FollowError, follow, unfollow};
pub use listed_member::ListedMember;
pub use lists::{ListOf, MemberPage};
pub use member_posts::ListError;
pub use newsfeed::{CONSUMER, Newsfeed, TOPICS};
pub use own_post::{OwnPostError, delete};
pub use page_query::PageQuery;
pub use post_id::PostId;
pub use post_text::{Note, PostText};
pub use profile::{Counts, MemberActivity, ProfileError, member_activity};
pub use publish::{PostBody, PublishError, RequestKey};
pub use rates::Rates;
pub use reason::{CursorInvalid, FollowLimit, FollowNotAllowed, FollowSelf, Limited};
pub use report::{ReportBody, ReportError};
pub use routes::routes;
pub use settings::Settings;
pub use shown::{PostPage, ShownPost};
pub use storage::STORAGE;
pub use upkeep::Upkeep;
pub use work::job::FEED_WORK;
pub use work::worker::FeedWorker;

/// The jobs of this part.
pub const JOBS: [&jobs::JobKind; 1] = [&FEED_WORK];
