//! The address of the mail server, from the setting `mail.smtp_url`.

use std::fmt;
use std::net::IpAddr;

use kernel::SecretString;
use percent_encoding::percent_decode_str;
use url::Url;

/// How the connection to the mail server is protected. Mail is never sent in the clear over a network (S-KEY-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// TLS from the first byte (RFC 8314 section 3.3).
    Implicit,
    /// STARTTLS (RFC 3207); a server that does not offer it gets no mail.
    Required,
    /// No TLS: the server is on this machine.
    Loopback,
}

/// A checked `mail.smtp_url`: `smtps://USER:PASSWORD@HOST:PORT`, `smtp://USER:PASSWORD@HOST:PORT?tls=required`, or
/// `smtp://HOST:PORT` on this machine. Printing it leaves user and password out.
#[derive(Clone)]
pub struct SmtpUrl {
    /// The server, also the name that its certificate must have.
    pub host: String,
    /// The port: 465 by default, 587 with STARTTLS, 25 on this machine.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// Name and password.
    pub credentials: Option<(String, SecretString)>,
}

/// Why a text is not such an address. It quotes nothing of the text, which may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    /// It is not the address of a mail server.
    #[error("expected the address of a mail server")]
    Malformed,
    /// It would send in the clear over a network.
    #[error("this would send mails in the clear over a network")]
    InTheClear,
    /// The query is not `tls=required`.
    #[error("only `tls=required` may follow the question mark")]
    Query,
    /// It has a name without a password, or a password without a name.
    #[error("name and password must both be given, or neither")]
    Credentials,
}

impl SmtpUrl {
    /// Parses an address.
    ///
    /// # Errors
    /// See [`SmtpUrlError`].
    pub fn parse(text: &str) -> Result<Self, SmtpUrlError> {
        let url = Url::parse(text).map_err(|_| SmtpUrlError::Malformed)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpUrlError::Malformed)?;
        let host = ascii_host(host.trim_start_matches('[').trim_end_matches(']'))?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpUrlError::Malformed);
        }
        let tls = match (url.scheme(), url.query()) {
            ("smtps", None) => SmtpTls::Implicit,
            ("smtp", Some("tls=required")) => SmtpTls::Required,
            ("smtp", None) if is_loopback(&host) => SmtpTls::Loopback,
            ("smtp", None) => return Err(SmtpUrlError::InTheClear),
            ("smtp" | "smtps", Some(_)) => return Err(SmtpUrlError::Query),
            _ => return Err(SmtpUrlError::Malformed),
        };
        let port = url.port().unwrap_or(match tls {
            SmtpTls::Implicit => 465,
            SmtpTls::Required => 587,
            SmtpTls::Loopback => 25,
        });
        Ok(Self { credentials: credentials(&url)?, host, port, tls })
    }
}

/// The host as DNS and certificates have it: a name in another script is converted to A-labels (RFC 5891).
fn ascii_host(host: &str) -> Result<String, SmtpUrlError> {
    let host = percent_decode_str(host).decode_utf8().map_err(|_| SmtpUrlError::Malformed)?;
    if host.parse::<IpAddr>().is_ok() {
        return Ok(host.into_owned());
    }
    idna::domain_to_ascii(&host).map_err(|_| SmtpUrlError::Malformed)
}

fn credentials(url: &Url) -> Result<Option<(String, SecretString)>, SmtpUrlError> {
    let decoded =
        |text| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| SmtpUrlError::Malformed);
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None | Some("")) => Err(SmtpUrlError::Credentials),
        (name, Some(password)) => Ok(Some((decoded(name)?, decoded(password)?.into()))),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({:?})", self.tls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ExposeSecret as _;

    #[test]
    fn s_key_6_no_address_sends_in_the_clear_over_a_network() {
        for (text, error) in [
            ("smtp://mail.example", SmtpUrlError::InTheClear),
            ("smtp://u:p@mail.example:25", SmtpUrlError::InTheClear),
            ("smtp://mail.example?tls=opportunistic", SmtpUrlError::Query),
            ("smtp://localhost.evil.example", SmtpUrlError::InTheClear),
            ("smtps://mail.example?tls=none", SmtpUrlError::Query),
            ("smtps://u@mail.example", SmtpUrlError::Credentials),
            ("https://mail.example", SmtpUrlError::Malformed),
            ("smtps://", SmtpUrlError::Malformed),
            ("smtps://mail.example/inbox", SmtpUrlError::Malformed),
            ("mail.example", SmtpUrlError::Malformed),
        ] {
            assert_eq!(SmtpUrl::parse(text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn each_protection_has_its_port() {
        for (text, tls, port) in [
            ("smtps://mail.example", SmtpTls::Implicit, 465),
            ("smtp://mail.example?tls=required", SmtpTls::Required, 587),
            ("smtp://127.0.0.1", SmtpTls::Loopback, 25),
            ("smtp://[::1]:2525", SmtpTls::Loopback, 2525),
        ] {
            let url = SmtpUrl::parse(text).unwrap();
            assert_eq!((url.tls, url.port), (tls, port), "{text}");
        }
        assert_eq!(SmtpUrl::parse("smtps://메일.한국").unwrap().host, "xn--h32bq4v.xn--3e0b707e");
    }

    #[test]
    fn s_key_8_an_address_prints_no_password() {
        let url = SmtpUrl::parse("smtps://daemun%40x:s%3Acret@mail.example").unwrap();
        let (name, password) = url.credentials.as_ref().unwrap();
        assert_eq!((name.as_str(), password.expose_secret()), ("daemun@x", "s:cret"));
        assert_eq!(format!("{url:?}"), "mail.example:465 (Implicit)");
    }
}
