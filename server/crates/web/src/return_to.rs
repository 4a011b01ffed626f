//! Where a person goes after signing in: a path of our own origin, and nothing else.

use std::fmt;

use icu_normalizer::uts46::Uts46Mapper;
use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

/// The field of a form, and the parameter of an address, that says where somebody goes on.
pub const RETURN_TO: &str = "return_to";

const MAX_BYTES: usize = 2048;

/// The ASCII characters that are encoded. All others are always encoded.
const ENCODED: &AsciiSet = &AsciiSet::EMPTY.add(b' ');

/// What only programs and forms ask for, with everything below it: a person who navigates there finds no page.
const NO_PAGES: [&str; 10] = [
    "/api/admin",
    "/api/auth",
    "/api/fn",
    "/api/language",
    "/api/providers",
    "/api/users",
    "/auth",
    "/dev",
    "/logout",
    "/oauth2/jwks",
];

/// Pages on the way to being signed in, with everything below them: of no use to people who are signed in.
const ON_THE_WAY: [&str; 5] = ["/account/keep", "/email", "/oauth", "/password", "/signup"];

/// A path of our own origin, with query and fragment, encoded as a `Location` needs it. Anything that a browser could read
/// as another site becomes `/` (S-BFF-5, RFC 9700 section 4.11.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The main page.
    pub fn home() -> Self {
        Self("/".to_owned())
    }

    /// Where a person goes after signing in. Reads a path that was percent-decoded once, as form and query parsers do. For a page
    /// on the way to being signed in it is where that page leads, or the main page.
    pub fn parse(text: &str) -> Self {
        let Some(path) = own_page(text) else { return Self::home() };
        if is_below(&path, &ON_THE_WAY) {
            let next = query_value(&path, RETURN_TO).and_then(|next| own_page(&next));
            return next.filter(|next| !is_below(next, &ON_THE_WAY)).map_or_else(Self::home, Self);
        }
        Self(path)
    }

    /// The page on which a person is and stays. Pages on the way to being signed in are allowed here.
    pub fn page(text: &str) -> Self {
        own_page(text).map_or_else(Self::home, Self)
    }

    /// The path, fit for a `Location`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self::home()
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path, encoded, if it is one of ours at which a page may be.
fn own_page(text: &str) -> Option<String> {
    let path = path_of(text);
    let safe = !text.chars().any(char::is_control)
        && !text.contains('\\')
        && is_own_path(path)
        && is_own_path(&as_others_may_read(path));
    let encoded = utf8_percent_encode(text, ENCODED).to_string();
    (safe && encoded.len() <= MAX_BYTES && !is_below(&encoded, &NO_PAGES)).then_some(encoded)
}

fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or(address)
}

fn query_value(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split('#').next()?.split_once('?')?;
    let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name)?;
    Some(value.into_owned())
}

/// Whether an address is at one of `places` or below it, whatever the case of its letters.
fn is_below(address: &str, places: &[&str]) -> bool {
    let path = percent_decode_str(path_of(address)).decode_utf8_lossy().to_ascii_lowercase();
    places
        .iter()
        .any(|place| path.strip_prefix(place).is_some_and(|below| below.is_empty() || below.starts_with('/')))
}

/// One `/`, then something that no browser takes for a host: browsers read `\` as `/`, drop tabs and newlines, and some proxies
/// decode again. So the first segment may hold neither, encoded or not.
fn is_own_path(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let first_segment = rest.split('/').next().unwrap_or(rest).to_ascii_lowercase();
    !path.contains('\\')
        && !["%2f", "%5c", "%09", "%0a", "%0d", "%00", "%25"]
            .iter()
            .any(|encoded| first_segment.contains(encoded))
        && !climbs_to_a_host(path)
}

/// `/..//evil.example` and `/.//evil.example` collapse to `//evil.example` in a browser.
fn climbs_to_a_host(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    path.contains("//") || path.split('/').any(|segment| segment == "." || segment == "..")
}

/// What is left of a path that somebody normalises like a host name (UTS 46): `／` becomes `/`, `。` a dot, and invisible
/// characters disappear. Ordinary words stay the same.
fn as_others_may_read(path: &str) -> String {
    let decoded = decode_beyond_ascii(path);
    let seen = decoded.chars().filter(|c| !c.is_whitespace()).map(|c| match c {
        // These look like a slash, and UTS 46 leaves them alone.
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        '\u{2216}' | '\u{29f5}' | '\u{29f9}' => '\\',
        other => other,
    });
    Uts46Mapper::new().map_normalize(seen).filter(|c| !c.is_whitespace()).collect()
}

