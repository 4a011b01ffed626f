//! The scopes of OpenID Connect.

/// Scopes that have their meaning from OpenID Connect Core (sections 5.4 and 11).
pub const STANDARD_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];
