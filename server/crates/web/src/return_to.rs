//! Where a person goes after signing in: a path of our own origin, and nothing else.

use std::fmt;

const LONGEST: usize = 2048;

/// A path of our own origin, with query and fragment. Anything that a browser could read as another site becomes `/`
/// (S-BFF-5, RFC 9700 section 4.11.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The main page.
    pub fn home() -> Self {
        Self("/".to_owned())
    }

    /// Reads a path that has been percent-decoded once, as form and query parsers do.
    pub fn parse(text: &str) -> Self {
        if is_own_path(text) { Self(text.to_owned()) } else { Self::home() }
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

/// One `/`, then something that no browser takes for a host: browsers read `\` as `/`, drop tabs and newlines, and
/// some proxies decode once more. So the first segment may hold neither, encoded or not. Only printable ASCII passes:
/// a `Location` with anything else is read differently by different browsers.
fn is_own_path(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('/') else { return false };
    let first_segment = rest.split(['/', '?', '#']).next().unwrap_or(rest).to_ascii_lowercase();
    text.len() <= LONGEST
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains('\\')
        && !rest.starts_with('/')
        && !["%2f", "%5c", "%09", "%0a", "%0d", "%00", "%25"]
            .iter()
            .any(|encoded| first_segment.contains(encoded))
        && !climbs_to_a_host(text)
}

/// `/..//evil.example` and `/.//evil.example` collapse to `//evil.example` in a browser.
fn climbs_to_a_host(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or(text).to_ascii_lowercase().replace("%2e", ".");
    path.contains("//") || path.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_paths_stay_as_they_are() {
        for path in [
            "/",
            "/me",
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
