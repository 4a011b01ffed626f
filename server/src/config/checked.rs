//! The configuration, once it is found to be in order.

use std::net::SocketAddr;
use std::path::PathBuf;

use ::tokens::Scope;
use db::DatabaseSettings;
use kernel::SecretString;
use url::Url;

use super::activity::Activity;
use super::admin::Admin;
use super::audit::Audit;
use super::authorization::Authorization;
use super::clients::Clients;
use super::gateway::Gateway;
use super::https::Https;
use super::kafka::Events;
use super::limits::Limits;
use super::mail::Mail;
use super::members::Members;
use super::mode::Mode;
use super::outgoing::Outgoing;
use super::passkeys::Passkeys;
use super::providers::Providers;
use super::roles::Roles;
use super::second_factor::SecondFactor;
use super::site::Site;
use super::tokens::Tokens;
use super::units::Span;
use super::webhooks::Webhooks;
use crate::log::LogFormat;

/// The checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// `mode`.
    pub mode: Mode,
    /// Whether this is the development build and mode.
    pub is_development: bool,
    /// `public_url`.
    pub public_url: Url,
    /// `listen`.
    pub listen: SocketAddr,
    /// `ops_listen`.
    pub ops_listen: SocketAddr,
    /// `data_dir`.
    pub data_dir: PathBuf,
    /// `master_keys`, newest first; empty in development only.
    pub master_keys: Vec<SecretString>,
    /// `[database]`.
    pub database: DatabaseSettings,
    /// `[providers.…]`.
    pub providers: Providers,
    /// `[[webhooks]]`.
    pub webhooks: Webhooks,
    /// `[outgoing]`.
    pub outgoing: Outgoing,
    /// `[site]`.
    pub site: Site,
    /// `[session]`.
    pub session: Session,
    /// `[tokens]`.
    pub tokens: Tokens,
    /// `[mail]`.
    pub mail: Mail,
    /// `[events]` and `[kafka]`.
    pub events: Events,
    /// `[members]`.
    pub members: Members,
    /// `[second_factor]`.
    pub second_factor: SecondFactor,
    /// `[passkeys]`.
    pub passkeys: Passkeys,
    /// `[roles]`.
    pub roles: Roles,
    /// `[admin]`.
    pub admin: Admin,
    /// `[audit]`.
    pub audit: Audit,
    /// `[activity]`.
    pub activity: Activity,
    /// `[[clients]]`.
    pub clients: Clients,
    /// `[authorization]`.
    pub authorization: Authorization,
    /// `[gateway]`.
    pub gateway: Gateway,
    /// `[https]`.
    pub https: Https,
    /// `[simulators]`.
    pub simulators: Simulators,
    /// `[limits]`.
    pub limits: Limits,
    /// `[log]`.
    pub log: Log,
}

/// The section `[session]`, checked.
#[derive(Clone, Debug)]
pub struct Session {
    /// `session.idle`.
    pub idle: Span,
    /// `session.absolute`.
    pub absolute: Span,
    /// `session.scopes`.
    pub scope: Scope,
}

/// The section `[simulators]`, checked.
#[derive(Clone, Copy, Debug)]
pub struct Simulators {
    /// Whether simulators stand in for providers without a client id: in the development build and mode only.
    pub enabled: bool,
    /// `simulators.listen`.
    pub listen: SocketAddr,
}

/// The section `[log]`, checked.
#[derive(Clone, Debug)]
pub struct Log {
    /// `log.format`.
    pub format: LogFormat,
    /// `log.filter`.
    pub filter: String,
}
