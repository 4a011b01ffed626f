//! What a service reads above the body: what the client sent, less what only we may say, and what we say.

use http::header::{self, HeaderMap, HeaderName};
use http::{HeaderValue, Version};

use web::request_trace::TRACEPARENT;

use crate::credential::Known;
use crate::hop_by_hop;
use crate::own_paths;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Beginnings of names with which somebody inside says who asks or where from: what proxies in front of services set, each by its own
/// convention. Of Google's, only those of its proxies: its notices to a public route begin with `x-goog-` as well. Only those that have the
/// name's first letter, without `x-`: each field of each request is compared.
const fn reserved_prefixes(name: &[u8]) -> &'static [&'static str] {
    match name {
        [b'x', b'-', letter, ..] => match letter {
            b'a' => &[
                "x-amzn-mtls-",
                "x-amzn-oidc-",
                "x-anonymous-consumer",
                "x-apigateway-api-userinfo",
                "x-auth-",
                "x-authenticated-",
                "x-authentik-",
            ],
            b'c' => &["x-client-", "x-consumer-", "x-credential-"],
            b'e' => &["x-endpoint-api-userinfo", "x-envoy-"],
            b'f' => &["x-forward-auth-", "x-forwarded"],
            b'g' => &["x-goog-authenticated-user-", "x-goog-iap-"],
            b'j' => &["x-jwt-"],
            b'm' => &["x-member", "x-ms-client-principal", "x-ms-token-"],
            b'o' => &["x-oidc-", "x-original-"],
            b'p' => &["x-pomerium-"],
            b'r' => &["x-remote-", "x-rewrite-"],
            b's' => &["x-ssl-"],
            b'u' => &["x-user"],
            b'v' => &["x-vouch-"],
            b'w' => &["x-webauth-"],
            _ => &[],
        },
        [letter, ..] => match letter {
            b'c' => &["cf-access-"],
            b'o' => &["oidc-"],
            b'r' => &["remote-"],
            b't' => &["tailscale-"],
            _ => &[],
        },
        [] => &[],
    }
}

/// Names of that kind in full, the overrides of method and address (S-GW-12), and what the gateway answers itself.
fn is_reserved_in_full(name: &str) -> bool {
    matches!(
        name,
        "authorization"
            | "cf-connecting-ip"
            | "cookie"
            | "dpop"
            | "expect"
            | "fastly-client-ip"
            | "forwarded"
            | "host"
            | "proxy"
            | "ssl-client-cert"
            | "true-client-ip"
            | "via"
            | "x-access-token"
            | "x-cluster-client-ip"
            | "x-email"
            | "x-group"
            | "x-groups"
            | "x-host"
            | "x-http-host-override"
            | "x-http-method"
            | "x-http-method-override"
            | "x-id-token"
            | "x-method-override"
            | "x-principal"
            | "x-proxyuser-ip"
            | "x-real-ip"
            | "x-refresh-token"
            | "x-request-id"
            | "x-role"
            | "x-roles"
            | "x-scope"
            | "x-scopes"
    )
}

/// Removes what is not for the service. A name with anything but letters, digits and `-` goes too: programs that change
/// names into variables (CGI, WSGI and the like) read `x_member_id` and `x-member-id` as one (S-GW-6).
pub(crate) fn clean(headers: &mut HeaderMap) {
    hop_by_hop::remove(headers);
    let reserved: Vec<HeaderName> =
        headers.keys().filter(|name| is_reserved(name.as_str())).cloned().collect();
    for name in reserved {
        headers.remove(name);
    }
}

fn is_reserved(name: &str) -> bool {
    is_reserved_in_full(name)
        || reserved_prefixes(name.as_bytes()).iter().any(|prefix| name.starts_with(prefix))
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What we say about a request.
pub(crate) struct Said<'a> {
    pub(crate) known: Option<&'a Known>,
    pub(crate) request_id: HeaderValue,
    pub(crate) traceparent: HeaderValue,
    /// Whether `tracestate` belongs to that trace.
    pub(crate) keeps_trace: bool,
    pub(crate) client: Option<HeaderValue>,
    pub(crate) proto: HeaderValue,
    pub(crate) host: HeaderValue,
    /// Scheme, host and port of `public_url`.
    pub(crate) origin: &'a str,
}

/// Says it, after [`clean`].
pub(crate) fn say(headers: &mut HeaderMap, said: Said<'_>) {
    if let Some(known) = said.known {
        if let Some(authorization) = &known.authorization {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
        known.identity.say_member(headers);
    }
    headers.insert(web::request_id::HEADER, said.request_id);
    headers.insert(TRACEPARENT, said.traceparent);
    if !said.keeps_trace {
        headers.remove(TRACESTATE);
    }
    if let Some(client) = said.client {
        headers.insert(FORWARDED_FOR, client);
    }
    headers.insert(FORWARDED_PROTO, said.proto);
    headers.insert(FORWARDED_HOST, said.host);
    if headers.get(header::REFERER).is_some_and(|page| is_secret(page, said.origin)) {
        match HeaderValue::from_str(&format!("{}/", said.origin)) {
            Ok(origin) => headers.insert(header::REFERER, origin),
            Err(_) => headers.remove(header::REFERER),
        };
    }
}

/// Whether a `Referer` names a page of ours, whose address may hold a code, a state, a request or the token of a mail (S-MAIL-8).
/// Browsers send it within the origin, and services are within it.
fn is_secret(page: &HeaderValue, origin: &str) -> bool {
    let address = page.as_bytes().strip_prefix(origin.as_bytes());
    let path = address.and_then(|address| address.split(|byte| matches!(byte, b'?' | b'#')).next());
    // No page of ours has anything but ASCII in its path.
    path.and_then(|path| std::str::from_utf8(path).ok()).is_some_and(own_paths::is_of_design)
}

/// Whether the length of the body is ambiguous (S-GW-9). hyper has refused or resolved most of it; what it leaves to
/// us are codings besides `chunked`, which we would have to understand to know where the body ends.
pub(crate) fn has_odd_framing(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => false,
        (Some(coding), None) => {
            !coding.as_bytes().eq_ignore_ascii_case(b"chunked")
                || headers.contains_key(header::CONTENT_LENGTH)
        }
        (Some(_), Some(_)) => true,
    }
}

