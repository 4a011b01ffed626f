//! Turns the texts in `locales/` into types, so that a key that is missing or misspelt does not compile. Texts are
//! drawn on the server alone, so the browser's build has none of it.

#[cfg(feature = "ssr")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use leptos_i18n_build::options::CodegenOptions;
    use leptos_i18n_build::{Config, ParseOptions, TranslationsInfos};

    println!("cargo:rerun-if-changed=build.rs");
    let parsing = ParseOptions::new().interpolate_display(true);
    let texts = TranslationsInfos::parse(Config::new("ko")?.add_locale("en")?.parse_options(parsing))?;
    texts.emit_errors();
    texts.emit_warnings();
    texts.rerun_if_locales_changed();
    let folder = std::path::PathBuf::from(std::env::var_os("OUT_DIR").ok_or("no OUT_DIR")?).join("i18n");
    let attributes = "#![allow(unused, dead_code, missing_docs, clippy::all, clippy::pedantic)]".parse()?;
    let options = CodegenOptions::new().top_level_attributes(Some(attributes));
    texts.generate_i18n_module_with_options(folder, options)?;
    Ok(())
}

#[cfg(not(feature = "ssr"))]
fn main() {}
