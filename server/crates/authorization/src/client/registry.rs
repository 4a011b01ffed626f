//! Clients that operators register beside those of the configuration, or that register themselves: what is done to them, and how a
//! serving program gets to know them.

use std::collections::HashMap;
use std::time::Duration;

use audit::{AuditEvent, AuditKind, AuditLog};
use db::{Connection, Database, DbError, LentTransaction};
use kernel::{Context, OpaqueToken, SecretString, Timestamp, TokenHash};
use names::{Operation, Source};
use tokens::{ClientId, Tokens, TokensError};

use crate::client::clients::Clients;
use crate::client::config::ClientConfig;
use crate::client::description;
use crate::client::findings::ClientFinding;
use crate::client::model::Client;
use crate::client::removal;
use crate::client::rules::ClientRules;
use crate::client::secrets::{Secret, Secrets};
use crate::store::clients::{self, ClientRow, SecretRow};

/// How long a secret is good after another has taken its place.
const RETIREMENT_PERIOD: Duration = Duration::from_hours(24 * 7);
/// The expiry of what never expires: a moment in the year 9999.
const NEVER: Timestamp = Timestamp::from_millis(253_370_764_800_000);

/// What clients are worked on with.
#[derive(Debug)]
pub struct Registry<'a> {
    /// Where clients are stored.
    pub db: &'a Database,
    /// What ends with a client.
    pub tokens: &'a Tokens,
    /// Where what happens is written down.
    pub audit: &'a AuditLog,
    /// The operator or program that changes the clients, for the audit log.
    pub source: &'a Source,
    /// What an operator does, and why; `None` for clients that register themselves.
    pub operation: Option<&'a Operation>,
    /// The clock, and where random values come from.
    pub context: &'a Context,
    /// The clients of the configuration.
    pub configured: &'a Clients,
    /// What the rest of the configuration allows a client.
    pub rules: &'a ClientRules,
}

/// Why a client is not changed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It is described wrongly.
    #[error("the client cannot be added")]
    Wrong(Vec<ClientFinding>),
    /// There is one with this id.
    #[error("there is a client `{0}` already; choose another id, or remove it first")]
    Exists(String),
    /// The configuration has it.
    #[error("`{0}` is in the configuration file; change it there")]
    Configured(String),
    /// There is none with this id.
    #[error("no client `{0}` was added; `daemun clients list` shows all")]
    Unknown(String),
    /// As many registered themselves as may.
    #[error(
        "as many clients have registered themselves as `authorization.most_registrations` allows; `daemun clients remove` \
         makes room, or raise it"
    )]
    Full,
    /// It has no secret.
    #[error("`{0}` has no secret, because of its `auth`")]
    NoSecret(String),
    /// The database refused, or could not be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The token service failed: its keys, or the database.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// Its description cannot be written or read.
    #[error("the description of a client cannot be written or read")]
    Description(#[from] serde_json::Error),
}

/// What came of a rotation.
#[derive(Debug)]
pub enum Rotated {
    /// This is the new secret. It is kept nowhere.
    Secret(SecretString),
    /// Those beside the newest are good no longer.
    Retired,
}

/// What is known of a client's secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownSecrets {
    /// Until when older ones are good beside the newest; `None` where there are none.
    pub older_until: Option<Timestamp>,
}

