//! The table `authorization_codes`.

use db::{AnyRow, Connection, Database, DbError, Row as _, Statement, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::{MemberId, ProvenBy, SessionId, SignInMethod};
use tokens::{ClientId, FamilyId, Scope, Thumbprint};

db::statements! {
    INSERT = "INSERT INTO authorization_codes (code_hash, client_id, redirect_uri, challenge, subject, session_id, scope, \
        audience, nonce, auth_time, dpop_key, redeemable_until, has_challenge, expires_at, proven_by, sign_in_method) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    FIND = "SELECT client_id, redirect_uri, challenge, subject, session_id, scope, audience, nonce, auth_time, \
        proven_by, sign_in_method, dpop_key, redeemable_until, has_challenge, redeemed_at, family_id, (SELECT COUNT(*) FROM session_clients s \
        WHERE s.session_id = c.session_id AND s.client_id = c.client_id AND s.sid = c.session_id) AS known \
        FROM authorization_codes c WHERE code_hash = ?";
    /// Of any number of requests with one code, one finds it unspent.
    REDEEM = "UPDATE authorization_codes SET redeemed_at = ?, family_id = ? \
        WHERE code_hash = ? AND redeemed_at IS NULL AND redeemable_until > ?";
    DELETE_UNSPENT = "DELETE FROM authorization_codes WHERE subject = ? AND client_id = ? AND redeemed_at IS NULL";
    DELETE_UNSPENT_OF_CLIENT = "DELETE FROM authorization_codes WHERE client_id = ? AND redeemed_at IS NULL";
    DELETE_ALL = "DELETE FROM authorization_codes";
}

/// What a code stands for.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) client_id: ClientId,
    /// As it was in the request: another port of a loopback address is another address here.
    pub(crate) redirect_uri: String,
    /// What the verifier must hash to; `None` where the request had no challenge.
    pub(crate) challenge: Option<TokenHash>,
    pub(crate) subject: MemberId,
    pub(crate) session: SessionId,
    pub(crate) scope: Scope,
    /// `None`: our own API.
    pub(crate) audience: Option<Box<str>>,
    pub(crate) nonce: Option<String>,
    pub(crate) auth_time: Timestamp,
    /// `None` where it was not recorded.
    pub(crate) proven_by: Option<ProvenBy>,
    /// With which sign-in method the session began.
    pub(crate) method: Option<SignInMethod>,
    /// The key that the client announced (`dpop_jkt`).
    pub(crate) key: Option<Thumbprint>,
    pub(crate) redeemable_until: Timestamp,
}

/// A code and what became of it.
#[derive(Debug)]
pub(crate) struct CodeRow {
    pub(crate) code: Code,
    pub(crate) redeemed_at: Option<Timestamp>,
    /// The family that it gave.
    pub(crate) family: Option<FamilyId>,
    /// Whether its client has had a grant in its session.
    pub(crate) is_known: bool,
}

