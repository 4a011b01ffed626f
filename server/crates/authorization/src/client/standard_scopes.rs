//! The scopes of OpenID Connect.

/// Scopes that have their meaning from OpenID Connect Core (sections 5.4 and 11).
pub const STANDARD_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What lets a client administer, for itself alone. Operators give it: no client can register itself with it, or say so in its document.
pub(crate) const ADMIN_SCOPES: [&str; 2] = ["admin:read", "admin:write"];
