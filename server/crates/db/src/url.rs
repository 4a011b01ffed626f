//! Where the database is, as `database.url` says it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Dialect, OpenError};

/// A checked `database.url`. Printing it leaves the password out.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`, relative to the working directory or absolute.
    Sqlite(PathBuf),
    /// `mysql://USER:PASSWORD@HOST:PORT/NAME`.
    Mysql(::url::Url),
}

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`OpenError::Scheme`] for any other kind of database.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split('?').next().unwrap_or(path);
            return if path.is_empty() || path == ":memory:" {
                Err(OpenError::Scheme)
            } else {
                Ok(Self::Sqlite(PathBuf::from(path)))
            };
        }
        match ::url::Url::parse(text) {
            Ok(url) if url.scheme() == "mysql" && url.has_host() => Ok(Self::Mysql(url)),
            _ => Err(OpenError::Scheme),
        }
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

    /// The text that [`DatabaseUrl::parse`] reads, with the password: for the configuration of another process. Never log
    /// it.
    pub fn expose(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Mysql(url) => url.to_string(),
        }
    }

    pub(crate) fn for_driver(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}?mode=rwc", path.display()),
            Self::Mysql(url) => url.to_string(),
        }
    }
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
    fn s_log_2_the_password_does_not_print() {
        let url = DatabaseUrl::parse("mysql://daemun:hunter2@db.internal/daemun").unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "mysql://db.internal:3306/daemun mysql://db.internal:3306/daemun"
        );
    }
}
