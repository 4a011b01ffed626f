//! Which rows of the access log are asked for.

use audit::OperatorWanted;
use jiff::tz::TimeZone;
use kernel::RowCursor;
use serde::Deserialize;
use utoipa::ToSchema;
use web::reason::FieldErrors;

use crate::log::given_fields::{GivenFields, LogWanted};
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

impl AccessQuery {
    /// Reads it; days are those of `zone`.
    ///
    /// # Errors
    /// Names every field that is not as allowed.
    pub fn read(&self, zone: &TimeZone) -> Result<LogWanted<AccessFilter>, FieldErrors> {
        let mut fields = GivenFields::default();
        let member = fields.member(self.member.as_ref()).map(|member| member.to_string());
        let (operator, client) = match fields.operator(self.operator.as_ref()) {
            Some(OperatorWanted::Member(member)) => (Some(member.to_string()), None),
            Some(OperatorWanted::Client(client)) => (None, Some(client)),
            None => (None, None),
        };
        let after = fields.after(LIST, self.after.as_ref());
        let Span { since, until } = fields.span(self.since.as_deref(), self.until.as_deref(), zone);
        let filter = AccessFilter { member, operator, client, since, until };
        fields.wanted(filter, after, self.limit.as_deref())
    }

    /// The text of a cursor of this list.
    pub fn cursor(row: RowCursor) -> String {
        row.text(LIST)
    }
}
