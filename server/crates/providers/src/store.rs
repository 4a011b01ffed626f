//! The tables of logins: `login_transactions` here, and `answered_callbacks`.

pub(crate) mod answers;

use db::{AnyRow, Connection, Database, DbError, Row as _, Statement, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::{MemberId, ProviderName, SessionId};
use uuid::Uuid;
use web::ReturnTo;

use crate::transaction::LinkFor;
use crate::transaction::{LoginTransaction, TransactionId};

db::statements! {
    INSERT = "INSERT INTO login_transactions \
        (id, state_hash, browser_hash, provider, issuer, sealed, return_to, link_member, link_session, expires_at, \
        network_tag, place_tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    FIND = "SELECT id, browser_hash, provider, issuer, sealed, return_to, link_member, link_session, expires_at \
        FROM login_transactions WHERE state_hash = ?";
    SPEND = "DELETE FROM login_transactions WHERE id = ?";
    CARRY_LINKS = "UPDATE login_transactions SET link_session = ? WHERE link_session = ?";
    DELETE_ALL = "DELETE FROM login_transactions";
    COUNT_LIVE = "SELECT COUNT(*) AS live FROM login_transactions WHERE expires_at > ?";
    /// Counts no further than it has to.
    COUNT_LIVE_OF = "SELECT COUNT(*) AS live FROM \
        (SELECT id FROM login_transactions WHERE network_tag = ? AND expires_at > ? LIMIT ?) AS some";
    MOST_CROWDED = "SELECT place_tag, COUNT(*) AS logins FROM login_transactions \
        WHERE place_tag IS NOT NULL AND expires_at > ? GROUP BY place_tag ORDER BY logins DESC LIMIT 1";
    OLDEST_OF = "SELECT id FROM login_transactions WHERE place_tag = ? AND expires_at > ? ORDER BY expires_at LIMIT ?";
    OLDEST = "SELECT id FROM login_transactions WHERE expires_at > ? ORDER BY expires_at LIMIT ?";
}

pub(crate) fn inserting(transaction: &LoginTransaction, state: &TokenHash) -> Statement<'static> {
    query(INSERT)
        .bind(transaction.id.to_string())
        .bind(state.as_bytes().to_vec())
        .bind(transaction.browser.as_bytes().to_vec())
        .bind(transaction.provider.as_str())
        .bind(transaction.issuer.clone())
        .bind(transaction.sealed.clone())
        .bind(transaction.return_to.as_str())
        .bind(transaction.link.map(|link| link.member.to_string()))
        .bind(transaction.link.map(|link| link.session.to_string()))
        .bind(transaction.expires_at.millis())
        .bind(transaction.login_network.map(|tags| tags.network.to_vec()))
        .bind(transaction.login_network.map(|tags| tags.place.to_vec()))
}

pub(crate) async fn look_up(db: &Database, state: &TokenHash) -> Result<Option<LoginTransaction>, DbError> {
    db.find(finding(state)).await?.as_ref().map(read).transpose()
}

pub(crate) fn finding(state: &TokenHash) -> Statement<'static> {
    query(FIND).bind(state.as_bytes().to_vec())
}

/// What [`finding`] read.
pub(crate) fn read_found(rows: &[AnyRow]) -> Result<Option<LoginTransaction>, DbError> {
    rows.first().map(read).transpose()
}

/// Ends all logins on their way, as after a backup was restored: which of them were finished since is not known.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_all(tx: &mut Transaction) -> Result<u64, DbError> {
    let logins = query(DELETE_ALL).execute(&mut **tx).await?.rows_affected();
    answers::delete_all(tx).await?;
    Ok(logins)
}

/// Spends a transaction. Of any number of tries one gets `true`: the row count decides.
pub(crate) async fn spend(tx: &mut Transaction, id: TransactionId) -> Result<bool, DbError> {
    Ok(spending(id).execute(&mut **tx).await?.rows_affected() == 1)
}

pub(crate) fn spending(id: TransactionId) -> Statement<'static> {
    query(SPEND).bind(id.to_string())
}

