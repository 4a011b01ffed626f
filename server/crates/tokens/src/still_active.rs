//! Whether a stream may continue after its token was checked.

use kernel::Timestamp;

use crate::claims::{Claims, LEEWAY, Subject};
use crate::verifier::Verifier;

impl Verifier {
    /// Whether, as far as this process has read the revocation feed, the sign-in behind a verified token still holds, and its time
    /// is [not over](Self::stream_ends_at). Answers from memory: for streams that outlive their token, which ask every second. A
    /// feed that cannot be read ends none of them, since an outage signs nobody out; anyone who lets somebody in asks
    /// [`Self::verify`].
    pub fn is_active(&self, claims: &Claims) -> bool {
        self.clock.now() < self.stream_ends_at(claims) && !self.feed.revocations.known_to_refuse(claims)
    }

    /// When a stream that began with this token ends at the latest. A member's token lives for minutes and its family goes on, for
    /// which another token would be sent if the stream began now: it ends with the longest life that a family has (S-COOKIE-8,
    /// S-TOK-18), from the sign-in, or from its own beginning where the person has proven themselves again since. A token of a client
    /// has no family.
    fn stream_ends_at(&self, claims: &Claims) -> Timestamp {
        match claims.subject {
            Subject::Member(_) => {
                let began_at = claims.id.family.began_at();
                let began_at = claims.auth_time.map_or(began_at, |signed_in| signed_in.min(began_at));
                began_at.plus(self.settings.refresh_life)
            }
            Subject::Client => claims.expires_at.plus(LEEWAY),
        }
    }
}
