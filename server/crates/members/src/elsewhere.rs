//! What other parts keep about a member.

use db::DbError;
use futures::future::BoxFuture;
use names::MemberId;
use serde_json::{Map, Value};

/// The port to what other parts keep about a member.
pub trait Elsewhere: Send + Sync {
    /// Each collection under its name in the file. `networks` are those that the file names already: of some only a
    /// checksum is kept, and the member may as well learn which they are.
    fn about<'a>(
        &'a self,
        member: MemberId,
        networks: &'a [String],
    ) -> BoxFuture<'a, Result<Map<String, Value>, DbError>>;
}
