//! The path of a route: literal segments, `{name}` for one segment, `{*rest}` for all that follow.

use std::fmt;

/// A checked pattern. Literals hold only letters, digits, `-`, `.`, `_` and `~` (RFC 3986 section 2.3): those are decoded before
/// a path is matched, so that a literal has a single spelling and cannot be bypassed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathPattern {
    text: String,
    segments: Vec<Segment>,
    trailing_slash: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    One,
    Rest,
}

impl PathPattern {
    /// Reads a pattern; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let Some(path) = text.strip_prefix('/') else { return Err("the path does not begin with /") };
        let (path, trailing_slash) = match path.strip_suffix('/') {
            Some(path) => (path, true),
            None => (path, false),
        };
        let mut segments = Vec::new();
        if !path.is_empty() || trailing_slash {
            for segment in path.split('/') {
                segments.push(Segment::parse(segment)?);
            }
        }
        let rests = segments.iter().filter(|segment| **segment == Segment::Rest).count();
        if rests > 0 && (rests > 1 || trailing_slash || segments.last() != Some(&Segment::Rest)) {
            return Err("{*rest} is not at the end of the path");
        }
        Ok(Self { text: text.to_owned(), segments, trailing_slash })
    }

    /// The pattern as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches one path only.
    pub(crate) fn is_literal(&self) -> bool {
        self.segments.iter().all(|segment| matches!(segment, Segment::Literal(_)))
    }

    /// The pattern with its names replaced by their places: two patterns of one shape match the same paths.
    pub(crate) fn shape(&self) -> String {
        let mut shape = String::new();
        for (place, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Literal(text) => shape.extend(["/", text]),
                Segment::One => shape.extend(["/{p", &place.to_string(), "}"]),
                Segment::Rest => shape.push_str("/{*rest}"),
            }
        }
        if self.trailing_slash || shape.is_empty() {
            shape.push('/');
        }
        shape
    }

    /// Whether each path that it matches is at `prefix` or below it.
    pub(crate) fn is_under(&self, prefix: &str) -> bool {
        let mut own = self.segments.iter();
        segments_of(prefix).all(|part| matches!(own.next(), Some(Segment::Literal(text)) if text == part))
    }

    /// Whether some path that it matches is at `prefix` or below it.
    pub(crate) fn meets(&self, prefix: &str) -> bool {
        let mut own = self.segments.iter();
        for part in segments_of(prefix) {
            match own.next() {
                Some(Segment::Rest) => return true,
                Some(Segment::One) => {}
                Some(Segment::Literal(text)) if text == part => {}
                Some(Segment::Literal(_)) | None => return false,
            }
        }
        true
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(name) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            let (name, kind) = name.strip_prefix('*').map_or((name, Self::One), |name| (name, Self::Rest));
            let fits =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            return if fits {
                Ok(kind)
            } else {
                Err("a name between { and } is not of letters, digits and _")
            };
        }
        if text.is_empty() {
            return Err("the path has an empty segment");
        }
        if text.bytes().all(|byte| byte == b'.') {
            return Err("the path has a segment of dots");
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err("a literal segment has a character besides letters, digits, -, ., _ and ~");
        }
        Ok(Self::Literal(text.to_owned()))
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn segments_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_literals_names_and_a_rest() {
        let shape = |text: &str| PathPattern::parse(text).map(|pattern| pattern.shape());
        assert_eq!(shape("/"), Ok("/".to_owned()));
        assert_eq!(shape("/a/{x}/b.c/"), Ok("/a/{p1}/b.c/".to_owned()));
        assert_eq!(shape("/a/{y}/b.c/"), shape("/a/{x}/b.c/"));
        assert_eq!(shape("/{*any}"), Ok("/{*rest}".to_owned()));
        for bad in [
            "",
            "a",
            "//",
            "/a//b",
            "/a/..",
            "/./a",
            "/a/{}",
            "/a/{*}",
            "/{*r}/a",
            "/{*r}/",
            "/a/{b-c}",
            "/a/{b}c",
            "/a b",
            "/a%20b",
            "/대문",
            "/a;b",
            "/a?b",
            "/a:b",
            "/{a}}",
            "/*",
            "/a/{*b}/{*c}",
        ] {
            assert!(shape(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pattern_knows_what_lies_under_a_prefix() {
        let pattern = |text: &str| PathPattern::parse(text).unwrap();
        assert!(pattern("/api/auth/x").is_under("/api/auth/") && pattern("/me/{x}").is_under("/me"));
        assert!(!pattern("/api/{*rest}").is_under("/api/auth") && pattern("/api/{*rest}").meets("/api/auth"));
        assert!(
            pattern("/{x}").meets("/me")
                && !pattern("/{x}").meets("/api/auth")
                && !pattern("/men").meets("/me")
        );
    }
}
