//! What operators do with feeds and posts, each with a line in the audit log.

use std::time::Duration;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction};
use names::id::Uuid;
use names::{MemberId, Source};

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{Person, PersonNo, PersonState};
use crate::post_id::PostId;
use crate::store::reports::ReportRow;
use crate::store::{follows, people, posts, reports};
use crate::work::job::FeedWork;
use crate::work::queue;

/// So many people are gone over at once.
const BATCH: u32 = 500;

/// Has feeds made again from posts and follows, of one member or of everybody; answers how many. The program does it while it
/// serves.
///
/// # Errors
/// When the database refuses; what was begun until then goes on.
pub async fn rebuild(context: &Context, member: Option<MemberId>, source: &Source) -> Result<u64, Failure> {
    let mut begun = 0;
    for_each(context, member, async |no| {
        let begin = async |mut tx: LentTransaction| {
            // Those who are asleep have no feed, and get a right one when they come back.
            if !people::change_state(&mut tx, no, PersonState::Awake, PersonState::Waking).await? {
                return Ok(tx.roll_back(0));
            }
            queue::add(context, &mut tx, &FeedWork::Rebuild { reader: no }).await?;
            Ok::<_, Failure>(tx.commit(1))
        };
        begun += context.db.transact(begin).await?;
        Ok(())
    })
    .await?;
    note(context, AuditKind::FeedsRebuilt, member.map(MemberId::uuid), source).await?;
    Ok(begun)
}

/// A count that was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miscount {
    /// Whose.
    pub member: Option<MemberId>,
    /// What was written down: followers, followed, posts.
    pub was: [i64; 3],
    /// What there is.
    pub is: [i64; 3],
}

/// Counts everything again; tells what was wrong, and mends it.
///
/// # Errors
/// When the database refuses; what was mended until then stays so.
pub async fn recount(context: &Context, source: &Source) -> Result<Vec<Miscount>, Failure> {
    let mut wrong = Vec::new();
    for_each(context, None, async |no| {
        let count = async |mut tx: LentTransaction| {
            let Some(person) = people::hold(&mut tx, no).await? else { return Ok(tx.roll_back(None)) };
            let (followers, following) = follows::counts(&mut tx, no).await?;
            let (posts, last_post) = (posts::count(&mut tx, no).await?, posts::last_post(&mut tx, no).await?);
            let counted = Person { followers, following, posts, last_post, ..person };
            let (was, is) = (counts(&person), counts(&counted));
            if was == is && person.last_post == last_post {
                return Ok(tx.roll_back(None));
            }
            people::set_counts(&mut tx, &counted).await?;
            Ok::<_, DbError>(tx.commit(Some(Miscount { member: person.member, was, is })))
        };
        wrong.extend(context.db.transact(count).await?);
        Ok(())
    })
    .await?;
    note(context, AuditKind::ActivityRecounted, None, source).await?;
    Ok(wrong)
}

const fn counts(person: &Person) -> [i64; 3] {
    [person.followers, person.following, person.posts]
}

/// Does something with one member, or with everybody.
async fn for_each(
    context: &Context,
    member: Option<MemberId>,
    mut act: impl AsyncFnMut(PersonNo) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if let Some(member) = member {
        let person = people::find(&mut *context.db.read().await?, member).await?;
        if let Some(person) = person {
            act(person.no).await?;
        }
        return Ok(());
    }
    let mut last = PersonNo::FIRST;
    loop {
        let next = people::after(&mut *context.db.read().await?, last, BATCH).await?;
        let Some(end) = next.last() else { return Ok(()) };
        last = *end;
        for no in next {
            act(no).await?;
        }
    }
}

/// A report, as operators read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The post.
    pub post: String,
    /// Its text; `None` when it is gone.
    pub text: Option<String>,
    /// Why.
    pub reason: String,
    /// In the member's words.
    pub note: String,
    /// When.
    pub at: String,
}

/// The newest reports, with what they are about.
///
/// # Errors
/// When the database refuses.
pub async fn newest_reports(context: &Context, many: u32, source: &Source) -> Result<Vec<Report>, Failure> {
    let mut reader = context.db.read().await?;
    let mut all = Vec::new();
    for ReportRow { post, reason, note, at } in reports::newest(&mut reader, many).await? {
        let text =
            posts::find(&mut reader, post).await?.map(|post| post.body).filter(|text| !text.is_empty());
        all.push(Report { post: post.to_string(), text, reason, note, at: at.to_string() });
    }
    drop(reader);
    note(context, AuditKind::ReportsRead, None, source).await?;
    Ok(all)
}

/// Hides a post, for a time or for good; `false` when there is none. Its author is told the reason where they see it.
///
/// # Errors
/// When the database refuses.
pub async fn hide(
    context: &Context,
    post: PostId,
    reason: &str,
    span: Option<Duration>,
    source: &Source,
) -> Result<bool, DbError> {
    let until = span.map(|span| context.now().plus(span));
    let hide = async |mut tx: LentTransaction| {
        if !posts::hide(&mut tx, post, until, reason).await? {
            return Ok(tx.roll_back(false));
        }
        let author = author_of(&mut tx, post).await?;
        let event = AuditEvent::new(AuditKind::PostHidden, source).about_known(author);
        context.audit.record(&mut tx, &event).await?;
        Ok::<_, DbError>(tx.commit(true))
    };
    context.db.transact(hide).await
}

/// Shows a hidden post again; `false` when it was not hidden.
///
/// # Errors
/// When the database refuses.
pub async fn show(context: &Context, post: PostId, source: &Source) -> Result<bool, DbError> {
    let show = async |mut tx: LentTransaction| {
        if !posts::show(&mut tx, post).await? {
            return Ok(tx.roll_back(false));
        }
        let author = author_of(&mut tx, post).await?;
        let event = AuditEvent::new(AuditKind::PostShown, source).about_known(author);
        context.audit.record(&mut tx, &event).await?;
        Ok::<_, DbError>(tx.commit(true))
    };
    context.db.transact(show).await
}

async fn author_of(tx: &mut db::Transaction, post: PostId) -> Result<Option<Uuid>, DbError> {
    let Some(post) = posts::find(tx, post).await? else { return Ok(None) };
    let author = people::by_no(tx, post.author).await?;
    Ok(author.and_then(|author| author.member).map(MemberId::uuid))
}

async fn note(
    context: &Context,
    kind: AuditKind,
    member: Option<Uuid>,
    source: &Source,
) -> Result<(), Failure> {
    let note = async |mut tx: LentTransaction| {
        context.audit.record(&mut tx, &AuditEvent::new(kind, source).about_known(member)).await?;
        Ok::<_, Failure>(tx.commit(()))
    };
    context.db.transact(note).await
}
