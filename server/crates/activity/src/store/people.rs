//! The table `people`.

use db::{AnyRow, Connection, Database, DbError, LentTransaction, Row as _, Statement, Transaction, query};
use kernel::Timestamp;
use names::MemberId;

use crate::person::{Person, PersonNo, PersonState};
use crate::post_id::PostId;

db::statements! {
    FIND = "SELECT no, member_id, followers, following, posts, last_post, loud, seen_at, floor, state FROM people \
        WHERE member_id = ?";
    BY_NO = "SELECT no, member_id, followers, following, posts, last_post, loud, seen_at, floor, state FROM people \
        WHERE no = ?";
    INSERT = "INSERT INTO people (member_id, followers, following, posts, last_post, loud, seen_at, state) \
        VALUES (?, 0, 0, 0, 0, 0, ?, 'awake')";
    /// Changes nothing, and holds the row until the commit.
    HOLD = "UPDATE people SET loud = loud WHERE no = ?";
    ADD_FOLLOWERS = "UPDATE people SET followers = followers + ? WHERE no = ?";
    ADD_FOLLOWING = "UPDATE people SET following = following + ? WHERE no = ?";
    SET_POSTS = "UPDATE people SET posts = posts + ?, last_post = ? WHERE no = ?";
    SET_COUNTS = "UPDATE people SET followers = ?, following = ?, posts = ?, last_post = ? WHERE no = ?";
    NOTE_SEEN = "UPDATE people SET seen_at = ? WHERE no = ? AND seen_at < ?";
    /// Of several requests that wake somebody, one does it.
    CHANGE_STATE = "UPDATE people SET state = ? WHERE no = ? AND state = ?";
    /// A member who looks at their feed at the same time stays awake.
    FALL_ASLEEP = "UPDATE people SET state = 'asleep' WHERE no = ? AND state = 'awake' AND seen_at < ?";
    SET_FLOOR = "UPDATE people SET floor = ? WHERE no = ?";
    SET_LOUD = "UPDATE people SET loud = ? WHERE no = ? AND loud <> ?";
    /// From here on nothing of them is shown.
    LEAVE = "UPDATE people SET state = 'leaving', member_id = NULL WHERE member_id = ?";
    DELETE = "DELETE FROM people WHERE no = ? AND state = 'leaving'";
    GROWN_LOUD = "SELECT no FROM people WHERE loud = 0 AND followers > ? LIMIT ?";
    GROWN_QUIET = "SELECT no FROM people WHERE loud = 1 AND followers < ? LIMIT ?";
    UNSEEN = "SELECT no FROM people WHERE state = 'awake' AND seen_at < ? LIMIT ?";
    IN_STATE = "SELECT no FROM people WHERE state = ? LIMIT ?";
    AFTER = "SELECT no FROM people WHERE no > ? AND member_id IS NOT NULL ORDER BY no LIMIT ?";
}

/// The person who is this member; `None` when they never followed, were followed, or wrote.
pub(crate) async fn find(connection: &mut Connection, member: MemberId) -> Result<Option<Person>, DbError> {
    let row = finding(member).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// Asks for the person who is this member, to be [read] from the row, if there is one.
pub(crate) fn finding(member: MemberId) -> Statement<'static> {
    query(FIND).bind(member.to_string())
}

