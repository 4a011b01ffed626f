//! Durations and sizes as people write them in a route.

use std::time::Duration;

/// Reads a duration above zero: a number and `ms`, `s`, `m`, `h` or `d`, at most 30 days.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let millis = number.checked_mul(millis).filter(|millis| (1..=30 * 86_400_000).contains(millis))?;
    Some(Duration::from_millis(millis))
}

/// Reads a size in bytes: a number and `B`, `KiB`, `MiB` or `GiB`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let bytes: u64 = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(bytes)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    Some((number(digits)?, unit))
}

fn number(digits: &str) -> Option<u64> {
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_spans_and_sizes() {
        assert_eq!(span("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(span("10s"), Some(Duration::from_secs(10)));
        assert_eq!(size("10MiB"), Some(10 << 20));
        assert_eq!(size("0B"), Some(0));
        for bad in ["", "10", "s", "0s", "-1s", "+1s", "1.5s", "1w", "1 s", "31d", "99999999999999999999d"] {
            assert_eq!(span(bad), None, "{bad}");
        }
        for bad in ["", "10", "1MB", "MiB", "99999999999GiB"] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }
}
