//! What other parts keep about a member.

use db::DbError;
use futures::future::BoxFuture;
use names::MemberId;
use serde_json::{Map, Value};
use web::streamed::Pieces;

/// What other parts keep, by the names of the collections in the file.
#[derive(Default)]
pub struct Sections {
    /// What is small enough to be kept in memory.
    pub short: Map<String, Value>,
    /// What may be large: it is read while the file is sent.
    pub long: Vec<(&'static str, Pieces<DbError>)>,
}

/// Without what is read later.
impl std::fmt::Debug for Sections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} short and {} long sections", self.short.len(), self.long.len())
    }
}

/// The port to what other parts keep about a member.
pub trait Elsewhere: Send + Sync {
    /// Each collection under its name in the file. `networks` are those that the file already names: some parts keep only a
    /// checksum, and can tell the member which of these networks it stands for.
    fn about<'a>(
        &'a self,
        member: MemberId,
        networks: &'a [String],
    ) -> BoxFuture<'a, Result<Sections, DbError>>;
}
