//! The state of this part's routes, from which each handler takes the service of its flow.

use std::sync::Arc;

use axum::extract::FromRef;
use http::HeaderMap;
use kernel::Timestamp;
use names::{Acr, Level};
use web::guard::Authenticate;
use web::{Refusal, Refuse as _};

use crate::caller::{Caller, Callers};
use crate::context::Context;
use crate::elsewhere::Elsewhere;
use crate::email::change_address::AddressChanges;
use crate::factor_reset::order::FactorResets;
use crate::failure::Failure;
use crate::identities::sign_in_methods::SignInMethods;
use crate::lifecycle::deletion::Deletions;
use crate::lifecycle::export::Exports;
use crate::lifecycle::keep_account::KeptAccounts;
use crate::lifecycle::prove::MailboxProofs;
use crate::lifecycle::sign_up::SignUps;
use crate::members::Members;
use crate::passkeys::own_passkeys::OwnPasskeys;
use crate::passkeys::register::NewPasskeys;
use crate::passkeys::well_known::PasskeySites;
use crate::password::change_password::PasswordChanges;
use crate::password::first_password::FirstPasswords;
use crate::password::reset::PasswordResets;
use crate::profile::me::Profiles;
use crate::profile::own_picture::Pictures;
use crate::totp::codes::OneTimeCodes;

/// The services, and who calls.
#[derive(Clone)]
pub struct MembersApi {
    /// The services.
    pub members: Arc<Members>,
    /// How a request becomes a member.
    pub callers: Arc<dyn Callers>,
    /// What other parts keep about members.
    pub elsewhere: Arc<dyn Elsewhere>,
}

impl FromRef<MembersApi> for Arc<dyn Callers> {
    fn from_ref(api: &MembersApi) -> Self {
        Self::clone(&api.callers)
    }
}

impl FromRef<MembersApi> for Arc<dyn Elsewhere> {
    fn from_ref(api: &MembersApi) -> Self {
        Self::clone(&api.elsewhere)
    }
}

/// Handlers may take these as their `State`.
macro_rules! services {
    ($($field:ident: $service:ty,)*) => {$(
        impl FromRef<MembersApi> for $service {
            fn from_ref(api: &MembersApi) -> Self {
                api.members.$field.clone()
            }
        }
    )*};
}

services! {
    context: Context,
    sign_ups: SignUps,
    mailbox_proofs: MailboxProofs,
    password_resets: PasswordResets,
    password_changes: PasswordChanges,
    first_passwords: FirstPasswords,
    address_changes: AddressChanges,
    profiles: Profiles,
    pictures: Pictures,
    sign_in_methods: SignInMethods,
    new_passkeys: Option<NewPasskeys>,
    own_passkeys: OwnPasskeys,
    passkey_sites: Option<PasskeySites>,
    deletions: Deletions,
    kept_accounts: KeptAccounts,
    exports: Exports,
    codes: OneTimeCodes,
    factor_resets: FactorResets,
}

/// Guards of this part's routes ask the program who calls.
impl Authenticate for MembersApi {
    type Caller = Caller;

    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Future<Output = Result<Option<Caller>, Refusal>> + Send + 'a {
        self.callers.find(headers)
    }

    fn now(&self) -> Timestamp {
        self.members.context.clock.now()
    }

    async fn attainable(&self, caller: &Caller) -> Result<Level, Refusal> {
        let attainable = self.members.factors.attainable(caller.member).await;
        attainable.map(Acr::level).map_err(|error| Failure::from(error).refusal())
    }
}
