//! What is shown of members alongside what they write.

use std::collections::HashMap;

use db::{Connection, DbError};
use futures::future::BoxFuture;
use names::MemberId;
use serde::Serialize;
use utoipa::ToSchema;

/// A member as they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Card {
    /// The member's id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// Where the picture is.
    pub picture: String,
}

/// The port to what is known of members.
pub trait Cards: Send + Sync {
    /// The cards of those of these members who are active: nobody else is shown.
    fn of<'a>(
        &'a self,
        connection: &'a mut Connection,
        members: &'a [MemberId],
    ) -> BoxFuture<'a, Result<HashMap<MemberId, Card>, DbError>>;
}
