//! Why the program does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use db::OpenError;
use events::BusError;
use notifications::SmtpError;

use crate::config::ConfigError;
use crate::lost_passkeys::LostPasskeys;
use crate::master_key::MasterKeyError;

/// Why the program does not start. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address is taken or not ours.
    #[error(
        "`{key}`: cannot listen on {address}: {source}. Stop the program that uses it, or choose another address"
    )]
    Listen {
        /// The configuration key.
        key: &'static str,
        /// The address that could not be listened on.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The data folder.
    #[error("`data_dir`: the folder {path} cannot be written: {source}")]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The key ring.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The site's files.
    #[error("the site's files in {path} cannot be read: {source}. `make build` makes them")]
    Assets {
        /// The folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The tokens' settings.
    #[error(transparent)]
    TokenSettings(#[from] tokens::SettingsError),
    /// The signing keys.
    #[error("the signing keys cannot be read: {0}")]
    Tokens(#[from] tokens::TokensError),
    /// Passkeys of another domain.
    #[error(transparent)]
    LostPasskeys(#[from] LostPasskeys),
    /// The database, at the first question.
    #[error("the database refuses: {0}")]
    FirstQuestion(#[from] db::DbError),
    /// Accounts.
    #[error(transparent)]
    Accounts(#[from] members::SettingsError),
    /// Mails.
    #[error("`mail.smtp_url`, `mail.smtp_ca_file`: {0}")]
    Mail(#[from] SmtpError),
    /// The bus.
    #[error("the bus for events cannot be used: {0}")]
    Bus(#[from] BusError),
    /// The gateway's routes.
    #[error(transparent)]
    Routes(#[from] ConfigError),
    /// The gateway's connections.
    #[error(transparent)]
    Gateway(#[from] gateway::StartError),
    /// A provider's settings.
    #[error(transparent)]
    Providers(#[from] providers::SettingsError),
    /// What sends webhooks.
    #[error(transparent)]
    Webhooks(#[from] webhooks::PostError),
}
