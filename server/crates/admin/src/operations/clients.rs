//! Clients of the authorization server, as operators work with them: those of the configuration, which are read alone, and those that
//! were registered.

use audit::AuditLog;
use authorization::{
    Client, ClientConfig, ClientRules, Clients, KnownSecrets, Registry, RegistryError, Rotated,
};
use db::Database;
use kernel::{Context, SecretString};
use names::{Operation, Source};
use tokens::Tokens;

use crate::operations::shown_secret::ShownSecrets;

/// A client, and where it comes from.
#[derive(Clone, Debug)]
pub struct KnownClient {
    /// As it is described; without its secret.
    pub config: ClientConfig,
    /// Whether the configuration has it; otherwise it was registered.
    pub is_configured: bool,
}

/// Clients, as operators work with them.
pub struct ClientBook {
    /// Where they are stored.
    pub db: Database,
    /// What ends with a client.
    pub tokens: Tokens,
    /// Where it is written down.
    pub audit: AuditLog,
    /// The clock, and where random values come from.
    pub context: Context,
    /// Those of the configuration.
    pub configured: Clients,
    /// The same, as they are written there.
    pub written: Vec<ClientConfig>,
    /// What the rest of the configuration allows a client.
    pub rules: ClientRules,
    /// What brings a new secret to the page that shows it.
    pub shown: ShownSecrets,
}

impl ClientBook {
    fn registry<'a>(&'a self, source: &'a Source, operation: Option<&'a Operation>) -> Registry<'a> {
        Registry {
            db: &self.db,
            tokens: &self.tokens,
            audit: &self.audit,
            source,
            operation,
            context: &self.context,
            configured: &self.configured,
            rules: &self.rules,
        }
    }

    /// All of them: those of the configuration first, then the registered ones by their ids.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn list(&self) -> Result<Vec<KnownClient>, RegistryError> {
        let written = self.written.iter().map(|config| {
            let config = ClientConfig { secret: None, ..config.clone() };
            KnownClient { config, is_configured: true }
        });
        let registered = self.registry(&Source::system(), None).list().await?;
        let registered = registered.into_iter().map(|config| KnownClient { config, is_configured: false });
        Ok(written.chain(registered).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn one(&self, id: &str) -> Result<Option<KnownClient>, RegistryError> {
        Ok(self.list().await?.into_iter().find(|client| client.config.id.as_deref() == Some(id)))
    }

    /// Registers one. Gives its secret, if it has one: it is kept nowhere.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn add(
        &self,
        config: &ClientConfig,
        operation: &Operation,
    ) -> Result<(Client, Option<SecretString>), RegistryError> {
        self.registry(&operation.source, Some(operation)).add(config).await
    }

    /// Gives one another secret, or ends its older ones.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn rotate_secret(
        &self,
        id: &str,
        retire: bool,
        operation: &Operation,
    ) -> Result<Rotated, RegistryError> {
        self.registry(&operation.source, Some(operation)).rotate_secret(id, retire).await
    }

    /// What is known of the secrets of one; `None` where it has none.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn secrets(&self, id: &str) -> Result<Option<KnownSecrets>, RegistryError> {
        self.registry(&Source::system(), None).secrets(id).await
    }

    /// Removes one, and ends everything that it was given; how many grants that were.
    ///
    /// # Errors
    /// As [`RegistryError`] says.
    pub async fn remove(&self, id: &str, operation: &Operation) -> Result<u64, RegistryError> {
        self.registry(&operation.source, Some(operation)).remove(id).await
    }
}
