//! What makes a provider: how a browser is sent there, and how a code becomes an identity.

use async_trait::async_trait;
use url::Url;

use crate::client::{Client, Grant};
use crate::error::{IdentifyError, UnlinkError, WebhookError};
use crate::identity::{ProviderGrant, ProviderIdentity, Subject};
use crate::transaction::LoginSecrets;
use crate::webhook::Webhook;

/// What a person is asked at the provider who may be known there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prompt {
    /// Which account it is to be, where the provider can ask that.
    #[default]
    Account,
    /// To prove again who they are, where the provider can ask that: Google has no documented way.
    Login,
}

/// One provider. Its quirks live in its file and nowhere else.
#[async_trait]
pub(crate) trait Provider: Send + Sync + std::fmt::Debug {
    /// Our registration there.
    fn client(&self) -> &Client;

    /// Where a browser goes.
    fn authorize_url(&self, state: &str, secrets: &LoginSecrets, prompt: Prompt) -> Url;

    /// Who came. Provider tokens do not leave this call.
    async fn identify(&self, grant: &Grant<'_>) -> Result<ProviderIdentity, IdentifyError>;

    /// Gives back what a person granted us: the app leaves the list of their provider account. Asking twice does no harm.
    async fn unlink(&self, subject: &Subject, grant: Option<&ProviderGrant>) -> Result<(), UnlinkError>;

    /// Reads a notice that a person cut the link at the provider; `None` for a provider that sends none.
    fn webhook(&self, _: &Webhook<'_>) -> Option<Result<Subject, WebhookError>> {
        None
    }

    /// Origins besides the authorize address through which the real provider leads a browser on its way to the
    /// sign-in page, for `form-action`.
    fn continues_at(&self) -> &'static [&'static str] {
        &[]
    }
}
