//! Deletes what is left of an erased member, piece by piece. None of it has been shown since the erasure.

use std::collections::BTreeSet;

use db::Transaction;

use crate::context::Context;
use crate::failure::Failure;
use crate::follow;
use crate::person::{Person, PersonNo, PersonState};
use crate::store::{blocks, entries, follows, people, posts, reports};
use crate::work::job::FeedWork;

/// People whose counts change in one step.
const STEP_PEOPLE: u32 = 50;

/// The next piece. What is there says what is left.
pub(crate) async fn leave(
    context: &Context,
    tx: &mut Transaction,
    no: PersonNo,
) -> Result<Option<FeedWork>, Failure> {
    let person = people::by_no(tx, no).await?.filter(|person| person.state == PersonState::Leaving);
    let Some(person) = person else { return Ok(None) };
    let again = Some(FeedWork::Leave { person: no });
    if end_follows(tx, &person).await? {
        return Ok(again);
    }
    let many = context.settings.step_rows();
    let own = posts::some_of(tx, no, many).await?;
    for post in &own {
        reports::delete_of_post(tx, *post).await?;
        posts::erase(tx, *post).await?;
    }
    if !own.is_empty() || blocks::delete_some(tx, no, many).await? > 0 {
        return Ok(again);
    }
    if entries::delete_oldest(tx, no, context.settings.chunk).await? {
        return Ok(again);
    }
    reports::delete_of_reporter(tx, no).await?;
    people::delete(tx, no).await?;
    Ok(None)
}

/// Ends some of the pairs that they are in; `false` when there is none. Rows are held in the order of their numbers.
async fn end_follows(tx: &mut Transaction, person: &Person) -> Result<bool, Failure> {
    let followees = follows::next_followees(tx, person.no, PersonNo::FIRST, STEP_PEOPLE).await?;
    let followees: Vec<_> = followees.into_iter().map(|followee| followee.no).collect();
    let followers = follows::some_followers(tx, person.no, STEP_PEOPLE).await?;
    if followees.is_empty() && followers.is_empty() {
        return Ok(false);
    }
    let all: BTreeSet<_> = followees.iter().chain(&followers).copied().chain([person.no]).collect();
    for no in all {
        people::hold(tx, no).await?;
    }
    for no in followees {
        if let Some(other) = people::by_no(tx, no).await? {
            follow::end(tx, person, &other).await?;
        }
    }
    for no in followers {
        if let Some(other) = people::by_no(tx, no).await? {
            follow::end(tx, &other, person).await?;
            entries::delete_author(tx, no, person.no).await?;
        }
    }
    Ok(true)
}
