//! `[passkeys]`.

use members::PasskeySettings;
use public_suffix::{DEFAULT_PROVIDER, EffectiveTLDProvider as _};
use url::{Host, Url};

use super::reader::{Reader, is_loopback};

/// Browsers ask at no more sites.
const MAX_ORIGINS: usize = 5;

/// Keys in people's devices.
#[derive(Clone, Debug)]
pub struct Passkeys {
    /// For whom they are made; `None` where they are switched off, or cannot be.
    pub settings: Option<PasskeySettings>,
    /// Whether they are switched on, and cannot be at the address of this site.
    pub is_impossible: bool,
    /// Whether the program may start although members would lose their only sign-in method: what the command line says.
    pub accepts_lost: bool,
}

impl Passkeys {
    pub(super) fn read(reader: &Reader, public_url: &Url) -> Self {
        let enabled = reader.flag("passkeys.enabled");
        let (rp_id, name) = (reader.text("passkeys.rp_id"), reader.text("passkeys.name"));
        let others = origins(reader, public_url);
        let sign_up = reader.flag("passkeys.sign_up");
        let Some(Host::Domain(host)) = public_url.host() else {
            return Self { settings: None, is_impossible: enabled, accepts_lost: false };
        };
        let rp_id = if rp_id.is_empty() { host.to_owned() } else { rp_id };
        if !may_be_for(&rp_id, host) {
            reader.wrong(
                "passkeys.rp_id",
                format!("`{rp_id}` is not the host of `public_url`, nor a domain above it that is its owner's alone"),
                &format!("Write \"\" for {host}, or the registered domain that it belongs to"),
            );
        }
        let name = if name.is_empty() { rp_id.clone() } else { name };
        let origins = std::iter::once(public_url.clone()).chain(others).collect();
        let settings = enabled.then_some(PasskeySettings { rp_id, name, origins, sign_up });
        Self { settings, is_impossible: false, accepts_lost: false }
    }
}

/// Whether passkeys of a site at `host` may be made for `rp_id`, by the rule of browsers: the same, or a registrable domain above
/// it. Under a public suffix, such as `co.kr`, anybody may have a site.
fn may_be_for(rp_id: &str, host: &str) -> bool {
    let is_above = host.strip_suffix(rp_id).is_some_and(|below| below.ends_with('.'));
    rp_id == host || (is_above && DEFAULT_PROVIDER.effective_tld_plus_one(rp_id).is_ok())
}

fn origins(reader: &Reader, public_url: &Url) -> Vec<Url> {
    let key = "passkeys.origins";
    let written = reader.list(key);
    if written.len() > MAX_ORIGINS {
        reader.wrong(key, "browsers take no more than five", "Write five at most");
    }
    let origins: Vec<_> = written.iter().filter_map(|text| origin(text)).collect();
    if origins.len() < written.len() {
        let cure = "Write https origins such as https://shop.example.com";
        reader.wrong(key, "one of them is no origin of a site", cure);
    }
    if origins.iter().any(|origin| origin.origin() == public_url.origin()) {
        reader.wrong(key, "one of them is `public_url`", "Write other sites alone");
    }
    origins
}

/// Over TLS, or on this machine.
fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let fits = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let is_domain = matches!(url.host(), Some(Host::Domain(_)));
    (fits && is_domain && url.origin().ascii_serialization() == text).then_some(url)
}

#[cfg(test)]
mod tests {
    use crate::config::tests::loaded;

    fn keys(toml: &str) -> Vec<String> {
        let found = loaded(toml, &[]).err().map(|error| error.0).unwrap_or_default();
        found.into_iter().map(|finding| finding.key).collect()
    }

    fn rp_id(public_url: &str, section: &str) -> Option<String> {
        let toml = format!("public_url = \"{public_url}\"\n[passkeys]\n{section}\n");
        loaded(&toml, &[]).unwrap().config.passkeys.settings.map(|settings| settings.rp_id)
    }

    #[test]
    fn passkeys_are_for_the_host_or_a_domain_above_it_that_is_nobody_elses() {
        let host = "https://login.shop.example.co.kr";
        assert_eq!(rp_id(host, "").as_deref(), Some("login.shop.example.co.kr"));
        for above in ["login.shop.example.co.kr", "shop.example.co.kr", "example.co.kr"] {
            assert_eq!(rp_id(host, &format!("rp_id = \"{above}\"")).as_deref(), Some(above));
        }
        for wrong in [
            "co.kr",
            "kr",
            "xample.co.kr",
            "other.co.kr",
            "a.login.shop.example.co.kr",
            "Example.co.kr",
            "example.co.kr.",
            ".example.co.kr",
            "127.0.0.1",
        ] {
            let toml = format!("public_url = \"{host}\"\n[passkeys]\nrp_id = \"{wrong}\"\n");
            assert_eq!(keys(&toml), ["passkeys.rp_id"], "{wrong}");
        }
        assert_eq!(rp_id("http://localhost:3000", "").as_deref(), Some("localhost"));
        assert_eq!(rp_id(host, "enabled = false"), None);
    }

    #[test]
    fn at_an_address_of_numbers_there_are_none() {
        for public_url in ["http://127.0.0.1:3000", "http://[::1]:3000", "https://192.0.2.7"] {
            let toml = format!("public_url = \"{public_url}\"\n");
            let passkeys = loaded(&toml, &[]).unwrap().config.passkeys;
            assert!(passkeys.settings.is_none() && passkeys.is_impossible, "{public_url}");
        }
    }

    #[test]
    fn other_sites_are_five_https_origins_at_most() {
        let with = |origins: &str| keys(&format!("[passkeys]\norigins = [{origins}]\n"));
        assert_eq!(with("\"https://shop.example\", \"https://shop.example:8443\""), [] as [&str; 0]);
        for wrong in [
            "\"http://shop.example\"",
            "\"https://shop.example/\"",
            "\"shop.example\"",
            "\"https://192.0.2.7\"",
            "\"http://localhost:3000\"",
        ] {
            assert_eq!(with(wrong), ["passkeys.origins"], "{wrong}");
        }
        let six: Vec<_> = (0..6).map(|number| format!("\"https://{number}.example\"")).collect();
        assert_eq!(with(&six.join(",")), ["passkeys.origins"]);
    }
}
