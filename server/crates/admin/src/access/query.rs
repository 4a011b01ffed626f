//! Which rows of the access log are asked for.

use audit::OperatorWanted;
use jiff::tz::TimeZone;
use kernel::RowCursor;
use names::MemberId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::FieldProblem;
use web::reason::FieldErrors;

use crate::limit::limit;
use crate::log::query::{given, operator};
use crate::span::Span;
use crate::store::access_log::AccessFilter;

/// The mark of cursors of this list.
const LIST: u8 = b'c';

/// By what rows are found. What is empty counts as left out, as forms send it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessQuery {
    /// What was shown of this member.
    #[schema(nullable = false, example = "01912f3a-0000-7000-8000-000000000001")]
    pub member: Option<String>,
    /// What this operator saw: the id of a member, or of a client.
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
pub struct AccessWanted {
    /// Which rows.
    pub filter: AccessFilter,
    /// After which of them.
    pub after: Option<RowCursor>,
    /// The most rows.
    pub limit: u32,
}

impl AccessQuery {
    /// Reads it; days are those of `zone`.
    ///
    /// # Errors
    /// Names every field that is not as allowed.
    pub fn read(&self, zone: &TimeZone) -> Result<AccessWanted, FieldErrors> {
        let mut wrong = Vec::new();
        let mut filter = AccessFilter::default();
        if let Some(text) = given(self.member.as_ref()) {
            filter.member = MemberId::parse(text).map(|member| member.to_string()).ok();
            if filter.member.is_none() {
                wrong.push(FieldProblem::new("member", "the id of a member"));
            }
        }
        if let Some(text) = given(self.operator.as_ref()) {
            match operator(text) {
                Some(OperatorWanted::Member(member)) => filter.operator = Some(member.to_string()),
                Some(OperatorWanted::Client(client)) => filter.client = Some(client),
                None => wrong.push(FieldProblem::new("operator", "the id of a member or of a client")),
            }
        }
        let after = given(self.after.as_ref()).map(|text| RowCursor::parse(LIST, text));
        if after == Some(None) {
            wrong.push(FieldProblem::new("after", "the `next` of the part before"));
        }
        match Span::read(self.since.as_deref(), self.until.as_deref(), zone) {
            Ok(Span { since, until }) => (filter.since, filter.until) = (since, until),
            Err(problems) => wrong.extend(problems),
        }
        match limit(self.limit.as_deref()) {
            Ok(limit) if wrong.is_empty() => Ok(AccessWanted { filter, after: after.flatten(), limit }),
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
