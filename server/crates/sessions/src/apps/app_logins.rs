//! The service behind the endpoints of apps. The flows are in files of their own.

use std::sync::Arc;

use members::{Context, Members};
use tokens::{Scope, Tokens};

use crate::begin::SessionStarts;
use crate::second_step::ask::SecondSteps;
use crate::tokens_of_session::SessionFamilies;

/// The sign-ins of apps that keep their own tokens.
pub struct AppLogins {
    pub(crate) context: Context,
    pub(crate) tokens: Tokens,
    pub(crate) members: Arc<Members>,
    pub(crate) scope: Scope,
    pub(crate) starts: Arc<SessionStarts>,
    pub(crate) families: Arc<SessionFamilies>,
    pub(crate) second_steps: SecondSteps,
}
