//! Which page is asked for.

use serde::Deserialize;
use utoipa::ToSchema;
use web::reason::FieldErrors;

/// Which page is asked for, as the address says.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct PageQuery {
    /// The cursor.
    #[schema(nullable = false)]
    pub before: Option<String>,
    /// How many rows at most, 1 to 50.
    #[schema(nullable = false, value_type = u32, minimum = 1, maximum = 50)]
    pub limit: Option<String>,
}

const MAX_LIMIT: u32 = 50;
const DEFAULT_LIMIT: u32 = 20;

impl PageQuery {
    /// How many are asked for.
    pub(crate) fn limit(&self) -> Result<u32, FieldErrors> {
        let Some(limit) = self.limit.as_deref() else { return Ok(DEFAULT_LIMIT) };
        let number = limit.bytes().all(|byte| byte.is_ascii_digit()).then(|| limit.parse().ok()).flatten();
        number
            .filter(|number| (1..=MAX_LIMIT).contains(number))
            .ok_or_else(|| FieldErrors::one("limit", "a whole number from 1 to 50"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_to_fifty_and_twenty_if_nobody_says() {
        let limit =
            |limit: Option<&str>| PageQuery { limit: limit.map(str::to_owned), before: None }.limit().ok();
        for (text, number) in [(None, Some(20)), (Some("1"), Some(1)), (Some("50"), Some(50))] {
            assert_eq!(limit(text), number);
        }
        for bad in ["0", "51", "-1", "+1", "", "x", "1.0", "99999999999"] {
            assert_eq!(limit(Some(bad)), None, "{bad}");
        }
    }
}