pub(crate) async fn count_live(connection: &mut Connection, now: Timestamp) -> Result<u64, DbError> {
    let live: i64 = query(COUNT_LIVE).bind(now.millis()).fetch_one(connection).await?.try_get("live")?;
    Ok(u64::try_from(live).unwrap_or(0))
}

/// How many logins of a network are on their way; no more than `most` are counted.
pub(crate) async fn count_live_of(
    connection: &mut Connection,
    network: &[u8; 32],
    now: Timestamp,
    most: u64,
) -> Result<u64, DbError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let count = query(COUNT_LIVE_OF).bind(network.to_vec()).bind(now.millis()).bind(most);
    let live: i64 = count.fetch_one(connection).await?.try_get("live")?;
    Ok(u64::try_from(live).unwrap_or(0))
}

/// The place from which the most logins are on their way, and how many.
pub(crate) async fn most_crowded(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<Option<(Vec<u8>, u64)>, DbError> {
    let row = query(MOST_CROWDED).bind(now.millis()).fetch_optional(connection).await?;
    let read = |row: AnyRow| {
        let logins: i64 = row.try_get("logins")?;
        Ok((row.try_get("place_tag")?, u64::try_from(logins).unwrap_or(0)))
    };
    row.map(read).transpose()
}

/// The oldest logins of a place, at most `most`.
pub(crate) async fn oldest_of(
    connection: &mut Connection,
    place: &[u8],
    now: Timestamp,
    most: u64,
) -> Result<Vec<TransactionId>, DbError> {
    let oldest = query(OLDEST_OF).bind(place.to_vec()).bind(now.millis());
    let rows = oldest.bind(i64::try_from(most).unwrap_or(i64::MAX)).fetch_all(connection).await?;
    rows.iter().map(read_id).collect()
}

/// The oldest logins of all, at most `most`.
pub(crate) async fn oldest(
    connection: &mut Connection,
    now: Timestamp,
    most: u64,
) -> Result<Vec<TransactionId>, DbError> {
    let oldest = query(OLDEST).bind(now.millis()).bind(i64::try_from(most).unwrap_or(i64::MAX));
    oldest.fetch_all(connection).await?.iter().map(read_id).collect()
}

/// Hands the logins that are to link for the session `from` on to the session `to`, which goes on in its place.
///
/// # Errors
/// When the database refuses.
pub async fn carry_links(tx: &mut Transaction, from: SessionId, to: SessionId) -> Result<(), DbError> {
    let carry = query(CARRY_LINKS).bind(to.to_string()).bind(from.to_string());
    carry.execute(&mut **tx).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<LoginTransaction, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let provider: String = row.try_get("provider")?;
    let browser: Vec<u8> = row.try_get("browser_hash")?;
    let return_to: String = row.try_get("return_to")?;
    Ok(LoginTransaction {
        id: read_id(row)?,
        browser: TokenHash::from_bytes(&browser)
            .ok_or_else(|| unreadable("login_transactions.browser_hash"))?,
        provider: ProviderName::parse(&provider).ok_or_else(|| unreadable("login_transactions.provider"))?,
        issuer: row.try_get("issuer")?,
        sealed: row.try_get("sealed")?,
        return_to: ReturnTo::parse(&return_to),
        link: read_link(row)?,
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
        login_network: None,
    })
}

fn read_id(row: &AnyRow) -> Result<TransactionId, DbError> {
    let id: String = row.try_get("id")?;
    TransactionId::parse(&id).map_err(|_| DbError::Unreadable { column: "login_transactions.id" })
}

fn read_link(row: &AnyRow) -> Result<Option<LinkFor>, DbError> {
    let id = |column: &'static str| -> Result<Option<Uuid>, DbError> {
        let text: Option<String> = row.try_get(column)?;
        let unreadable = DbError::Unreadable { column };
        text.map(|text| Uuid::parse_str(&text)).transpose().map_err(|_| unreadable)
    };
    let (member, session) = (id("link_member")?, id("link_session")?);
    let ids = member.zip(session);
    Ok(ids.map(|(member, session)| LinkFor {
        member: MemberId::from_uuid(member),
        session: SessionId::from_uuid(session),
    }))
}
