//! Whether a stream may continue after its token was checked.

use crate::claims::Claims;
use crate::verifier::Verifier;

impl Verifier {
    /// Whether, as far as this process has read the revocation feed, the sign-in behind a verified token still holds.
    /// Answers from memory: for streams that outlive their token, which ask every second. A feed that cannot be read
    /// ends none of them, since an outage signs nobody out; anyone who lets somebody in asks [`Self::verify`].
    pub fn is_active(&self, claims: &Claims) -> bool {
        !self.feed.revocations.known_to_refuse(claims)
    }
}
