//! `/feed`: what those write whom the viewer follows. And posts and people, as pages show them.

use activity::{FeedError, ListError, ListedMember, PageQuery, PostPage, ShownPost};
use contract::views::{FeedView, PersonEntry, PostEntry};
use jiff::tz::TimeZone;
use kernel::Timestamp;
use names::MemberId;
use web::Refuse as _;

use super::load::Load;
use super::moment;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for FeedView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let member = visit.member()?.member.id;
        let activity = visit.parts().activity.as_ref().ok_or(NoPage::Nothing)?;
        let query = page_query(visit);
        let page = activity.feed(member, &query).await?;
        Ok(visit.reading().feed(page, query.before.is_some()))
    }

    fn pictures(&self) -> Vec<&str> {
        self.posts.iter().map(|post| post.author.picture.as_str()).collect()
    }
}

/// Which page the address asks for.
pub(super) fn page_query(visit: &Visit<'_>) -> PageQuery {
    PageQuery { before: visit.query("before").map(Into::into), limit: None }
}

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

/// Somebody in a list; `None` for those who cannot be shown.
pub(super) fn person_entry(member: ListedMember) -> Option<PersonEntry> {
    let ListedMember { id, nickname, picture } = member;
    Some(PersonEntry { id: id?, nickname: nickname?, picture: picture? })
}

/// A malformed cursor leads nowhere.
impl From<FeedError> for NoPage {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Cursor(_) | FeedError::Fields(_) => Self::Nothing,
            FeedError::Failed(error) => Self::Refused(error.refusal()),
        }
    }
}

impl From<ListError> for NoPage {
    fn from(error: ListError) -> Self {
        match error {
            ListError::NotFound(_) | ListError::Cursor(_) | ListError::Fields(_) => Self::Nothing,
            ListError::Failed(error) => Self::Refused(error.refusal()),
        }
    }
}
