//! Types that can be used as what they hold.

use std::collections::BTreeSet;
use std::path::Path;

/// The types below `folder` that implement `Deref` or `DerefMut`.
pub fn types(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(types(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(in_source(&std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn in_source(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let words: Vec<_> = code.flat_map(str::split_whitespace).collect();
    let implemented = words.windows(3).filter_map(|three| match three {
        [name, "for", of] if matches!(name.rsplit("::").next(), Some("Deref" | "DerefMut")) => Some(*of),
        _ => None,
    });
    let name = |of: &str| of.split('<').next().unwrap_or(of).to_owned();
    implemented.map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::in_source;

    #[test]
    fn types_are_found_however_the_trait_is_written() {
        let found = in_source(
            "impl Deref for A {}\nimpl<T> std::ops::Deref\n    for B<T> {}\n// impl Deref for C {}\nimpl DerefMut for D {}",
        );
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["A", "B", "D"]);
    }
}
