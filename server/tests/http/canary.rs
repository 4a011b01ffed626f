//! Looking for a secret where it must not be, in every form in which it could have got there.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// A secret that was really given out, with all its spellings.
pub struct Canary {
    /// What it is.
    pub name: String,
    forms: Vec<Vec<u8>>,
}

impl Canary {
    /// Some bytes. At least twelve, or they would be found by chance.
    pub fn of(name: &str, secret: &[u8]) -> Self {
        assert!(secret.len() >= 12, "{name} is too short to be looked for");
        let each =
            |spell: fn(u8) -> String| secret.iter().map(|byte| spell(*byte)).collect::<Vec<_>>().concat();
        let texts: [String; 8] = [
            each(|byte| format!("{byte:02x}")),
            each(|byte| format!("{byte:02X}")),
            STANDARD.encode(secret),
            STANDARD_NO_PAD.encode(secret),
            URL_SAFE.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            each(|byte| format!("%{byte:02X}")),
            format!("{secret:?}"),
        ];
        let mut forms: Vec<_> = texts.into_iter().map(String::into_bytes).collect();
        forms.push(secret.to_vec());
        Self { name: name.to_owned(), forms }
    }

    /// Its spellings.
    pub fn forms(&self) -> impl Iterator<Item = &[u8]> {
        self.forms.iter().map(Vec::as_slice)
    }

    /// Whether it is in there in any form.
    pub fn is_in(&self, place: &[u8]) -> bool {
        self.forms().any(|form| place.windows(form.len()).any(|window| window == form))
    }
}

#[test]
fn a_canary_is_found_in_every_form_and_only_where_it_is() {
    let canary = Canary::of("canary", b"\x00\xffA secret of ours");
    for form in canary.forms() {
        assert!(canary.is_in(&[b"before ", form, b" after"].concat()), "{}", String::from_utf8_lossy(form));
        assert!(!canary.is_in(&form[1..]));
    }
    assert!(!canary.is_in(b"") && !canary.is_in(b"A secret of theirs"));
}
