//! The line about an answered request, in JSON. It is written past `tracing` and without a serialiser, which take several times as long;
//! it looks like the others.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use web::ClientAddress;

/// The line that the log has of one request.
#[derive(Clone, Copy)]
pub struct AccessLine<'a> {
    /// The name of the request.
    pub request_id: &'a str,
    /// Its method.
    pub method: &'static str,
    /// Its path, without its query.
    pub path: &'a str,
    /// Whose network it came from.
    pub network: ClientAddress,
    /// The route that answered.
    pub route: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took.
    pub ms: f64,
    /// Who asked, where the gateway knows.
    pub member: Option<&'a str>,
}

impl AccessLine<'_> {
    /// Appends it to `lines`, with the time `at`.
    pub fn write(&self, at: SystemTime, target: &str, lines: &mut Vec<u8>) -> serde_json::Result<()> {
        lines.extend_from_slice(b"{\"timestamp\":\"");
        moment(at, lines);
        text("\",\"level\":\"INFO\",\"request_id\":", self.request_id, lines)?;
        text(",\"method\":", self.method, lines)?;
        text(",\"path\":", self.path, lines)?;
        lines.extend_from_slice(b",\"network\":\"");
        self.network.write_network(lines);
        text("\",\"route\":", self.route, lines)?;
        lines.extend_from_slice(b",\"status\":");
        serde_json::to_writer(&mut *lines, &self.status)?;
        lines.extend_from_slice(b",\"ms\":");
        serde_json::to_writer(&mut *lines, &self.ms)?;
        if let Some(member) = self.member {
            text(",\"member\":", member, lines)?;
        }
        text(",\"message\":\"answered\",\"target\":", target, lines)?;
        lines.extend_from_slice(b"}\n");
        Ok(())
    }
}

/// Appends what comes before a value, and the value, encoded.
fn text(before: &str, value: &str, lines: &mut Vec<u8>) -> serde_json::Result<()> {
    lines.extend_from_slice(before.as_bytes());
    // Without a branch for each byte: almost no value has to be encoded.
    let odd = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\');
    if value.bytes().fold(0, |all, byte| all | odd(byte)) != 0 {
        return serde_json::to_writer(lines, value);
    }
    lines.push(b'"');
    lines.extend_from_slice(value.as_bytes());
    lines.push(b'"');
    Ok(())
}

const SECOND_LENGTH: usize = "2026-01-18T12:34:56".len();

thread_local! {
    /// The last second of which this thread wrote a line. Most lines are of the same one.
    static SECOND: Cell<(u64, [u8; SECOND_LENGTH])> = const { Cell::new((u64::MAX, [b'0'; SECOND_LENGTH])) };
}

/// The time as it is in the log's other lines.
fn moment(at: SystemTime, lines: &mut Vec<u8>) {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (second, mut written) = SECOND.get();
    if second != since.as_secs() {
        written = second_of(since.as_secs());
        SECOND.set((since.as_secs(), written));
    }
    lines.extend_from_slice(&written);
    let mut micros = *b".000000Z";
    let mut rest = since.subsec_micros();
    for digit in micros[1..7].iter_mut().rev() {
        *digit += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    lines.extend_from_slice(&micros);
}

fn second_of(second: u64) -> [u8; SECOND_LENGTH] {
    let moment = i64::try_from(second).ok().and_then(|second| jiff::Timestamp::from_second(second).ok());
    let text = moment.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string();
    text.as_bytes().first_chunk().copied().unwrap_or([b'0'; SECOND_LENGTH])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::net::IpAddr;
    use std::time::Duration;
    use tracing_subscriber::fmt::format::Writer;
    use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime as OfOtherLines};

    const ID: &str = "0198c5a2-7c3e-7abc-8def-0123456789ab";

    fn from(address: &str) -> AccessLine<'static> {
        AccessLine {
            request_id: ID,
            method: "GET",
            path: "/a",
            network: ClientAddress::from(address.parse::<IpAddr>().unwrap()),
            route: "/{x}",
            status: 200,
            ms: 0.25,
            member: None,
        }
    }

    fn written(line: &AccessLine<'_>, at: SystemTime) -> String {
        let mut lines = b"before\n".to_vec();
        line.write(at, "here", &mut lines).unwrap();
        String::from_utf8(lines).unwrap().strip_prefix("before\n").unwrap().to_owned()
    }

    #[test]
    fn s_log_3_it_is_one_object_on_one_line_with_every_value_encoded() {
        let at = UNIX_EPOCH + Duration::new(1_768_739_696, 7_654_321);
        let odd =
            AccessLine { path: "/a\"b\\c\n\u{1}\u{7f}한", member: Some("m\"\n"), ..from("192.0.2.77") };
        let said = written(&odd, at);
        assert_eq!(said.matches('\n').count(), 1, "{said}");
        assert_eq!(
            serde_json::from_str::<Value>(&said).unwrap(),
            json!({
                "timestamp": "2026-01-18T12:34:56.007654Z",
                "level": "INFO",
                "request_id": ID,
                "method": "GET",
                "path": "/a\"b\\c\n\u{1}\u{7f}한",
                "network": "192.0.2.0/24",
                "route": "/{x}",
                "status": 200,
                "ms": 0.25,
                "member": "m\"\n",
                "message": "answered",
                "target": "here",
            })
        );
        let other = written(&from("2001:db8:1:2::3"), at);
        assert!(!other.contains("member") && other.contains("\"network\":\"2001:db8:1::/48\""), "{other}");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the other lines have the machine's time")]
    fn its_time_is_written_as_in_the_other_lines() {
        let time = |at| {
            let said: Value = serde_json::from_str(&written(&from("192.0.2.77"), at)).unwrap();
            said["timestamp"].as_str().unwrap().to_owned()
        };
        let (before, mut other) = (time(SystemTime::now()), String::new());
        OfOtherLines.format_time(&mut Writer::new(&mut other)).unwrap();
        let after = time(SystemTime::now());
        assert!(before <= other && other <= after && before.len() == other.len(), "{before} {other} {after}");
        let [first, next] =
            [1_768_739_696, 1_768_739_697].map(|at| time(UNIX_EPOCH + Duration::from_secs(at)));
        assert_eq!((&*first, &*next), ("2026-01-18T12:34:56.000000Z", "2026-01-18T12:34:57.000000Z"));
    }
}
