//! Reads and checks all texts in all languages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use crate::error::Error;
use crate::languages::{LANGUAGES, Language};
use crate::particles;
use crate::text::{self, Key, Piece};

/// How deep references may be nested. One level is enough for all texts; a deeper one is taken for a cycle.
const MAX_DEPTH: usize = 4;

/// All texts. Each exists in every language, with the same values.
#[derive(Debug)]
pub(crate) struct Catalogue {
    /// The texts by key, in the order of [`LANGUAGES`], with references resolved.
    pub(crate) texts: BTreeMap<Key, Vec<Vec<Piece>>>,
}

type Parsed = BTreeMap<Key, Vec<Piece>>;

impl Catalogue {
    /// Reads `<locales>/<language>/<area>.json`.
    pub(crate) fn read(locales: &Path) -> Result<Self, Vec<Error>> {
        let mut sources = Vec::new();
        for language in LANGUAGES {
            let folder = locales.join(language.folder);
            let failed = |error| vec![Error::new(folder.display(), error)];
            for entry in std::fs::read_dir(&folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                let json = std::fs::read_to_string(&path).map_err(failed)?;
                let area = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                sources.push(Source { language, area, json });
            }
        }
        Self::of(&sources)
    }

    pub(crate) fn of(sources: &[Source]) -> Result<Self, Vec<Error>> {
        let mut errors = Vec::new();
        let parsed = LANGUAGES.map(|language| {
            let own = sources.iter().filter(|source| source.language.folder == language.folder);
            own.flat_map(|source| source.parse(&mut errors)).collect::<Parsed>()
        });
        let keys: BTreeSet<&Key> = parsed.iter().flat_map(BTreeMap::keys).collect();
        let mut texts = BTreeMap::new();
        for key in keys {
            match in_each_language(key, &parsed) {
                Ok(text) => {
                    texts.insert(key.clone(), text);
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(Self { texts }) } else { Err(errors) }
    }
}

/// The file of one area in one language.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) language: Language,
    pub(crate) area: String,
    pub(crate) json: String,
}

impl Source {
    fn parse(&self, errors: &mut Vec<Error>) -> Parsed {
        let file = format!("{}/{}.json", self.language.folder, self.area);
        let Entries(entries) = match serde_json::from_str(&self.json) {
            Ok(entries) => entries,
            Err(error) => {
                errors.push(Error::new(file, error));
                return Parsed::new();
            }
        };
        let mut parsed = Parsed::new();
        for (name, text) in entries {
            let place = format!("{file}: {name}");
            if !text::is_name(&name) || !text::is_name(&self.area) {
                let allowed = "areas and keys are lower-case letters, digits and _ only";
                errors.push(Error::new(place, allowed));
                continue;
            }
            match text::parse(&text) {
                Ok(pieces) => {
                    let key = Key { area: self.area.clone(), name };
                    if parsed.insert(key, pieces).is_some() {
                        errors.push(Error::new(place, "is here twice"));
                    }
                }
                Err(problem) => errors.push(Error::new(place, problem)),
            }
        }
        parsed
    }
}

fn in_each_language(key: &Key, parsed: &[Parsed]) -> Result<Vec<Vec<Piece>>, Error> {
    let mut texts = Vec::new();
    for (language, all) in LANGUAGES.iter().zip(parsed) {
        let place = format!("{}/{}.json: {}", language.folder, key.area, key.name);
        let pieces = all.get(key).ok_or_else(|| Error::new(&place, "is missing"))?;
        texts
            .push(without_references(pieces, all, MAX_DEPTH).map_err(|problem| Error::new(&place, problem))?);
    }
    let values = texts.iter().map(|text| values(text).into_iter().collect::<BTreeSet<_>>());
    let values: BTreeSet<_> = values.collect();
    if values.len() > 1 {
        return Err(Error::new(key, format!("the values differ between the languages: {values:?}")));
    }
    Ok(texts)
}

fn without_references(pieces: &[Piece], all: &Parsed, depth: usize) -> Result<Vec<Piece>, String> {
    let mut flat = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Reference(key) = piece else {
            flat.push(piece.clone());
            continue;
        };
        let target = all.get(key).ok_or_else(|| format!("refers to {key}, which does not exist"))?;
        let depth = depth.checked_sub(1).ok_or_else(|| format!("refers to {key} in a circle"))?;
        let target = without_references(target, all, depth)?;
        if !values(&target).is_empty() {
            return Err(format!("refers to {key}, which takes a value"));
        }
        if let (Some(Piece::Words(quoted)), Some(Piece::Words(after))) = (target.last(), pieces.get(at + 1)) {
            particles::check(quoted, after)?;
        }
        flat.extend(target);
    }
    Ok(flat)
}

