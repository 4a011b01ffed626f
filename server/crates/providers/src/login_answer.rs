//! What a callback is answered with, and how far the first of several has come.

use std::time::Duration;

use kernel::OpaqueToken;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How long a callback may be worked on: longer than a provider is waited for.
pub(crate) const CALLBACK_TIMEOUT: Duration = Duration::from_secs(30);

/// What a callback is answered with. Wiped when dropped.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct LoginAnswer {
    /// Where the browser is sent.
    pub location: String,
    /// The secret of its session, if it was given one.
    session: Option<String>,
    /// What a browser holds from then on that is remembered, so that no code is asked for there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

impl LoginAnswer {
    /// Sends the browser to `location`, signed in by `session` if that is something.
    pub fn new(location: String, session: Option<&OpaqueToken>) -> Self {
        Self { location, session: session.map(OpaqueToken::text), device: None }
    }

    /// The same in a browser that is remembered by `device`, if that is something.
    #[must_use]
    pub fn remembering(mut self, device: Option<&OpaqueToken>) -> Self {
        self.device = device.map(OpaqueToken::text);
        self
    }

    /// The secret of the session that it was given.
    pub fn session(&self) -> Option<OpaqueToken> {
        self.session.as_deref().and_then(OpaqueToken::parse)
    }

    /// By what its browser is remembered.
    pub fn device(&self) -> Option<OpaqueToken> {
        self.device.as_deref().and_then(OpaqueToken::parse)
    }
}

/// Does not show the secret.
impl std::fmt::Debug for LoginAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginAnswer").field("location", &self.location).finish_non_exhaustive()
    }
}

/// How far the first of several equal callbacks has come.
#[derive(Debug)]
pub enum Repeated {
    /// It was answered with this.
    Answered(LoginAnswer),
    /// It is being worked on.
    UnderWay,
    /// It is over, or came to nothing.
    Over,
}
