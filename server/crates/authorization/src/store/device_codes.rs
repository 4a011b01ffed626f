//! The table `device_codes`.

use std::time::Duration;

use db::{AnyRow, Connection, DbError, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};
use names::{MemberId, ProvenBy, SessionId, SignInMethod};
use tokens::{ClientId, Scope};

db::statements! {
    INSERT = "INSERT INTO device_codes (device_hash, user_hash, client_id, scope, audience, state, interval_ms, good_until, \
        expires_at) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?)";
    FIND = "SELECT client_id, scope, audience, state, subject, session_id, auth_time, proven_by, sign_in_method, good_until FROM device_codes \
        WHERE device_hash = ?";
    FIND_WAITING = "SELECT client_id, scope, audience, state, subject, session_id, auth_time, proven_by, sign_in_method, good_until FROM device_codes \
        WHERE user_hash = ? AND state = 'waiting' AND good_until > ?";
    ALLOW = "UPDATE device_codes SET state = 'allowed', subject = ?, session_id = ?, auth_time = ?, proven_by = ?, sign_in_method = ? \
        WHERE user_hash = ? AND state = 'waiting' AND good_until > ?";
    DENY_ALLOWED = "UPDATE device_codes SET state = 'denied' WHERE subject = ? AND client_id = ? AND state = 'allowed'";
    DENY_OF_CLIENT = "UPDATE device_codes SET state = 'denied' WHERE client_id = ? AND state IN ('waiting', 'allowed')";
    DENY = "UPDATE device_codes SET state = 'denied' WHERE user_hash = ? AND state = 'waiting' AND good_until > ?";
    POLL = "UPDATE device_codes SET polled_at = ? WHERE device_hash = ? AND (polled_at IS NULL OR polled_at + interval_ms <= ?)";
    SLOW_DOWN = "UPDATE device_codes SET polled_at = ?, interval_ms = interval_ms + ? WHERE device_hash = ?";
    /// Its row count decides between requests with the same code.
    SPEND = "UPDATE device_codes SET state = 'spent' WHERE device_hash = ? AND state = 'allowed' AND good_until > ?";
    DELETE_ALL = "DELETE FROM device_codes";
}

/// What a device asks for.
pub(crate) struct DeviceRequest {
    pub(crate) client_id: ClientId,
    pub(crate) scope: Scope,
    /// `None`: our own API.
    pub(crate) audience: Option<Box<str>>,
    pub(crate) good_until: Timestamp,
}

/// What became of it.
pub(crate) enum DeviceState {
    Waiting,
    Denied,
    Allowed(Allowed),
    /// The device has its tokens.
    Spent,
}

/// The member who allowed the sign-in, in which session, and how they had proven who they are.
pub(crate) struct Allowed {
    pub(crate) subject: MemberId,
    pub(crate) session: SessionId,
    pub(crate) auth_time: Timestamp,
    /// `None` where it was not recorded.
    pub(crate) proven_by: Option<ProvenBy>,
    /// With which sign-in method the session began.
    pub(crate) method: Option<SignInMethod>,
}

/// The two names of a request, hashed.
#[derive(Clone, Copy)]
pub(crate) struct DeviceCodes<'a> {
    /// What the device presents.
    pub(crate) device: &'a TokenHash,
    /// What the person types.
    pub(crate) user: &'a [u8; 32],
}