pub(crate) async fn insert(
    tx: &mut Transaction,
    hash: &TokenHash,
    code: &Code,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    query(INSERT)
        .bind(hash.as_bytes().to_vec())
        .bind(code.client_id.as_str())
        .bind(code.redirect_uri.clone())
        .bind(code.challenge.map_or([0; 32], |challenge| *challenge.as_bytes()).to_vec())
        .bind(code.subject.to_string())
        .bind(code.session.to_string())
        .bind(code.scope.as_str())
        .bind(code.audience.as_deref().map(str::to_owned))
        .bind(code.nonce.clone())
        .bind(code.auth_time.millis())
        .bind(code.key.map(|key| key.as_bytes().to_vec()))
        .bind(code.redeemable_until.millis())
        .bind(i64::from(code.challenge.is_some()))
        .bind(expires_at.millis())
        .bind(code.proven_by.map(ProvenBy::as_str))
        .bind(code.method.map(SignInMethod::as_str))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn find(connection: &mut Connection, hash: &TokenHash) -> Result<Option<CodeRow>, DbError> {
    let row = query(FIND).bind(hash.as_bytes().to_vec()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// [`find`] where nothing else is read by the same connection.
pub(crate) async fn look_up(db: &Database, hash: &TokenHash) -> Result<Option<CodeRow>, DbError> {
    db.find(query(FIND).bind(hash.as_bytes().to_vec())).await?.as_ref().map(read).transpose()
}

/// Spends a code for a family; `false` when it was spent before, or it has expired.
pub(crate) async fn redeem(
    tx: &mut Transaction,
    hash: &TokenHash,
    family: FamilyId,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(redeeming(hash, family, now).execute(&mut **tx).await?.rows_affected() == 1)
}

pub(crate) fn redeeming(hash: &TokenHash, family: FamilyId, now: Timestamp) -> Statement<'static> {
    let redeem = query(REDEEM).bind(now.millis()).bind(family.to_string());
    redeem.bind(hash.as_bytes().to_vec()).bind(now.millis())
}

/// Deletes the codes that a client could still redeem for a member; returns how many.
pub(crate) async fn delete_unspent(
    tx: &mut Transaction,
    subject: MemberId,
    client_id: &ClientId,
) -> Result<u64, DbError> {
    let delete = query(DELETE_UNSPENT).bind(subject.to_string()).bind(client_id.as_str());
    Ok(delete.execute(&mut **tx).await?.rows_affected())
}

/// Deletes the codes of a client that nobody has redeemed.
pub(crate) async fn delete_unspent_of_client(
    tx: &mut Transaction,
    client_id: &ClientId,
) -> Result<(), DbError> {
    query(DELETE_UNSPENT_OF_CLIENT).bind(client_id.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// Deletes all of them.
pub(crate) async fn delete_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(DELETE_ALL).execute(&mut **tx).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<CodeRow, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let text = |column: &str| row.try_get::<String, _>(column);
    let moment = |column: &str| row.try_get(column).map(Timestamp::from_millis);
    let has_challenge = row.try_get::<i64, _>("has_challenge")? != 0;
    let challenge = TokenHash::from_bytes(&row.try_get::<Vec<u8>, _>("challenge")?);
    let key: Option<Vec<u8>> = row.try_get("dpop_key")?;
    let read_key =
        |key: Vec<u8>| Thumbprint::from_bytes(&key).ok_or_else(|| unreadable("authorization_codes.dpop_key"));
    let proven_by: Option<String> = row.try_get("proven_by")?;
    let read_proof =
        |text: String| ProvenBy::parse(&text).ok_or_else(|| unreadable("authorization_codes.proven_by"));
    let method: Option<String> = row.try_get("sign_in_method")?;
    let read_method = |text: String| {
        SignInMethod::parse(&text).ok_or_else(|| unreadable("authorization_codes.sign_in_method"))
    };
    let family: Option<String> = row.try_get("family_id")?;
    let family = family.map(|id| FamilyId::parse(&id)).transpose();
    let code = Code {
        client_id: ClientId::parse(&text("client_id")?)
            .ok_or_else(|| unreadable("authorization_codes.client_id"))?,
        redirect_uri: text("redirect_uri")?,
        challenge: if has_challenge {
            Some(challenge.ok_or_else(|| unreadable("authorization_codes.challenge"))?)
        } else {
            None
        },
        subject: MemberId::parse(&text("subject")?).map_err(|_| unreadable("authorization_codes.subject"))?,
        session: SessionId::parse(&text("session_id")?)
            .map_err(|_| unreadable("authorization_codes.session_id"))?,
        scope: Scope::parse(&text("scope")?).ok_or_else(|| unreadable("authorization_codes.scope"))?,
        audience: row.try_get::<Option<String>, _>("audience")?.map(String::into_boxed_str),
        nonce: row.try_get("nonce")?,
        auth_time: moment("auth_time")?,
        proven_by: proven_by.map(read_proof).transpose()?,
        method: method.map(read_method).transpose()?,
        key: key.map(read_key).transpose()?,
        redeemable_until: moment("redeemable_until")?,
    };
    Ok(CodeRow {
        code,
        redeemed_at: row.try_get::<Option<i64>, _>("redeemed_at")?.map(Timestamp::from_millis),
        family: family.map_err(|_| unreadable("authorization_codes.family_id"))?,
        is_known: row.try_get::<i64, _>("known")? > 0,
    })
}
