//! Fields that are meant for one connection, not for the message (RFC 9110 section 7.6.1).

use http::header::{self, HeaderMap, HeaderName};

static FIELDS: [HeaderName; 10] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("http2-settings"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Removes them, and what `Connection` names besides. Ours are set afterwards, so nobody can have them removed by
/// naming them.
pub(crate) fn remove(headers: &mut HeaderMap) {
    if headers.contains_key(header::CONNECTION) {
        let named: Vec<HeaderName> = headers
            .get_all(header::CONNECTION)
            .iter()
            .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
            .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
            .collect();
        for name in named {
            headers.remove(name);
        }
    }
    // Most messages have none of them. To compare their few names is quicker than to look each of these up by its hash.
    for name in FIELDS.iter().filter(|name| headers.keys().any(|known| known == *name)).collect::<Vec<_>>() {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn s_gw_8_all_of_them_go_and_what_connection_names_too() {
        let mut headers = HeaderMap::new();
        for name in &FIELDS {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        headers.append(header::CONNECTION, HeaderValue::from_static("close, X-Secret ,,\t te"));
        headers.append(header::CONNECTION, HeaderValue::from_static("not a name, accept"));
        for kept in ["x-kept", "x-secret", "accept"] {
            headers.insert(kept, HeaderValue::from_static("1"));
        }
        remove(&mut headers);
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["x-kept"]);
    }
}
