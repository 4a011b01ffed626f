//! The configuration: typed, with every key known, and everything that is wrong said at once.
//!
//! To add a key: write it with its default and a comment into `daemun.example.toml`, and read it in a section here. A
//! test fails while only one of the two is done.

mod activity;
mod admin;
mod audit;
mod authorization;
mod checked;
mod clients;
mod database;
mod finding;
mod gateway;
mod https;
mod kafka;
mod kafka_properties;
mod kafka_security;
mod limits;
mod mail;
mod members;
mod mode;
mod outgoing;
mod passkeys;
mod plain_text;
mod platform;
mod production;
mod providers;
mod reader;
mod roles;
mod scope;
mod second_factor;
mod site;
mod sources;
mod table;
mod tokens;
mod units;
mod weak_secret;
mod webhooks;

use std::fmt;

use kernel::{ExposeSecret as _, MasterKey, SecretString};
use url::Url;

use crate::log::LogFormat;

pub use self::activity::Activity;
pub use self::admin::Admin;
pub use self::audit::Audit;
pub use self::authorization::{Authorization, WrittenScope};
pub use self::clients::{Clients, SecretFile};
pub use self::gateway::Gateway;
pub use self::members::Members;
pub use self::second_factor::SecondFactor;
pub use checked::{Config, Log, Session, Simulators};
pub use finding::Finding;
pub use https::Https;
pub use kafka::{Bus, Events};
pub use limits::Limits;
pub use mail::{Mail, MailTransport};
pub use mode::Mode;
pub use outgoing::Outgoing;
pub use passkeys::Passkeys;
pub use providers::{Provider, Providers};
pub use roles::Roles;
pub use site::Site;
pub use sources::{Build, Sources};
pub use tokens::Tokens;
pub use units::{Size, Span, UnitError};
pub use webhooks::Webhooks;

use reader::Reader;

/// A configuration, and what was passed over in reading it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Variables of the environment that look like ours and that the platform wrote. They mean nothing here.
    pub passed_over: Vec<String>,
}

/// Everything that is wrong.
#[derive(Debug)]
pub struct ConfigError(pub Vec<Finding>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.0.iter().try_for_each(|finding| write!(f, "\n  {finding}"))
    }
}

impl std::error::Error for ConfigError {}

/// Reads the configuration.
///
/// # Errors
/// Every unknown key and every value that does not fit, each with its place and what is allowed.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut findings = Vec::new();
    let values = sources::gather(sources, &mut findings);
    let reader = Reader::new(values, findings);
    let config = read(&reader, sources);
    config.tokens.check(&reader, config.session.idle.get());
    if config.mode == Mode::Production {
        production::check(&reader, &config);
    }
    let findings = reader.into_findings();
    if !findings.is_empty() {
        return Err(ConfigError(findings));
    }
    Ok(Loaded { config, passed_over: sources::of_the_platform(sources) })
}

fn read(reader: &Reader, sources: &Sources) -> Config {
    let mode = match reader.text("mode").as_str() {
        "development" => Mode::Development,
        "production" => Mode::Production,
        other => {
            reader.wrong(
                "mode",
                format!("`{other}` is not allowed here"),
                "Write \"development\" or \"production\"",
            );
            Mode::Production
        }
    };
    let public_url = public_url(reader, mode);
    // Read whatever the mode is, so that the key is known; only production asks.
    let _ = reader.flag("gateway.allow_insecure_upstreams");
    let simulators = simulators(reader, mode, sources);
    let outgoing = Outgoing::read(reader);
    let roles = Roles::read(reader);
    Config {
        is_development: mode == Mode::Development && sources.build == Build::Development,
        mode,
        listen: reader.address("listen"),
        ops_listen: reader.address("ops_listen"),
        data_dir: reader.path("data_dir"),
        master_keys: master_keys(reader, mode),
        database: database::read(reader),
        providers: Providers::read(reader, mode),
        webhooks: Webhooks::read(reader, mode, &outgoing),
        outgoing,
        site: Site::read(reader),
        session: session(reader),
        tokens: Tokens::read(reader, mode, &public_url),
        mail: Mail::read(reader, mode),
        members: Members::read(reader),
        second_factor: SecondFactor::read(reader, &roles),
        passkeys: Passkeys::read(reader, &public_url),
        roles,
        events: Events::read(reader, &public_url),
        admin: Admin::read(reader),
        audit: Audit::read(reader),
        activity: Activity::read(reader),
        clients: Clients::read(reader),
        authorization: Authorization::read(reader),
        gateway: Gateway::read(reader),
        https: Https::read(reader),
        simulators,
        limits: Limits::read(reader),
        log: log(reader),
        public_url,
    }
}

