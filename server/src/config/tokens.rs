//! `[tokens]`.

use std::time::Duration;

use ::tokens::{KeyKind, Settings};
use url::Url;

use super::mode::Mode;
use super::reader::Reader;
use super::units::Span;

/// The tokens that services get.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// `tokens.issuer`, or the public URL.
    pub issuer: String,
    /// `tokens.audience`, which all services share whose routes name none.
    pub audience: Option<String>,
    /// `tokens.access_ttl`.
    pub access_life: Span,
    /// `tokens.refresh_ttl`.
    pub refresh_life: Span,
    /// `tokens.signing_key`.
    pub key_kind: KeyKind,
    /// `tokens.rotate_after`.
    pub rotate_after: Span,
    /// `tokens.publish_ahead`.
    pub publish_ahead: Span,
}

impl Tokens {
    pub(super) fn read(reader: &Reader, mode: Mode, public_url: &Url) -> Self {
        let issuer = issuer(reader, mode);
        // Without the slash that a bare host gets in a URL: `iss` is compared character by character.
        let own = || public_url.origin().ascii_serialization();
        let issuer = if issuer.is_empty() { own() } else { issuer };
        Self {
            audience: audience(reader, &issuer),
            issuer,
            access_life: reader.span("tokens.access_ttl"),
            refresh_life: reader.span("tokens.refresh_ttl"),
            key_kind: key_kind(reader),
            rotate_after: reader.span("tokens.rotate_after"),
            publish_ahead: reader.span("tokens.publish_ahead"),
        }
    }

    /// Notes what cannot be worked with, at the key that says so: the idle end of a session is that of its tokens.
    pub(super) fn check(&self, reader: &Reader, session_idle: Duration) {
        let Err(error) = self.settings(session_idle).check() else { return };
        let (key, allowed) = match error.key {
            "refresh_idle" => ("session.idle".to_owned(), error.allowed),
            "rotate_after" => match reader.written_of("tokens.rotate_after", "tokens.publish_ahead") {
                key @ "tokens.publish_ahead" => (key.to_owned(), "at most half of `rotate_after`"),
                key => (key.to_owned(), error.allowed),
            },
            key => (format!("tokens.{key}"), error.allowed),
        };
        let cure = format!("Write another value: {allowed}");
        reader.wrong(&key, "this cannot be worked with", &cure);
    }

    /// The settings of the token service. The audience of our own API is the issuer, which no service has. A family lives as long without use as the session that holds it may.
    pub fn settings(&self, session_idle: Duration) -> Settings {
        let mut settings = Settings::new(&self.issuer, &self.issuer);
        settings.access_life = self.access_life.get();
        settings.refresh_life = self.refresh_life.get();
        settings.refresh_idle = session_idle.min(settings.refresh_life);
        settings.key_kind = self.key_kind;
        settings.rotate_after = self.rotate_after.get();
        settings.publish_ahead = self.publish_ahead.get();
        settings
    }
}

/// An address, as OpenID Connect Discovery 1.0 section 3 demands: clients find our metadata below it. Kept as it is written, since `iss` is
/// compared character by character.
fn issuer(reader: &Reader, mode: Mode) -> String {
    let key = "tokens.issuer";
    let text = reader.text(key);
    if text.is_empty() {
        return text;
    }
    let Some(url) = reader.url(key, &text) else { return text };
    if mode == Mode::Production && url.scheme() != "https" {
        reader.wrong(key, "production needs https", "Write an https address, or \"\" for `public_url`");
    } else if url.query().is_some() {
        reader.wrong(key, "it has a query", "Write an address without `?`, or \"\" for `public_url`");
    }
    text
}

fn audience(reader: &Reader, issuer: &str) -> Option<String> {
    let text = reader.text("tokens.audience");
    if text.is_empty() {
        return None;
    }
    if !::gateway::is_audience(&text) {
        let cure = format!("Write {}; or \"\", and each route has its own", ::gateway::AUDIENCE_ALLOWED);
        reader.wrong("tokens.audience", format!("`{text}` is no audience"), &cure);
    } else if text == issuer {
        reader.wrong(
            "tokens.audience",
            format!("`{text}` is the audience of Daemun's own API, as it is the issuer"),
            "Write another, or \"\": a service that has this one could act for members with the tokens it is sent",
        );
    }
    Some(text)
}

fn key_kind(reader: &Reader) -> KeyKind {
    let text = reader.text("tokens.signing_key");
    KeyKind::parse(&text).unwrap_or_else(|| {
        let known = KeyKind::ALL.map(KeyKind::as_str).join("`, `");
        reader.wrong(
            "tokens.signing_key",
            format!("`{text}` is no kind of key"),
            &format!("Write one of `{known}`"),
        );
        KeyKind::default()
    })
}
