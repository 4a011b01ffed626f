//! `[authorization]`: what the authorization server does alongside serving `[[clients]]`.

use std::collections::BTreeMap;

use authorization::{ScopeWords, Words};
use kernel::SecretString;
use url::Url;

use super::reader::{Reader, is_loopback};

/// Below it, each scope has a table.
const SCOPES: &str = "authorization.scopes.";

/// Everything under `[authorization]`.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// `authorization.client_documents`: origins, or `*`.
    pub client_documents: Vec<String>,
    /// `authorization.registration_token`, without which nobody registers a client.
    pub registration_token: Option<SecretString>,
    /// `authorization.most_registrations`.
    pub most_registrations: u32,
    /// `[authorization.scopes.…]`.
    pub scope_words: ScopeWords,
    /// The scopes whose words somebody wrote.
    pub written_scopes: Vec<WrittenScope>,
}

/// Words that somebody wrote, rather than leaving the defaults.
#[derive(Clone, Debug)]
pub struct WrittenScope {
    /// For which scope.
    pub scope: String,
    /// The full key.
    pub key: String,
    /// Where.
    pub place: String,
}

impl Authorization {
    pub(super) fn read(reader: &Reader) -> Self {
        let (words, written) = words(reader);
        Self {
            client_documents: client_documents(reader),
            registration_token: reader.secret("authorization.registration_token"),
            most_registrations: reader.number("authorization.most_registrations"),
            scope_words: words,
            written_scopes: written,
        }
    }
}

fn client_documents(reader: &Reader) -> Vec<String> {
    let key = "authorization.client_documents";
    let origins = reader.list(key);
    for origin in origins.iter().filter(|origin| *origin != "*" && !is_origin(origin)) {
        reader.wrong(
            key,
            format!("`{origin}` is no origin of documents"),
            "Write https origins such as https://agents.example.com, or [\"*\"] for any",
        );
    }
    origins
}

/// Over TLS, or from this machine: whether that is allowed is asked when a document is read.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let fits = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        fits && url.origin().ascii_serialization() == text
    })
}

fn words(reader: &Reader) -> (ScopeWords, Vec<WrittenScope>) {
    let mut all: BTreeMap<String, Words> = BTreeMap::new();
    let mut written = Vec::new();
    for key in reader.keys_below(SCOPES) {
        let Some((scope, language)) = key.rsplit_once('.') else { continue };
        let full = format!("{SCOPES}{key}");
        let text = Some(reader.text(&full)).filter(|text| !text.is_empty());
        let words = all.entry(scope.to_owned()).or_default();
        if language == "ko" {
            words.ko = text;
        } else {
            words.en = text;
        }
        if reader.is_written(&full) {
            let place = reader.entry(&full).map(|entry| entry.place.clone()).unwrap_or_default();
            written.push(WrittenScope { scope: scope.to_owned(), key: full, place });
        }
    }
    (ScopeWords::new(all), written)
}

#[cfg(test)]
mod tests {
    use names::Language;

    use crate::config::tests::loaded;

    fn keys(toml: &str) -> Vec<String> {
        let found = loaded(toml, &[]).err().map(|error| error.0).unwrap_or_default();
        found.into_iter().map(|finding| finding.key).collect()
    }

    #[test]
    fn scopes_have_words_in_two_languages_under_any_name() {
        let toml = "[authorization.scopes.read]\nko = \"내 글 읽기\"\nen = \"Read your posts\"\n\
                    [authorization.scopes.\"orders:read\"]\nko = \"주문 보기\"\n";
        let config =
            loaded(toml, &[("DAEMUN_AUTHORIZATION__SCOPES__WRITE__EN", "Post for you")]).unwrap().config;
        let words = config.authorization.scope_words;
        assert_eq!(words.of("read", Language::Korean), Some("내 글 읽기"));
        assert_eq!(words.of("read", Language::English), Some("Read your posts"));
        assert_eq!(words.of("write", Language::English), Some("Post for you"));
        assert_eq!(words.of("orders:read", Language::English), Some("주문 보기"), "better than none");
        assert!(!words.are_complete_for("orders:read") && words.are_complete_for("read"));
        assert_eq!(words.of("admin", Language::Korean), None);
        assert_eq!(keys("[authorization.scopes.read]\nfr = \"x\"\n"), ["authorization.scopes.read.fr"]);
        assert_eq!(keys("[authorization.scopes]\nread = \"x\"\n"), ["authorization.scopes.read"]);
    }

    #[test]
    fn documents_come_from_origins_or_from_anywhere() {
        for wrong in ["http://agents.example", "https://agents.example/", "agents.example", "**"] {
            let toml = format!("[authorization]\nclient_documents = [\"{wrong}\"]\n");
            assert_eq!(keys(&toml), ["authorization.client_documents"], "{wrong}");
        }
    }
}
