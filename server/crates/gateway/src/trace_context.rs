//! W3C Trace Context, level 1: one trace id from the browser or us through every service.

use std::ops::Range;

use http::{HeaderMap, HeaderValue};
use kernel::Randomness;
use web::request_trace;

/// A trace id and a span id, in bytes.
const RANDOM_BYTES: usize = 24;

/// Where they are in a line, and the last digit of the flags.
const TRACE: Range<usize> = 3..35;
const SPAN: Range<usize> = 36..52;
const PARENT_LAST_BYTE: usize = 54;

/// The `traceparent` for the next hop, and whether it continues the one that came.
pub(crate) fn next(headers: &HeaderMap, randomness: &dyn Randomness) -> (HeaderValue, bool) {
    let mut random = [0; RANDOM_BYTES];
    randomness.fill(&mut random);
    // An id of zeros means "none" (section 3.2.2.3).
    random[0] |= 1;
    random[23] |= 1;
    let (own_trace, span) = random.split_at(16);
    let continued = request_trace::traceparent(headers);
    let mut line = *b"00-00000000000000000000000000000000-0000000000000000-00";
    match continued {
        Some(came) => line[TRACE].copy_from_slice(came.trace.as_bytes()),
        None => write_hex(&mut line[TRACE], own_trace),
    }
    write_hex(&mut line[SPAN], span);
    // We record none: one that begins here is not sampled (section 3.2.2.5.1).
    if continued.is_some_and(|came| came.sampled) {
        line[PARENT_LAST_BYTE] = b'1';
    }
    (HeaderValue::from_bytes(&line).unwrap_or(HeaderValue::from_static("")), continued.is_some())
}

fn write_hex(line: &mut [u8], bytes: &[u8]) {
    let digit = |value: u8| b"0123456789abcdef"[usize::from(value & 0xf)];
    let (pairs, _) = line.as_chunks_mut::<2>();
    for (digits, byte) in pairs.iter_mut().zip(bytes) {
        *digits = [digit(byte >> 4), digit(*byte)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::SeededRandomness;
    use web::request_trace::TRACEPARENT;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    fn after(lines: &[&str]) -> (String, bool) {
        let headers = lines.iter().map(|line| (TRACEPARENT, HeaderValue::from_str(line).unwrap())).collect();
        let (line, continued) = next(&headers, &SeededRandomness::new(1));
        (line.to_str().unwrap().to_owned(), continued)
    }

    #[test]
    fn a_trace_goes_on_under_a_new_span() {
        let (line, continued) = after(&[&format!("00-{TRACE}-b7ad6b7169203331-00")]);
        assert!(continued && line.starts_with(&format!("00-{TRACE}-")) && line.ends_with("-00"), "{line}");
        assert!(!line.contains("b7ad6b7169203331") && line.len() == 55);
        assert!(after(&[&format!("cc-{TRACE}-b7ad6b7169203331-01-more")]).1, "a later version");
    }

    #[test]
    fn no_two_spans_are_the_same() {
        let ids = SeededRandomness::new(1);
        let lines: std::collections::HashSet<HeaderValue> =
            (0..500).map(|_| next(&HeaderMap::new(), &ids).0).collect();
        assert_eq!(lines.len(), 500);
    }

    #[test]
    fn a_bad_trace_is_not_passed_on() {
        let good = format!("00-{TRACE}-b7ad6b7169203331-01");
        for bad in [
            String::new(),
            "x".to_owned(),
            good.to_uppercase(),
            good.replace("b7ad6b7169203331", "0000000000000000"),
            good.replace(TRACE, &"0".repeat(32)),
            format!("{good}-more"),
            good.replacen("00", "ff", 1),
            good.replace("-01", "-1"),
        ] {
            let (line, continued) = after(&[&bad]);
            assert!(
                !continued && line.len() == 55 && line.ends_with("-00") && !line.contains(TRACE),
                "{bad}"
            );
        }
        assert!(!after(&[&good, &good]).1, "two");
    }
}
