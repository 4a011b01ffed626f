//! The paths that a source file names, read from its words: comments, texts and unit tests left out.

/// A word or a sign of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`.
    Path,
    Sign(char),
}

/// What a file says of modules.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The paths that it names, from the root of the crate.
    pub paths: Vec<Vec<String>>,
    /// What it calls the things that it imports.
    pub imported: Vec<String>,
}

impl Source {
    /// Reads `text`, the file of the module `module`.
    pub fn read(text: &str, module: &[String]) -> Self {
        let tokens = tokens(text);
        let mut reader =
            Reader { tokens: &tokens, at: 0, depth: 0, inner: Vec::new(), module, source: Self::default() };
        reader.run();
        reader.source
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    /// The modules that are open in this file, each with the depth of its brackets.
    inner: Vec<(String, usize)>,
    module: &'a [String],
    source: Source,
}

impl Reader<'_> {
    fn run(&mut self) {
        let children = children(self.tokens);
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Sign('{') => self.depth += 1,
                Token::Sign('}') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.inner.last().is_some_and(|(_, depth)| *depth == self.depth) {
                        self.inner.pop();
                    }
                }
                Token::Sign('#') if self.is_test_module() => self.skip_block(),
                Token::Word(word) if word == "mod" => self.open_module(),
                Token::Word(word) if word == "use" => self.import(),
                Token::Word(word) if self.begins_path(word, &children) => self.name_path(),
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Whether `#[cfg(test)] mod name {` is here.
    fn is_test_module(&self) -> bool {
        let ahead = &self.tokens[self.at..];
        let is = |at: usize, word: &str| matches!(ahead.get(at), Some(Token::Word(found)) if found == word);
        is(2, "cfg") && is(4, "test") && is(7, "mod") && ahead.get(9) == Some(&Token::Sign('{'))
    }

    fn skip_block(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Sign('{') => depth += 1,
                Token::Sign('}') if depth == 1 => return,
                Token::Sign('}') => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn open_module(&mut self) {
        if let (Some(Token::Word(name)), Some(Token::Sign('{'))) =
            (self.tokens.get(self.at + 1), self.tokens.get(self.at + 2))
        {
            self.inner.push((name.clone(), self.depth));
        }
    }

    /// A `use`, up to its semicolon.
    fn import(&mut self) {
        let mut found = Vec::new();
        self.at += 1;
        self.tree(&mut Vec::new(), &mut found);
        for path in found {
            self.note(&path);
        }
    }

    fn tree(&mut self, before: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        let kept = before.len();
        let mut other_name = None;
        loop {
            match self.tokens.get(self.at) {
                Some(Token::Word(word)) if word == "as" => {
                    self.at += 1;
                    other_name = self.tokens.get(self.at);
                }
                Some(Token::Word(word)) => before.push(word.clone()),
                Some(Token::Sign('*')) => before.push("*".to_owned()),
                Some(Token::Path) => {}
                Some(Token::Sign('{')) => {
                    while self.tokens.get(self.at) != Some(&Token::Sign('}')) && self.at < self.tokens.len() {
                        self.at += 1;
                        self.tree(&mut before.clone(), found);
                    }
                    self.at += 1;
                    before.truncate(kept);
                    return;
                }
                _ => {
                    if before.len() > kept {
                        found.push(before.clone());
                        if let Some(Token::Word(name)) = other_name {
                            self.source.imported.push(name.clone());
                        } else {
                            self.source.imported.extend(before.last().cloned());
                        }
                    }
                    before.truncate(kept);
                    return;
                }
            }
            self.at += 1;
        }
    }

    fn begins_path(&self, word: &str, children: &[String]) -> bool {
        let follows = self.tokens.get(self.at + 1) == Some(&Token::Path);
        let is_first = self.at == 0 || !matches!(self.tokens[self.at - 1], Token::Path | Token::Sign('.'));
        follows
            && is_first
            && (["crate", "super", "self"].contains(&word) || children.iter().any(|child| child == word))
    }

    fn name_path(&mut self) {
        let mut path = Vec::new();
        while let Some(Token::Word(word)) = self.tokens.get(self.at) {
            path.push(word.clone());
            if self.tokens.get(self.at + 1) != Some(&Token::Path) {
                break;
            }
            self.at += 2;
        }
        if !matches!(self.tokens.get(self.at), Some(Token::Word(_))) {
            self.at -= 1;
        }
        self.note(&path);
    }

    /// Keeps a path that leads into this crate.
    fn note(&mut self, path: &[String]) {
        let mut here: Vec<String> = self.module.to_vec();
        here.extend(self.inner.iter().map(|(name, _)| name.clone()));
        let mut words = path;
        match words.first().map(String::as_str) {
            Some("crate") => {
                here.clear();
                words = &words[1..];
            }
            Some("self") => words = &words[1..],
            Some("super") => {
                while words.first().is_some_and(|word| word == "super") {
                    here.pop();
                    words = &words[1..];
                }
            }
            Some(name) if children(self.tokens).iter().any(|child| child == name) => {}
            _ => return,
        }
        here.extend(words.iter().filter(|word| *word != "self").cloned());
        self.source.paths.push(here);
    }
}

/// The modules that a file declares.
fn children(tokens: &[Token]) -> Vec<String> {
    let declared = tokens.windows(3).filter_map(|three| match three {
        [Token::Word(word), Token::Word(name), Token::Sign(';' | '{')] if word == "mod" => Some(name.clone()),
        _ => None,
    });
    declared.collect()
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        match c {
            '/' if next == Some('/') => at = end_of(&chars, at, "\n"),
            '/' if next == Some('*') => at = end_of(&chars, at, "*/"),
            '"' => at = end_of_text(&chars, at),
            'r' if is_raw(&chars, at) => at = end_of_raw(&chars, at),
            '\'' => at = end_of_char(&chars, at),
            ':' if next == Some(':') => {
                tokens.push(Token::Path);
                at += 2;
            }
            c if c.is_alphanumeric() || c == '_' => {
                let end =
                    (at..chars.len()).find(|end| !(chars[*end].is_alphanumeric() || chars[*end] == '_'));
                let end = end.unwrap_or(chars.len());
                tokens.push(Token::Word(chars[at..end].iter().collect()));
                at = end;
            }
            c if c.is_whitespace() => at += 1,
            c => {
                tokens.push(Token::Sign(c));
                at += 1;
            }
        }
    }
    tokens
}

