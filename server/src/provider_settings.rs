//! From the configuration's provider sections to what the providers work with: real ones by their client id,
//! simulated ones in the development build, the rest off.

use names::ProviderName;
use providers::{ClientSettings, EnabledProvider, Endpoints, Settings, SettingsError, describe};
use url::Url;

use crate::config::{Config, Provider};

/// The providers that have a client id.
///
/// # Errors
/// Never in a build whose tests pass: the real endpoints are constants that must be URLs.
pub fn from(config: &Config) -> Result<Settings, SettingsError> {
    settings(config, |_| None)
}

/// With what `simulated` has for a provider without a client id.
fn settings(
    config: &Config,
    simulated: impl Fn(&Provider) -> Option<ClientSettings>,
) -> Result<Settings, SettingsError> {
    let mut enabled = Vec::with_capacity(ProviderName::ALL.len());
    for provider in config.providers.iter() {
        let Provider { name, protocol, .. } = *provider;
        let client =
            if provider.client_id.is_empty() { simulated(provider) } else { Some(client(provider)?) };
        enabled.extend(client.map(|client| EnabledProvider { name, protocol, client }));
    }
    Ok(Settings {
        public_url: config.public_url.clone(),
        enabled,
        proxy: config.outgoing.proxy.clone(),
        in_flight_limit: config.limits.logins.total,
        in_flight_share: config.limits.logins.per_network,
    })
}

fn client(provider: &Provider) -> Result<ClientSettings, SettingsError> {
    let real = (describe(provider.name).endpoints)(provider.protocol)?;
    let or = |set: &Option<Url>, real: Url| set.clone().unwrap_or(real);
    Ok(ClientSettings {
        client_id: provider.client_id.clone(),
        client_secret: provider.client_secret.clone(),
        admin_key: provider.admin_key.clone(),
        scopes: provider.scopes.clone(),
        endpoints: Endpoints {
            issuer: provider.issuer.clone().unwrap_or(real.issuer),
            authorize: or(&provider.authorize_url, real.authorize),
            token: or(&provider.token_url, real.token),
            userinfo: or(&provider.userinfo_url, real.userinfo),
            jwks: or(&provider.jwks_url, real.jwks),
            unlink: or(&provider.unlink_url, real.unlink),
        },
    })
}

/// The same, with simulators that stand in for providers without a client id.
///
/// # Errors
/// As [`from`].
#[cfg(all(feature = "simulators", debug_assertions))]
pub fn with_simulators(
    config: &Config,
    simulators: Option<&simulators::Simulators>,
) -> Result<Settings, SettingsError> {
    use providers::Protocol;
    use simulators::SimulatedProvider;

    settings(config, |provider| {
        let is_openid_connect = provider.protocol == Protocol::OpenIdConnect;
        let endpoints = simulators?.endpoints(SimulatedProvider::of(provider.name, is_openid_connect));
        Some(ClientSettings {
            client_id: endpoints.client_id,
            client_secret: Some(endpoints.client_secret.into()),
            admin_key: endpoints.admin_key.map(Into::into),
            scopes: provider.scopes.clone(),
            endpoints: Endpoints {
                issuer: endpoints.issuer,
                authorize: endpoints.authorize_url,
                token: endpoints.token_url,
                userinfo: endpoints.userinfo_url,
                jwks: endpoints.jwks_url,
                unlink: endpoints.unlink_url,
            },
        })
    })
}
