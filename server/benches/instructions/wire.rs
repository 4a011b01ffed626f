//! HTTP/1.1 over one connection, request after request.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// A connection.
pub struct Wire(TcpStream);

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Wire {
    pub fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// Sends a request in one piece, and reads the whole answer.
    pub fn ask(&mut self, request: &str) -> Reply {
        self.0.write_all(request.as_bytes()).unwrap();
        let mut read = Vec::with_capacity(64 * 1024);
        let head_end = loop {
            if let Some(at) = find(&read, b"\r\n\r\n") {
                break at + 4;
            }
            self.more(&mut read);
        };
        let head = String::from_utf8(read[..head_end].to_vec()).unwrap().to_ascii_lowercase();
        let status = head[9..12].parse().unwrap();
        let length = head.split("content-length: ").nth(1);
        if let Some(length) = length.map(|rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap())
        {
            while read.len() < head_end + length {
                self.more(&mut read);
            }
        } else if head.contains("transfer-encoding: chunked") {
            while !read.ends_with(b"0\r\n\r\n") {
                self.more(&mut read);
            }
        }
        // Header values keep their case.
        let head = String::from_utf8(read[..head_end].to_vec()).unwrap();
        Reply { status, head, body: read.split_off(head_end) }
    }

    fn more(&mut self, read: &mut Vec<u8>) {
        let mut piece = [0; 16 * 1024];
        let size = self.0.read(&mut piece).unwrap();
        assert!(size > 0, "the connection was closed after {:?}", String::from_utf8_lossy(read));
        read.extend_from_slice(&piece[..size]);
    }
}

impl Reply {
    /// The first field with this name, in lower case.
    pub fn field(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        });
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// A request as a browser or a program sends it.
pub fn get(path: &str, fields: &[(&str, &str)]) -> String {
    request("GET", path, fields, None)
}

/// The same with a form.
pub fn post(path: &str, fields: &[(&str, &str)], form: &str) -> String {
    request("POST", path, fields, Some(form))
}

fn request(method: &str, path: &str, fields: &[(&str, &str)], form: Option<&str>) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost:3000\r\nUser-Agent: wrk\r\n");
    for (name, value) in fields {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    if let Some(form) = form {
        let kind = "application/x-www-form-urlencoded";
        write!(text, "Content-Type: {kind}\r\nContent-Length: {}\r\n", form.len()).unwrap();
    }
    text.push_str("\r\n");
    text.push_str(form.unwrap_or_default());
    text
}
