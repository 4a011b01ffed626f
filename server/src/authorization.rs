//! The authorization server of the program: its clients, checked against the rest of the configuration.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use authorization::{AuthorizationServer, ClientFinding, Clients, Services, Settings};
use web::PublicOrigin;

use crate::base::Base;
use crate::config::{Config, ConfigError, Finding, Mode};

/// The clients of the configuration.
///
/// # Errors
/// Everything that is wrong, each with its place in the file.
pub fn clients(config: &Config) -> Result<Clients, ConfigError> {
    let of_sessions = config.session.scope.words();
    let known: Vec<&str> = of_sessions.chain(config.gateway.scope.words()).collect();
    let (mut clients, mut findings) = (Vec::new(), Vec::new());
    let mut ids = BTreeSet::new();
    for (number, written) in config.clients.configs.iter().enumerate() {
        match written.check(&known) {
            Ok(client) if !ids.insert(client.id.as_str().to_owned()) => {
                let problem = format!("`{}` is the id of another client above", client.id);
                let cure = "Choose another one".to_owned();
                findings.push(config.clients.place(number, &ClientFinding { key: "id", problem, cure }));
            }
            Ok(client) => clients.push(client),
            Err(wrong) => findings.extend(wrong.iter().map(|finding| config.clients.place(number, finding))),
        }
    }
    if findings.is_empty() { Ok(Clients::new(clients)) } else { Err(ConfigError(findings)) }
}

/// What is allowed and may not be what was meant, each with its place in the file.
pub fn doubts(config: &Config, clients: &Clients) -> Vec<Finding> {
    let mut doubts = Vec::new();
    for (number, written) in config.clients.configs.iter().enumerate() {
        let Some(client) = written.id.as_deref().and_then(|id| clients.find(id)) else { continue };
        for address in client.redirect_uris.iter().chain(&client.post_logout_redirect_uris) {
            let (problem, cure) = if address.is_http() && config.mode == Mode::Production {
                ("is plain http, in production", "Remove it, unless the app runs on the person's own machine")
            } else if address.is_private_use() {
                (
                    "has a scheme that any app on the same device can claim",
                    "Use an https address that the app has claimed, if its system knows those",
                )
            } else {
                continue;
            };
            let problem = format!("`{}` {problem}", address.as_str());
            let finding = ClientFinding { key: "redirect_uris", problem, cure: cure.to_owned() };
            doubts.push(config.clients.place(number, &finding));
        }
    }
    doubts
}

/// The authorization server of a configuration.
///
/// # Errors
/// As [`clients`].
pub fn server_of(
    config: &Config,
    services: Services,
    base: &Base,
) -> Result<AuthorizationServer, ConfigError> {
    let per_minute = config.limits.rates.authorization_requests_per_minute;
    let of_sessions = config.session.scope.words();
    let settings = Settings {
        origin: PublicOrigin::of(&config.public_url),
        scopes: of_sessions.chain(config.gateway.scope.words()).map(str::to_owned).collect(),
        clients: clients(config)?,
        audience: config.tokens.audience.clone(),
        requests_per_minute: NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN),
    };
    Ok(AuthorizationServer::new(settings, services, &base.key_ring, base.context.clone()))
}
