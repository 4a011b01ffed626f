//! What operators do with feeds and counts, each with a line in the audit log.

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction};
use names::id::Uuid;
use names::{MemberId, Source};

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{Person, PersonNo, PersonState};
use crate::store::{follows, people, posts};
use crate::work::job::FeedWork;
use crate::work::queue;

/// So many people are gone over at once.
const BATCH: u32 = 500;

/// Has feeds made again from posts and follows, of one member or of everybody; answers how many, or `None` when that member never
/// followed, was followed or wrote. The program does it while it serves.
///
/// # Errors
/// When the database refuses; what was begun until then goes on.
pub async fn rebuild(
    context: &Context,
    member: Option<MemberId>,
    source: &Source,
) -> Result<Option<u64>, Failure> {
    let one = match member {
        Some(member) => {
            let person = people::find(&mut *context.db.read().await?, member).await?;
            let Some(person) = person else { return Ok(None) };
            Some(person.no)
        }
        None => None,
    };
    let mut begun = 0;
    for_each(context, one, async |no| {
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
    Ok(Some(begun))
}

/// A count that was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miscount {
    /// The member whose counts were wrong, where it is known.
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

/// Does something with one person, or with everybody.
async fn for_each(
    context: &Context,
    one: Option<PersonNo>,
    mut act: impl AsyncFnMut(PersonNo) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if let Some(no) = one {
        return act(no).await;
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
