//! What other parts keep about a member.

use db::DbError;
use futures::future::BoxFuture;
use names::MemberId;
use serde_json::{Map, Value};

/// The port to what other parts keep about a member.
pub trait Elsewhere: Send + Sync {
    /// Each collection under its name in the file. `networks` are those that the file already names: some parts keep only a
    /// checksum, and can tell the member which of these networks it stands for.
    fn about<'a>(
        &'a self,
        member: MemberId,
        networks: &'a [String],
    ) -> BoxFuture<'a, Result<Map<String, Value>, DbError>>;
}
