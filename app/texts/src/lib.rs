//! Generates Rust functions from the texts in `app/locales/<language>/<area>.json`, so that a missing or misspelt key does not
//! compile. It runs in build scripts only.
//!
//! An area is a JSON object of keys and texts. Each area becomes a module, each key a function that takes the language:
//!
//! ```text
//! en/login.json  { "heading": "Sign in", "welcome": "Welcome, {{ name }}" }
//! ko/login.json  { "heading": "로그인", "welcome": "{{ name }} 님, 어서 오세요" }
//!
//! login::heading(language)            -> &'static str
//! login::welcome(language, "Jiwoo")   -> String
//! ```
//!
//! Several values are passed by name: `feed::counted(language, feed::Counted { posts, followers })`.
//!
//! An area whose texts are looked up at run time, such as errors by their code, becomes one function:
//!
//! ```text
//! errors::text("busy", language)      -> Option<&'static str>
//! ```
//!
//! `$t(login.heading)` is replaced by another text. Text in quotation marks (`“…”`, `‘…’`) names a button or a heading, so it
//! must be such a reference: then a renamed button cannot be quoted by its old name.

mod catalogue;
mod error;
mod languages;
mod particles;
mod rust_code;
mod text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use catalogue::Catalogue;
use error::Error;

/// Writes `texts.rs` into the build script's `OUT_DIR`, with the areas of `locales` that `wanted` selects. All areas are checked
/// and can be referred to. The texts of the areas `by_key` are looked up by key. The module that includes the file must have a
/// `Language` in scope.
///
/// Errors in the texts are printed for cargo, and the returned exit code fails the build.
#[expect(clippy::print_stdout, reason = "cargo reads the standard output of a build script")]
pub fn build(locales: &Path, wanted: impl Fn(&str) -> bool, by_key: &[&str]) -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", locales.display());
    match write(locales, wanted, by_key) {
        Ok(()) => ExitCode::SUCCESS,
        Err(errors) => {
            for error in errors {
                println!("cargo::error={error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn write(locales: &Path, wanted: impl Fn(&str) -> bool, by_key: &[&str]) -> Result<(), Vec<Error>> {
    let catalogue = Catalogue::read(locales)?;
    let code = rust_code::of(&catalogue, wanted, by_key)?;
    let folder =
        std::env::var_os("OUT_DIR").ok_or_else(|| vec![Error::new("OUT_DIR", "not in a build script")])?;
    let path = PathBuf::from(folder).join("texts.rs");
    std::fs::write(&path, code).map_err(|error| vec![Error::new(path.display(), error)])
}
