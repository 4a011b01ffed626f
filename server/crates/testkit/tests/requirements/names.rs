//! The numbers in the names of tests: `s_tok_15_17_…`, `s_gw_6_to_8_and_12_…`, `s_bff_1_s_gw_13_…`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A number: its area in capitals, and which of that area.
pub type Number = (String, u32);

/// A test that carries numbers.
pub struct Test {
    /// Its file, from the top of the repository.
    pub file: String,
    /// Its name, or its title.
    pub name: String,
    pub numbers: BTreeSet<Number>,
    /// Whether it is part of the long run only.
    pub long_run: bool,
}

/// The numbers that a name begins with. The error names what cannot be read.
pub fn numbers(name: &str) -> Result<BTreeSet<Number>, String> {
    let words: Vec<_> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let mut found = BTreeSet::new();
    let (mut area, mut last) = (None::<String>, None::<u32>);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1).copied().unwrap_or_default();
        let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        // `s_tok_3`, `to_s_hdr_10`, and `and_hdr_9` after another one.
        let begins = (*word == "s" && (at == 0 || is_number(words.get(at + 2).unwrap_or(&""))))
            || (*word == "and" && !is_number(next) && is_number(words.get(at + 2).unwrap_or(&"")));
        match *word {
            "to" if last.is_some() => {
                let end = words[at + 1..].iter().find(|word| is_number(word));
                let end: u32 = end.and_then(|end| end.parse().ok()).ok_or(format!("{name}: to what?"))?;
                let (area, begin) = (area.clone().unwrap_or_default(), last.unwrap_or(end));
                found.extend((begin..=end).map(|number| (area.clone(), number)));
                at += 1 + words[at + 1..].iter().position(|word| is_number(word)).unwrap_or(0);
                last = Some(end);
            }
            _ if begins && next != "s" => {
                area = Some(next.to_ascii_uppercase());
                last = None;
                at += 1;
            }
            "and" if is_number(next) || next == "s" => {}
            word if is_number(word) && area.is_some() => {
                let number: u32 = word.parse().map_err(|_| format!("{name}: {word}"))?;
                found.insert((area.clone().unwrap_or_default(), number));
                last = Some(number);
            }
            _ => break,
        }
        at += 1;
    }
    if found.is_empty() { Err(format!("{name}: no number")) } else { Ok(found) }
}

/// All tests of the tree whose names begin with a number.
pub fn of_the_tree(top: &Path) -> Vec<Test> {
    let mut tests = Vec::new();
    for folder in ["app", "frontend", "server", "end2end"] {
        for path in sources(&top.join(folder)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let file = path.strip_prefix(top).unwrap().to_string_lossy().replace('\\', "/");
            let titles = if file.ends_with(".ts") { titles(&text) } else { functions(&text) };
            tests.extend(titles.into_iter().map(|(name, long_run)| {
                let numbers = numbers(&name).unwrap_or_else(|error| panic!("{file}: {error}"));
                Test { file: file.clone(), name, numbers, long_run }
            }));
        }
    }
    tests.sort_by(|a, b| (&a.file, &a.name).cmp(&(&b.file, &b.name)));
    tests
}

/// Rust and TypeScript sources below `folder`, without what is built or installed there.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", "node_modules", "results"].contains(&name.as_str()) {
                    open.push(path);
                }
            } else if name.ends_with(".rs") || name.ends_with(".ts") {
                found.push(path);
            }
        }
    }
    found
}

/// Test functions: the attributes right above say that it is one, and whether it is ignored.
fn functions(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let (mut test, mut ignored) = (false, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            ignored |= line.starts_with("#[ignore");
            continue;
        }
        if test && let Some((_, rest)) = line.split_once("fn ") {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.starts_with("s_") || name.starts_with("soak_s_") {
                found.push((name.trim_start_matches("soak_").to_owned(), ignored));
            }
        }
        (test, ignored) = (false, false);
    }
    found
}

/// Titles of Playwright's tests, also where they are on a line of their own.
fn titles(text: &str) -> Vec<(String, bool)> {
    let calls = text.match_indices("test(").map(|(at, call)| text[at + call.len()..].trim_start());
    calls
        .filter_map(|rest| {
            let quote = rest.chars().next().filter(|c| ['\'', '"', '`'].contains(c))?;
            let title = rest[1..].split(quote).next()?;
            title.starts_with("s_").then(|| (title.replace('\n', " "), false))
        })
        .collect()
}
