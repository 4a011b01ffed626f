//! What people and programs send that nobody thought of.

use std::time::{Duration, Instant};

use kernel::Randomness;

use crate::randomness::SeededRandomness;

/// Texts and bytes from a seed, made of what parsers stumble over.
#[derive(Debug)]
pub struct RandomTexts(SeededRandomness);

/// Pieces from which texts are made.
const PIECES: [&str; 64] = [
    "12",
    "1",
    "a",
    "A",
    "password",
    "qwerty",
    "2019",
    "19900118",
    "@",
    ".",
    "..",
    "/",
    "//",
    "\\",
    "%",
    "%2f",
    "%00",
    "%zz",
    "?",
    "&",
    "=",
    "#",
    ";",
    ",",
    ":",
    "\"",
    "'",
    "<",
    ">",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    " ",
    "\t",
    "\r\n",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{fe0f}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{301}",
    "\u{3164}",
    "\u{1112}",
    "\u{1161}",
    "홍길동",
    "é",
    "İ",
    "ß",
    "ﬃ",
    "ﷺ",
    "👩",
    "🏽",
    "🇰🇷",
    "\u{10ffff}",
    "-",
    "_",
];

impl RandomTexts {
    /// Texts that begin at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(SeededRandomness::new(seed))
    }

    /// Texts for so many rounds, from `seed` on. In the long run, `scripts/soak odd_texts`, from another seed each time, and for
    /// as many seconds as `DAEMUN_ODD_TEXTS_SECONDS` says.
    pub fn for_rounds(seed: u64, rounds: usize) -> (Self, impl Iterator<Item = usize>) {
        let seconds = std::env::var("DAEMUN_ODD_TEXTS_SECONDS").ok().and_then(|text| text.parse().ok());
        let (seed, end) = match seconds {
            None => (seed, None),
            Some(seconds) => (of_this_moment(), Some(Instant::now() + Duration::from_secs(seconds))),
        };
        let goes_on = move |round: &usize| end.map_or(*round < rounds, |end| Instant::now() < end);
        (Self::new(seed), (0..).take_while(goes_on))
    }

    /// A number below `end`.
    pub fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// One of these.
    pub fn one_of<'a, T: ?Sized>(&self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// A string of at most about `most` pieces: some of one piece again and again, some of many, some of any code points.
    pub fn text(&self, most: usize) -> String {
        let pieces = self.below(most + 1);
        match self.below(4) {
            0 => self.one_of(&PIECES).repeat(pieces),
            1 => (0..pieces)
                .filter_map(|_| char::from_u32(u32::try_from(self.below(0x11_0000)).unwrap()))
                .collect(),
            2 => {
                let few: Vec<_> = (0..1 + self.below(3)).map(|_| self.one_of(&PIECES)).collect();
                (0..pieces).map(|_| self.one_of(&few)).collect()
            }
            _ => (0..pieces).map(|_| self.one_of(&PIECES)).collect(),
        }
    }

    /// At most `most` bytes: those of a text, or any.
    pub fn bytes(&self, most: usize) -> Vec<u8> {
        let mut bytes = self.text(most).into_bytes();
        bytes.truncate(most);
        if self.below(2) == 0 {
            self.0.fill(&mut bytes);
        }
        bytes
    }

    /// `whole` with a few bytes changed, left out, doubled, or cut off.
    pub fn spoilt(&self, whole: &[u8]) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len());
            match self.below(5) {
                _ if bytes.is_empty() => {}
                0 => bytes.truncate(at),
                1 => drop(bytes.remove(at)),
                2 => bytes.splice(at..at, self.bytes(8)).for_each(drop),
                3 => bytes[at] ^= 1 << self.below(8),
                _ => bytes[at] = u8::try_from(self.below(256)).unwrap(),
            }
        }
        bytes
    }
}

/// A seed that is told, so that a run that failed can be repeated.
#[expect(clippy::print_stdout, reason = "anyone who runs for long looks at what is printed")]
fn of_this_moment() -> u64 {
    let seed = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    println!("odd texts from seed {seed}");
    seed
}
