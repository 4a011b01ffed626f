//! Posts as pages show them.

use activity::{PostPage, ShownPost};
use contract::views::{FeedView, PersonEntry, PostEntry};
use jiff::tz::TimeZone;
use kernel::Timestamp;
use names::MemberId;

use super::moment;

/// Who reads posts, and when and where.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) viewer: Option<MemberId>,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
}

impl Reading<'_> {
    /// A post, as pages show it.
    pub(crate) fn post(self, post: ShownPost) -> PostEntry {
        let is_own = self.viewer.is_some_and(|viewer| viewer.to_string() == post.author.id);
        let activity::Card { id, nickname, picture } = post.author;
        PostEntry {
            author: PersonEntry { id, nickname, picture },
            text: post.text,
            at: moment::moment(post.written_at, self.now, self.zone),
            hidden: post.hidden,
            is_own,
            id: post.id,
        }
    }

    /// A page of posts; whether there are newer ones is known from how it was asked for.
    pub(crate) fn feed(self, page: PostPage, has_newer: bool) -> FeedView {
        let posts = page.posts.into_iter().map(|post| self.post(post)).collect();
        FeedView { posts, older: page.next, has_newer }
    }
}
