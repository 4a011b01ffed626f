//! Rows that a bench finds in its database: people who are signed in, and a feed.

use std::fmt::Write as _;
use std::time::Duration;

use db::{Database, DatabaseUrl, Transaction, query};
use kernel::id::uuid_at;
use kernel::{Clock as _, NewId as _, OpaqueToken, OsRandomness, SystemClock, Timestamp};
use names::{MemberId, SessionId};
use sqlx::AssertSqlSafe;

/// Rows in one statement.
const PER_STATEMENT: usize = 500;

/// Somebody who is signed in.
pub struct Person {
    pub member: MemberId,
    pub session: SessionId,
    handle: OpaqueToken,
}

impl Person {
    pub fn new() -> Self {
        Self {
            member: MemberId::new(&SystemClock, &OsRandomness),
            session: SessionId::new(&SystemClock, &OsRandomness),
            handle: OpaqueToken::new(&OsRandomness),
        }
    }

    /// What their browser sends.
    pub fn cookie(&self) -> String {
        format!("daemun={}", self.handle.text())
    }

    fn session_row(&self, now: Timestamp) -> String {
        let Self { member, session, handle } = self;
        let mut hash = String::new();
        for byte in handle.hash().as_bytes() {
            write!(hash, "{byte:02x}").unwrap();
        }
        let (at, end) = (now.millis(), now.plus(Duration::from_hours(240)).millis());
        format!("('{session}', x'{hash}', '{member}', 'kakao', {at}, {at}, {end}, {end}, '', '', {at})")
    }
}

/// Somebody who is signed in, without a provider: gives their cookie.
pub async fn signed_in(url: &DatabaseUrl) -> String {
    let db = Database::open(url).await.unwrap();
    let person = Person::new();
    let mut tx = db.begin().await.unwrap();
    people(&mut tx, std::slice::from_ref(&person), SystemClock.now()).await;
    tx.commit().await.unwrap();
    person.cookie()
}

/// Writes people who signed in at this moment.
pub async fn people(tx: &mut Transaction, all: &[Person], now: Timestamp) {
    let member = |at: usize| format!("('{}', '김민지', '안녕하세요!', 'active', 0, 0)", all[at].member);
    insert(tx, "members (id, nickname, greeting, status, created_at, updated_at)", all.len(), member).await;
    let columns = "sessions (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, ends_at, \
                   user_agent, network, rotated_at)";
    insert(tx, columns, all.len(), |at| all[at].session_row(now)).await;
}

/// Writes an account by e-mail with this hash of its password.
pub async fn account(tx: &mut Transaction, member: MemberId, email: &str, hash: &str) {
    let account = "INSERT INTO local_accounts (member_id, email, email_verified_at, password_hash, password_changed_at, \
                   failures) VALUES (?, ?, 0, ?, 0, 0)";
    query(account)
        .bind(member.to_string())
        .bind(email.to_owned())
        .bind(hash.to_owned())
        .execute(&mut **tx)
        .await
        .unwrap();
}

/// Writes rows, many in a statement.
pub async fn insert(tx: &mut Transaction, columns: &str, rows: usize, row: impl Fn(usize) -> String) {
    let all: Vec<_> = (0..rows).collect();
    for chunk in all.chunks(PER_STATEMENT) {
        let tuples: Vec<_> = chunk.iter().map(|at| row(*at)).collect();
        let sql = format!("INSERT INTO {columns} VALUES {}", tuples.join(","));
        query(AssertSqlSafe(sql)).persistent(false).execute(&mut **tx).await.unwrap();
    }
}

/// Writes posts of one person, who is followed by another, into the feed of that one.
pub async fn feed(tx: &mut Transaction, reader: MemberId, author: MemberId, posts: i64, now: Timestamp) {
    let at = now.millis();
    let people = [(1, reader, 0, 1, 0), (2, author, 1, 0, posts)];
    let columns = "people (no, member_id, followers, following, posts, last_post, loud, seen_at, state)";
    let person = |row: usize| {
        let (no, member, followers, following, posts) = people[row];
        format!("({no}, '{member}', {followers}, {following}, {posts}, {at}, 0, {at}, 'awake')")
    };
    insert(tx, columns, people.len(), person).await;
    insert(tx, "follows (follower, followee, at, delivery)", 1, |_| format!("(1, 2, {at}, 0)")).await;
    for number in 0..posts {
        let age = Duration::from_millis(u64::try_from(number).unwrap() * 60_000);
        let id = uuid_at(now.minus(age), &OsRandomness).as_bytes().to_vec();
        let body = "오늘은 문을 일찍 열었습니다. 다들 좋은 하루 보내세요.";
        let post = query("INSERT INTO posts (id, author, body, state) VALUES (?, 2, ?, 0)");
        post.bind(id.clone()).bind(body).execute(&mut **tx).await.unwrap();
        let entry = query("INSERT INTO feed_entries (reader, post, author) VALUES (1, ?, 2)");
        entry.bind(id).execute(&mut **tx).await.unwrap();
    }
}
