//! Paths that many services treat as equal although they are spelled differently.
//!
//! Routes match exactly. Services often do not: Express, Django, Rails and older Spring take `/staff` and `/staff/` for one, IIS,
//! ASP.NET and Express do not look at case, Rails takes `/staff.json` for `/staff`, Windows drops dots and blanks at the end of a
//! name, and some services trim or normalise what they have decoded. So alongside the table there is a second one with every path
//! folded: a request whose path folds to that of a stricter route must not be served by a weaker one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::Method;

use crate::canonical;
use crate::path_entry::PathEntry;
use crate::rule::Rule;

/// The table by folded paths.
#[derive(Clone, Debug)]
pub(crate) struct Spellings {
    /// Several entries share one place when two routes differ only in what services may ignore.
    folded: matchit::Router<Vec<PathEntry>>,
    /// Whether all routes ask the same of everybody; then no spelling gains anything.
    uniform: bool,
}

impl Spellings {
    /// Of the entries of a table, by their shapes.
    ///
    /// # Errors
    /// With the shape that conflicts with the others: as written, or with what services ignore left out.
    pub(crate) fn of<'a>(
        entries: impl IntoIterator<Item = (&'a String, &'a PathEntry)>,
        rules: &[impl AsRef<Rule>],
    ) -> Result<Self, String> {
        let mut places: BTreeMap<String, Vec<PathEntry>> = BTreeMap::new();
        for (shape, entry) in entries {
            places.entry(folded_shape(shape)).or_default().push(entry.clone());
        }
        let mut folded = matchit::Router::new();
        for (shape, entries) in places {
            folded.insert(shape.clone(), entries).map_err(|_| shape)?;
        }
        let mut rules = rules.iter().map(AsRef::as_ref);
        let uniform = rules.next().is_none_or(|first| {
            rules.all(|rule| {
                rule.access == first.access
                    && rule.role == first.role
                    && rule.step_up == first.step_up
                    && rule.methods == first.methods
            })
        });
        Ok(Self { folded, uniform })
    }

    /// The entry of a route that asks for more than `served`, the rule that the table found at `path`, and that a
    /// service might read the path as.
    pub(crate) fn stricter(
        &self,
        path: &str,
        method: &Method,
        served: usize,
        rules: &[impl AsRef<Rule>],
    ) -> Option<&PathEntry> {
        if self.uniform {
            return None;
        }
        let rule = |place: usize| rules.get(place).map(AsRef::as_ref);
        let has = rule(served)?;
        let asks_more = |entry: &&PathEntry| match entry.route_for(method) {
            Some(place) => place != served && rule(place).is_none_or(|asked| !asked.is_within(has)),
            // The route does not take the method, so its service must not get it through another route.
            None => true,
        };
        let at = |path: &str| self.folded.at(path).ok().and_then(|found| found.value.iter().find(asks_more));
        let folded = fold(path);
        at(&folded).or_else(|| at(without_extension(&folded)?)).or_else(|| {
            // Services that decode a path before cutting off the query.
            let cut = fold(cut_encoded_query(path)?);
            at(&cut).or_else(|| at(without_extension(&cut)?))
        })
    }
}

/// What programs differ about, taken out: case, blanks, things that nobody sees, dots and slashes at the end,
/// compatibility characters, accents. A path that has none of them is its own fold, and nothing is allocated.
pub(crate) fn fold(path: &str) -> Cow<'_, str> {
    let is_touched = |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'%' | b'+' | b':' | b'(');
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    if !path.bytes().any(is_touched) && !path.contains("./") && !path.ends_with('.') {
        return Cow::Borrowed(path);
    }
    let text = canonical::decoded(path).unwrap_or_default();
    let text: String = canonical::compatible(&text)
        .chars()
        // Both ways, as Java's equalsIgnoreCase does: the dotless ı has an I in common with i.
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .map(|c| if c == '+' { ' ' } else { c })
        .filter(|c| c.is_ascii() || (c.is_alphanumeric() && !is_filler(*c)))
        .collect();
    let mut folded = String::with_capacity(path.len());
    for segment in text.split('/') {
        // Parameters of a segment, and streams of a file on Windows.
        let end = [segment.find(';'), segment.find("::"), segment.find(":$")].into_iter().flatten().min();
        let segment = segment[..end.unwrap_or(segment.len())].trim();
        let segment = segment.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
        if !segment.is_empty() && !is_session_of_asp_net(segment) {
            folded.extend(["/", segment]);
        }
    }
    if folded.is_empty() {
        folded.push('/');
    }
    Cow::Owned(folded)
}