/// [`DbError::Exists`] says that another device shows the same code.
pub(crate) async fn insert(
    tx: &mut Transaction,
    codes: DeviceCodes<'_>,
    request: &DeviceRequest,
    interval: Duration,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    query(INSERT)
        .bind(codes.device.as_bytes().to_vec())
        .bind(codes.user.to_vec())
        .bind(request.client_id.as_str())
        .bind(request.scope.as_str())
        .bind(request.audience.as_deref().map(str::to_owned))
        .bind(millis(interval))
        .bind(request.good_until.millis())
        .bind(expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The request of a device.
pub(crate) async fn find(
    connection: &mut Connection,
    device: &TokenHash,
) -> Result<Option<(DeviceRequest, DeviceState)>, DbError> {
    let row = query(FIND).bind(device.as_bytes().to_vec()).fetch_optional(connection).await?;
    row.as_ref().map(|row| Ok((read(row)?, read_state(row)?))).transpose()
}

/// The request that waits for a person with this code.
pub(crate) async fn find_waiting(
    connection: &mut Connection,
    user: &[u8; 32],
    now: Timestamp,
) -> Result<Option<DeviceRequest>, DbError> {
    let row = query(FIND_WAITING).bind(user.to_vec()).bind(now.millis()).fetch_optional(connection).await?;
    row.as_ref().map(read).transpose()
}

/// `false` when it waits no more.
pub(crate) async fn allow(
    tx: &mut Transaction,
    user: &[u8; 32],
    allowed: &Allowed,
    now: Timestamp,
) -> Result<bool, DbError> {
    let allow = query(ALLOW).bind(allowed.subject.to_string()).bind(allowed.session.to_string());
    let allow = allow.bind(allowed.auth_time.millis()).bind(allowed.proven_by.map(ProvenBy::as_str));
    let allow = allow.bind(allowed.method.map(SignInMethod::as_str));
    let allow = allow.bind(user.to_vec()).bind(now.millis());
    Ok(allow.execute(&mut **tx).await?.rows_affected() == 1)
}

/// `false` when it waits no more.
pub(crate) async fn deny(tx: &mut Transaction, user: &[u8; 32], now: Timestamp) -> Result<bool, DbError> {
    let deny = query(DENY).bind(user.to_vec()).bind(now.millis());
    Ok(deny.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Takes back what a member allowed the devices of a client that have not fetched it yet; returns how many those were.
pub(crate) async fn deny_allowed(
    tx: &mut Transaction,
    subject: MemberId,
    client_id: &ClientId,
) -> Result<u64, DbError> {
    let deny = query(DENY_ALLOWED).bind(subject.to_string()).bind(client_id.as_str());
    Ok(deny.execute(&mut **tx).await?.rows_affected())
}

/// Denies what devices of a client wait for, whether somebody has allowed it or not.
pub(crate) async fn deny_of_client(tx: &mut Transaction, client_id: &ClientId) -> Result<(), DbError> {
    query(DENY_OF_CLIENT).bind(client_id.as_str()).execute(&mut **tx).await?;
    Ok(())
}

/// Notes that the device asked; `false` when it did so too soon.
pub(crate) async fn poll(tx: &mut Transaction, device: &TokenHash, now: Timestamp) -> Result<bool, DbError> {
    let poll = query(POLL).bind(now.millis()).bind(device.as_bytes().to_vec()).bind(now.millis());
    Ok(poll.execute(&mut **tx).await?.rows_affected() == 1)
}

/// From now on the device has to wait longer.
pub(crate) async fn slow_down(
    tx: &mut Transaction,
    device: &TokenHash,
    longer: Duration,
    now: Timestamp,
) -> Result<(), DbError> {
    let slow = query(SLOW_DOWN).bind(now.millis()).bind(millis(longer)).bind(device.as_bytes().to_vec());
    slow.execute(&mut **tx).await?;
    Ok(())
}

/// Spends a code; `false` when it was spent before, or it has expired.
pub(crate) async fn spend(tx: &mut Transaction, device: &TokenHash, now: Timestamp) -> Result<bool, DbError> {
    let spend = query(SPEND).bind(device.as_bytes().to_vec()).bind(now.millis());
    Ok(spend.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Deletes all of them.
pub(crate) async fn delete_all(tx: &mut Transaction) -> Result<(), DbError> {
    query(DELETE_ALL).execute(&mut **tx).await?;
    Ok(())
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn read(row: &AnyRow) -> Result<DeviceRequest, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let text = |column: &str| row.try_get::<String, _>(column);
    Ok(DeviceRequest {
        client_id: ClientId::parse(&text("client_id")?)
            .ok_or_else(|| unreadable("device_codes.client_id"))?,
        scope: Scope::parse(&text("scope")?).ok_or_else(|| unreadable("device_codes.scope"))?,
        audience: row.try_get::<Option<String>, _>("audience")?.map(String::into_boxed_str),
        good_until: Timestamp::from_millis(row.try_get("good_until")?),
    })
}

fn read_state(row: &AnyRow) -> Result<DeviceState, DbError> {
    let unreadable = |column| DbError::Unreadable { column };
    let text = |column: &str| row.try_get::<String, _>(column);
    Ok(match &*text("state")? {
        "waiting" => DeviceState::Waiting,
        "denied" => DeviceState::Denied,
        "spent" => DeviceState::Spent,
        "allowed" => DeviceState::Allowed(Allowed {
            subject: MemberId::parse(&text("subject")?).map_err(|_| unreadable("device_codes.subject"))?,
            session: SessionId::parse(&text("session_id")?)
                .map_err(|_| unreadable("device_codes.session_id"))?,
            auth_time: Timestamp::from_millis(row.try_get("auth_time")?),
            proven_by: match row.try_get::<Option<String>, _>("proven_by")? {
                Some(text) => {
                    Some(ProvenBy::parse(&text).ok_or_else(|| unreadable("device_codes.proven_by"))?)
                }
                None => None,
            },
            method: match row.try_get::<Option<String>, _>("sign_in_method")? {
                Some(text) => {
                    let method = SignInMethod::parse(&text);
                    Some(method.ok_or_else(|| unreadable("device_codes.sign_in_method"))?)
                }
                None => None,
            },
        }),
        _ => return Err(unreadable("device_codes.state")),
    })
}