impl Registry<'_> {
    /// Adds a client. Gives its secret, if it has one: it is kept nowhere.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn add(&self, config: &ClientConfig) -> Result<(Client, Option<SecretString>), RegistryError> {
        self.insert(config, None).await
    }

    /// The same with one that registers itself, and goes at `expires_at` unless it is used.
    pub(crate) async fn add_until(
        &self,
        config: &ClientConfig,
        expires_at: Timestamp,
    ) -> Result<(Client, Option<SecretString>), RegistryError> {
        let (client, secret) = self.insert(config, Some(expires_at)).await?;
        Ok((Client { is_self_registered: true, ..client }, secret))
    }

    async fn insert(
        &self,
        config: &ClientConfig,
        expires_at: Option<Timestamp>,
    ) -> Result<(Client, Option<SecretString>), RegistryError> {
        if let Some(id) = config.id.as_deref().filter(|id| self.configured.is_configured(id)) {
            return Err(RegistryError::Configured(id.to_owned()));
        }
        let secret = OpaqueToken::new(&*self.context.randomness);
        let client = config.check_with(self.rules, Some(Secrets::new([Secret::of(&secret.text())])));
        let client = client.map_err(RegistryError::Wrong)?;
        let id = client.id.as_str().to_owned();
        let now = self.context.clock.now();
        let description = description::write(config)?;
        let row = ClientRow { id: id.clone(), description, created_at: now, expires_at };
        let has_secret = client.authentication.method().has_secret();
        let stored = SecretRow { hash: TokenHash::of(secret.text().as_bytes()), expires_at: NEVER };
        let insert = async |mut tx: LentTransaction| {
            clients::note_change(&mut tx).await?;
            let registers_itself = expires_at.is_some();
            if registers_itself && clients::count_registered(&mut tx).await? >= self.rules.most_registrations
            {
                return Err(RegistryError::Full);
            }
            if !clients::insert(&mut tx, &row).await? {
                return Err(RegistryError::Exists(id.clone()));
            }
            if has_secret {
                clients::insert_secret(&mut tx, &id, &stored, now).await?;
            }
            self.audit.record(&mut tx, &self.event(AuditKind::ClientAdded, &id)).await?;
            Ok(tx.commit(()))
        };
        self.db.transact(insert).await?;
        Ok((Client { registered_at: Some(now), ..client }, has_secret.then(|| secret.text().into())))
    }

    /// Gives a client another secret; the old one is good for a week, and those before it end: two are valid at once. With `retire` no
    /// secret is made: those beside the newest end, as is done once everybody has the new one. To do that again changes nothing.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn rotate_secret(&self, id: &str, retire: bool) -> Result<Rotated, RegistryError> {
        let now = self.context.clock.now();
        let secret = (!retire).then(|| OpaqueToken::new(&*self.context.randomness).text());
        let stored = secret
            .as_ref()
            .map(|secret| SecretRow { hash: TokenHash::of(secret.as_bytes()), expires_at: NEVER });
        let rotate = async |mut tx: LentTransaction| {
            // First, so that of two at once the second sees what the first has made.
            clients::note_change(&mut tx).await?;
            self.stored(&mut tx, id).await?;
            let newest = clients::newest_secret(&mut tx, id).await?;
            let newest = newest.ok_or_else(|| RegistryError::NoSecret(id.to_owned()))?;
            let deleted = clients::delete_secrets_but(&mut tx, id, &newest).await?;
            if let Some(stored) = &stored {
                // Of two in one millisecond it must be told which is newer.
                let created_at = now.plus(Duration::from_millis(1));
                clients::insert_secret(&mut tx, id, stored, created_at).await?;
                clients::limit_secrets(&mut tx, id, &stored.hash, now.plus(RETIREMENT_PERIOD)).await?;
            } else if deleted == 0 {
                return Ok(tx.roll_back(()));
            }
            self.audit.record(&mut tx, &self.event(AuditKind::ClientSecretRotation, id)).await?;
            Ok::<_, RegistryError>(tx.commit(()))
        };
        self.db.transact(rotate).await?;
        Ok(secret.map_or(Rotated::Retired, |secret| Rotated::Secret(secret.into())))
    }

    /// What is known of a client's secrets; `None` where it has none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn secrets(&self, id: &str) -> Result<Option<KnownSecrets>, RegistryError> {
        let mut reader = self.db.read().await?;
        let Some(newest) = clients::newest_secret(&mut reader, id).await? else { return Ok(None) };
        let now = self.context.clock.now();
        let older_until = clients::older_secrets_until(&mut reader, id, &newest, now).await?;
        Ok(Some(KnownSecrets { older_until }))
    }

    /// Removes a client, and ends everything that it was given.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn remove(&self, id: &str) -> Result<u64, RegistryError> {
        let remove = async |mut tx: LentTransaction| {
            let (client, registered_at) = self.stored(&mut tx, id).await?;
            clients::note_change(&mut tx).await?;
            clients::delete(&mut tx, id).await?;
            let ended = removal::end_everything(&mut tx, self.tokens, &client, registered_at).await?;
            self.audit.record(&mut tx, &self.event(AuditKind::ClientRemoved, id)).await?;
            Ok::<_, RegistryError>(tx.commit(ended))
        };
        let ended = self.db.transact(remove).await?;
        // The client's next request here must find that its access has ended.
        self.tokens.feed.know_at_once().await;
        Ok(ended)
    }

    /// The registered clients as they are described, in the order of their ids.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn list(&self) -> Result<Vec<ClientConfig>, RegistryError> {
        let mut reader = self.db.read().await?;
        let rows = clients::list(&mut reader).await?;
        rows.iter().map(|row| Ok(description::read(&row.id, &row.description)?)).collect()
    }

    /// What happened to this client. Where a client operates, it is the one that the row names, and the other is its object.
    fn event<'a>(&'a self, kind: AuditKind, id: &'a str) -> AuditEvent<'a> {
        match self.operation {
            Some(operation) if !operation.client().is_empty() => AuditEvent::operated(kind, operation).on(id),
            Some(operation) => AuditEvent::operated(kind, operation).with_client(id),
            None => AuditEvent::new(kind, self.source).with_client(id),
        }
    }

    /// The id of a registered client, and when it was registered.
    async fn stored(
        &self,
        connection: &mut Connection,
        id: &str,
    ) -> Result<(ClientId, Timestamp), RegistryError> {
        if self.configured.is_configured(id) {
            return Err(RegistryError::Configured(id.to_owned()));
        }
        let unknown = || RegistryError::Unknown(id.to_owned());
        let client = ClientId::parse(id).ok_or_else(unknown)?;
        let row = clients::find(connection, client.as_str()).await?.ok_or_else(unknown)?;
        Ok((client, row.created_at))
    }
}

/// All registered clients that can be worked with. One that the configuration does not allow any more is left out, and the log
/// says so.
pub(crate) async fn read(connection: &mut Connection, rules: &ClientRules) -> Result<Vec<Client>, DbError> {
    let mut secrets: HashMap<String, Vec<Secret>> = HashMap::new();
    for (client, SecretRow { hash, expires_at }) in clients::secrets(connection).await? {
        secrets.entry(client).or_default().push(Secret::stored(hash, Some(expires_at)));
    }
    let mut read = Vec::new();
    for ClientRow { id, description, created_at, expires_at } in clients::list(connection).await? {
        let secrets = Secrets::new(secrets.remove(&id).unwrap_or_default());
        match description::read(&id, &description).map(|config| config.check_with(rules, Some(secrets))) {
            Ok(Ok(client)) => {
                let (registered_at, is_self_registered) = (Some(created_at), expires_at.is_some());
                read.push(Client { registered_at, is_self_registered, ..client });
            }
            Ok(Err(findings)) => {
                for ClientFinding { key, problem, cure } in findings {
                    tracing::warn!(client_id = %id, key, problem, cure, "a registered client is left out");
                }
            }
            Err(error) => tracing::error!(client_id = %id, %error, "a registered client cannot be read"),
        }
    }
    Ok(read)
}
