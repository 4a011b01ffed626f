//! Ceremonies: what was asked of a browser, until its answer comes. Each can be used once, within five minutes, by the one who
//! began it.

use std::sync::Arc;
use std::time::Duration;

use db::{Connection, DbError, LentTransaction};
use kernel::{KeyRing, NewId as _, TokenHash};

use crate::context::Context;
use crate::failure::Failure;
use crate::model::member::MemberStatus;
use crate::passkeys::ceremony::{Ceremony, CeremonyId, CeremonyPurpose, Holder};
use crate::passkeys::passkey::SigningPasskey;
use crate::passkeys::question::{PasskeyAnswer, PasskeyQuestion};
use crate::passkeys::relying_party::Asked;
use crate::passkeys::store::answers::{self, Answered};
use crate::passkeys::store::ceremonies;

/// How long a browser has for its answer, which browsers are told as well.
const CEREMONY_TIMEOUT: Duration = Duration::from_mins(5);

/// A ceremony whose answer may be looked at. It is not spent yet.
pub(crate) struct OpenCeremony {
    pub(crate) id: CeremonyId,
    /// What the relying party kept.
    pub(crate) state: Vec<u8>,
}

/// One that somebody answers who signs in, and with what.
pub(crate) struct AnsweredCeremony {
    pub(crate) ceremony: OpenCeremony,
    /// The passkey that signed, if it is known.
    pub(crate) passkey: Option<SigningPasskey>,
    /// What its owner is; `None` where they are gone.
    pub(crate) owner: Option<MemberStatus>,
}

/// Keeps ceremonies. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ceremonies {
    pub(crate) context: Context,
    pub(crate) key_ring: Arc<KeyRing>,
}

impl Ceremonies {
    /// One that is to begin: it is not kept yet.
    pub(crate) fn new_ceremony(
        &self,
        purpose: CeremonyPurpose,
        holder: Holder,
        state: &[u8],
    ) -> Result<Ceremony, Failure> {
        let (clock, randomness) = (&*self.context.clock, &*self.context.randomness);
        let id = CeremonyId::new(clock, randomness);
        let sealed = self
            .key_ring
            .seal(ceremonies::PURPOSE, &id.to_string(), state, randomness)
            .map_err(|_| Failure::Internal("a ceremony cannot be sealed"))?;
        Ok(Ceremony { id, purpose, holder, sealed, expires_at: clock.now().plus(CEREMONY_TIMEOUT) })
    }

    /// Begins one that nothing else comes with.
    pub(crate) async fn ask(
        &self,
        purpose: CeremonyPurpose,
        holder: Holder,
        Asked { options, state }: Asked,
    ) -> Result<PasskeyQuestion, Failure> {
        let ceremony = self.new_ceremony(purpose, holder, &state)?;
        let keep = async |mut tx: LentTransaction| {
            ceremonies::inserting(&ceremony).execute(&mut **tx).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(keep).await?;
        let ceremony = ceremony.id.to_string();
        Ok(PasskeyQuestion { ceremony, options })
    }

    /// That to which somebody answers in whose browser perhaps nobody is signed in.
    pub(crate) async fn find_of_browser(
        &self,
        connection: &mut Connection,
        purpose: CeremonyPurpose,
        answer: &PasskeyAnswer,
    ) -> Result<Option<OpenCeremony>, DbError> {
        let Some(browser) = answer.browser else { return Ok(None) };
        self.find(connection, &answer.ceremony, purpose, &Holder::Browser(browser)).await
    }

    /// The ceremony that a browser names, if it is for this, for them, and not over. One that was sealed with a key that is
    /// gone counts as over.
    pub(crate) async fn find(
        &self,
        connection: &mut Connection,
        id: &str,
        purpose: CeremonyPurpose,
        holder: &Holder,
    ) -> Result<Option<OpenCeremony>, DbError> {
        let Ok(id) = CeremonyId::parse(id) else { return Ok(None) };
        let found = ceremonies::find(connection, id).await?;
        Ok(found.and_then(|ceremony| self.open(&ceremony, purpose, holder)))
    }

    /// The ceremony to which a browser answers that signs in, by the same rules, and the passkey with which it does: both are read at
    /// once.
    pub(crate) async fn find_answered(
        &self,
        connection: &mut Connection,
        id: &str,
        browser: Option<TokenHash>,
        credential_id: &[u8],
    ) -> Result<Option<AnsweredCeremony>, DbError> {
        let (Ok(id), Some(browser)) = (CeremonyId::parse(id), browser) else { return Ok(None) };
        let Some(found) = answers::find(connection, id, credential_id).await? else { return Ok(None) };
        let Answered { ceremony, passkey, owner } = found;
        let ceremony = self.open(&ceremony, CeremonyPurpose::SignIn, &Holder::Browser(browser));
        Ok(ceremony.map(|ceremony| AnsweredCeremony { ceremony, passkey, owner }))
    }

    fn open(&self, ceremony: &Ceremony, purpose: CeremonyPurpose, holder: &Holder) -> Option<OpenCeremony> {
        let now = self.context.clock.now();
        if ceremony.purpose != purpose || !ceremony.holder.is(holder) || now >= ceremony.expires_at {
            return None;
        }
        let id = ceremony.id;
        let state = self.key_ring.open(ceremonies::PURPOSE, &id.to_string(), &ceremony.sealed);
        state.ok().map(|state| OpenCeremony { id, state })
    }
}
