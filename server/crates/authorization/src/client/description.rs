//! A registered client, as the database has it: what `[[clients]]` would have, as JSON, without secrets.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::client::config::ClientConfig;

/// The fields by the names that they have in the configuration.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Description {
    name: Option<String>,
    auth: Option<String>,
    jwks: Option<String>,
    grants: Vec<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    scopes: Vec<String>,
    audiences: Vec<String>,
    introspects: Vec<String>,
    origins: Option<Vec<String>>,
    first_party: bool,
    backchannel_logout_uri: Option<String>,
    require_par: bool,
    dpop: Option<String>,
    pkce: Option<String>,
    /// In seconds.
    access_ttl: Option<u64>,
    refresh_ttl: Option<u64>,
}

/// What is stored of a client.
pub(crate) fn write(client: &ClientConfig) -> Result<String, serde_json::Error> {
    let client = client.clone();
    serde_json::to_string(&Description {
        name: client.name,
        auth: client.auth,
        jwks: client.jwks,
        grants: client.grants,
        redirect_uris: client.redirect_uris,
        post_logout_redirect_uris: client.post_logout_redirect_uris,
        scopes: client.scopes,
        audiences: client.audiences,
        introspects: client.introspects,
        origins: client.origins,
        first_party: client.first_party,
        backchannel_logout_uri: client.backchannel_logout_uri,
        require_par: client.require_par,
        dpop: client.dpop,
        pkce: client.pkce,
        access_ttl: client.access_ttl.map(|life| life.as_secs()),
        refresh_ttl: client.refresh_ttl.map(|life| life.as_secs()),
    })
}

/// The client with this id that is stored so.
pub(crate) fn read(id: &str, text: &str) -> Result<ClientConfig, serde_json::Error> {
    let stored: Description = serde_json::from_str(text)?;
    Ok(ClientConfig {
        id: Some(id.to_owned()),
        name: stored.name,
        auth: stored.auth,
        secret: None,
        jwks: stored.jwks,
        grants: stored.grants,
        redirect_uris: stored.redirect_uris,
        post_logout_redirect_uris: stored.post_logout_redirect_uris,
        scopes: stored.scopes,
        audiences: stored.audiences,
        introspects: stored.introspects,
        origins: stored.origins,
        first_party: stored.first_party,
        backchannel_logout_uri: stored.backchannel_logout_uri,
        require_par: stored.require_par,
        dpop: stored.dpop,
        pkce: stored.pkce,
        access_ttl: stored.access_ttl.map(Duration::from_secs),
        refresh_ttl: stored.refresh_ttl.map(Duration::from_secs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_survives_the_database_without_its_secret() {
        let client = ClientConfig {
            id: Some("a".to_owned()),
            name: Some("앱".to_owned()),
            secret: Some("hunter2".into()),
            origins: Some(Vec::new()),
            access_ttl: Some(Duration::from_secs(60)),
            require_par: true,
            ..ClientConfig::default()
        };
        let text = write(&client).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        let expected = ClientConfig { secret: None, ..client };
        assert_eq!(format!("{:?}", read("a", &text).unwrap()), format!("{expected:?}"));
        assert!(read("a", "{\"unknown\": 1}").is_err() && read("a", "").is_err());
    }
}
