//! `auth` and what belongs to it: `secret`, `jwks`, `pkce`.

use kernel::{ExposeSecret as _, SecretString};

use crate::client::authentication::{Authentication, Method};
use crate::client::config::{ClientConfig, requirement};
use crate::client::findings::Findings;
use crate::client::keys::ClientKeys;
use crate::client::requirement::Requirement;
use crate::client::secrets::{Secret, Secrets};

/// `stored` are the secrets of a client that is registered; one of the configuration has its own.
pub(crate) fn check(
    client: &ClientConfig,
    stored: Option<Secrets>,
    found: &mut Findings,
) -> Option<Authentication> {
    let cure = "Write \"none\" for an app that can keep no secret (PKCE ties its codes to it), or \
                \"client_secret_basic\", \"client_secret_post\" or \"private_key_jwt\"";
    let Some(text) = client.auth.as_deref() else {
        found.wrong("auth", "it is missing", cure);
        return None;
    };
    let Some(method) = Method::parse(text) else {
        found.wrong("auth", format!("`{text}` is not allowed here"), cure);
        return None;
    };
    if client.secret.is_some() && !method.has_secret() {
        let cure = "Remove it, or write the method that uses it: client_secret_basic or client_secret_post";
        found.wrong("secret", format!("a client with auth = \"{text}\" has no secret"), cure);
    }
    if client.jwks.is_some() && method != Method::PrivateKeyJwt {
        let cure = "Remove it, or write auth = \"private_key_jwt\"";
        found.wrong("jwks", format!("a client with auth = \"{text}\" has no keys"), cure);
    }
    let secrets = || stored.or_else(|| secrets(client.secret.as_ref(), found));
    match method {
        Method::None => Some(Authentication::None),
        Method::SecretBasic => secrets().map(Authentication::SecretBasic),
        Method::SecretPost => secrets().map(Authentication::SecretPost),
        Method::PrivateKeyJwt => keys(client.jwks.as_deref(), found).map(Authentication::PrivateKeyJwt),
    }
}

/// PKCE, which only a client that shows who it is may do without.
pub(crate) fn pkce(client: &ClientConfig, found: &mut Findings) -> Requirement {
    let pkce = requirement("pkce", client.pkce.as_deref(), Requirement::Required, found);
    if pkce == Requirement::Optional && client.auth.as_deref() == Some(Method::None.as_str()) {
        found.wrong(
            "pkce",
            "the client is public, and nothing but PKCE ties its codes to it",
            "Leave it out; \"optional\" is for confidential clients that cannot do it",
        );
    }
    pkce
}

fn secrets(secret: Option<&SecretString>, found: &mut Findings) -> Option<Secrets> {
    if secret.is_none() {
        found.wrong(
            "secret",
            "it is missing",
            "Write what `openssl rand -hex 32` prints, here or in a `secret_file`",
        );
    }
    Some(Secrets::new([Secret::of(secret?.expose_secret())]))
}

fn keys(jwks: Option<&str>, found: &mut Findings) -> Option<ClientKeys> {
    let keys = ClientKeys::parse(jwks.unwrap_or_default());
    match keys {
        Ok(keys) => Some(keys),
        Err(problem) => {
            let problem = if jwks.is_none() { "it is missing, and `jwks_file` too" } else { problem };
            found.wrong("jwks", problem, ClientKeys::ALLOWED);
            None
        }
    }
}
