//! What the parts beside `members` keep about a member, for the file that `GET /api/users/me/export` gives out. None of
//! them may know the others, so it is put together here.

use db::DbError;
use futures::future::BoxFuture;
use members::Elsewhere;
use names::MemberId;
use serde_json::{Map, Value};

use crate::parts::export::{About, Section};
use crate::services::Services;

/// The other parts.
pub struct OtherParts {
    /// Their services.
    pub services: Services,
    /// Their sections.
    pub sections: Vec<Section>,
}

impl Elsewhere for OtherParts {
    fn about<'a>(
        &'a self,
        member: MemberId,
        networks: &'a [String],
    ) -> BoxFuture<'a, Result<Map<String, Value>, DbError>> {
        Box::pin(async move {
            let about = About { member, networks: networks.to_vec() };
            let mut sections = Map::new();
            for section in &self.sections {
                sections.insert(section.name.to_owned(), (section.read)(&self.services, &about).await?);
            }
            Ok(sections)
        })
    }
}
