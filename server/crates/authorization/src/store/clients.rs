//! The tables `registered_clients` and `client_secrets`.

use db::{AnyRow, Connection, DbError, Dialect, Row as _, Transaction, query};
use kernel::{Timestamp, TokenHash};

db::statements! {
    INSERT = "INSERT INTO registered_clients (id, description, created_at, expires_at) VALUES (?, ?, ?, ?)";
    LIST = "SELECT id, description, created_at, expires_at FROM registered_clients ORDER BY id";
    FIND = "SELECT id, description, created_at, expires_at FROM registered_clients WHERE id = ?";
    /// Never sooner than it would go anyway. One that an operator added has no such moment, and gets none.
    KEEP = "UPDATE registered_clients SET expires_at = ? WHERE id = ? AND expires_at < ?";
    UNUSED = "SELECT id, created_at FROM registered_clients WHERE expires_at <= ? ORDER BY expires_at, id LIMIT ?";
    DELETE_UNUSED = "DELETE FROM registered_clients WHERE id = ? AND expires_at <= ?";
    DELETE = "DELETE FROM registered_clients WHERE id = ?";
    INSERT_SECRET = "INSERT INTO client_secrets (secret_hash, client_id, created_at, expires_at) VALUES (?, ?, ?, ?)";
    SECRETS = "SELECT client_id, secret_hash, expires_at FROM client_secrets ORDER BY client_id, created_at DESC";
    /// Never later than they would end anyway.
    LIMIT_SECRETS = "UPDATE client_secrets SET expires_at = ? WHERE client_id = ? AND secret_hash <> ? AND expires_at > ?";
    NEWEST_SECRET = "SELECT secret_hash FROM client_secrets WHERE client_id = ? ORDER BY created_at DESC, expires_at DESC LIMIT 1";
    OLDER_SECRETS = "SELECT MAX(expires_at) AS end_at FROM client_secrets WHERE client_id = ? AND secret_hash <> ? AND expires_at > ?";
    DELETE_SECRETS = "DELETE FROM client_secrets WHERE client_id = ?";
    CHANGES = "SELECT number FROM client_changes WHERE id = 'clients'";
    COUNT_REGISTERED = "SELECT COUNT(*) AS number FROM registered_clients WHERE expires_at IS NOT NULL";
    DELETE_SECRETS_BUT = "DELETE FROM client_secrets WHERE client_id = ? AND secret_hash <> ?";
}

/// A client as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct ClientRow {
    pub(crate) id: String,
    /// JSON.
    pub(crate) description: String,
    pub(crate) created_at: Timestamp,
    /// When it goes, unless it is used; `None`: when an operator removes it.
    pub(crate) expires_at: Option<Timestamp>,
}

/// A secret as it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SecretRow {
    pub(crate) hash: TokenHash,
    pub(crate) expires_at: Timestamp,
}

/// Tells every running program that clients change with this transaction. Concurrent writers wait here for each other.
pub(crate) async fn note_change(tx: &mut Transaction) -> Result<(), DbError> {
    query(note_statement(tx.dialect())).execute(&mut **tx).await?;
    Ok(())
}

/// Increments the number, or inserts the first.
pub(crate) const fn note_statement(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "INSERT INTO client_changes (id, number) VALUES ('clients', 1) \
             ON CONFLICT (id) DO UPDATE SET number = client_changes.number + 1"
        }
        Dialect::Mysql => {
            "INSERT INTO client_changes (id, number) VALUES ('clients', 1) ON DUPLICATE KEY UPDATE number = number + 1"
        }
    }
}

/// How many clients there are that registered themselves.
pub(crate) async fn count_registered(connection: &mut Connection) -> Result<u64, DbError> {
    let number: i64 = query(COUNT_REGISTERED).fetch_one(connection).await?.try_get("number")?;
    Ok(u64::try_from(number).unwrap_or(u64::MAX))
}

