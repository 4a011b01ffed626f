//! Generates functions for the texts in `locales/`. Only the server renders pages, so the build for the browser has no texts.
//! The crate `notifications` generates those of mails.

/// The areas whose texts are looked up by key at run time.
#[cfg(feature = "ssr")]
const BY_KEY: &[&str] = &[
    "admin_client_fields",
    "admin_findings",
    "admin_kinds",
    "admin_leases",
    "admin_mail_kinds",
    "errors",
    "provider_buttons",
    "sign_in_errors",
    "success_notices",
];

#[cfg(feature = "ssr")]
fn main() -> std::process::ExitCode {
    let wanted = |area: &str| !matches!(area, "mails" | "elsewhere");
    texts::build(std::path::Path::new("locales"), wanted, BY_KEY)
}

#[cfg(not(feature = "ssr"))]
fn main() {}
