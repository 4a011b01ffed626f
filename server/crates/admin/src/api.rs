//! What the endpoints of this part work with.

use std::sync::Arc;

use audit::AuditLog;
use authorization::AuthorizationServer;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use members::Members;
use names::{ErrorCode, Level};
use sessions::Sessions;
use tokens::{Subject, Tokens};
use web::Refusal;
use web::guard::Authenticate;

use crate::access::record::AccessLog;
use crate::invitations::Invitations;
use crate::operator::Operator;

/// What the endpoints of this part work with. Cheap to clone.
#[derive(Clone)]
pub struct AdminApi {
    /// Who is signed in, and where.
    pub sessions: Arc<Sessions>,
    /// The accounts.
    pub members: Arc<Members>,
    /// Tokens of clients that call, and of members who are signed out.
    pub tokens: Tokens,
    /// Where it is written down.
    pub audit: AuditLog,
    /// What apps of others have.
    pub authorization: AuthorizationServer,
    /// Where it is written down what operators see of members.
    pub access: AccessLog,
    /// Posts and who reported them; `None` where members do not write.
    pub activity: Option<activity::Context>,
    /// The zone of the days that people name.
    pub zone: TimeZone,
    /// Links that make administrators.
    pub invitations: Invitations,
}

impl AdminApi {
    /// Who sent a token of ours.
    async fn bearer(&self, headers: &HeaderMap) -> Result<Operator, Refusal> {
        let invalid = || Refusal::of(ErrorCode::TokenInvalid);
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else { return Err(invalid()) };
        let token = line.to_str().ok().and_then(|line| line.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or_else(invalid)?;
        let verified = self.tokens.verifier.verify(token.trim(), &[self.tokens.own_audience()]).await;
        let claims = verified.map_err(|error| error.refusal())?;
        Ok(match claims.subject {
            Subject::Client => {
                Operator::Client { id: claims.client_id.clone(), scope: claims.scope.clone(), at: self.now() }
            }
            Subject::Member(member) => Operator::App(member),
        })
    }
}

/// Operators are known here by their browser session as the database has it, so that a role counts from the moment on in which it is
/// given; or by a token of a client.
impl Authenticate for AdminApi {
    type Caller = Operator;

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Operator>, Refusal> {
        if headers.contains_key(AUTHORIZATION) {
            return self.bearer(headers).await.map(Some);
        }
        let current = self.sessions.lookup.current_from_database(headers).await;
        Ok(current.map_err(|error| error.refusal())?.map(Operator::Member))
    }

    fn now(&self) -> Timestamp {
        self.sessions.now()
    }

    async fn attainable(&self, caller: &Operator) -> Result<Level, Refusal> {
        match caller {
            Operator::Member(current) => self.sessions.attainable(current).await,
            Operator::Client { .. } | Operator::App(_) => Ok(Level::One),
        }
    }
}
