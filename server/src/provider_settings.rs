//! From the configuration's provider sections to what the providers work with: real ones by their client id,
//! simulated ones in the development build, the rest off.

use providers::{ClientSettings, Endpoints, Settings, SettingsError};
use url::Url;

use crate::config::{Config, Provider};

/// The providers that have a client id.
///
/// # Errors
/// Never in a build whose tests pass: the real endpoints are constants that must be URLs.
pub fn from(config: &Config) -> Result<Settings, SettingsError> {
    let Config { providers, .. } = config;
    Ok(Settings {
        public_url: config.public_url.clone(),
        google: client(&providers.google, Endpoints::google()?),
        naver: client(&providers.naver, Endpoints::naver(providers.naver_protocol)?)
            .map(|client| (providers.naver_protocol, client)),
        kakao: client(&providers.kakao, Endpoints::kakao()?).map(|client| (providers.kakao_protocol, client)),
        proxy: config.outgoing.proxy.clone(),
        in_flight_limit: config.limits.logins.total,
        in_flight_share: config.limits.logins.per_network,
    })
}

fn client(provider: &Provider, real: Endpoints) -> Option<ClientSettings> {
    if provider.client_id.is_empty() {
        return None;
    }
    let or = |set: &Option<Url>, real: Url| set.clone().unwrap_or(real);
    Some(ClientSettings {
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
    use providers::NaverProtocol;
    use simulators::SimulatedProvider;

    let mut settings = from(config)?;
    let Some(simulators) = simulators else { return Ok(settings) };
    let simulated = |provider, configured: &Provider| {
        let endpoints = simulators.endpoints(provider);
        ClientSettings {
            client_id: endpoints.client_id,
            client_secret: Some(endpoints.client_secret.into()),
            admin_key: endpoints.admin_key.map(Into::into),
            scopes: configured.scopes.clone(),
            endpoints: Endpoints {
                issuer: endpoints.issuer,
                authorize: endpoints.authorize_url,
                token: endpoints.token_url,
                userinfo: endpoints.userinfo_url,
                jwks: endpoints.jwks_url,
                unlink: endpoints.unlink_url,
            },
        }
    };
    let providers = &config.providers;
    settings.google.get_or_insert_with(|| simulated(SimulatedProvider::Google, &providers.google));
    settings.naver.get_or_insert_with(|| {
        let surface = match providers.naver_protocol {
            NaverProtocol::Classic => SimulatedProvider::NaverClassic,
            NaverProtocol::Oidc => SimulatedProvider::NaverOidc,
        };
        (providers.naver_protocol, simulated(surface, &providers.naver))
    });
    settings.kakao.get_or_insert_with(|| {
        (providers.kakao_protocol, simulated(SimulatedProvider::Kakao, &providers.kakao))
    });
    Ok(settings)
}
