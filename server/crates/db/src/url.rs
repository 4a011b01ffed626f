//! Where the database is, as `database.url` says it.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::dialect::Dialect;

/// A checked `database.url`. Printing it leaves the password out.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`, relative to the working directory or absolute. The path is taken as written, character by character: `%`
    /// and `?` mean themselves.
    Sqlite(PathBuf),
    /// `mysql://USER:PASSWORD@HOST:PORT/NAME?ssl-mode=VERIFY_IDENTITY`. Name and password are percent-encoded.
    Mysql(::url::Url),
}

/// Why a text is no `database.url`. It holds nothing of the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Another kind of database.
    #[error("this kind of database is not known")]
    Scheme,
    /// `sqlite:` without a path, or with one that no file can have.
    #[error("expected the path of a file after `sqlite:`")]
    Path,
    /// A database in memory: what one connection writes, the others would not see.
    #[error("a database in memory cannot be shared by several connections")]
    Memory,
    /// `sqlite:PATH?mode=rwc`.
    #[error("after a SQLite path nothing can be set; the file is made if it is missing")]
    SqliteParameters,
    /// `mysql://` without host or database.
    #[error("host or database is missing")]
    Place,
    /// An unknown parameter: it would be ignored, even if it was meant to protect something.
    #[error("something after the question mark is not known, or is given twice")]
    Parameter,
}

/// How trustworthy a connection to the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseTransport {
    /// A file, a socket, or an address of this machine.
    Local,
    /// TLS to a server whose certificate is verified.
    Verified,
    /// Everything else: in the clear, or with anyone who answers.
    Unverified,
}

/// What may follow the question mark of a MySQL URL, in all spellings that the driver reads.
const PARAMETERS: [&[&str]; 9] = [
    &["ssl-mode", "sslmode"],
    &["ssl-ca", "sslca"],
    &["ssl-cert", "sslcert"],
    &["ssl-key", "sslkey"],
    &["charset"],
    &["collation"],
    &["socket"],
    &["timezone", "time-zone"],
    &["statement-cache-capacity"],
];
const SSL_MODES: [&str; 5] = ["disabled", "preferred", "required", "verify_ca", "verify_identity"];

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// See [`DatabaseUrlError`].
    pub fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite(path.strip_prefix("//").unwrap_or(path));
        }
        let url = ::url::Url::parse(text).map_err(|_| DatabaseUrlError::Scheme)?;
        if url.scheme() != "mysql" {
            return Err(DatabaseUrlError::Scheme);
        }
        if !url.has_host() || url.path().trim_start_matches('/').is_empty() || url.fragment().is_some() {
            return Err(DatabaseUrlError::Place);
        }
        parameters(&url)?;
        Ok(Self::Mysql(url))
    }

    /// The same with this mode of TLS and this file of authorities, as far as they are not empty.
    ///
    /// # Errors
    /// When the mode is not known, the URL has its own already, or there is nothing to encrypt.
    pub fn with_tls(&self, mode: &str, authority: &str) -> Result<Self, DatabaseUrlError> {
        if mode.is_empty() && authority.is_empty() {
            return Ok(self.clone());
        }
        let Self::Mysql(url) = self else { return Err(DatabaseUrlError::SqliteParameters) };
        let mut url = url.clone();
        for (name, value) in [("ssl-mode", mode), ("ssl-ca", authority)] {
            if !value.is_empty() {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        parameters(&url)?;
        Ok(Self::Mysql(url))
    }

    /// The kind of database.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Mysql(_) => Dialect::Mysql,
        }
    }

    /// The folder that must exist before a SQLite file can be made.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => path.parent().filter(|folder| !folder.as_os_str().is_empty()),
            Self::Mysql(_) => None,
        }
    }

    /// The file of SQLite.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Mysql(_) => None,
        }
    }

    /// What is between this program and the database.
    pub fn transport(&self) -> DatabaseTransport {
        let Self::Mysql(url) = self else { return DatabaseTransport::Local };
        let is_local = parameter(url, "socket").is_some()
            || match url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']')) {
                Some(host) => host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
                None => false,
            };
        let mode = parameter(url, "ssl-mode").unwrap_or_default().to_ascii_lowercase();
        // Without an authority of one's own, any name's certificate from any authority of the world would do.
        let own_authority = parameter(url, "ssl-ca").is_some();
        match mode.as_str() {
            _ if is_local => DatabaseTransport::Local,
            "verify_identity" => DatabaseTransport::Verified,
            "verify_ca" if own_authority => DatabaseTransport::Verified,
            _ => DatabaseTransport::Unverified,
        }
    }

    /// Name and password, decoded; and whether a client certificate is alongside them.
    pub fn credentials(&self) -> Option<(String, String, bool)> {
        let Self::Mysql(url) = self else { return None };
        let decoded = |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let password = url.password().unwrap_or_default();
        Some((decoded(url.username()), decoded(password), parameter(url, "ssl-cert").is_some()))
    }

    /// The text that [`DatabaseUrl::parse`] reads, with the password: for the configuration of another process. Never log
    /// it.
    pub fn expose(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Mysql(url) => url.to_string(),
        }
    }

    /// What the driver decodes to the same path. It reads a URL, in which `?`, `#`, `%` and `..` mean something; encoded as
    /// a whole they do not. The path is made absolute, since SQLite reads some relative ones (`file:x`) as something else.
    pub(crate) fn for_driver(&self) -> std::io::Result<String> {
        match self {
            Self::Sqlite(path) => {
                let path = std::path::absolute(path)?;
                let path = utf8_percent_encode(&path.to_string_lossy(), NON_ALPHANUMERIC).to_string();
                Ok(format!("sqlite:{path}?mode=rwc"))
            }
            Self::Mysql(url) => Ok(url.to_string()),
        }
    }
}

