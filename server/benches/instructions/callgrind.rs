//! What callgrind wrote: how many instructions each function took, by the file of each line.

use std::collections::HashMap;
use std::path::Path;

/// Whose instructions they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    Ours,
    Libraries,
    Crypto,
    Database,
    /// The allocator, and copies by the C library.
    Memory,
}

impl Owner {
    pub const ALL: [Self; 5] = [Self::Ours, Self::Libraries, Self::Crypto, Self::Database, Self::Memory];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Libraries => "libraries",
            Self::Crypto => "crypto",
            Self::Database => "database",
            Self::Memory => "memory",
        }
    }

    fn of(place: &Place) -> Self {
        const CRYPTO: [&str; 9] = [
            "aws-lc",
            "aws_lc",
            "/sha2-",
            "/argon2-",
            "/blake2-",
            "/rsa-",
            "/md-5-",
            "/rustls-",
            "/rand_chacha-",
        ];
        const DATABASE: [&str; 3] = ["sqlite3", "/sqlx-", "libsqlite3"];
        const MEMORY: [&str; 7] = ["mi_", "_mi_", "mimalloc", "memcpy", "memmove", "memset", "memcmp"];
        let Place { file, function } = place;
        let any = |names: &[&str]| names.iter().any(|name| file.contains(name) || function.starts_with(name));
        let is_own =
            ["server/", "app/"].iter().any(|at| file.starts_with(at) || file.contains(&format!("/{at}")));
        if any(&CRYPTO) {
            Self::Crypto
        } else if any(&DATABASE) {
            Self::Database
        } else if any(&MEMORY) || function.contains("_mi_") {
            Self::Memory
        } else if is_own
            && Path::new(file).extension().is_some_and(|kind| kind == "rs")
            && !file.contains("/registry/")
        {
            Self::Ours
        } else {
            Self::Libraries
        }
    }
}

/// Where instructions are: the function, and the file of what was put into it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub file: String,
    pub function: String,
}

/// What one path took.
pub struct Counts {
    pub places: Vec<(Place, u64)>,
}

impl Counts {
    pub fn read(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut places = HashMap::new();
        Reader::default().read(&text, &mut places);
        Self { places: places.into_iter().collect() }
    }

    pub fn total(&self) -> u64 {
        self.places.iter().map(|(_, count)| count).sum()
    }

    pub fn of(&self, owner: Owner) -> u64 {
        self.places.iter().filter(|(place, _)| Owner::of(place) == owner).map(|(_, count)| count).sum()
    }

    /// The functions that took most, each with its owner.
    pub fn top(&self, many: usize) -> Vec<(Owner, &Place, u64)> {
        let mut all: Vec<_> =
            self.places.iter().map(|(place, count)| (Owner::of(place), place, *count)).collect();
        all.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        all.truncate(many);
        all
    }
}

/// Names are written once, and by their number from then on.
#[derive(Default)]
struct Reader<'a> {
    files: HashMap<&'a str, &'a str>,
    functions: HashMap<&'a str, &'a str>,
    file: &'a str,
    function: &'a str,
}

impl<'a> Reader<'a> {
    fn read(mut self, text: &'a str, places: &mut HashMap<Place, u64>) {
        let mut is_of_call = false;
        for line in text.lines() {
            match line.split_once('=') {
                Some(("fl" | "fi" | "fe", name)) => self.file = named(&mut self.files, name),
                Some(("fn", name)) => self.function = named(&mut self.functions, name),
                Some(("cfi" | "cfl", name)) => {
                    named(&mut self.files, name);
                }
                Some(("cfn", name)) => {
                    named(&mut self.functions, name);
                }
                // What a call took is told in the next line, and again where it happened.
                Some(("calls", _)) => is_of_call = true,
                None if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) => {
                    let count = line.split(' ').nth(1).and_then(|count| count.parse::<u64>().ok());
                    if !std::mem::take(&mut is_of_call) {
                        let place = Place { file: self.file.to_owned(), function: self.function.to_owned() };
                        *places.entry(place).or_default() += count.unwrap_or_default();
                    }
                }
                _ => {}
            }
        }
    }
}

fn named<'a>(known: &mut HashMap<&'a str, &'a str>, text: &'a str) -> &'a str {
    let (number, name) = text.split_once(' ').unwrap_or((text, ""));
    if name.is_empty() {
        known.get(number).copied().unwrap_or(number)
    } else {
        known.insert(number, name);
        name
    }
}
