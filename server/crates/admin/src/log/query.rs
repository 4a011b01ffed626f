//! Which rows of the audit log are asked for, by an address or by the fields of a file.

use audit::{AuditFilter, OperatorWanted};
use jiff::tz::TimeZone;
use kernel::RowCursor;
use names::{Actor, AuditKind, MemberId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::FieldProblem;
use web::reason::FieldErrors;

use crate::limit::limit;
use crate::span::Span;

/// The mark of cursors of this list.
const LIST: u8 = b'a';
const MAX_CLIENT: usize = 100;

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
    /// From this moment or day on.
    #[schema(nullable = false, example = "2026-11-01")]
    pub since: Option<String>,
    /// Before this moment, or until the end of this day.
    #[schema(nullable = false, example = "2026-11-29T09:00:00Z")]
    pub until: Option<String>,
    /// The `next` of the part before.
    #[schema(nullable = false)]
    pub after: Option<String>,
    /// How many rows.
    #[schema(nullable = false, value_type = u32, minimum = 1, maximum = 100)]
    pub limit: Option<String>,
}

/// A part of the log, as it was asked for.
#[derive(Clone, Debug)]
pub struct AuditWanted {
    /// Which rows.
    pub filter: AuditFilter,
    /// After which of them.
    pub after: Option<RowCursor>,
    /// The most rows.
    pub limit: u32,
}

/// What is in a field; `None` also where it is empty.
pub(crate) fn given(field: Option<&String>) -> Option<&str> {
    field.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// Who operated, by the id of a member or of a client.
pub(crate) fn operator(text: &str) -> Option<OperatorWanted> {
    if let Ok(member) = MemberId::parse(text) {
        return Some(OperatorWanted::Member(member.uuid()));
    }
    let is_id = text.len() <= MAX_CLIENT && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then(|| OperatorWanted::Client(text.to_owned()))
}

impl AuditQuery {
    /// Reads it; days are those of `zone`.
    ///
    /// # Errors
    /// Names every field that is not as allowed.
    pub fn read(&self, zone: &TimeZone) -> Result<AuditWanted, FieldErrors> {
        let mut wrong = Vec::new();
        let mut note = |field, allowed| wrong.push(FieldProblem::new(field, allowed));
        let mut filter = AuditFilter::default();
        if let Some(text) = given(self.member.as_ref()) {
            filter.member = MemberId::parse(text).map(MemberId::uuid).ok();
            filter.member.is_none().then(|| note("member", "the id of a member"));
        }
        if let Some(text) = given(self.kind.as_ref()) {
            filter.kind = AuditKind::parse(text);
            filter.kind.is_none().then(|| note("kind", "a kind of the audit log, such as sign_in"));
        }
        if let Some(text) = given(self.actor.as_ref()) {
            filter.actor = Actor::parse(text);
            filter.actor.is_none().then(|| note("actor", "member, operator, client or system"));
        }
        if let Some(text) = given(self.operator.as_ref()) {
            filter.operator = operator(text);
            filter.operator.is_none().then(|| note("operator", "the id of a member or of a client"));
        }
        let after = given(self.after.as_ref()).map(|text| RowCursor::parse(LIST, text));
        if after == Some(None) {
            note("after", "the `next` of the part before");
        }
        match Span::read(self.since.as_deref(), self.until.as_deref(), zone) {
            Ok(Span { since, until }) => (filter.since, filter.until) = (since, until),
            Err(problems) => wrong.extend(problems),
        }
        match limit(self.limit.as_deref()) {
            Ok(limit) if wrong.is_empty() => Ok(AuditWanted { filter, after: after.flatten(), limit }),
            Ok(_) => Err(FieldErrors(wrong)),
            Err(problem) => {
                wrong.push(problem);
                Err(FieldErrors(wrong))
            }
        }
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

    #[test]
    fn an_operator_is_a_member_or_a_client() {
        let id = "01912f3a-0000-7000-8000-000000000001";
        assert!(matches!(operator(id), Some(OperatorWanted::Member(_))));
        assert_eq!(operator("help-desk"), Some(OperatorWanted::Client("help-desk".to_owned())));
        assert_eq!(operator("help desk"), None);
    }
}