fn sqlite(path: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    if path == ":memory:" || path.contains("mode=memory") {
        return Err(DatabaseUrlError::Memory);
    }
    if path.is_empty() || path.ends_with('/') || path.chars().any(char::is_control) {
        return Err(DatabaseUrlError::Path);
    }
    // As other programs write it. Taken for a part of the name it would open a second, empty database.
    let asks = path.rsplit_once('?').is_some_and(|(_, rest)| {
        ["mode", "cache", "immutable", "vfs"].iter().any(|name| rest.starts_with(&format!("{name}=")))
    });
    if asks { Err(DatabaseUrlError::SqliteParameters) } else { Ok(DatabaseUrl::Sqlite(PathBuf::from(path))) }
}

/// The value of a parameter, in whichever spelling.
fn parameter(url: &::url::Url, name: &str) -> Option<String> {
    let spellings = PARAMETERS.iter().find(|spellings| spellings[0] == name)?;
    let found = url.query_pairs().find(|(key, _)| spellings.contains(&&**key));
    found.map(|(_, value)| value.into_owned())
}

fn parameters(url: &::url::Url) -> Result<(), DatabaseUrlError> {
    let mut seen = [false; PARAMETERS.len()];
    for (key, value) in url.query_pairs() {
        let place = PARAMETERS.iter().position(|spellings| spellings.contains(&&*key));
        let place = place.ok_or(DatabaseUrlError::Parameter)?;
        let known = place != 0 || SSL_MODES.contains(&value.to_ascii_lowercase().as_str());
        if std::mem::replace(&mut seen[place], true) || !known {
            return Err(DatabaseUrlError::Parameter);
        }
    }
    Ok(())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Mysql(url) => write!(
                f,
                "mysql://{}:{}{}",
                url.host_str().unwrap_or_default(),
                url.port().unwrap_or(3306),
                url.path()
            ),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_kinds_are_read_and_others_refused() {
        assert_eq!(DatabaseUrl::parse("sqlite:data/daemun.db").unwrap().dialect(), Dialect::Sqlite);
        assert_eq!(DatabaseUrl::parse("mysql://u:p@db/daemun").unwrap().dialect(), Dialect::Mysql);
        for other in ["", "sqlite:", "sqlite::memory:", "postgres://u@h/d", "mysql:", "data/daemun.db"] {
            assert!(DatabaseUrl::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn what_would_be_passed_over_is_refused() {
        for (text, error) in [
            ("mysql://u:p@db/daemun?ssl_mode=VERIFY_IDENTITY", DatabaseUrlError::Parameter),
            ("mysql://u:p@db/daemun?ssl-mode=VERIFY_FULL", DatabaseUrlError::Parameter),
            ("mysql://u:p@db/daemun?ssl-mode=VERIFY_IDENTITY&sslmode=DISABLED", DatabaseUrlError::Parameter),
            ("mysql://u:p@db", DatabaseUrlError::Place),
            ("mysql://u:p@db/", DatabaseUrlError::Place),
            ("sqlite:data/daemun.db?mode=rwc", DatabaseUrlError::SqliteParameters),
            ("sqlite:file:x?mode=memory", DatabaseUrlError::Memory),
            ("sqlite:data/", DatabaseUrlError::Path),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn tls_is_said_once_in_the_url_or_beside_it() {
        let url = DatabaseUrl::parse("mysql://u:p@db/d?charset=utf8mb4").unwrap();
        let safe = url.with_tls("verify_identity", "/etc/daemun/authority.pem").unwrap();
        assert_eq!(safe.transport(), DatabaseTransport::Verified);
        assert_eq!(safe, DatabaseUrl::parse(&safe.expose()).unwrap());
        assert_eq!(url.with_tls("", "").unwrap(), url);
        for (mode, authority) in [("VERIFY", ""), ("verify-identity", "")] {
            assert!(url.with_tls(mode, authority).is_err(), "{mode}");
        }
        assert!(safe.with_tls("required", "").is_err() && safe.with_tls("", "x").is_err(), "given twice");
        let file = DatabaseUrl::parse("sqlite:x").unwrap();
        assert_eq!(file.with_tls("required", "").unwrap_err(), DatabaseUrlError::SqliteParameters);
    }

    #[test]
    fn s_key_6_only_a_verified_certificate_makes_another_host_safe() {
        use DatabaseTransport::{Local, Unverified, Verified};
        for (text, transport) in [
            ("sqlite:x", Local),
            ("mysql://u:p@127.0.0.1/d", Local),
            ("mysql://u:p@[::1]/d", Local),
            ("mysql://u:p@localhost/d", Local),
            ("mysql://u:p@db/d?socket=/run/mysqld.sock", Local),
            ("mysql://u:p@localhost.evil.example/d", Unverified),
            ("mysql://u:p@10.0.0.5/d", Unverified),
            ("mysql://u:p@db/d?ssl-mode=PREFERRED", Unverified),
            ("mysql://u:p@db/d?ssl-mode=REQUIRED&ssl-ca=/ca.pem", Unverified),
            ("mysql://u:p@db/d?ssl-mode=VERIFY_CA", Unverified),
            ("mysql://u:p@db/d?sslmode=verify_ca&sslca=/ca.pem", Verified),
            ("mysql://u:p@db/d?ssl-mode=VERIFY_IDENTITY", Verified),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap().transport(), transport, "{text}");
        }
    }

    #[test]
    fn s_log_2_the_password_does_not_print() {
        let url = DatabaseUrl::parse("mysql://daemun:hunter2@db.internal/daemun").unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "mysql://db.internal:3306/daemun mysql://db.internal:3306/daemun"
        );
    }
}
