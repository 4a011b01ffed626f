//! `[database]`.

use std::path::PathBuf;

use db::{DatabaseSettings, DatabaseUrl, DatabaseUrlError, Dialect};

use super::reader::Reader;

const URL: &str = "database.url";
const READ_URL: &str = "database.read_url";

const CURE: &str = "Write sqlite:PATH, as the path is and nothing after it, or mysql://USER:PASSWORD@HOST:PORT/NAME, which \
                    may end with ?ssl-mode=VERIFY_IDENTITY&ssl-ca=FILE";

pub(super) fn read(reader: &Reader) -> DatabaseSettings {
    DatabaseSettings {
        url: url(reader, URL).unwrap_or_else(|| DatabaseUrl::Sqlite(PathBuf::new())),
        read_url: read_url(reader),
        connections: reader.number_of("database.connections", 1..=1000),
        read_connections: reader.number_of("database.read_connections", 1..=1000),
        connect_timeout: reader.span("database.connect_timeout").get(),
        statement_timeout: reader.span("database.statement_timeout").get(),
    }
}

fn read_url(reader: &Reader) -> Option<DatabaseUrl> {
    if reader.text(READ_URL).is_empty() {
        return None;
    }
    let url = url(reader, READ_URL)?;
    if url.dialect() == Dialect::Sqlite || reader.text(URL).starts_with("sqlite:") {
        reader.wrong(READ_URL, "a file of SQLite has no copies", "Leave it empty, or use MySQL for both");
    }
    Some(url)
}

/// The URL under a key, with what the other keys say of TLS. Its text may hold a password, so it is in no finding.
fn url(reader: &Reader, key: &str) -> Option<DatabaseUrl> {
    let (mode, authority) = (reader.text("database.ssl_mode"), reader.text("database.ca_file"));
    let url = match DatabaseUrl::parse(&reader.text(key)) {
        Ok(url) => url,
        Err(error) => {
            reader.wrong(key, error, CURE);
            return None;
        }
    };
    match url.with_tls(&mode, &authority) {
        Ok(url) => Some(url),
        Err(DatabaseUrlError::SqliteParameters) => {
            reader.wrong(
                "database.ssl_mode",
                "nothing is sent to a file",
                "Leave it and `database.ca_file` empty",
            );
            Some(url)
        }
        Err(_) => {
            let cure = "Write \"VERIFY_IDENTITY\", \"VERIFY_CA\", \"REQUIRED\", \"PREFERRED\" or \"DISABLED\", and nothing of \
                        it after the question mark of the URL";
            reader.wrong("database.ssl_mode", "it is not known, or the URL says it too", cure);
            Some(url)
        }
    }
}
