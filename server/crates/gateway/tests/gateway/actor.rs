//! Who knocks: a client that sends exactly what it is told, byte for byte.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the body came to its announced end.
    pub whole: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The code of a refusal of ours; empty for other answers.
    pub fn code(&self) -> String {
        let json: Result<serde_json::Value, _> = serde_json::from_slice(&self.body);
        json.ok().and_then(|json| json["error"]["code"].as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// What the echo service says it received under a name.
    pub fn received(&self, name: &str) -> Vec<String> {
        let json = self.json();
        let headers = json["headers"].as_array().unwrap().clone();
        headers
            .iter()
            .filter(|pair| pair[0] == name)
            .map(|pair| pair[1].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A request in text: `GET /path`, then header lines, then perhaps an empty line and a body.
pub fn text(head: &str, lines: &[&str], body: &str) -> Vec<u8> {
    let mut request = format!("{head} HTTP/1.1\r\nHost: localhost:3000\r\nConnection: close\r\n");
    for line in lines {
        request.push_str(line);
        request.push_str("\r\n");
    }
    if !body.is_empty() {
        request.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
    }
    request.push_str("\r\n");
    request.push_str(body);
    request.into_bytes()
}

/// Sends the bytes and reads all that comes until the other side closes.
pub async fn knock(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The gateway may close before it has read everything, as with a body that is too large.
    let _ = stream.write_all(bytes).await;
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    all
}

/// Sends a request and reads its answer.
pub async fn ask(address: SocketAddr, bytes: &[u8]) -> Answer {
    let all = knock(address, bytes).await;
    parse(&all).unwrap_or_else(|| panic!("no answer to {}: {all:?}", String::from_utf8_lossy(bytes)))
}

/// Reads one answer out of all that came.
pub fn parse(all: &[u8]) -> Option<Answer> {
    let end = all.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&all[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let find = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let rest = &all[end + 4..];
    let (body, whole) = if find("transfer-encoding").as_deref() == Some("chunked") {
        dechunk(rest)
    } else if let Some(length) = find("content-length").and_then(|length| length.parse::<usize>().ok()) {
        (rest.get(..length).unwrap_or(rest).to_vec(), rest.len() >= length)
    } else {
        (rest.to_vec(), true)
    };
    Some(Answer { status, headers, body, whole })
}

fn dechunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(line) = rest.windows(2).position(|window| window == b"\r\n") else { return (body, false) };
        let size =
            std::str::from_utf8(&rest[..line]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size else { return (body, false) };
        rest = &rest[line + 2..];
        if size == 0 {
            return (body, true);
        }
        let Some(data) = rest.get(..size) else {
            body.extend_from_slice(rest);
            return (body, false);
        };
        body.extend_from_slice(data);
        rest = rest.get(size + 2..).unwrap_or_default();
    }
}

/// [`knock`] with its own bytes, for a task.
pub async fn knock_owned(address: SocketAddr, bytes: Vec<u8>) -> Vec<u8> {
    knock(address, &bytes).await
}