/// Whether the connection is to be closed after the answer: hyper drops a length beside `chunked` without a word, so
/// any chunked request may have been an ambiguous one, and what follows it on the connection may be part of an attack
/// (RFC 9112 section 6.1).
pub(crate) fn ends_connection(version: Version, headers: &HeaderMap) -> bool {
    version <= Version::HTTP_11 && headers.contains_key(header::TRANSFER_ENCODING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_gw_6_and_12_names_that_only_we_may_use_go_in_any_spelling() {
        for name in [
            "X-Member-Id",
            "x-member-roles",
            "X_Member_Id",
            "x-member_id",
            "x.member.id",
            "X-USER-ID",
            "x_user_id",
            "X-Forwarded-For",
            "Forwarded",
            "X-Real-IP",
            "X-HTTP-Method-Override",
            "X-Original-URL",
            "X-Rewrite-URL",
            "Cookie",
            "Authorization",
            "DPoP",
            "Proxy",
            "Remote-User",
            "content_length",
            "Host",
            "x-request-id",
            "X-Auth-Token",
            // Each as one program or another believes it.
            "X-WebAuth-User",
            "X-WEBAUTH-EMAIL",
            "X-Email",
            "X-Groups",
            "X-Username",
            "X-Userinfo",
            "X-Role",
            "X-JWT-Assertion",
            "X-Access-Token",
            "X-ID-Token",
            "X-Amzn-Oidc-Identity",
            "X-Amzn-Oidc-Data",
            "X-Amzn-Mtls-Clientcert-Subject",
            "X-MS-CLIENT-PRINCIPAL",
            "X-MS-CLIENT-PRINCIPAL-NAME",
            "X-MS-TOKEN-AAD-ACCESS-TOKEN",
            "X-Goog-Authenticated-User-Email",
            "X-Goog-IAP-JWT-Assertion",
            "X-Apigateway-Api-Userinfo",
            "Cf-Access-Authenticated-User-Email",
            "Cf-Access-Jwt-Assertion",
            "Remote-Groups",
            "Remote-Email",
            "Remote-Addr",
            "X-Authentik-Username",
            "X-Pomerium-Jwt-Assertion",
            "X-Consumer-Username",
            "X-Credential-Identifier",
            "OIDC-Claim-Sub",
            "OIDC_CLAIM_sub",
            "Tailscale-User-Login",
        ] {
            let mut headers = HeaderMap::new();
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(&name, HeaderValue::from_static("bob"));
            headers.append(&name, HeaderValue::from_static("bob"));
            clean(&mut headers);
            assert!(headers.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_prefix_is_looked_for_where_its_names_are() {
        for letter in b'a'..=b'z' {
            for begin in [vec![letter], vec![b'x', b'-', letter]] {
                for prefix in reserved_prefixes(&begin) {
                    assert!(
                        prefix.as_bytes().starts_with(&begin) && is_reserved(&format!("{prefix}a")),
                        "{prefix}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_belongs_to_the_message_stays() {
        let names = [
            "accept",
            "content-type",
            "content-length",
            "origin",
            "if-match",
            "x-csrf",
            "x-goog-channel-id",
            "x-kept",
            "cf-ray",
            "user-agent",
            "range",
        ];
        let mut headers: HeaderMap =
            names.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("1"))).collect();
        clean(&mut headers);
        assert_eq!(headers.len(), names.len());
    }

    #[test]
    fn s_mail_8_a_service_does_not_learn_the_address_of_a_page_with_a_secret() {
        let origin = "https://login.example";
        let page = |text: &str| is_secret(&HeaderValue::from_str(text).unwrap(), origin);
        for secret in [
            "/password/reset?token=x",
            "/api/auth/callback/google?code=x",
            "/oauth2/authorize?client_id=a&state=x",
            "/oauth2/logout?id_token_hint=x",
            "/oauth2/consent?request=x",
            "/device?user_code=x",
            "/signup#x",
            "/me/security",
            "/admin",
            "/?notice=x",
        ] {
            assert!(page(&format!("{origin}{secret}")), "{secret}");
        }
        for other in ["/shop/1?a=b", "/devices?user_code=x", "/oauth3/x", "/%ED%99%8D"] {
            assert!(!page(&format!("{origin}{other}")), "{other}");
        }
        assert!(!page("https://other.example/password/reset"));
    }

    #[test]
    fn s_gw_9_only_plain_chunked_has_a_clear_end() {
        let framing = |lines: &[(HeaderName, &'static str)]| {
            has_odd_framing(
                &lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect(),
            )
        };
        let (coding, length) = (header::TRANSFER_ENCODING, header::CONTENT_LENGTH);
        assert!(
            !framing(&[]) && !framing(&[(coding.clone(), "Chunked")]) && !framing(&[(length.clone(), "3")])
        );
        assert!(framing(&[(coding.clone(), "gzip, chunked")]) && framing(&[(coding.clone(), "identity")]));
        assert!(framing(&[(coding.clone(), "chunked"), (coding.clone(), "chunked")]));
        assert!(framing(&[(coding, "chunked"), (length, "3")]));
    }
}
