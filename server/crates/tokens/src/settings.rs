//! What has to be decided from outside.

use std::time::Duration;

use crate::error::SettingsError;
use crate::key_kind::KeyKind;

/// The life that the contract names (design 3.5). Verifiers take tokens of this life even where a shorter one is set,
/// so that a setting can be changed while tokens are out.
const DEFAULT_ACCESS_LIFETIME: Duration = Duration::from_mins(2);
const DAY: Duration = Duration::from_hours(24);

/// The settings of this part.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `iss`: our public URL.
    pub issuer: String,
    /// `aud` of tokens for our own API. What is for a service has that service's audience.
    pub audience: String,
    /// How long an access token lives, in whole seconds.
    pub access_life: Duration,
    /// How long a family lives after the sign-in, used or not.
    pub refresh_life: Duration,
    /// How long a family lives without being used.
    pub refresh_idle: Duration,
    /// Which kind of key signs. A change takes effect at the next start, after [`Settings::publish_ahead`].
    pub key_kind: KeyKind,
    /// How long one key signs.
    pub rotate_after: Duration,
    /// How long a key is published before it signs. Others may keep our JWKS for half of this.
    pub publish_ahead: Duration,
    /// How many verified tokens are remembered; each takes about a kilobyte.
    pub cached_tokens: usize,
}

impl Settings {
    /// The usual settings: 2 minutes, 30 days, 14 days; an RSA key of 2048 bits for 30 days, published an hour ahead;
    /// 10,000 tokens remembered.
    pub fn new(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            access_life: DEFAULT_ACCESS_LIFETIME,
            refresh_life: DAY * 30,
            refresh_idle: DAY * 14,
            key_kind: KeyKind::default(),
            rotate_after: DAY * 30,
            publish_ahead: Duration::from_hours(1),
            cached_tokens: 10_000,
        }
    }

    /// Whether these can be worked with.
    ///
    /// # Errors
    /// The first one that cannot.
    pub fn check(&self) -> Result<(), SettingsError> {
        let second = Duration::from_secs(1);
        let rules = [
            (!self.issuer.is_empty(), "issuer", "must not be empty"),
            (!self.audience.is_empty(), "audience", "must not be empty"),
            (
                self.access_life >= second
                    && self.access_life <= second * 600
                    && self.access_life.subsec_nanos() == 0,
                "access_ttl",
                "whole seconds, from `1s` to `10m`",
            ),
            (self.refresh_life >= self.access_life, "refresh_ttl", "at least as long as `access_ttl`"),
            (self.refresh_life <= DAY * 400, "refresh_ttl", "at most `400d`"),
            (self.refresh_idle >= self.access_life, "refresh_idle", "at least as long as `access_ttl`"),
            (self.publish_ahead >= second * 2, "publish_ahead", "at least `2s`"),
            (self.rotate_after >= self.publish_ahead * 2, "rotate_after", "at least twice `publish_ahead`"),
            (self.cached_tokens > 0, "cached_tokens", "at least 1"),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, key, allowed)) => Err(SettingsError { key, allowed }),
            None => Ok(()),
        }
    }

    /// The longest life that a verifier takes (S-TOK-3).
    pub(crate) fn longest_access_life(&self) -> Duration {
        self.access_life.max(DEFAULT_ACCESS_LIFETIME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_settings_hold_and_impossible_ones_name_their_key() {
        let usual = Settings::new("https://issuer.example", "services");
        assert_eq!(usual.check(), Ok(()));
        let key = |change: fn(&mut Settings)| {
            let mut settings = usual.clone();
            change(&mut settings);
            settings.check().unwrap_err().key
        };
        assert_eq!(key(|settings| settings.issuer.clear()), "issuer");
        assert_eq!(key(|settings| settings.access_life = Duration::from_millis(1_500)), "access_ttl");
        assert_eq!(key(|settings| settings.access_life = Duration::from_mins(11)), "access_ttl");
        assert_eq!(key(|settings| settings.refresh_idle = Duration::ZERO), "refresh_idle");
        assert_eq!(key(|settings| settings.rotate_after = settings.publish_ahead), "rotate_after");
    }
}
