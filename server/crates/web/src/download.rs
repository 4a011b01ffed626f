//! Files of rows, for people who open them with a program of tables and for programs that read them line by line. A file is written
//! while its rows are read, so that it may be longer than a program should hold.

use std::error::Error;
use std::marker::PhantomData;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Serialize;
use serde_json::Value;

/// A row of a file: an object of texts, numbers and nothing else.
pub trait FileRow: Serialize + Send + 'static {
    /// Its fields, in their order.
    const COLUMNS: &'static [&'static str];
}

/// A format in which rows are downloaded, written row by row.
pub trait FileKind: Send + Sync + 'static {
    /// Its media type.
    const MEDIA_TYPE: &'static str;
    /// How its name ends.
    const ENDING: &'static str;

    /// What comes before the first row.
    fn head(columns: &[&str]) -> String;

    /// A row.
    fn line(row: &Value, columns: &[&str]) -> String;
}

/// JSON, a line for each row.
#[derive(Clone, Copy, Debug)]
pub struct JsonLines;

/// Values that commas separate (RFC 4180), with a line of names.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

impl FileKind for JsonLines {
    const MEDIA_TYPE: &'static str = "application/x-ndjson";
    const ENDING: &'static str = "jsonl";

    fn head(_: &[&str]) -> String {
        String::new()
    }

    fn line(row: &Value, _: &[&str]) -> String {
        format!("{row}\n")
    }
}

impl FileKind for Csv {
    const MEDIA_TYPE: &'static str = "text/csv";
    const ENDING: &'static str = "csv";

    /// It begins with a byte order mark: programs of tables take a file without one for one in the encoding of their country.
    fn head(columns: &[&str]) -> String {
        format!("\u{feff}{}\r\n", columns.join(","))
    }

    fn line(row: &Value, columns: &[&str]) -> String {
        let cells: Vec<_> = columns.iter().map(|column| cell(&row[column])).collect();
        format!("{}\r\n", cells.join(","))
    }
}

/// A value that a program of tables shows and does not calculate: what begins as a formula does gets an apostrophe before it.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let text = if is_formula { format!("'{text}") } else { text };
    let needs_quotes = is_formula || text.contains([',', '"', '\r', '\n']);
    if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A file of rows. What fails in the midst breaks it off: what is there must not look complete.
pub struct Download<K> {
    name: String,
    body: Body,
    kind: PhantomData<fn() -> K>,
}

impl<K> std::fmt::Debug for Download<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the file {}", self.name)
    }
}

impl<K: FileKind> Download<K> {
    /// A file of these rows. Its name has ASCII letters, digits, `-` and `_`.
    pub fn of<T: FileRow, E: Error + Send + Sync + 'static>(
        name: &str,
        batches: BoxStream<'static, Result<Vec<T>, E>>,
    ) -> Self {
        let head = stream::once(async { Ok(Bytes::from(K::head(T::COLUMNS))) });
        let lines = batches.map(|batch| {
            let rows = batch.inspect_err(|error| {
                tracing::error!(error = error as &dyn Error, "a download was cut short");
            })?;
            let rows = rows.iter().map(|row| serde_json::to_value(row).unwrap_or_default());
            Ok(Bytes::from(rows.map(|row| K::line(&row, T::COLUMNS)).collect::<String>()))
        });
        let body = Body::from_stream(head.chain(lines).boxed() as BoxStream<'static, Result<Bytes, E>>);
        Self { name: format!("{name}.{}", K::ENDING), body, kind: PhantomData }
    }
}

impl<K: FileKind> IntoResponse for Download<K> {
    fn into_response(self) -> Response {
        let disposition = HeaderValue::try_from(format!("attachment; filename=\"{}\"", self.name));
        let mut response = self.body.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(K::MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
        response
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::body::to_bytes;

    use super::*;

    #[derive(Serialize)]
    struct Line {
        who: &'static str,
        times: i64,
        note: Option<&'static str>,
    }

    impl FileRow for Line {
        const COLUMNS: &'static [&'static str] = &["who", "times", "note"];
    }

    fn rows() -> Vec<Result<Vec<Line>, io::Error>> {
        let line = |who, note| Line { who, times: 2, note };
        vec![
            Ok(vec![line("하늘", None), line("a,b", Some("=HYPERLINK(\"x\")"))]),
            Ok(vec![
                line("a \"b\"\r\nc", Some("+1")),
                line("-1+1", Some("@SUM(1)")),
                line("＝1", Some("a=1")),
            ]),
        ]
    }

    async fn file<K: FileKind>(rows: Vec<Result<Vec<Line>, io::Error>>) -> Result<String, axum::Error> {
        let response = Download::<K>::of("rows", stream::iter(rows).boxed()).into_response();
        let name = format!("attachment; filename=\"rows.{}\"", K::ENDING);
        assert_eq!(response.headers()[CONTENT_DISPOSITION], name);
        Ok(String::from_utf8(to_bytes(response.into_body(), usize::MAX).await?.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_table_is_quoted_as_rfc_4180_says_and_nothing_in_it_is_a_formula() {
        let expected = "\u{feff}who,times,note\r\n하늘,2,\r\n\"a,b\",2,\"'=HYPERLINK(\"\"x\"\")\"\r\n\
            \"a \"\"b\"\"\r\nc\",2,\"'+1\"\r\n\"'-1+1\",2,\"'@SUM(1)\"\r\n\"'＝1\",2,a=1\r\n";
        assert_eq!(file::<Csv>(rows()).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn a_row_is_a_line_of_json() {
        let text = file::<JsonLines>(rows()).await.unwrap();
        assert_eq!(text.lines().count(), 5);
        let third: Value = serde_json::from_str(text.lines().nth(2).unwrap()).unwrap();
        assert_eq!((&third["who"], &third["times"]), (&"a \"b\"\r\nc".into(), &2.into()));
    }

    #[tokio::test]
    async fn what_fails_in_the_midst_never_looks_complete() {
        let mut rows = rows();
        rows.push(Err(io::Error::other("away")));
        file::<Csv>(rows).await.unwrap_err();
    }
}
