//! The code of a request that was granted, and what is kept of the consent to it, in one transaction.

use std::time::Duration;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction};
use kernel::OpaqueToken;
use names::Source;

use super::asked::{Agreed, Asked, Person};
use super::failure::AuthorizeFailure;
use super::{dpop_jkt, pkce, scope};
use crate::server::Context;
use crate::store::codes::{self, Code};
use crate::store::consents::{self, Given};
use crate::store::requests;

/// How long a code can be redeemed (S-AS-6).
const CODE_LIFETIME: Duration = Duration::from_mins(1);
/// How long a spent code is recognised (S-AS-7).
const SPENT_RETENTION: Duration = Duration::from_hours(1);
/// The least difference of two times here.
const CLOCK_RESOLUTION: Duration = Duration::from_millis(1);

/// What a code is made for, alongside what the request says.
#[derive(Clone, Copy)]
pub(crate) struct Issuing<'a> {
    /// Where the person goes back to.
    pub(crate) redirect_uri: &'a str,
    /// The request, where it is stored.
    pub(crate) stored: Option<&'a OpaqueToken>,
    /// The request that the person sends now.
    pub(crate) source: &'a Source,
}

/// Makes the code of a request that was checked; `None` when the person withdrew their consent at the same time.
pub(crate) async fn issue(
    context: &Context,
    asked: &Asked<'_>,
    issuing: Issuing<'_>,
) -> Result<Option<OpaqueToken>, AuthorizeFailure> {
    match try_issue(context, asked, issuing).await {
        // Another tab was faster: the second try finds the consent.
        Err(AuthorizeFailure::Db(DbError::Exists(_))) => try_issue(context, asked, issuing).await,
        result => result,
    }
}

async fn try_issue(
    context: &Context,
    asked: &Asked<'_>,
    Issuing { redirect_uri, stored, source }: Issuing<'_>,
) -> Result<Option<OpaqueToken>, AuthorizeFailure> {
    let unchecked = AuthorizeFailure::Internal("a request was granted that was not checked");
    let Some(person) = asked.person else {
        return Err(unchecked);
    };
    let secret = OpaqueToken::new(&*context.randomness);
    let code = Code {
        client_id: asked.client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        challenge: pkce::challenge(asked.parameters),
        subject: person.member,
        session: person.session,
        scope: scope::granted(asked.parameters, asked.client),
        audience: context.audience(asked.parameters.get("resource")),
        nonce: asked.parameters.get("nonce").map(str::to_owned),
        auth_time: person.auth_time,
        proven_by: Some(person.proven_by),
        method: Some(person.method),
        key: dpop_jkt::key(asked.parameters),
        redeemable_until: asked.now.plus(CODE_LIFETIME),
    };
    let given = given(asked, person, &code);
    let insert = async |mut tx: LentTransaction| {
        match asked.agreed {
            Agreed::Now => {
                consents::give(&mut tx, &given).await?;
                let agreed = AuditEvent::new(AuditKind::ConsentGiven, source).about(person.member.uuid());
                let agreed = agreed.with_client(asked.client.id.as_str());
                context.services.audit.record(&mut tx, &agreed).await?;
            }
            // A concurrent withdrawal waits for this row, or this waits for it.
            Agreed::Before(_) if !consents::touch(&mut tx, &given).await? => return Ok(tx.roll_back(false)),
            Agreed::Before(_) | Agreed::ToNothing => {}
        }
        if let Some(stored) = stored {
            // A sign-in at this very moment was for the code that is given now.
            requests::wait_again(&mut tx, &stored.hash(), asked.now.plus(CLOCK_RESOLUTION)).await?;
        }
        codes::insert(&mut tx, &secret.hash(), &code, asked.now.plus(SPENT_RETENTION)).await?;
        Ok::<_, AuthorizeFailure>(tx.commit(true))
    };
    Ok(context.services.db.transact(insert).await?.then_some(secret))
}

fn given<'a>(asked: &Asked<'a>, person: Person, code: &'a Code) -> Given<'a> {
    Given { member: person.member, client_id: &asked.client.id, scope: &code.scope, now: asked.now }
}