/// Decodes the characters beyond ASCII; an encoded ASCII character means something else than the bare one.
fn decode_beyond_ascii(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, encoded) = rest.split_at(at);
        bytes.extend_from_slice(before.as_bytes());
        let byte = encoded.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let taken = if let Some(byte @ 0x80..) = byte {
            bytes.push(byte);
            3
        } else {
            bytes.push(b'%');
            1
        };
        rest = encoded.get(taken..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_paths_stay_as_they_are() {
        for path in [
            "/",
            "/me",
            "/members/%ED%99%8D%EA%B8%B8%EB%8F%99?q=%2F",
            "/api/orders/7",
            "/authors/1",
            "/developers",
            "/emails",
            "/oauth2/authorize?client_id=portal",
            "/a%zz",
            "/me?tab=1#top",
            "/feed?next=/a/b",
            "/members/0198",
            "/search?q=%2F%2Fx",
            "/%EB%82%98",
        ] {
            assert_eq!(ReturnTo::parse(path).as_str(), path);
        }
    }

    #[test]
    fn what_is_not_ascii_is_encoded_and_stays_where_it_leads() {
        for (path, encoded) in [
            ("/members/홍길동", "/members/%ED%99%8D%EA%B8%B8%EB%8F%99"),
            ("/홍길동", "/%ED%99%8D%EA%B8%B8%EB%8F%99"),
            ("/검색?q=대문 앞#위", "/%EA%B2%80%EC%83%89?q=%EB%8C%80%EB%AC%B8%20%EC%95%9E#%EC%9C%84"),
            ("/search?q=안녕。／", "/search?q=%EC%95%88%EB%85%95%E3%80%82%EF%BC%8F"),
            ("/a b", "/a%20b"),
            ("/members/👨‍👩‍👧", "/members/%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7"),
            ("/members/잠깐…", "/members/%EC%9E%A0%EA%B9%90%E2%80%A6"),
        ] {
            assert_eq!(ReturnTo::parse(path).as_str(), encoded);
            assert_eq!(ReturnTo::parse(encoded).as_str(), encoded, "a second reading changes nothing");
        }
        let long = format!("/{}", "가".repeat(300));
        assert_eq!(ReturnTo::parse(&long).as_str(), "/", "it is too long when it is encoded");
    }

    #[test]
    fn nobody_is_sent_to_where_there_is_no_page() {
        for place in [
            "/api/auth/signout",
            "/api/auth/session",
            "/api/auth",
            "/API/auth/signout",
            "/%61pi/auth/signout",
            "/api/fn/x",
            "/api/users/me/export",
            "/api/language",
            "/auth/login",
            "/auth/verify?u=/me",
            "/dev/mail",
            "/logout",
        ] {
            assert_eq!(ReturnTo::parse(place).as_str(), "/", "{place}");
            assert_eq!(ReturnTo::page(place).as_str(), "/", "{place}");
        }
    }

    #[test]
    fn who_signs_in_is_not_sent_to_a_form_that_leads_there() {
        for (page, arrives) in [
            ("/oauth/login", "/"),
            ("/oauth/login/", "/"),
            ("/oauth/login?error=busy", "/"),
            ("/oauth/login?return_to=%2Fme%3Ftab%3D1", "/me?tab=1"),
            ("/oauth/login?return_to=/members/홍", "/members/%ED%99%8D"),
            ("/oauth/login?return_to=%2Foauth%2Flogin%3Freturn_to%3D%252Fme", "/"),
            ("/oauth/login?return_to=//evil.example", "/"),
            ("/oauth/login?return_to=/api/auth/signout", "/"),
            ("/oauth/second", "/"),
            ("/signup", "/"),
            ("/password/reset?token=x", "/"),
            ("/email/verify", "/"),
        ] {
            assert_eq!(ReturnTo::parse(page).as_str(), arrives, "{page}");
        }
        assert_eq!(
            ReturnTo::page("/signup?draft=x").as_str(),
            "/signup?draft=x",
            "a language is chosen there"
        );
    }

    #[test]
    fn s_bff_5_everything_that_could_leave_our_origin_becomes_the_main_page() {
        let payloads = [
            "",
            "me",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\\/evil.example",
            "https://evil.example",
            "https:evil.example",
            "http:/evil.example",
            "//evil.example/%2e%2e",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/ /evil.example",
            "/%09/evil.example",
            "/%0a/evil.example",
            "/%0d/evil.example",
            "/%2f%2fevil.example",
            "/%2F%2Fevil.example",
            "/%2f/evil.example",
            "/%5cevil.example",
            "/%5C%5Cevil.example",
            "/%252f%252fevil.example",
            "/%00/evil.example",
            "/\0/evil",
            "/..//evil.example",
            "/.//evil.example",
            "/%2e%2e//evil.example",
            "/%2e//evil.example",
            "/a/..//evil.example",
            "/me//evil.example",
            "//user@evil.example",
            "/@evil.example\\",
            "//evil%E3%80%82example",
            "//evil。example",
            "/／evil.example",
            "/⁄evil.example",
            "／／evil.example",
            "//[::1]/",
            "//2130706433/",
            "//evil.example:443/",
            "////evil.example",
            "/\u{a0}/evil.example",
            "/\u{200b}/evil.example",
            "/\u{feff}/evil.example",
            "/%EF%BC%8Fevil.example",
            "/%E2%81%84evil.example",
            "/%E2%80%8B/evil.example",
            "/∕evil.example",
            "/＼evil.example",
            "/%EF%BC%BCevil.example",
            "/。。//evil.example",
            "/．．/／evil.example",
            "/\u{2060}/evil.example",
            "/\u{3000}/evil.example",
            "/\u{ad}/evil.example",
            "/\u{85}/evil.example",
            "http://localhost:3000/me",
            "//localhost:3000/me",
            "mailto:a@b",
            "?next=//evil",
            "#//evil",
            ".",
            "..",
            "../",
            "./me",
            "/me/../..//evil.example",
            "/me\u{7f}",
        ];
        for payload in payloads {
            assert_eq!(ReturnTo::parse(payload).as_str(), "/", "{payload:?}");
        }
        assert_eq!(ReturnTo::parse(&format!("/{}", "a".repeat(3000))).as_str(), "/");
    }
}