/// ASP.NET takes `(S(…))` and its kin out of a path before it reads it.
fn is_session_of_asp_net(segment: &str) -> bool {
    matches!(segment.as_bytes(), [b'(', letter, b'(', .., b')', b')'] if letter.is_ascii_alphabetic())
}

/// Letters by their category, and yet invisible: Hangul fillers.
const fn is_filler(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{1160}')
}

fn without_extension(path: &str) -> Option<&str> {
    let (name, extension) = path.rsplit_once('.')?;
    (!extension.contains('/') && !name.ends_with('/')).then_some(name)
}

/// Up to an encoded `?` or `#`, or a character that some turn into one.
fn cut_encoded_query(path: &str) -> Option<&str> {
    const MARKS: [&str; 4] = ["%3f", "%23", "%ef%bc%9f", "%ef%bc%83"];
    if !path.contains('%') {
        return None;
    }
    let lower = path.to_ascii_lowercase();
    MARKS.iter().filter_map(|mark| lower.find(mark)).min().map(|at| &path[..at])
}

/// The shape of a pattern with its literals folded; placeholders stay.
fn folded_shape(shape: &str) -> String {
    let mut folded = String::new();
    for segment in shape.split('/').filter(|segment| !segment.is_empty()) {
        if segment.starts_with('{') {
            folded.extend(["/", segment]);
        } else {
            folded.push_str(&fold(&format!("/{segment}")));
        }
    }
    if folded.is_empty() { "/".to_owned() } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_services_ignore_is_folded_away() {
        for path in [
            "/shop/staff/",
            "/shop/Staff",
            "/SHOP/STAFF",
            "/shop/staff%20",
            "/shop/%20staff",
            "/shop/staff+",
            "/shop/staff%20%20/",
            "/shop/%20/staff",
            "/shop/staff.",
            "/shop/staff..",
            "/shop/staff%20.",
            "/shop/staff%C2%A0",
            "/shop/staff%E3%80%80",
            "/shop/st%E2%80%8Baff",
            "/shop/staff%EF%BB%BF",
            "/shop/staff%E3%85%A4",
            "/shop/%EF%BD%93taff",
            "/shop/%C5%BFtaff",
            "/shop/sta%EF%AC%80",
            "/shop/st%C3%A4ff",
            "/shop/sta%CC%88ff",
            "/shop/staff%EF%BC%9Bx=1",
            "/shop/staff::$DATA",
            "/shop/staff:$I30:$INDEX_ALLOCATION",
            "/shop/(S(lit3py55t21z5v55vlm25s55))/staff",
            "/%73hop/st%61ff",
        ] {
            assert_eq!(fold(path), "/shop/staff", "{path}");
        }
        assert_eq!(fold("/%C4%B0d"), "/id");
        assert_eq!(fold("/%C4%B1d"), "/id");
        assert_eq!(fold("/%E2%84%AA"), "/k");
        for other in [
            "/shop/staffing",
            "/shop/sta-ff",
            "/shop/%D1%95taff",
            "/shop/staff/x",
            "/shop/staff!",
            "/shop/(staff)",
        ] {
            assert_ne!(fold(other), "/shop/staff", "{other}");
        }
    }

    #[test]
    fn an_ordinary_path_is_folded_without_allocating() {
        for path in ["/", "/shop/staff/7-x_y~z", "/a.b/c.json", "/.well-known/x", "/a@b!c", "/shop/"] {
            assert!(matches!(fold(path), Cow::Borrowed(_)), "{path}");
        }
        assert_eq!((fold("/"), fold("/shop/"), fold("/%20")), ("/".into(), "/shop".into(), "/".into()));
    }

    #[test]
    fn an_extension_is_cut_off_the_last_segment_only() {
        assert_eq!(without_extension("/a.b/c.json"), Some("/a.b/c"));
        for none in ["/a.b/c", "/a", "/a/.json"] {
            assert_eq!(without_extension(none), None, "{none}");
        }
        assert_eq!(cut_encoded_query("/a%3Fb%23"), Some("/a"));
        assert_eq!(cut_encoded_query("/a%20"), None);
    }
}
