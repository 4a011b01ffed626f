//! `daemun clients`: clients in the database of running programs, which know of a change within seconds.

use std::io;
use std::process::ExitCode;

use admin::{ClientBook, KnownClient};
use authorization::{Client, ClientConfig, ClientFinding, RegistryError, Rotated};
use clap::{Args, Subcommand};
use kernel::{ExposeSecret as _, SecretString};
use names::OperatorReason;

use super::command_context::{CommandContext, CommandContextError, NO_REASON, REASON};
use super::configured;
use crate::authorization::clients;
use crate::config::{Config, ConfigError, Mode, Sources, Span};
use crate::operations::client_book;

#[derive(Subcommand)]
pub(super) enum Clients {
    /// Register a client. Its secret, if its method has one, is printed only this once.
    Add(Box<Description>),
    /// Print all clients, those of the configuration as well.
    List,
    /// Print one client, without its secret.
    Show {
        /// Which one.
        id: String,
    },
    /// Give a client a new secret, printed only this once. The old one stays valid for 7 days.
    RotateSecret {
        /// Which one.
        id: String,
        /// Make none, and revoke all but the newest at once. To revoke one that leaked, run without this flag first.
        #[arg(long)]
        retire: bool,
        #[arg(long, value_name = "TEXT", help = REASON, value_parser = OperatorReason::parse, default_value = NO_REASON)]
        reason: OperatorReason,
    },
    /// Remove a client and revoke all its tokens.
    Remove {
        /// Which one.
        id: String,
        #[arg(long, value_name = "TEXT", help = REASON, value_parser = OperatorReason::parse, default_value = NO_REASON)]
        reason: OperatorReason,
    },
}

/// The fields of `[[clients]]`. Lists are written with commas, or by giving the flag again.
#[derive(Args)]
pub(super) struct Description {
    /// Letters, digits and -._~:/, but not a UUID.
    id: String,
    /// The name that people see; the id by default.
    #[arg(long)]
    name: Option<String>,
    /// none, client_secret_basic, client_secret_post or private_key_jwt.
    #[arg(long, default_value = "client_secret_basic")]
    auth: String,
    /// Its public keys, for private_key_jwt.
    #[arg(long, conflicts_with = "jwks_file")]
    jwks: Option<String>,
    /// The same from a file.
    #[arg(long, alias = "jwks_file", value_name = "FILE")]
    jwks_file: Option<String>,
    /// The grants that it may use.
    #[arg(long, alias = "grant", value_delimiter = ',', default_value = "authorization_code,refresh_token")]
    grants: Vec<String>,
    /// Where people may be sent back to.
    #[arg(long, aliases = ["redirect-uri", "redirect_uris", "redirect_uri"], value_delimiter = ',')]
    redirect_uris: Vec<String>,
    /// Where people may be sent after a sign-out.
    #[arg(
        long,
        aliases = ["post-logout-redirect-uri", "post_logout_redirect_uris", "post_logout_redirect_uri"],
        value_delimiter = ','
    )]
    post_logout_redirect_uris: Vec<String>,
    /// The scopes that it may ask for.
    #[arg(long, alias = "scope", value_delimiter = ',', default_value = "openid,profile")]
    scopes: Vec<String>,
    /// The APIs that it may name as `resource`.
    #[arg(long, alias = "audience", value_delimiter = ',')]
    audiences: Vec<String>,
    /// The APIs whose tokens it may introspect.
    #[arg(long, value_delimiter = ',')]
    introspects: Vec<String>,
    /// Origins of its pages that call from a script.
    #[arg(long, alias = "origin", value_delimiter = ',')]
    origins: Option<Vec<String>>,
    /// Your own app: members are not asked for consent.
    #[arg(long, alias = "first_party", num_args = 0..=1, default_missing_value = "true", default_value = "false")]
    first_party: bool,
    /// The URL that is notified when a session ends.
    #[arg(long, alias = "backchannel_logout_uri")]
    backchannel_logout_uri: Option<String>,
    /// Require pushed authorization requests.
    #[arg(long, alias = "require_par", num_args = 0..=1, default_missing_value = "true", default_value = "false")]
    require_par: bool,
    /// optional or required.
    #[arg(long)]
    dpop: Option<String>,
    /// required or optional.
    #[arg(long)]
    pkce: Option<String>,
    /// How long its access tokens live, such as 90s.
    #[arg(long, alias = "access_ttl", value_parser = str::parse::<Span>)]
    access_ttl: Option<Span>,
    /// How long its refresh tokens live, such as 14d.
    #[arg(long, alias = "refresh_ttl", value_parser = str::parse::<Span>)]
    refresh_ttl: Option<Span>,
    #[arg(long, value_name = "TEXT", help = REASON, value_parser = OperatorReason::parse, default_value = NO_REASON)]
    reason: OperatorReason,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum ClientsError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    CommandContext(#[from] CommandContextError),
    #[error("the file {path} cannot be read")]
    Keys {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Registry(RegistryError),
    #[error("the client cannot be added:{}", .0.iter().map(told).collect::<String>())]
    Wrong(Vec<ClientFinding>),
    #[error("there is no client `{0}`; `daemun clients list` shows all")]
    Unknown(String),
}

impl From<RegistryError> for ClientsError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Wrong(findings) => Self::Wrong(findings),
            other => Self::Registry(other),
        }
    }
}

fn told(finding: &ClientFinding) -> String {
    let flag = finding.key.replace('_', "-");
    format!("\n  --{flag}: {}. {}", finding.problem, finding.cure)
}

