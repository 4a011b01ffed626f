//! Where something is being set up, and seen by nobody else.

use kernel::TokenHash;
use names::SessionId;
use names::id::Uuid;

/// A session of the member, or a sign-in of theirs that waits until they have a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetUpPlace(SessionId);

impl SetUpPlace {
    /// A set-up in this session; another session of the member does not see its secret.
    pub const fn session(session: SessionId) -> Self {
        Self(session)
    }

    /// A sign-in that waits, by the hash of its challenge, which is random: half of it is as good as an id.
    pub fn waiting(challenge: &TokenHash) -> Self {
        let mut id = [0; 16];
        id.iter_mut().zip(challenge.as_bytes()).for_each(|(to, from)| *to = *from);
        Self(SessionId::from_uuid(Uuid::from_bytes(id)))
    }

    pub(crate) fn text(self) -> String {
        self.0.to_string()
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        SessionId::parse(text).ok().map(Self)
    }
}
