//! Whether a mail server takes mails from our sender at all. A refusal does not tell which command it answers. Only that of a recipient
//! or of a mail is final: one of our sender is about `mail.from`, which an operator can correct.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::commands::Mail;
use lettre::transport::smtp::extension::ClientId;

/// What it takes to ask.
pub(crate) struct SenderProbe {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Tls,
    pub(crate) hello_name: ClientId,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) sender: Address,
    pub(crate) time_out: Duration,
}

impl SenderProbe {
    /// Begins a mail from our sender and hangs up. `false` also when the server does not answer.
    pub(crate) async fn is_taken(&self) -> bool {
        matches!(tokio::time::timeout(self.time_out, self.ask()).await, Ok(Ok(())))
    }

    async fn ask(&self) -> Result<(), Error> {
        let (implicit, required): (Option<&TlsParameters>, _) = match &self.tls {
            Tls::Wrapper(parameters) => (Some(parameters), None),
            Tls::Required(parameters) => (None, Some(parameters)),
            Tls::None | Tls::Opportunistic(_) => (None, None),
        };
        let (place, limit) = ((self.host.as_str(), self.port), Some(self.time_out));
        let connect =
            AsyncSmtpConnection::connect_tokio1(place, limit, &self.hello_name, implicit.cloned(), None);
        let mut connection = connect.await?;
        if let Some(parameters) = required {
            connection.starttls(parameters.clone(), &self.hello_name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        connection.command(Mail::new(Some(self.sender.clone()), Vec::new())).await?;
        connection.abort().await;
        Ok(())
    }
}
