//! Delivery by SMTP (RFC 5321).

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kernel::ExposeSecret as _;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use crate::rendered::RenderedMail;
use crate::rendered::{self, Envelope};
use crate::sender_address::SenderAddress;
use crate::sender_probe::SenderProbe;
use crate::smtp_url::{SmtpTls, SmtpUrl};

/// Replies that concern our authentication or the server, not the mail (RFC 4954 section 6, RFC 5321 section 4.2.2). The mail is
/// tried again, since an operator can correct name and password.
const ABOUT_US: [u16; 5] = [530, 534, 535, 538, 421];
/// How a reply begins that says what its server permits (RFC 3463 section 3.8): that it relays for us, and from our sender. An operator can
/// correct that as well.
const NOT_PERMITTED: &str = "5.7.";

/// How a certificate in PEM begins (RFC 7468 section 5.1).
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// How mails are sent to the mail server.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Its address.
    pub url: SmtpUrl,
    /// The sender of mails.
    pub from: SenderAddress,
    /// The only certificate authority that is trusted, in PEM; `None` for those of the system.
    pub authority: Option<Vec<u8>>,
    /// The most connections.
    pub connections: u32,
    /// How long one mail may take, connecting included.
    pub time_out: Duration,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The certificate of the authority or the name of the server cannot be used.
    #[error("the mail server's name or the certificate of its authority cannot be used")]
    Tls(#[source] Error),
    /// The mail server cannot be reached or refused us: its address, and why.
    #[error("the mail server at {0} does not answer as it should: {1}")]
    Unreachable(String, String),
}

/// Why a mail was not sent. The text quotes nothing of the server's reply, which may contain the recipient's address.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SendError {
    Later(String),
    Never(String),
}

/// A mail server and the connections to it. Cheap to clone.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: SenderAddress,
    place: String,
    time_out: Duration,
    probe: Arc<SenderProbe>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl Smtp {
    /// A mail server. It does not connect yet.
    ///
    /// # Errors
    /// When the certificate of the authority or the name of the server cannot be used.
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpError> {
        let SmtpSettings { url, from, authority, connections, time_out } = settings;
        let tls = match url.tls {
            SmtpTls::Implicit => Tls::Wrapper(tls_parameters(&url, authority.as_deref())?),
            SmtpTls::Required => Tls::Required(tls_parameters(&url, authority.as_deref())?),
            SmtpTls::Loopback => Tls::None,
        };
        let pool = PoolConfig::new().max_size(connections).idle_timeout(Duration::from_secs(30));
        // `dangerous` means that TLS is off by default. It is set here in every case.
        let hello_name = ClientId::Domain(from.domain().to_owned());
        let credentials = url.credentials.as_ref();
        let credentials = credentials
            .map(|(name, password)| Credentials::new(name.clone(), password.expose_secret().to_owned()));
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(url.host.as_str())
            .port(url.port)
            .tls(tls.clone())
            .timeout(Some(time_out))
            .hello_name(hello_name.clone())
            .pool_config(pool);
        if let Some(credentials) = &credentials {
            builder = builder.credentials(credentials.clone());
        }
        let place = url.to_string();
        let sender = from.mailbox().email.clone();
        let probe =
            SenderProbe { host: url.host, port: url.port, tls, hello_name, credentials, sender, time_out };
        Ok(Self { transport: builder.build(), from, place, time_out, probe: Arc::new(probe) })
    }

    /// Connects, authenticates and disconnects, for `daemun check`.
    ///
    /// # Errors
    /// When any of these fails.
    pub async fn try_out(&self) -> Result<(), SmtpError> {
        let failed = |why: String| SmtpError::Unreachable(self.place.clone(), why);
        match tokio::time::timeout(self.time_out, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(failed("it hung up".to_owned())),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => Err(failed("it took too long".to_owned())),
        }
    }

    pub(crate) const fn from(&self) -> &SenderAddress {
        &self.from
    }

    /// Sends one mail. After `Ok` the server is responsible for it.
    pub(crate) async fn send(&self, mail: &RenderedMail, envelope: &Envelope<'_>) -> Result<(), SendError> {
        let message = rendered::message(mail, envelope)
            .map_err(|_| SendError::Never("the mail cannot be put together".to_owned()))?;
        match tokio::time::timeout(self.time_out, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match judge(&error) {
                SendError::Never(reason) if !self.probe.is_taken().await => SendError::Later(reason),
                judged => judged,
            }),
            Err(_) => Err(SendError::Later("the mail server took too long".to_owned())),
        }
    }
}

/// Whether a text has a certificate in PEM, and nothing broken.
pub fn is_authority(pem: &[u8]) -> bool {
    let accepted = |authority| {
        let parameters =
            TlsParameters::builder("localhost".to_owned()).certificate_store(CertificateStore::None);
        parameters.add_root_certificate(authority).build().is_ok()
    };
    // A text without any certificate is read as none.
    pem.windows(BEGIN.len()).any(|part| part == BEGIN) && Certificate::from_pem(pem).is_ok_and(accepted)
}

fn tls_parameters(url: &SmtpUrl, authority: Option<&[u8]>) -> Result<TlsParameters, SmtpError> {
    let mut parameters = TlsParameters::builder(url.host.clone());
    if let Some(pem) = authority {
        parameters = parameters
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(pem).map_err(SmtpError::Tls)?);
    }
    parameters.build().map_err(SmtpError::Tls)
}

/// A 5xx reply is final (RFC 5321 section 4.2.1), unless it is about us; all other failures may be temporary.
fn judge(error: &Error) -> SendError {
    let Some(code) = error.status().map(u16::from) else {
        return SendError::Later(
            if error.is_tls() {
                "the connection to the mail server is not safe"
            } else if error.is_timeout() {
                "the mail server took too long"
            } else if error.is_client() {
                "the mail server does not offer what is needed"
            } else {
                "the mail server cannot be reached"
            }
            .to_owned(),
        );
    };
    let reason = format!("the mail server answered {code}");
    let is_permitted = !error.source().is_some_and(|said| said.to_string().starts_with(NOT_PERMITTED));
    if error.is_permanent() && !ABOUT_US.contains(&code) && is_permitted {
        SendError::Never(reason)
    } else {
        SendError::Later(reason)
    }
}