/// The person with this number.
pub(crate) async fn by_no(connection: &mut Connection, no: PersonNo) -> Result<Option<Person>, DbError> {
    let row = query(BY_NO).bind(no.0).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// The number of this member, who is made a person if they are none: in a transaction of its own, so that nobody who holds
/// other rows waits for a row that is being made.
pub(crate) async fn ensure(db: &Database, member: MemberId, now: Timestamp) -> Result<PersonNo, DbError> {
    if let Some(person) = find(&mut *db.read().await?, member).await? {
        return Ok(person.no);
    }
    let insert = async |mut tx: LentTransaction| {
        let inserted = query(INSERT).bind(member.to_string()).bind(now.millis()).execute(&mut **tx).await;
        match inserted.map_err(DbError::from) {
            Ok(_) => Ok(tx.commit(())),
            // Another request was first.
            Err(DbError::Exists(_)) => Ok(tx.roll_back(())),
            Err(error) => Err(error),
        }
    };
    db.transact(insert).await?;
    let person = find(&mut *db.read().await?, member).await?;
    person.map(|person| person.no).ok_or(DbError::Unreadable { column: "people.member_id" })
}

/// Holds the row until the commit, and reads it.
pub(crate) async fn hold(tx: &mut Transaction, no: PersonNo) -> Result<Option<Person>, DbError> {
    query(HOLD).bind(no.0).execute(&mut **tx).await?;
    by_no(tx, no).await
}

/// Holds the rows of two people. All take them in the order of their numbers, so that two who follow each other at the same time
/// do not wait for each other.
pub(crate) async fn hold_both(
    tx: &mut Transaction,
    one: PersonNo,
    other: PersonNo,
) -> Result<Option<(Person, Person)>, DbError> {
    let (first, second) = (hold(tx, one.min(other)).await?, hold(tx, one.max(other)).await?);
    let (Some(first), Some(second)) = (first, second) else { return Ok(None) };
    Ok(Some(if one <= other { (first, second) } else { (second, first) }))
}

/// The same of two people who both stay; `None` when one is gone or being erased.
pub(crate) async fn hold_both_staying(
    tx: &mut Transaction,
    one: PersonNo,
    other: PersonNo,
) -> Result<Option<(Person, Person)>, DbError> {
    let both = hold_both(tx, one, other).await?;
    Ok(both.filter(|(one, other)| ![one.state, other.state].contains(&PersonState::Leaving)))
}

/// Counts followers more, or fewer.
pub(crate) async fn add_followers(tx: &mut Transaction, no: PersonNo, more: i64) -> Result<(), DbError> {
    query(ADD_FOLLOWERS).bind(more).bind(no.0).execute(&mut **tx).await?;
    Ok(())
}

/// Counts people that they follow more, or fewer.
pub(crate) async fn add_following(tx: &mut Transaction, no: PersonNo, more: i64) -> Result<(), DbError> {
    query(ADD_FOLLOWING).bind(more).bind(no.0).execute(&mut **tx).await?;
    Ok(())
}

/// Counts posts more, or fewer, and says when the newest was written.
pub(crate) async fn set_posts(
    tx: &mut Transaction,
    no: PersonNo,
    more: i64,
    last_post: Timestamp,
) -> Result<(), DbError> {
    query(SET_POSTS).bind(more).bind(last_post.millis()).bind(no.0).execute(&mut **tx).await?;
    Ok(())
}

/// Writes what was counted.
pub(crate) async fn set_counts(tx: &mut Transaction, person: &Person) -> Result<(), DbError> {
    query(SET_COUNTS)
        .bind(person.followers)
        .bind(person.following)
        .bind(person.posts)
        .bind(person.last_post.millis())
        .bind(person.no.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Notes that they looked at their feed.
pub(crate) async fn note_seen(tx: &mut Transaction, no: PersonNo, now: Timestamp) -> Result<(), DbError> {
    query(NOTE_SEEN).bind(now.millis()).bind(no.0).bind(now.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Changes a state that is still the one that was read; `false` when it is not.
pub(crate) async fn change_state(
    tx: &mut Transaction,
    no: PersonNo,
    from: PersonState,
    to: PersonState,
) -> Result<bool, DbError> {
    let change = query(CHANGE_STATE).bind(to.as_str()).bind(no.0).bind(from.as_str());
    Ok(change.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Gives up the feed of somebody who did not look at it since then.
pub(crate) async fn fall_asleep(
    tx: &mut Transaction,
    no: PersonNo,
    since: Timestamp,
) -> Result<bool, DbError> {
    let asleep = query(FALL_ASLEEP).bind(no.0).bind(since.millis()).execute(&mut **tx).await?;
    Ok(asleep.rows_affected() == 1)
}

/// Says where a feed was cut; `None`: nowhere.
pub(crate) async fn set_floor(
    tx: &mut Transaction,
    no: PersonNo,
    floor: Option<PostId>,
) -> Result<(), DbError> {
    query(SET_FLOOR).bind(floor.map(PostId::column)).bind(no.0).execute(&mut **tx).await?;
    Ok(())
}

/// Makes somebody loud, or quiet again; `false` when they were already.
pub(crate) async fn set_loud(tx: &mut Transaction, no: PersonNo, loud: bool) -> Result<bool, DbError> {
    let loud = i64::from(loud);
    let set = query(SET_LOUD).bind(loud).bind(no.0).bind(loud).execute(&mut **tx).await?;
    Ok(set.rows_affected() == 1)
}

/// A member is erased.
pub(crate) async fn leave(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    query(LEAVE).bind(member.to_string()).execute(&mut **tx).await?;
    Ok(())
}

/// The row of somebody of whom nothing else is left.
pub(crate) async fn delete(tx: &mut Transaction, no: PersonNo) -> Result<(), DbError> {
    query(DELETE).bind(no.0).execute(&mut **tx).await?;
    Ok(())
}

/// People with more followers than that who are not loud yet.
pub(crate) async fn grown_loud(
    connection: &mut Connection,
    than: i64,
    most: u32,
) -> Result<Vec<PersonNo>, DbError> {
    numbers(&query(GROWN_LOUD).bind(than).bind(i64::from(most)).fetch_all(connection).await?)
}

/// Loud people with fewer followers than that.
pub(crate) async fn grown_quiet(
    connection: &mut Connection,
    than: i64,
    most: u32,
) -> Result<Vec<PersonNo>, DbError> {
    numbers(&query(GROWN_QUIET).bind(than).bind(i64::from(most)).fetch_all(connection).await?)
}

/// People with a feed at which they did not look since then.
pub(crate) async fn unseen(
    connection: &mut Connection,
    since: Timestamp,
    most: u32,
) -> Result<Vec<PersonNo>, DbError> {
    numbers(&query(UNSEEN).bind(since.millis()).bind(i64::from(most)).fetch_all(connection).await?)
}

/// People in a state.
pub(crate) async fn in_state(
    connection: &mut Connection,
    state: PersonState,
    most: u32,
) -> Result<Vec<PersonNo>, DbError> {
    numbers(&query(IN_STATE).bind(state.as_str()).bind(i64::from(most)).fetch_all(connection).await?)
}

/// The next people by their numbers.
pub(crate) async fn after(
    connection: &mut Connection,
    no: PersonNo,
    most: u32,
) -> Result<Vec<PersonNo>, DbError> {
    numbers(&query(AFTER).bind(no.0).bind(i64::from(most)).fetch_all(connection).await?)
}

fn numbers(rows: &[AnyRow]) -> Result<Vec<PersonNo>, DbError> {
    rows.iter().map(|row| Ok(PersonNo(row.try_get(0)?))).collect()
}

/// A person from their row.
pub(crate) fn read(row: &AnyRow) -> Result<Person, DbError> {
    let member: Option<String> = row.try_get("member_id")?;
    let member = member.map(|id| MemberId::parse(&id)).transpose();
    let floor: Option<Vec<u8>> = row.try_get("floor")?;
    let floor = floor.map_or(Some(PostId::FIRST), |floor| PostId::from_column(&floor));
    let state: String = row.try_get("state")?;
    Ok(Person {
        no: PersonNo(row.try_get("no")?),
        member: member.map_err(|_| DbError::Unreadable { column: "people.member_id" })?,
        followers: row.try_get("followers")?,
        following: row.try_get("following")?,
        posts: row.try_get("posts")?,
        last_post: Timestamp::from_millis(row.try_get("last_post")?),
        loud: row.try_get::<i64, _>("loud")? == 1,
        seen_at: Timestamp::from_millis(row.try_get("seen_at")?),
        floor: floor.ok_or(DbError::Unreadable { column: "people.floor" })?,
        state: PersonState::parse(&state).ok_or(DbError::Unreadable { column: "people.state" })?,
    })
}
