//! Which part of a list somebody asks for.

use kernel::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use web::reason::FieldErrors;

use crate::limit;

/// The query of a paged list.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartQuery {
    /// The `next` of the part before.
    #[schema(nullable = false)]
    pub(crate) after: Option<String>,
    /// How many rows at most, 1 to 100.
    #[schema(nullable = false, value_type = u32, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

impl PartQuery {
    /// How many rows the caller asks for; an error for a number that is not allowed.
    pub(crate) fn limit(&self) -> Result<u32, FieldErrors> {
        limit::alone(self.limit.as_deref())
    }
}

/// Where a list goes on that is in the order of time: a moment, and two texts that decide among those of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) at: Timestamp,
    pub(crate) first: String,
    pub(crate) second: String,
}

impl Place {
    /// Reads the `next` of the part before.
    pub(crate) fn read(text: Option<&str>) -> Result<Option<Self>, FieldErrors> {
        let read = |text: &str| {
            let mut words = text.splitn(3, '~');
            let at = words.next()?.parse().ok().map(Timestamp::from_millis)?;
            // Their columns are ASCII, and MySQL refuses to compare them with anything else.
            let mut word = || words.next().filter(|word| word.is_ascii()).map(str::to_owned);
            Some(Self { at, first: word()?, second: word()? })
        };
        let Some(text) = text else { return Ok(None) };
        read(text).map(Some).ok_or(FieldErrors::one("after", "the `next` of the part before"))
    }

    /// What `next` is.
    pub(crate) fn text(&self) -> String {
        format!("{}~{}~{}", self.at.millis(), self.first, self.second)
    }
}

/// Cuts a list that has one entry more than was asked for; gives the last one that is left, where there are more.
pub(crate) fn cut<T>(entries: &mut Vec<T>, limit: u32) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if entries.len() <= limit {
        return None;
    }
    entries.truncate(limit);
    entries.last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = Place {
            at: Timestamp::from_millis(1_700_000_000_123),
            first: "notifications".to_owned(),
            second: "user-login/3~17".to_owned(),
        };
        assert_eq!(Place::read(Some(&place.text())).unwrap(), Some(place));
        assert_eq!(Place::read(None).unwrap(), None);
        for wrong in ["", "x", "1", "1~a", "x~a~b", "1~가~b", "1~a~나"] {
            assert!(Place::read(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_is_cut_where_there_is_more() {
        let mut all = vec![1, 2, 3];
        assert_eq!(cut(&mut all, 3), None);
        assert_eq!(cut(&mut all, 2), Some(&2));
        assert_eq!(all, [1, 2]);
    }
}
