//! `grants`.

use crate::client::config::ClientConfig;
use crate::client::findings::Findings;
use crate::client::grant_type::GrantType;

pub(crate) fn check(client: &ClientConfig, found: &mut Findings) -> Vec<GrantType> {
    let cure = "Write [\"authorization_code\"], [\"authorization_code\", \"refresh_token\"], or [\"client_credentials\"]";
    let mut grants = Vec::new();
    for text in &client.grants {
        match (GrantType::parse(text), text.as_str()) {
            (Some(grant), _) => grants.push(grant),
            (None, "device_code" | "urn:ietf:params:oauth:grant-type:device_code") => {
                found.wrong("grants", format!("this version does not have `{text}` yet"), cure);
            }
            (None, _) => found.wrong("grants", format!("`{text}` is not allowed here"), cure),
        }
    }
    if client.grants.is_empty() {
        found.wrong("grants", "it has none, so the client could get no token", cure);
    } else if grants.contains(&GrantType::RefreshToken) && !grants.contains(&GrantType::AuthorizationCode) {
        found.wrong("grants", "nothing gives it the first refresh token", cure);
    }
    grants
}
