//! Durations and sizes as people write them.

use std::str::FromStr;
use std::time::Duration;

/// A duration: a number and `ms`, `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(Duration);

impl Span {
    /// One second.
    pub const SECOND: Self = Self(Duration::from_secs(1));

    /// The duration.
    pub const fn get(self) -> Duration {
        self.0
    }
}

/// The text is not a duration or size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number with a unit")]
pub struct UnitError;

impl FromStr for Span {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = split(text)?;
        let millis = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60 * 1000,
            "h" => 60 * 60 * 1000,
            "d" => 24 * 60 * 60 * 1000,
            _ => return Err(UnitError),
        };
        number
            .checked_mul(millis)
            .filter(|millis| *millis <= 100 * 366 * 24 * 60 * 60 * 1000)
            .map(Duration::from_millis)
            .map(Self)
            .ok_or(UnitError)
    }
}

/// A size in bytes: a number and `B`, `KiB` or `MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(usize);

impl Size {
    /// One byte.
    pub const BYTE: Self = Self(1);

    /// The size in bytes.
    pub const fn bytes(self) -> usize {
        self.0
    }
}

impl FromStr for Size {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = split(text)?;
        let bytes: u64 = match unit {
            "B" => 1,
            "KiB" => 1024,
            "MiB" => 1024 * 1024,
            _ => return Err(UnitError),
        };
        number.checked_mul(bytes).and_then(|size| usize::try_from(size).ok()).map(Self).ok_or(UnitError)
    }
}

fn split(text: &str) -> Result<(u64, &str), UnitError> {
    let unit = text.find(|c: char| !c.is_ascii_digit()).ok_or(UnitError)?;
    let (number, unit) = text.split_at(unit);
    Ok((number.parse().map_err(|_| UnitError)?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_durations_and_sizes() {
        let seconds = |text: &str| text.parse::<Span>().map(|span| span.get().as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("14d"), Ok(14 * 86_400));
        assert_eq!("5ms".parse::<Span>().map(Span::get), Ok(Duration::from_millis(5)));
        assert_eq!("64KiB".parse::<Size>().map(Size::bytes), Ok(65_536));
        for bad in
            ["", "90", "s", "-1s", "1.5h", "1w", "1 h", "99999999999999999999d", "18446744073709551615d"]
        {
            assert_eq!(seconds(bad), Err(UnitError), "{bad}");
        }
    }
}