/// Adds a client. `false` when there is one with this id.
pub(crate) async fn insert(tx: &mut Transaction, client: &ClientRow) -> Result<bool, DbError> {
    let insert = query(INSERT).bind(client.id.clone()).bind(client.description.clone());
    let insert = insert.bind(client.created_at.millis()).bind(client.expires_at.map(Timestamp::millis));
    match insert.execute(&mut **tx).await.map_err(DbError::from) {
        Ok(_) => Ok(true),
        Err(DbError::Exists(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// All clients, in the order of their ids.
pub(crate) async fn list(connection: &mut Connection) -> Result<Vec<ClientRow>, DbError> {
    query(LIST).fetch_all(connection).await?.iter().map(read).collect()
}

pub(crate) async fn find(connection: &mut Connection, id: &str) -> Result<Option<ClientRow>, DbError> {
    query(FIND).bind(id.to_owned()).fetch_optional(connection).await?.as_ref().map(read).transpose()
}

/// Removes a client and its secrets. `false` when there is none.
pub(crate) async fn delete(tx: &mut Transaction, id: &str) -> Result<bool, DbError> {
    query(DELETE_SECRETS).bind(id.to_owned()).execute(&mut **tx).await?;
    Ok(query(DELETE).bind(id.to_owned()).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Has a client that registered itself go at `end`, if it would go sooner.
pub(crate) async fn keep(tx: &mut Transaction, id: &str, end: Timestamp) -> Result<(), DbError> {
    let keep = query(KEEP).bind(end.millis()).bind(id.to_owned()).bind(end.millis());
    keep.execute(&mut **tx).await?;
    Ok(())
}

/// A client, and when it was registered: what tells it from another one that has its id after it.
pub(crate) struct Registration {
    pub(crate) id: String,
    pub(crate) registered_at: Timestamp,
}

/// At most `limit` clients that are to go by now, those first that should have gone first.
pub(crate) async fn unused(
    connection: &mut Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Registration>, DbError> {
    let rows = query(UNUSED).bind(now.millis()).bind(i64::from(limit)).fetch_all(connection).await?;
    let read = |row: &AnyRow| {
        let registered_at = Timestamp::from_millis(row.try_get("created_at")?);
        Ok(Registration { id: row.try_get("id")?, registered_at })
    };
    rows.iter().map(read).collect()
}

/// Removes a client that is to go by now, and its secrets. `false` when it was used meanwhile, or is gone.
pub(crate) async fn delete_unused(tx: &mut Transaction, id: &str, now: Timestamp) -> Result<bool, DbError> {
    let delete = query(DELETE_UNUSED).bind(id.to_owned()).bind(now.millis());
    if delete.execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    query(DELETE_SECRETS).bind(id.to_owned()).execute(&mut **tx).await?;
    Ok(true)
}

pub(crate) async fn insert_secret(
    tx: &mut Transaction,
    client: &str,
    secret: &SecretRow,
    now: Timestamp,
) -> Result<(), DbError> {
    let insert = query(INSERT_SECRET).bind(secret.hash.as_bytes().to_vec()).bind(client.to_owned());
    insert.bind(now.millis()).bind(secret.expires_at.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// The secrets of all clients, each client's newest first.
pub(crate) async fn secrets(connection: &mut Connection) -> Result<Vec<(String, SecretRow)>, DbError> {
    let read = |row: &AnyRow| {
        let hash = hash(row)?;
        let expires_at = Timestamp::from_millis(row.try_get("expires_at")?);
        Ok((row.try_get("client_id")?, SecretRow { hash, expires_at }))
    };
    query(SECRETS).fetch_all(connection).await?.iter().map(read).collect()
}

/// The newest secret of a client.
pub(crate) async fn newest_secret(
    connection: &mut Connection,
    client: &str,
) -> Result<Option<TokenHash>, DbError> {
    let row = query(NEWEST_SECRET).bind(client.to_owned()).fetch_optional(connection).await?;
    row.as_ref().map(hash).transpose()
}

/// Until when a secret of a client is good beside `newest`; `None` when there is none at `now`.
pub(crate) async fn older_secrets_until(
    connection: &mut Connection,
    client: &str,
    newest: &TokenHash,
    now: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    let older =
        query(OLDER_SECRETS).bind(client.to_owned()).bind(newest.as_bytes().to_vec()).bind(now.millis());
    let end: Option<i64> = older.fetch_one(connection).await?.try_get("end_at")?;
    Ok(end.map(Timestamp::from_millis))
}

/// Has all secrets of a client but `kept` end at `end`, if they would be good for longer.
pub(crate) async fn limit_secrets(
    tx: &mut Transaction,
    client: &str,
    kept: &TokenHash,
    end: Timestamp,
) -> Result<(), DbError> {
    let limit = query(LIMIT_SECRETS).bind(end.millis()).bind(client.to_owned());
    let limit = limit.bind(kept.as_bytes().to_vec()).bind(end.millis());
    limit.execute(&mut **tx).await?;
    Ok(())
}

/// Forgets all secrets of a client but `kept`. Returns how many.
pub(crate) async fn delete_secrets_but(
    tx: &mut Transaction,
    client: &str,
    kept: &TokenHash,
) -> Result<u64, DbError> {
    let delete = query(DELETE_SECRETS_BUT).bind(client.to_owned()).bind(kept.as_bytes().to_vec());
    Ok(delete.execute(&mut **tx).await?.rows_affected())
}

/// A fingerprint that differs after every change of a client or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableState(i64);

/// How the tables are at this moment.
pub(crate) async fn state(connection: &mut Connection) -> Result<TableState, DbError> {
    let row = query(CHANGES).fetch_optional(connection).await?;
    Ok(TableState(row.map(|row| row.try_get("number")).transpose()?.unwrap_or_default()))
}

fn read(row: &AnyRow) -> Result<ClientRow, DbError> {
    Ok(ClientRow {
        id: row.try_get("id")?,
        description: row.try_get("description")?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        expires_at: row.try_get::<Option<i64>, _>("expires_at")?.map(Timestamp::from_millis),
    })
}

fn hash(row: &AnyRow) -> Result<TokenHash, DbError> {
    let bytes: Vec<u8> = row.try_get("secret_hash")?;
    TokenHash::from_bytes(&bytes).ok_or(DbError::Unreadable { column: "client_secrets.secret_hash" })
}
