//! The origins of a client: where its pages are.

use url::Url;

use crate::client::model::Client;

/// Where a client's pages are: as it is written, or where the redirect URIs of a public one are. No page can keep a secret.
pub(crate) fn of_client(client: &Client) -> Vec<String> {
    if let Some(origins) = &client.origins {
        return origins.clone();
    }
    if !client.is_public() {
        return Vec::new();
    }
    let origin =
        |address: &str| Url::parse(address).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    let origins = client.redirect_uris.iter().filter_map(|address| origin(address.as_str()));
    origins.map(|origin| origin.ascii_serialization()).collect()
}

/// Whether a text is an origin as browsers send it.
pub(crate) fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let origin = url.origin();
        ["https", "http"].contains(&url.scheme()) && origin.is_tuple() && origin.ascii_serialization() == text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for origin in ["https://app.example", "http://localhost:3999", "http://[::1]:4000"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in [
            "*",
            "null",
            "",
            "https://app.example/",
            "https://APP.example",
            "app.example",
            "com.example.app:",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }
}