fn end_of(chars: &[char], from: usize, end: &str) -> usize {
    let end: Vec<char> = end.chars().collect();
    let found = (from + 1..chars.len()).find(|at| chars[*at..].starts_with(&end));
    found.map_or(chars.len(), |at| at + end.len())
}

fn end_of_text(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

fn is_raw(chars: &[char], at: usize) -> bool {
    let is_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b';
    let after = chars[at + 1..].iter().find(|c| **c != '#');
    !is_word && after == Some(&'"')
}

fn end_of_raw(chars: &[char], from: usize) -> usize {
    let hashes = chars[from + 1..].iter().take_while(|c| **c == '#').count();
    let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    end_of(chars, from + 1 + hashes, &end)
}

/// The end of `'x'` and `'\n'`; a lifetime has none.
fn end_of_char(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => end_of(chars, from + 2, "'"),
        (_, Some('\'')) => from + 3,
        _ => from + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn paths(text: &str) -> Vec<String> {
        let source = Source::read(text, &["room".to_owned(), "flow".to_owned()]);
        source.paths.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_they_are_and_in_code_alone() {
        assert_eq!(paths("use crate::a::{self, b::{C, D}, e as f};"), ["a", "a::b::C", "a::b::D", "a::e"]);
        assert_eq!(paths("use super::other::Thing; use std::fmt;"), ["room::other::Thing"]);
        assert_eq!(paths("fn f() -> crate::a::B { super::c::d() }"), ["a::B", "room::c::d"]);
        assert_eq!(paths("mod child; fn f() { child::g() }"), ["room::flow::child::g"]);
        assert_eq!(paths("mod inside { use super::Thing; }"), ["room::flow::Thing"]);
        assert_eq!(paths("// crate::a::B\n/* crate::a */ const T: &str = \"crate::a\";"), [""; 0]);
        assert_eq!(
            paths("const T: &str = r#\"use crate::a;\"#; const C: char = '\"'; use crate::b::C;"),
            ["b::C"]
        );
        assert_eq!(paths("#[cfg(test)]\nmod tests { use crate::a::B; } fn f<'a>() {}"), [""; 0]);
    }

    #[test]
    fn imports_are_known_by_their_names() {
        let source = Source::read("pub use a::B; pub(crate) use c::{D, E as F}; use std::fmt;", &[]);
        assert_eq!(source.imported, ["B", "D", "F", "fmt"]);
    }
}
