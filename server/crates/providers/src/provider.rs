//! What makes a provider: how a browser is sent there, and how a code becomes an identity.

use async_trait::async_trait;
use url::Url;

use crate::ProviderIdentity;
use crate::client::{Client, Grant};
use crate::error::IdentifyError;
use crate::transaction::LoginSecrets;

/// One provider. Its quirks live in its file and nowhere else.
#[async_trait]
pub(crate) trait Provider: Send + Sync + std::fmt::Debug {
    /// Our registration there.
    fn client(&self) -> &Client;

    /// Where a browser goes.
    fn authorize_url(&self, state: &str, secrets: &LoginSecrets) -> Url;

    /// Who came. Provider tokens do not leave this call.
    async fn identify(&self, grant: &Grant<'_>) -> Result<ProviderIdentity, IdentifyError>;

    /// Origins besides the authorize address through which the real provider leads a browser on its way to the
    /// sign-in page, for `form-action`.
    fn continues_at(&self) -> &'static [&'static str] {
        &[]
    }
}
