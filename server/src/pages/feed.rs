//! `/feed`: what those write whom the viewer follows. And posts and people, as pages show them.

use activity::{FeedError, ListError, ListedMember, PageQuery};
use contract::views::{FeedView, PersonEntry};
use web::Refuse as _;

use super::load::Load;
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

/// Somebody in a list; `None` for those who cannot be shown.
pub(super) fn person_entry(member: ListedMember) -> Option<PersonEntry> {
    let ListedMember { id, nickname, picture } = member;
    Some(PersonEntry { id: id?, nickname: nickname?, picture: picture? })
}

/// A malformed cursor leads nowhere.
impl From<FeedError> for NoPage {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Cursor(_) | FeedError::Input(_) => Self::Nothing,
            FeedError::Failed(error) => Self::Refused(error.refusal()),
        }
    }
}

impl From<ListError> for NoPage {
    fn from(error: ListError) -> Self {
        match error {
            ListError::NotFound(_) | ListError::Cursor(_) | ListError::Input(_) => Self::Nothing,
            ListError::Failed(error) => Self::Refused(error.refusal()),
        }
    }
}
