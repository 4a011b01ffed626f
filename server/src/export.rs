//! What the parts other than `members` keep about a member, for the file that `GET /api/users/me/export` gives out. None of them
//! may know the others, so it is put together here.

use db::DbError;
use futures::future::BoxFuture;
use members::{Elsewhere, Sections};
use names::MemberId;

use crate::parts::export::{About, LongSection, Section};
use crate::services::Services;

/// The parts above `members`, which add their sections to a member's export.
pub struct OtherParts {
    /// Their services.
    pub services: Services,
    /// Their sections.
    pub sections: Vec<Section>,
    /// Those that are read while the file is sent.
    pub long_sections: Vec<LongSection>,
}

impl Elsewhere for OtherParts {
    fn about<'a>(
        &'a self,
        member: MemberId,
        networks: &'a [String],
    ) -> BoxFuture<'a, Result<Sections, DbError>> {
        Box::pin(async move {
            let about = About { member, networks: networks.to_vec() };
            let mut sections = Sections::default();
            for section in &self.sections {
                let read = (section.read)(&self.services, &about).await?;
                sections.short.insert(section.name.to_owned(), read);
            }
            let long = self.long_sections.iter();
            sections.long =
                long.map(|section| (section.name, (section.read)(&self.services, member))).collect();
            Ok(sections)
        })
    }
}
