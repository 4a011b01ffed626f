//! `grants`.

use crate::client::config::ClientConfig;
use crate::client::findings::Findings;
use crate::client::grant_type::GrantType;

pub(crate) fn check(client: &ClientConfig, found: &mut Findings) -> Vec<GrantType> {
    let cure = "Write [\"authorization_code\"], [\"authorization_code\", \"refresh_token\"], [\"device_code\", \"refresh_token\"], or [\"client_credentials\"]";
    let mut grants = Vec::new();
    for text in &client.grants {
        match GrantType::parse_short(text) {
            Some(grant) => grants.push(grant),
            None => found.wrong("grants", format!("`{text}` is not allowed here"), cure),
        }
    }
    if client.grants.is_empty() {
        found.wrong("grants", "it has none, so the client could get no token", cure);
    } else if grants.contains(&GrantType::RefreshToken)
        && !grants.iter().any(|grant| matches!(grant, GrantType::AuthorizationCode | GrantType::DeviceCode))
    {
        found.wrong("grants", "nothing gives it the first refresh token", cure);
    }
    grants
}
