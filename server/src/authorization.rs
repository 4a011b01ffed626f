//! The authorization server of the program: its clients, checked against the rest of the configuration.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use authorization::{
    AuthorizationServer, ClientFinding, ClientRules, Clients, DocumentSettings, STANDARD_SCOPES, Services,
    Settings,
};
use web::PublicOrigin;

use crate::base::Base;
use crate::config::{Config, ConfigError, Finding, Mode, WrittenScope};

/// What tokens can allow here, alongside the standard scopes.
fn known_scopes(config: &Config) -> Vec<&str> {
    config.session.scope.words().chain(config.gateway.scope.words()).collect()
}

/// The clients of the configuration.
///
/// # Errors
/// Everything that is wrong, each with its place in the file.
pub fn clients(config: &Config) -> Result<Clients, ConfigError> {
    let scopes = known_scopes(config);
    let rules = rules(config);
    let (mut clients, mut findings) = (Vec::new(), unknown_words(config, &scopes));
    let mut ids = BTreeSet::new();
    for (number, written) in config.clients.configs.iter().enumerate() {
        match written.check(&rules) {
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

/// What the rest of the configuration allows a client.
pub fn rules(config: &Config) -> ClientRules {
    ClientRules {
        scopes: known_scopes(config).into_iter().map(str::to_owned).collect(),
        longest_access_life: config.tokens.access_life.get(),
        longest_refresh_life: config.tokens.refresh_life.get(),
        most_registrations: config.authorization.most_registrations.into(),
        is_development: config.is_development,
    }
}

/// Descriptions of scopes that no token can have: most likely a typo.
fn unknown_words(config: &Config, scopes: &[&str]) -> Vec<Finding> {
    let written = config.authorization.written_scopes.iter();
    let unknown = written.filter(|written| {
        !scopes.contains(&written.scope.as_str()) && !STANDARD_SCOPES.contains(&written.scope.as_str())
    });
    let finding = |written: &WrittenScope| Finding {
        place: written.place.clone(),
        key: written.key.clone(),
        problem: format!("no token here can have `{}`", written.scope),
        cure: "Add it to `session.scopes` or `gateway.scopes`, or correct the name".to_owned(),
    };
    unknown.map(finding).collect()
}

/// What is allowed but probably not intended, each with its place in the file.
pub fn doubts(config: &Config, clients: &Clients) -> Vec<Finding> {
    let is_production = config.mode == Mode::Production;
    let mut doubts = Vec::new();
    for (number, written) in config.clients.configs.iter().enumerate() {
        let Some(client) = written.id.as_deref().and_then(|id| clients.find(id)) else { continue };
        let found = client.doubts(is_production, &config.authorization.scope_words);
        doubts.extend(found.iter().map(|finding| config.clients.place(number, finding)));
    }
    doubts
}

/// The authorization server of a configuration.
///
/// `resources` are the routes that describe themselves to clients.
///
/// # Errors
/// As [`clients`].
pub fn server_of(
    config: &Config,
    services: Services,
    base: &Base,
    resources: BTreeSet<String>,
) -> Result<AuthorizationServer, ConfigError> {
    let per_minute = config.limits.rates.authorization_requests_per_minute;
    let settings = Settings {
        origin: PublicOrigin::of(&config.public_url),
        scopes: known_scopes(config).into_iter().map(str::to_owned).collect(),
        scope_words: config.authorization.scope_words.clone(),
        clients: clients(config)?,
        documents: DocumentSettings {
            origins: config.authorization.client_documents.clone(),
            loopback: config.is_development,
            audiences: resources.into_iter().collect(),
            proxy: config.outgoing.proxy.clone(),
        },
        rules: rules(config),
        registration_token: config.authorization.registration_token.clone(),
        audience: config.tokens.audience.clone(),
        requests_per_minute: NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN),
    };
    Ok(AuthorizationServer::new(settings, services, &base.key_ring, base.context.clone()))
}
