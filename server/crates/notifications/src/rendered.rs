//! A rendered mail.

use std::fmt;
use std::str::FromStr as _;

use askama::Template;
use kernel::Timestamp;
use lettre::address::AddressError;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use names::{EmailAddress, Language};
use serde::{Deserialize, Serialize};
use web::PublicOrigin;

use crate::mail_template::MailTemplate;
use crate::mails::MailId;
use crate::sender_address::SenderAddress;
use crate::words::{self, Words};

/// Subject, text and HTML. Text and HTML say the same.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedMail {
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The HTML; it loads nothing.
    pub html: String,
    /// The addresses that it links to.
    pub links: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct TextPart<'a> {
    words: &'a Words<'a>,
    site: &'a str,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct HtmlPart<'a> {
    words: &'a Words<'a>,
    language: &'static str,
    site: &'a str,
}

impl RenderedMail {
    /// Renders `template` in `language`; `site` is the origin that it is signed with.
    ///
    /// # Errors
    /// When the template engine fails, which it does not with the existing templates.
    pub fn of(
        template: &MailTemplate,
        language: Language,
        site: &PublicOrigin,
    ) -> Result<Self, askama::Error> {
        let words = words::of(template, language);
        let site = site.as_str();
        Ok(Self {
            subject: words.subject.to_owned(),
            text: TextPart { words: &words, site }.render()?,
            html: HtmlPart { words: &words, language: language.code(), site }.render()?,
            links: template.link().map(|link| link.as_str().to_owned()).into_iter().collect(),
        })
    }
}

/// Only the subject: the rest may have a token.
impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject)
    }
}

/// Why a mail cannot be written as a message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnfitMail {
    #[error("the recipient cannot be in a message")]
    Recipient(#[from] AddressError),
    #[error("the message cannot be put together")]
    Message(#[from] lettre::error::Error),
}

/// The header fields of a mail.
pub(crate) struct Envelope<'a> {
    pub(crate) id: MailId,
    pub(crate) from: &'a SenderAddress,
    pub(crate) to: &'a EmailAddress,
    pub(crate) at: Timestamp,
}

/// The mail as a message (RFC 5322). It has the same `Message-ID` and `Date` each time it is sent.
pub(crate) fn message(mail: &RenderedMail, envelope: &Envelope) -> Result<Message, UnfitMail> {
    // Never fails: a test checks that every accepted address can be sent to.
    let to = Address::from_str(envelope.to.as_str())?;
    let part = |kind, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    let sent = std::time::UNIX_EPOCH
        + std::time::Duration::from_millis(u64::try_from(envelope.at.millis()).unwrap_or_default());
    let message = Message::builder()
        .message_id(Some(message_id(envelope.id, envelope.from)))
        .date(sent)
        .from(envelope.from.mailbox().clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.as_str())
        // So that no automatic reply comes back (RFC 3834 section 5).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
                .singlepart(part(ContentType::TEXT_HTML, &mail.html)),
        )?;
    Ok(message)
}

/// The Message-ID `<id@domain>` (RFC 5322 section 3.6.4).
pub(crate) fn message_id(id: MailId, from: &SenderAddress) -> String {
    format!("<{id}@{}>", from.domain())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::NewId as _;
    use kernel::{Clock as _, OsRandomness, Randomness as _};

    use testkit::{HandClock, SeededRandomness};

    #[test]
    fn s_mail_11_what_could_end_a_header_line_is_no_address() {
        for bad in [
            "minji@example.com\r\nBcc: all@example.com",
            "minji@example.com\nBcc: all@example.com",
            "\"a\r\nBcc: b\"@example.com",
            "minji@example.com, eve@example.com",
            "<minji@example.com>",
            "minji @example.com",
            "\"minji\"@example.com",
            "min\"ji@example.com",
            "minji",
            "@example.com",
            "",
        ] {
            assert_eq!(kernel::email_address::read(bad), None, "{bad:?}");
        }
        assert!(kernel::email_address::read(&format!("{}@example.com", "a".repeat(250))).is_none());
        let good = kernel::email_address::read("min.ji+x@example.com").unwrap();
        assert_eq!(good.as_str(), "min.ji+x@example.com");
    }

    #[test]
    fn s_log_2_an_address_prints_its_domain_only() {
        let address = kernel::email_address::read("minji@example.com").unwrap();
        assert_eq!(format!("{address:?}"), "…@example.com");
    }

    /// Every address that is accepted can be sent to; otherwise a mail would fail without end.
    #[test]
    fn s_mail_11_whatever_is_taken_as_an_address_can_stand_in_a_message() {
        const ALPHABET: &[char] = &[
            'a', 'B', '1', '.', '.', '@', '-', '_', '+', '"', '\\', '\'', '!', '#', '$', '%', '&', '*', '/',
            '=', '?', '^', '`', '{', '|', '}', '~', '(', ')', '<', '>', ',', ';', ':', '[', ']', ' ', '\t',
            '\r', '\n', '\0', '홍', 'é', 'ü', 'ß', '\u{200b}', '。', '@',
        ];
        let (randomness, clock) = (SeededRandomness::new(17), HandClock::default());
        let from: SenderAddress = "Daemun <daemun@login.example>".parse().unwrap();
        let site = PublicOrigin::of(&"https://login.example".parse().unwrap());
        let mail = RenderedMail::of(&MailTemplate::Welcome, Language::English, &site).unwrap();
        let mut bytes = [0; 24];
        let mut taken = 0;
        for round in 0..60_000 {
            randomness.fill(&mut bytes);
            let half = usize::from(bytes[0]) % 12;
            let spelt = |bytes: &[u8]| -> String {
                bytes.iter().map(|byte| ALPHABET[usize::from(*byte) % ALPHABET.len()]).collect()
            };
            // Half of them with a good domain or a good mailbox, so that many are taken.
            let typed = match round % 4 {
                0 => format!("{}@example.com", spelt(&bytes[1..=half])),
                1 => format!("hong@{}.kr", spelt(&bytes[1..=half])),
                2 => format!("{}@{}.kr", spelt(&bytes[1..=half]), spelt(&bytes[half + 1..])),
                _ => spelt(&bytes[1..]),
            };
            let Some(address) = kernel::email_address::read(&typed) else { continue };
            taken += 1;
            let to = &address;
            assert_eq!(kernel::email_address::read(to.as_str()).as_ref(), Some(to), "{typed:?}: one form");
            assert_eq!(Address::from_str(to.as_str()).unwrap().to_string(), to.as_str(), "{typed:?}");
            let id = MailId::new(&clock, &OsRandomness);
            let envelope = Envelope { id, from: &from, to, at: clock.now() };
            let wire = message(&mail, &envelope).unwrap_or_else(|error| panic!("{typed:?}: {error}"));
            let wire = String::from_utf8(wire.formatted()).unwrap();
            assert!(wire.contains(&format!("\r\nTo: {}\r\n", to.as_str())), "{typed:?}: {wire}");
        }
        assert!(taken > 1_000, "{taken} were addresses");
    }
}
