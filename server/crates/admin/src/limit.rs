//! How many rows a part of a list has.

use web::FieldProblem;
use web::reason::FieldErrors;

const MAX_LIMIT: u32 = 100;
const DEFAULT_LIMIT: u32 = 30;

/// How many are asked for.
pub(crate) fn limit(text: Option<&str>) -> Result<u32, FieldProblem> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let number = number.filter(|number| (1..=MAX_LIMIT).contains(number));
    number.ok_or_else(|| FieldProblem::new("limit", "a whole number from 1 to 100"))
}

/// The same where nothing else can be wrong.
pub(crate) fn alone(text: Option<&str>) -> Result<u32, FieldErrors> {
    limit(text).map_err(|problem| FieldErrors(vec![problem]))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_part_has_one_to_a_hundred_rows_and_thirty_if_nobody_says() {
        for (text, number) in [(None, Some(30)), (Some("1"), Some(1)), (Some("100"), Some(100))] {
            assert_eq!(super::limit(text).ok(), number);
        }
        for bad in ["0", "101", "-1", "+1", "", "x", "99999999999"] {
            assert!(super::limit(Some(bad)).is_err(), "{bad}");
        }
    }
}