fn public_url(reader: &Reader, mode: Mode) -> Url {
    let text = reader.text("public_url");
    let nowhere =
        || Url::from_file_path("/").unwrap_or_else(|()| unreachable!("a root path is a file address"));
    let Some(url) = reader.url("public_url", &text) else { return nowhere() };
    if mode == Mode::Production && url.scheme() != "https" {
        reader.wrong(
            "public_url",
            "production needs https",
            "Write the https address at which people find Daemun",
        );
    }
    if url.path() != "/" || url.query().is_some() {
        reader.wrong(
            "public_url",
            "it has a path",
            "Write scheme, host and port only: Daemun owns its whole host",
        );
    }
    url
}

fn simulators(reader: &Reader, mode: Mode, sources: &Sources) -> Simulators {
    let key = "simulators.enabled";
    let asked = reader.flag(key);
    let written = reader.is_written(key) || reader.is_written("simulators.listen");
    if asked && written && (mode == Mode::Production || sources.build == Build::Release) {
        reader.wrong(
            key,
            "simulated providers let anybody in as anybody; they exist in the development build and mode only",
            "Remove the [simulators] section, and give each provider its client_id",
        );
    }
    let enabled = asked && mode == Mode::Development && sources.build == Build::Development;
    Simulators { enabled, listen: reader.address("simulators.listen") }
}

fn master_keys(reader: &Reader, mode: Mode) -> Vec<SecretString> {
    let cure = "Write one that `openssl rand -base64 32` prints";
    let (direct, file) = (reader.list("master_keys"), reader.text("master_keys_file"));
    if direct.is_empty() && file.is_empty() && mode == Mode::Production {
        reader.wrong("master_keys", "production needs a key", cure);
    }
    if !direct.is_empty() && !file.is_empty() {
        reader.wrong("master_keys", "`master_keys_file` is given too", "Give one of the two");
    }
    let text = if file.is_empty() { None } else { reader.file("master_keys_file", &file) };
    let text = text.unwrap_or_default();
    let in_file = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    let direct = direct.into_iter().map(|key| ("master_keys", key));
    let written = direct.chain(in_file.map(|key| ("master_keys_file", key)));
    let keys = written.map(|(place, key)| {
        let key = SecretString::from(key);
        if let Err(error) = MasterKey::parse(key.expose_secret()) {
            reader.wrong(place, error, cure);
        }
        key
    });
    keys.collect()
}

fn session(reader: &Reader) -> Session {
    let session = Session {
        idle: reader.span("session.idle"),
        absolute: reader.span("session.absolute"),
        scope: scope::scope(reader, "session.scopes"),
    };
    if session.idle.get() > session.absolute.get() {
        reader.wrong(
            reader.written_of("session.idle", "session.absolute"),
            "`session.idle` is longer than `session.absolute`",
            "Write a shorter `session.idle`, or a longer `session.absolute`",
        );
    }
    session
}

fn log(reader: &Reader) -> Log {
    let format = match reader.text("log.format").as_str() {
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        other => {
            reader.wrong(
                "log.format",
                format!("`{other}` is not allowed here"),
                "Write \"text\" or \"json\"",
            );
            LogFormat::Text
        }
    };
    let filter = reader.text("log.filter");
    if let Err(error) = tracing_subscriber::EnvFilter::try_new(&filter) {
        reader.wrong("log.filter", error, "Write \"info\", or \"info,sessions=debug\"");
    }
    Log { format, filter }
}

#[cfg(test)]
mod tests;
