//! The host of a request: exactly one, or the request is refused (RFC 9112 section 3.2, RFC 9113 section 8.3.1).

use http::header::HOST;
use http::{Request, Version};

/// Whether two programs could read different hosts: more than one `Host` line, a line that is not a host, none in HTTP/1.1, where
/// it is required even with an absolute address, or, since HTTP/2, another host alongside `:authority`.
pub fn is_ambiguous<B>(request: &Request<B>) -> bool {
    let mut lines = request.headers().get_all(HOST).iter();
    let Some(line) = lines.next() else { return request.version() == Version::HTTP_11 };
    if lines.next().is_some() || !is_host(line.as_bytes()) {
        return true;
    }
    // In HTTP/1, an absolute address overrides the `Host` line (RFC 9112 section 3.2.2).
    let authority = request.uri().authority().filter(|_| request.version() >= Version::HTTP_2);
    authority.is_some_and(|authority| !line.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()))
}

/// The host of a request with its port, as it was sent; `None` if there is more than one.
pub fn of<B>(request: &Request<B>) -> Option<&str> {
    if is_ambiguous(request) {
        return None;
    }
    let line = request.headers().get(HOST).and_then(|line| line.to_str().ok());
    request.uri().authority().map(http::uri::Authority::as_str).or(line).filter(|host| !host.is_empty())
}

/// A name or an address, perhaps with a port. An empty one is allowed where there is no authority.
pub(crate) fn is_host(value: &[u8]) -> bool {
    let (host, port) = match value {
        [b'[', rest @ ..] => match rest.iter().position(|byte| *byte == b']') {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => return false,
        },
        _ => value.split_at(value.iter().position(|byte| *byte == b':').unwrap_or(value.len())),
    };
    let is_bracketed = value.starts_with(b"[");
    let of_host = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(byte);
    let of_address = |byte: &u8| byte.is_ascii_hexdigit() || b":.".contains(byte);
    let is_name = if is_bracketed { host.iter().all(of_address) } else { host.iter().all(of_host) };
    let is_port = match port {
        [] => true,
        [b':', digits @ ..] => digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_name && is_port && (value.is_empty() || !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, uri: &str, hosts: &[&str]) -> Request<()> {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn s_gw_9_a_request_is_for_one_host() {
        let one = Version::HTTP_11;
        for hosts in [
            &["a.example"][..],
            &["a.example:3000"],
            &["127.0.0.1:1"],
            &["[::1]:3000"],
            &["my_service"],
            &[""],
        ] {
            assert!(!is_ambiguous(&request(one, "/", hosts)), "{hosts:?}");
        }
        for hosts in [
            &["a", "b"][..],
            &["a", "a"],
            &["a, b"],
            &["a b"],
            &["a/b"],
            &["u@a"],
            &["a:80:80"],
            &["a:x"],
            &["a?b"],
            &["[::1"],
            &[":80"],
            &["a", ""],
        ] {
            assert!(is_ambiguous(&request(one, "/", hosts)), "{hosts:?}");
        }
        assert!(is_ambiguous(&request(one, "/", &[])) && is_ambiguous(&request(one, "http://a/x", &[])));
        assert!(!is_ambiguous(&request(Version::HTTP_10, "/", &[])), "it knows no Host");
        assert!(!is_ambiguous(&request(one, "http://a/x", &["b"])));
        assert!(!is_ambiguous(&request(Version::HTTP_2, "http://a/x", &["A"])));
        assert!(is_ambiguous(&request(Version::HTTP_2, "http://a/x", &["b"])));
        assert!(is_ambiguous(&request(Version::HTTP_2, "http://a/x", &["a", "a"])));
    }

    #[test]
    fn the_host_is_the_authority_or_the_line() {
        assert_eq!(of(&request(Version::HTTP_11, "/", &["a:1"])), Some("a:1"));
        assert_eq!(of(&request(Version::HTTP_11, "http://b/", &["a"])), Some("b"));
        assert_eq!(of(&request(Version::HTTP_2, "http://b/", &[])), Some("b"));
        assert_eq!(of(&request(Version::HTTP_11, "/", &["a", "a"])), None);
        assert_eq!(of(&request(Version::HTTP_11, "/", &[""])), None);
    }
}
