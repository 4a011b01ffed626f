//! A member's own sessions: the list of `/me/sessions`, and `POST /api/auth/sessions/end`, for browsers and
//! [apps](crate::own_apps::OwnApp) alike.

use std::sync::Arc;

use audit::AuditEvent;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use db::{Connection, LentTransaction};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use members::Context;
use names::{AuditKind, MemberId, SessionId, SignInMethod, Source, path};
use serde::Deserialize;
use tokens::{EndReason, Tokens};
use utoipa::ToSchema;
use web::guard::SignedIn;
use web::{Browser, Refusal, RequestContext, StrictForm};

use crate::device::Device;
use crate::error::{SessionsError, endpoint_error};
use crate::reason::BadForm;
use crate::remembered_devices::RememberedDevices;
use crate::session::{Current, Session};
use crate::store;

/// More than anybody has: a bound on the size of the page.
pub(crate) const MAX_LISTED: u32 = 200;

/// One of a member's sessions, as its owner recognises it.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// The session.
    pub session: Session,
    /// On which device it began.
    pub device: Device,
    /// What that device called itself.
    pub user_agent: String,
    /// In which network, as [`web::ClientAddress::network`] writes it.
    pub network: String,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

endpoint_error! {
    /// Why no session is ended.
    pub(crate) enum EndError {
        Form(BadForm) from Refusal;
        Failed(SessionsError);
    }
}

/// Which sessions to end.
enum Which {
    One(SessionId),
    Others,
}

/// Which sessions to end, as a form says it.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Ending {
    #[schema(required = true, nullable = false, value_type = String, example = "others")]
    session: Option<String>,
}

/// Ends one session by its id, or all but this one (`others`), and goes back to the list. Signing out here and
/// everywhere is `POST /api/auth/signout`. Without a limit: somebody with a stolen session could use it up, and keep the owner from ending
/// that session.
pub(crate) async fn end(
    SignedIn { caller: current, .. }: SignedIn<Arc<Current>>,
    State(own): State<OwnSessions>,
    context: RequestContext,
    browser: Browser,
    form: Result<StrictForm<Ending>, Refusal>,
) -> Result<Response, EndError> {
    let which = match form?.0.session.as_deref() {
        Some("others") => Which::Others,
        Some(id) => Which::One(SessionId::parse(id).map_err(|_| unknown_session())?),
        None => return Err(unknown_session().into()),
    };
    match which {
        Which::One(id) => own.end_one(&current, id, &context.source).await?,
        Which::Others => own.end_others(&current, &browser.headers, &context.source).await?,
    }
    Ok((StatusCode::SEE_OTHER, [(LOCATION, path::SESSIONS)]).into_response())
}

fn unknown_session() -> Refusal {
    Refusal::field("session", "the id of one of your sessions, or `others`")
}

/// What a member sees and ends of their own sessions, in browsers and apps.
#[derive(Clone)]
pub struct OwnSessions {
    pub(crate) context: Context,
    pub(crate) tokens: Tokens,
    pub(crate) devices: RememberedDevices,
}

impl OwnSessions {
    /// The living sessions of a member, the one used last first, at most 200. `here` is the one that asks, if one does.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn sessions_of(
        &self,
        member: MemberId,
        here: Option<SessionId>,
    ) -> Result<Vec<OwnSession>, SessionsError> {
        self.sessions_within(&mut *self.context.db.read().await?, member, here).await
    }

    /// The same within what is being done.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sessions_within(
        &self,
        connection: &mut Connection,
        member: MemberId,
        here: Option<SessionId>,
    ) -> Result<Vec<OwnSession>, SessionsError> {
        let rows = store::of_member(connection, member, self.context.clock.now(), MAX_LISTED).await?;
        let own = |(session, user_agent, network): (Session, String, String)| OwnSession {
            device: Device::of(&user_agent),
            user_agent,
            network,
            is_current: here == Some(session.id),
            session,
        };
        Ok(rows.into_iter().map(own).collect())
    }

    /// Ends a session of a member, in a browser or an app. One that is not theirs, or has ended already, is not an error.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_one(
        &self,
        current: &Current,
        id: SessionId,
        source: &Source,
    ) -> Result<(), SessionsError> {
        let member = current.member.id;
        let end = async |mut tx: LentTransaction| {
            let method = match store::find_of_member(&mut tx, id, member).await? {
                Some(session) => {
                    store::delete_by_id(&mut tx, id).await?;
                    self.tokens.revoker.revoke_session(&mut tx, id, EndReason::SignedOutElsewhere).await?;
                    session.method
                }
                // An app has no other sign-in method.
                None if self.end_app(&mut tx, id, member).await? => SignInMethod::Password,
                None => return Ok(tx.roll_back(false)),
            };
            let ended = AuditEvent::new(AuditKind::SessionEnded, source).about(member.uuid());
            self.context.audit.record(&mut tx, &ended.by_method(method.as_str())).await?;
            Ok::<_, SessionsError>(tx.commit(true))
        };
        if self.context.db.transact(end).await? {
            self.tokens.feed.read().await?;
        }
        Ok(())
    }

    /// In none of the other browsers is a sign-in spared the code from then on. Where there is no other, nothing is written.
    async fn end_others(
        &self,
        current: &Current,
        headers: &HeaderMap,
        source: &Source,
    ) -> Result<(), SessionsError> {
        let (kept, member) = (current.session.id, current.member.id);
        let end = async |mut tx: LentTransaction| {
            let sessions = store::delete_others(&mut tx, member, kept).await?;
            let devices = self.devices.delete_others(&mut tx, headers, member).await?;
            let revoker = &self.tokens.revoker;
            let apps = revoker.revoke_others(&mut tx, member, kept, EndReason::SignedOutElsewhere).await?;
            if sessions + devices + apps == 0 {
                return Ok(tx.roll_back(false));
            }
            let ended = AuditEvent::new(AuditKind::OtherSessionsEnded, source).about(member.uuid());
            self.context.audit.record(&mut tx, &ended).await?;
            Ok::<_, SessionsError>(tx.commit(true))
        };
        if self.context.db.transact(end).await? {
            self.tokens.feed.read().await?;
        }
        Ok(())
    }
}
