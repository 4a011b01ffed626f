//! Which rows of the audit log are asked for, by an address or by the fields of a file.

use audit::AuditFilter;
use jiff::tz::TimeZone;
use kernel::RowCursor;
use names::{Actor, AuditKind, MemberId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::reason::FieldErrors;

use crate::log::given_fields::{GivenFields, LogWanted};

/// The mark of cursors of this list.
const LIST: u8 = b'a';

/// By what rows are found. What is empty counts as left out, as forms send it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// About this member.
    #[schema(nullable = false, example = "01912f3a-0000-7000-8000-000000000001")]
    pub member: Option<String>,
    /// Of this kind.
    #[schema(nullable = false, example = "sign_in")]
    pub kind: Option<String>,
    /// By a `member`, an `operator`, a `client` or the `system`.
    #[schema(nullable = false, example = "operator")]
    pub actor: Option<String>,
    /// What this operator did: the id of a member, or of a client.
    #[schema(nullable = false, example = "helpdesk")]
    pub operator: Option<String>,
    /// From this moment or day on. Days are those of the time zone of the site (`site.time_zone`), not of UTC.
    #[schema(nullable = false, example = "2026-11-01")]
    pub since: Option<String>,
    /// Before this moment, or until the end of this day in the same time zone.
    #[schema(nullable = false, example = "2026-11-29T09:00:00Z")]
    pub until: Option<String>,
    /// The `next` of the part before.
    #[schema(nullable = false)]
    pub after: Option<String>,
    /// How many rows.
    #[schema(nullable = false, value_type = u32, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
}

impl AuditQuery {
    /// Reads it; days are those of `zone`.
    ///
    /// # Errors
    /// Names every field that is not as allowed.
    pub fn read(&self, zone: &TimeZone) -> Result<LogWanted<AuditFilter>, FieldErrors> {
        let mut fields = GivenFields::default();
        let kinds = "a kind of the audit log, such as sign_in";
        let mut filter = AuditFilter {
            member: fields.member(self.member.as_ref()).map(MemberId::uuid),
            kind: fields.read("kind", self.kind.as_ref(), kinds, AuditKind::parse),
            actor: fields.read(
                "actor",
                self.actor.as_ref(),
                "member, operator, client or system",
                Actor::parse,
            ),
            operator: fields.operator(self.operator.as_ref()),
            ..AuditFilter::default()
        };
        let after = fields.after(LIST, self.after.as_ref());
        let span = fields.span(self.since.as_deref(), self.until.as_deref(), zone);
        (filter.since, filter.until) = (span.since, span.until);
        fields.wanted(filter, after, self.limit.as_deref())
    }

    /// The text of a cursor of this list.
    pub fn cursor(row: RowCursor) -> String {
        row.text(LIST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let wrong = || Some("?".repeat(300));
        let query = AuditQuery {
            member: wrong(),
            kind: wrong(),
            actor: wrong(),
            operator: wrong(),
            since: wrong(),
            until: wrong(),
            after: wrong(),
            limit: wrong(),
        };
        let FieldErrors(named) = query.read(&TimeZone::UTC).unwrap_err();
        let named: Vec<_> = named.iter().map(|problem| &*problem.field).collect();
        assert_eq!(named, ["member", "kind", "actor", "operator", "after", "since", "until", "limit"]);
        let none = || Some(String::new());
        let empty = AuditQuery { member: none(), kind: none(), after: none(), ..AuditQuery::default() };
        assert_eq!(empty.read(&TimeZone::UTC).unwrap().limit, 30);
    }
}
