//! `/members/{id}`: the public profile of a member, and what they write.

use activity::{Activity, ListOf, MemberActivity, member_activity};
use contract::views::{ActivityPart, ActivityView, ProfileView, Relation};
use members::PublicProfile;
use names::{MemberId, path};
use web::Refuse as _;

use super::feed::{page_query, person_entry};
use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for ProfileView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let id = visit.uri.path().strip_prefix(path::MEMBERS).unwrap_or_default();
        let member = MemberId::parse(id).map_err(|_| NoPage::Nothing)?;
        let PublicProfile { id, nickname, greeting, picture } =
            members::public_profile(&visit.parts().members.context.db, member).await?;
        let activity = match &visit.parts().activity {
            Some(activity) => Some(what_they_do(visit, activity, member).await?),
            None => None,
        };
        Ok(Self { id, nickname, greeting, picture, activity })
    }

    fn pictures(&self) -> Vec<&str> {
        let people = match self.activity.as_ref().map(|activity| &activity.part) {
            Some(ActivityPart::Followers(people) | ActivityPart::Following(people)) => &people[..],
            Some(ActivityPart::Posts(_)) | None => &[],
        };
        let theirs = people.iter().flatten().map(|person| person.picture.as_str());
        [self.picture.as_str()].into_iter().chain(theirs).collect()
    }
}

/// Visitors see it as well; for a member it also says whether they follow each other.
async fn what_they_do(
    visit: &Visit<'_>,
    activity: &Activity,
    member: MemberId,
) -> Result<ActivityView, NoPage> {
    let viewer = visit.current.map(|current| current.member.id);
    let seen = member_activity(activity, viewer.unwrap_or(member), member).await;
    let seen = seen.map_err(|error| NoPage::Refused(error.refusal()))?;
    let query = page_query(visit);
    let list = match visit.query("list").as_deref() {
        Some("followers") => Some(ListOf::Followers),
        Some("following") => Some(ListOf::Following),
        _ => None,
    };
    let (part, older) = if let Some(of) = list {
        let page = activity.list(of, member, &query).await?;
        let people = page.members.into_iter().map(person_entry).collect();
        let part = match of {
            ListOf::Followers => ActivityPart::Followers(people),
            ListOf::Following => ActivityPart::Following(people),
        };
        (part, page.next)
    } else {
        let page = activity.posts_of(viewer, member, &query).await?;
        let reading = visit.reading();
        let posts = page.posts.into_iter().map(|post| reading.post(post)).collect();
        (ActivityPart::Posts(posts), page.next)
    };
    let is_other = viewer.is_some_and(|viewer| viewer != member);
    Ok(ActivityView { part, older, ..without_posts(&seen, is_other) })
}

/// What is shown about a member to a viewer, who may be somebody else.
pub(crate) fn without_posts(seen: &MemberActivity, is_other: bool) -> ActivityView {
    let MemberActivity { following, followed_by, blocked, .. } = *seen;
    let relation = is_other.then_some(Relation { following, followed_by, blocked });
    let activity::Counts { posts, followers, following } = seen.counts;
    let part = ActivityPart::Posts(Vec::new());
    ActivityView { posts, followers, following, relation, part, older: None }
}
