//! What the reader of a page revealed a moment ago, which is whole there, and the forms that reveal the rest. The row of the access log
//! is what shows it: the address of a page has nothing in it that would.

use admin::{AccessRow, masked};
use contract::views::admin::{Masked, Reveal};
use names::AccessKind;

use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

/// An address or a network of a member.
#[derive(Clone, Copy)]
pub(super) struct OfMember<'a> {
    /// Which of the two.
    pub(super) kind: AccessKind,
    /// Whose.
    pub(super) member: &'a str,
    /// As it is.
    pub(super) whole: &'a str,
    /// Tells its form from others on the page.
    pub(super) place: &'a str,
}

/// What the reader revealed.
pub(super) struct Revealed(Vec<AccessRow>);

impl Revealed {
    /// What the operator who reads this page revealed a short while ago, which stays visible to them.
    pub(super) async fn by_reader(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let reader = visit.member()?.member.id;
        Ok(Self(visit.parts().admin.access.revealed_by(reader).await?))
    }

    fn has(&self, kind: AccessKind, member: Option<&str>, object: &str) -> bool {
        self.0.iter().any(|row| {
            let is_whose = member.is_none() || row.member.as_deref() == member;
            row.kind == kind.as_str() && is_whose && row.object == object
        })
    }

    /// Something of a member: as it is, or in part with a form.
    pub(super) fn of_member(&self, visit: &Visit<'_>, of: &OfMember<'_>) -> Masked {
        let OfMember { kind, member, whole, place } = *of;
        if self.has(kind, Some(member), "") {
            return Masked { text: whole.to_owned(), reveal: None };
        }
        let text = if kind == AccessKind::Networks { masked::network(whole) } else { masked::address(whole) };
        let fields = vec![
            ("member", member.to_owned()),
            ("what", kind.as_str().to_owned()),
            ("page", here(visit).to_owned()),
        ];
        let reveal = Reveal { id: format!("reveal-{place}"), path: "/api/admin/reveal".to_owned(), fields };
        Masked { text, reveal: Some(reveal) }
    }

    /// The network of a row of the audit log.
    pub(super) fn of_row(&self, visit: &Visit<'_>, row: &str, whole: &str) -> Masked {
        if self.has(AccessKind::AuditNetwork, None, row) {
            return Masked { text: whole.to_owned(), reveal: None };
        }
        let reveal = Reveal {
            id: format!("reveal-{row}"),
            path: format!("/api/admin/audit/{row}/reveal"),
            fields: vec![("page", format!("{}#row-{row}", here(visit)))],
        };
        Masked { text: masked::network(whole), reveal: Some(reveal) }
    }
}

fn here<'a>(visit: &Visit<'a>) -> &'a str {
    visit.uri.path_and_query().map_or("/", |address| address.as_str())
}