/// The values of a text, each once, in the order of the text.
pub(crate) fn values(text: &[Piece]) -> Vec<&str> {
    let mut values = Vec::new();
    for piece in text {
        if let Piece::Value(name) = piece
            && !values.contains(&name.as_str())
        {
            values.push(name.as_str());
        }
    }
    values
}

/// The entries of a file in their order, duplicate keys included.
struct Entries(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of keys and texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    let text =
                        map.next_value().map_err(|error| A::Error::custom(format!("{name}: {error}")))?;
                    entries.push((name, text));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn catalogue(
        korean: &[(&str, &str)],
        english: &[(&str, &str)],
    ) -> Result<Catalogue, Vec<Error>> {
        let of = |language, files: &[(&str, &str)]| {
            files
                .iter()
                .map(|(area, json)| Source { language, area: (*area).to_owned(), json: (*json).to_owned() })
                .collect::<Vec<_>>()
        };
        Catalogue::of(&[of(LANGUAGES[0], korean), of(LANGUAGES[1], english)].concat())
    }

    fn problems(korean: &[(&str, &str)], english: &[(&str, &str)]) -> String {
        let lines: Vec<_> =
            catalogue(korean, english).unwrap_err().iter().map(|error| format!("{error}\n")).collect();
        lines.concat()
    }

    #[test]
    fn a_text_must_be_there_in_every_language() {
        let korean = ("login", r#"{"heading": "로그인", "lead": "안내"}"#);
        let said = problems(&[korean], &[("login", r#"{"heading": "Sign in"}"#)]);
        assert_eq!(said, "en/login.json: lead: is missing\n");
        assert!(problems(&[korean], &[]).contains("en/login.json: heading: is missing"));
    }

    #[test]
    fn both_languages_take_the_same_values() {
        let korean = ("home", r#"{"welcome": "{{ name }} 님"}"#);
        let said = problems(&[korean], &[("home", r#"{"welcome": "Welcome"}"#)]);
        assert!(said.contains("home.welcome: the values differ"), "{said}");
    }

    #[test]
    fn a_reference_is_the_text_itself() {
        let korean =
            [("login", r#"{"submit": "로그인"}"#), ("mails", r#"{"hint": "‘$t(login.submit)’을 누르세요"}"#)];
        let english =
            [("login", r#"{"submit": "Sign in"}"#), ("mails", r#"{"hint": "Press “$t(login.submit)”"}"#)];
        let catalogue = catalogue(&korean, &english).unwrap();
        let key = Key { area: "mails".to_owned(), name: "hint".to_owned() };
        let text: String = catalogue.texts[&key][1]
            .iter()
            .map(|piece| match piece {
                Piece::Words(words) => words.as_str(),
                _ => panic!("{piece:?}"),
            })
            .collect();
        assert_eq!(text, "Press “Sign in”");
    }

    #[test]
    fn a_particle_fits_the_text_that_is_referred_to() {
        let english =
            [("login", r#"{"submit": "Sign in"}"#), ("mails", r#"{"hint": "Press “$t(login.submit)”"}"#)];
        let korean =
            [("login", r#"{"submit": "로그인"}"#), ("mails", r#"{"hint": "‘$t(login.submit)’를 누르세요"}"#)];
        let said = problems(&korean, &english);
        assert!(said.contains("ko/mails.json: hint: has `를` behind `로그인`"), "{said}");
    }

    #[test]
    fn a_reference_must_lead_to_a_text_without_values() {
        for (json, problem) in [
            (r#"{"hint": "$t(login.gone)"}"#, "refers to login.gone, which does not exist"),
            (r#"{"hint": "$t(mails.hint)"}"#, "refers to mails.hint in a circle"),
            (
                r#"{"name": "{{ name }}", "hint": "$t(mails.name)"}"#,
                "refers to mails.name, which takes a value",
            ),
        ] {
            let said = problems(&[("mails", json)], &[("mails", json)]);
            assert!(said.contains(&format!("ko/mails.json: hint: {problem}")), "{said}");
        }
    }

    #[test]
    fn a_file_is_an_object_of_texts_each_of_which_is_there_once() {
        for (json, problem) in [
            ("[]", "expected an object of keys and texts"),
            (r#"{"a": 1}"#, "a: invalid type: integer"),
            (r#"{"a": {"b": "c"}}"#, "a: invalid type: map"),
            (r#"{"a": "b", "a": "c"}"#, "a: is here twice"),
            (r#"{"Aa": "b"}"#, "Aa: areas and keys are lower-case"),
            (r#"{"a": " "}"#, "a: is empty"),
            ("{", "EOF"),
        ] {
            let said = problems(&[("login", json)], &[("login", json)]);
            assert!(said.starts_with("ko/login.json") && said.contains(problem), "{said}");
        }
    }
}
