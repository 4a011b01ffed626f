//! What the endpoints of operations work with.

use std::sync::Arc;

use axum::extract::FromRef;
use db::{Database, DbError};
use http::HeaderMap;
use kernel::{Clock, MasterKeyId, Timestamp};
use members::Failure;
use names::Level;
use tokens::Tokens;
use web::guard::Authenticate;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, endpoint_error};

use crate::api::AdminApi;
use crate::operations::bus::Bus;
use crate::operations::clients::ClientBook;
use crate::operations::dead_letters::DeadLetters;
use crate::operations::health::Health;
use crate::operations::long_work::LongWork;
use crate::operations::mail_queue::MailQueue;
use crate::operations::receivers::Receivers;
use crate::operations::refused::Refused;
use crate::operator::Operator;
use crate::reason::{MailEmptied, MasterKeysDiffer, WorkRuns};

/// What operators see of the program at work, and do with it.
pub struct Operations {
    /// The database, for what needs nothing else.
    pub db: Database,
    /// The clock, which tests move.
    pub clock: Arc<dyn Clock>,
    /// Events on their way.
    pub bus: Bus,
    /// Events that consumers could not deal with.
    pub dead_letters: DeadLetters,
    /// Mails that wait or were given up.
    pub mails: MailQueue,
    /// Who is sent webhooks.
    pub receivers: Receivers,
    /// What is wrong now.
    pub health: Health,
    /// Whom limits refused.
    pub refused: Refused,
    /// Work that takes long.
    pub long_work: LongWork,
    /// Sealing everything again.
    pub resealed: ToReseal,
    /// Clients of the authorization server.
    pub clients: ClientBook,
    /// Keys and tokens.
    pub tokens: Tokens,
}

/// What sealing everything again is.
#[derive(Clone, Copy, Debug)]
pub struct ToReseal {
    /// How many steps it takes.
    pub steps: usize,
    /// With which master key this program seals.
    pub newest: MasterKeyId,
}

/// A route of the program.
#[derive(Clone, Debug)]
pub struct OwnRoute {
    /// The method.
    pub method: &'static str,
    /// The path, with placeholders.
    pub path: &'static str,
    /// What is asked of the caller.
    pub guard: String,
}

/// What the endpoints of operations work with. Cheap to clone.
#[derive(Clone)]
pub struct OperationsApi {
    /// Who calls.
    pub admin: AdminApi,
    /// What they see and do.
    pub operations: Arc<Operations>,
    /// The program's own routes.
    pub routes: Arc<[OwnRoute]>,
}

impl FromRef<OperationsApi> for Arc<Operations> {
    fn from_ref(api: &OperationsApi) -> Self {
        Arc::clone(&api.operations)
    }
}

/// Operators are known as in the rest of the administration.
impl Authenticate for OperationsApi {
    type Caller = Operator;

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Operator>, Refusal> {
        self.admin.authenticate(headers).await
    }

    fn now(&self) -> Timestamp {
        self.admin.now()
    }

    async fn attainable(&self, caller: &Operator) -> Result<Level, Refusal> {
        self.admin.attainable(caller).await
    }
}

endpoint_error! {
    /// Why something is not shown, or stays as it is.
    pub(crate) enum OperationError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        WorkRuns(WorkRuns);
        MasterKeysDiffer(MasterKeysDiffer);
        Emptied(MailEmptied);
        Failed(Failure) from DbError;
    }
}
