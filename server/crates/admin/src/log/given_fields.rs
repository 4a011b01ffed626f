//! Reads the filter of a log, field by field, and collects the fields that are not valid.

use audit::OperatorWanted;
use jiff::tz::TimeZone;
use kernel::RowCursor;
use names::MemberId;
use web::FieldProblem;
use web::reason::FieldErrors;

use crate::limit::limit;
use crate::span::Span;

const MAX_CLIENT: usize = 100;

/// A page of a log, as it was asked for.
#[derive(Clone, Debug)]
pub struct LogWanted<F> {
    /// The filter.
    pub filter: F,
    /// The row after which the page begins.
    pub after: Option<RowCursor>,
    /// The number of rows at most.
    pub limit: u32,
}

/// The fields that were read so far. Forms send empty fields; they count as left out.
#[derive(Default)]
pub(crate) struct GivenFields {
    wrong: Vec<FieldProblem>,
}

impl GivenFields {
    /// Reads a field with `parse`; `None` if it is empty or not valid.
    pub(crate) fn read<T>(
        &mut self,
        field: &'static str,
        text: Option<&String>,
        allowed: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = text.map(|text| text.trim()).filter(|text| !text.is_empty())?;
        let found = parse(text);
        if found.is_none() {
            self.wrong.push(FieldProblem::new(field, allowed));
        }
        found
    }

    /// The member whom rows are about.
    pub(crate) fn member(&mut self, text: Option<&String>) -> Option<MemberId> {
        self.read("member", text, "the id of a member", |text| MemberId::parse(text).ok())
    }

    /// The operator who acted.
    pub(crate) fn operator(&mut self, text: Option<&String>) -> Option<OperatorWanted> {
        self.read("operator", text, "the id of a member or of a client", operator)
    }

    /// The cursor of the list with this mark.
    pub(crate) fn after(&mut self, list: u8, text: Option<&String>) -> Option<RowCursor> {
        self.read("after", text, "the `next` of the part before", |text| RowCursor::parse(list, text))
    }

    /// The span; days are those of `zone`.
    pub(crate) fn span(&mut self, since: Option<&str>, until: Option<&str>, zone: &TimeZone) -> Span {
        Span::read(since, until, zone).unwrap_or_else(|problems| {
            self.wrong.extend(problems);
            Span::default()
        })
    }

    /// The page, unless a field was not valid.
    pub(crate) fn wanted<F>(
        mut self,
        filter: F,
        after: Option<RowCursor>,
        most: Option<&str>,
    ) -> Result<LogWanted<F>, FieldErrors> {
        match limit(most) {
            Ok(limit) if self.wrong.is_empty() => Ok(LogWanted { filter, after, limit }),
            refused => {
                self.wrong.extend(refused.err());
                Err(FieldErrors(self.wrong))
            }
        }
    }
}

/// Reads an operator: the id of a member or of a client.
fn operator(text: &str) -> Option<OperatorWanted> {
    if let Ok(member) = MemberId::parse(text) {
        return Some(OperatorWanted::Member(member.uuid()));
    }
    let is_id = text.len() <= MAX_CLIENT && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then(|| OperatorWanted::Client(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_a_member_or_a_client() {
        let id = "01912f3a-0000-7000-8000-000000000001";
        assert!(matches!(operator(id), Some(OperatorWanted::Member(_))));
        assert_eq!(operator("help-desk"), Some(OperatorWanted::Client("help-desk".to_owned())));
        assert_eq!(operator("help desk"), None);
    }
}
