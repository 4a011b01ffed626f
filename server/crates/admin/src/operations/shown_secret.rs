//! A client's secret on its way to the page that shows it. It is kept nowhere: sealed, it travels in the page's address, and is good there
//! for the session that made it, for ten minutes.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Context, ExposeSecret as _, KeyRing, KeyRingError, Purpose, SecretString};

use crate::operator::Operator;

const PURPOSE: Purpose = Purpose::new("shown-client-secret");
const DISPLAY_LIFETIME: Duration = Duration::from_mins(10);

/// Seals and opens them.
pub struct ShownSecrets {
    /// What seals them.
    pub key_ring: Arc<KeyRing>,
    /// The clock, and where random values come from.
    pub context: Context,
}

impl ShownSecrets {
    /// What the address of the client's page says to show `secret` to who made it; `None` for a program, which has it in its answer.
    pub(crate) fn seal(
        &self,
        client: &str,
        secret: &SecretString,
        operator: &Operator,
    ) -> Result<Option<String>, KeyRingError> {
        let Operator::Member(current) = operator else { return Ok(None) };
        let until = self.context.clock.now().plus(DISPLAY_LIFETIME).millis();
        let plain = format!("{until} {}", secret.expose_secret());
        let owner = owner(client, &current.session.id.to_string());
        let sealed = self.key_ring.seal(PURPOSE, &owner, plain.as_bytes(), &*self.context.randomness)?;
        Ok(Some(URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The secret that an address says, for this session; `None` when it is another's or another client's, or too old.
    pub fn open(&self, client: &str, session: &str, text: &str) -> Option<SecretString> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = self.key_ring.open(PURPOSE, &owner(client, session), &sealed).ok()?;
        let plain = String::from_utf8(plain).ok()?;
        let (until, secret) = plain.split_once(' ')?;
        let is_good = self.context.clock.now().millis() <= until.parse().ok()?;
        is_good.then(|| SecretString::from(secret.to_owned()))
    }
}

fn owner(client: &str, session: &str) -> String {
    format!("{session} {client}")
}
