//! `[mail]`.

use kernel::ExposeSecret as _;
use names::Language;
use notifications::{SenderAddress, SmtpUrl, is_authority};

use super::mode::Mode;
use super::reader::Reader;
use super::units::Span;

/// The section `[mail]`, checked.
#[derive(Clone, Debug)]
pub struct Mail {
    /// `mail.transport`.
    pub transport: MailTransport,
    /// `mail.from`.
    pub from: SenderAddress,
    /// `mail.language`.
    pub language: Language,
    /// `mail.attempts`.
    pub attempts: u32,
    /// `mail.connections`.
    pub connections: u32,
    /// `mail.time_out`.
    pub time_out: Span,
}

/// Where mails go, by `mail.transport`.
#[derive(Clone, Debug)]
pub enum MailTransport {
    /// Into the development mailbox.
    Mailbox,
    /// Nowhere: production without a mail server. What needs a mail is off.
    Nowhere,
    /// To a mail server.
    Smtp {
        /// `mail.smtp_url`.
        url: SmtpUrl,
        /// The text of the file that `mail.smtp_ca_file` names.
        authority: Option<Vec<u8>>,
    },
}

impl Mail {
    pub(super) fn read(reader: &Reader, mode: Mode) -> Self {
        let transport = transport(reader, mode).unwrap_or(MailTransport::Mailbox);
        Self {
            from: from(reader, matches!(transport, MailTransport::Smtp { .. })),
            transport,
            language: language(reader),
            attempts: reader.number("mail.attempts"),
            connections: reader.number("mail.connections"),
            time_out: reader.span("mail.time_out"),
        }
    }
}

fn transport(reader: &Reader, mode: Mode) -> Option<MailTransport> {
    let url = url(reader);
    let authority_file = reader.text("mail.smtp_ca_file");
    match reader.text("mail.transport").as_str() {
        // Nobody would ever read that mailbox.
        "mailbox" if mode == Mode::Production => Some(MailTransport::Nowhere),
        "mailbox" => Some(MailTransport::Mailbox),
        "smtp" => {
            let authority =
                if authority_file.is_empty() { None } else { Some(authority_in(reader, &authority_file)?) };
            Some(MailTransport::Smtp { url: url?, authority })
        }
        other => {
            let problem = format!("`{other}` is not allowed here");
            reader.wrong("mail.transport", problem, "Write \"mailbox\" or \"smtp\"");
            None
        }
    }
}

fn authority_in(reader: &Reader, file: &str) -> Option<Vec<u8>> {
    let key = "mail.smtp_ca_file";
    let authority = reader.file(key, file)?.into_bytes();
    if is_authority(&authority) {
        return Some(authority);
    }
    let cure = "Name a file that begins with -----BEGIN CERTIFICATE-----";
    reader.wrong(key, format!("{file} has no certificate in PEM"), cure);
    None
}

fn url(reader: &Reader) -> Option<SmtpUrl> {
    let key = "mail.smtp_url";
    let cure = "Write smtps://USER:PASSWORD@HOST:465, smtp://USER:PASSWORD@HOST:587?tls=required, or \
                smtp://HOST:25 for a server on this machine";
    let wanted = reader.text("mail.transport") == "smtp";
    match reader.secret(key) {
        Some(text) => match SmtpUrl::parse(text.expose_secret()) {
            Ok(url) => Some(url),
            Err(error) => {
                reader.wrong_secret(key, error, cure);
                None
            }
        },
        None if wanted => {
            reader.wrong(key, "`mail.transport` needs it", cure);
            None
        }
        None => None,
    }
}

fn from(reader: &Reader, needed: bool) -> SenderAddress {
    let key = "mail.from";
    let cure = "Write an address that the mail server sends for, with a name before it or without: \
                Daemun <daemun@login.example>";
    let text = reader.text(key);
    if text.is_empty() {
        if needed {
            reader.wrong(key, "mails need a sender", cure);
        }
        return SenderAddress::nobody();
    }
    text.parse().unwrap_or_else(|error| {
        reader.wrong(key, error, cure);
        SenderAddress::nobody()
    })
}

fn language(reader: &Reader) -> Language {
    let key = "mail.language";
    Language::parse(&reader.text(key)).unwrap_or_else(|| {
        reader.wrong(key, "mails are not written in this language", "Write \"ko\" or \"en\"");
        Language::Korean
    })
}