pub(super) async fn run(command: Clients, sources: &Sources) -> ExitCode {
    let is_usage = |error: &ClientsError| matches!(error, ClientsError::Wrong(_));
    configured::print_or(sources, async |config| work(command, config).await, is_usage).await
}

/// Does it, and returns what is to be printed.
async fn work(command: Clients, config: &Config) -> Result<String, ClientsError> {
    // Before the database is opened: a configuration that is wrong says so first.
    clients(config)?;
    let context = CommandContext::open(config).await?;
    let CommandContext { base, tokens, audit, .. } = &context;
    let book = client_book(config, base, tokens, audit)?;
    let printed = match command {
        Clients::Add(description) => {
            let operation = context.operation(description.reason.clone());
            let (client, secret) = book.add(&description.config()?, &operation).await?;
            added(config, &client, secret.as_ref())
        }
        Clients::List => list(&book).await?,
        Clients::Show { id } => show(&book, id).await?,
        Clients::RotateSecret { id, retire, reason } => {
            let rotated = book.rotate_secret(&id, retire, &context.operation(reason)).await?;
            rotated_text(&id, &rotated)
        }
        Clients::Remove { id, reason } => {
            let ended = book.remove(&id, &context.operation(reason)).await?;
            format!("The client `{id}` is removed, and {ended} of its grants are revoked.\n")
        }
    };
    base.db.close().await;
    Ok(printed)
}

fn rotated_text(id: &str, rotated: &Rotated) -> String {
    match rotated {
        Rotated::Secret(secret) => {
            format!("{}The old secret stays valid for 7 days.\n", printed_secret(secret))
        }
        Rotated::Retired => {
            format!("The older secrets of `{id}` are revoked; only the newest works.\n")
        }
    }
}

impl Description {
    fn config(self) -> Result<ClientConfig, ClientsError> {
        let jwks = match self.jwks_file {
            Some(path) => {
                Some(std::fs::read_to_string(&path).map_err(|source| ClientsError::Keys { path, source })?)
            }
            None => self.jwks,
        };
        let has_people = self.grants.iter().any(|grant| grant != "client_credentials");
        // Fields that matter only to people keep their default if no person is involved.
        let scopes = if has_people || self.scopes != ["openid", "profile"] {
            self.scopes
        } else {
            vec!["read".to_owned()]
        };
        Ok(ClientConfig {
            name: Some(self.name.unwrap_or_else(|| self.id.clone())),
            id: Some(self.id),
            auth: Some(self.auth),
            secret: None,
            jwks,
            grants: self.grants,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            scopes,
            audiences: self.audiences,
            introspects: self.introspects,
            origins: self.origins,
            first_party: self.first_party,
            backchannel_logout_uri: self.backchannel_logout_uri,
            require_par: self.require_par,
            dpop: self.dpop,
            pkce: self.pkce,
            access_ttl: self.access_ttl.map(Span::get),
            refresh_ttl: self.refresh_ttl.map(Span::get),
        })
    }
}

fn printed_secret(secret: &SecretString) -> String {
    format!("Its secret, shown only this once:\n{}\n", secret.expose_secret())
}

fn added(config: &Config, client: &Client, secret: Option<&SecretString>) -> String {
    let mut text = format!("The client `{}` is registered; replicas know within seconds.\n", client.id);
    if let Some(secret) = secret {
        text.push_str(&printed_secret(secret));
    }
    for doubt in client.doubts(config.mode == Mode::Production, &config.authorization.scope_words) {
        let line = format!("Look at `{}`: {}. {}\n", doubt.key, doubt.problem, doubt.cure);
        text.push_str(&line);
    }
    text
}

async fn list(book: &ClientBook) -> Result<String, ClientsError> {
    let line = |KnownClient { config, is_configured }: &KnownClient| {
        format!(
            "{}  {}  {}  {}  {}\n",
            config.id.as_deref().unwrap_or_default(),
            if *is_configured { "configuration" } else { "database" },
            config.auth.as_deref().unwrap_or_default(),
            config.grants.join(","),
            config.name.as_deref().unwrap_or_default()
        )
    };
    Ok(book.list().await?.iter().map(line).collect())
}

async fn show(book: &ClientBook, id: String) -> Result<String, ClientsError> {
    let client = book.one(&id).await?.ok_or(ClientsError::Unknown(id))?.config;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let life = |life: Option<std::time::Duration>| {
        life.map_or_else(String::new, |life| format!("{}s", life.as_secs()))
    };
    let fields = [
        ("id", text(&client.id)),
        ("name", text(&client.name)),
        ("auth", text(&client.auth)),
        ("jwks", text(&client.jwks)),
        ("grants", client.grants.join(",")),
        ("redirect_uris", client.redirect_uris.join(",")),
        ("post_logout_redirect_uris", client.post_logout_redirect_uris.join(",")),
        ("scopes", client.scopes.join(",")),
        ("audiences", client.audiences.join(",")),
        ("introspects", client.introspects.join(",")),
        ("origins", client.origins.as_ref().map_or_else(String::new, |origins| origins.join(","))),
        ("first_party", client.first_party.to_string()),
        ("backchannel_logout_uri", text(&client.backchannel_logout_uri)),
        ("require_par", client.require_par.to_string()),
        ("dpop", text(&client.dpop)),
        ("pkce", text(&client.pkce)),
        ("access_ttl", life(client.access_ttl)),
        ("refresh_ttl", life(client.refresh_ttl)),
    ];
    let written = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<_> = written.map(|(key, value)| format!("{key} = {value}\n")).collect();
    Ok(lines.concat())
}
