//! Makes functions of the texts in `locales/`. Pages are drawn on the server alone, so the browser's build has none of
//! them. Mails have their own area, which the crate `notifications` reads.

#[cfg(feature = "ssr")]
fn main() -> std::process::ExitCode {
    let wanted = |area: &str| !matches!(area, "mails" | "elsewhere");
    texts::build(std::path::Path::new("locales"), wanted, &["errors", "sign_in_errors", "success_notices"])
}

#[cfg(not(feature = "ssr"))]
fn main() {}
