//! Makes functions of the texts in `locales/`. Pages are drawn on the server alone, so the browser's build has none of
//! them. Mails have their own area, which the crate `notifications` reads.

/// What is looked up by a name of the program.
#[cfg(feature = "ssr")]
const BY_KEY: &[&str] =
    &["admin_findings", "admin_kinds", "errors", "provider_buttons", "sign_in_errors", "success_notices"];

#[cfg(feature = "ssr")]
fn main() -> std::process::ExitCode {
    let wanted = |area: &str| !matches!(area, "mails" | "elsewhere");
    texts::build(std::path::Path::new("locales"), wanted, BY_KEY)
}

#[cfg(not(feature = "ssr"))]
fn main() {}
