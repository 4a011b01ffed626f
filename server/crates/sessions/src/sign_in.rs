//! `POST /api/auth/signin/{provider}`: begins a login, for which the browser goes to the provider.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use db::DbError;
use http::StatusCode;
use http::header::LOCATION;
use limits::{LimitError, LimitExceeded};
use names::ProviderName;
use providers::{BeginError, LinkFor, NewLogin, Prompt};
use serde::Deserialize;
use utoipa::ToSchema;
use web::headers::{KEEPS_OPENER, leads_to_app};
use web::{Browser, ClientAddress, Refusal, RequestContext, ReturnTo, StrictForm};

use crate::error::{SessionsError, endpoint_error};
use crate::provider_logins::ProviderLogins;
use crate::reason::{BadForm, TooManySignIns, UnknownProvider};
use crate::state::Sessions;

endpoint_error! {
    /// Why no login begins.
    pub(crate) enum BeginLoginError {
        Form(BadForm) from Refusal;
        UnknownProvider(UnknownProvider);
        TooMany(TooManySignIns);
        Failed(SessionsError) from DbError;
    }
    sign_in: TooMany;
}

/// The form that begins a login at a provider.
#[derive(Deserialize, ToSchema)]
pub(crate) struct BeginLoginForm {
    #[schema(nullable = false, example = "/me")]
    pub(crate) return_to: Option<String>,
    /// `login`: the person is to prove again who they are, even if the provider knows them.
    #[schema(nullable = false, example = "login")]
    pub(crate) prompt: Option<String>,
}

impl BeginLoginForm {
    fn prompt(&self) -> Prompt {
        if self.prompt.as_deref() == Some("login") { Prompt::Login } else { Prompt::Account }
    }
}

/// Begins a login: a new transaction, bound to this browser, and a redirect to the provider.
pub(crate) async fn post(
    State(sessions): State<Arc<Sessions>>,
    Path(provider): Path<String>,
    context: RequestContext,
    browser: Browser,
    form: Result<StrictForm<BeginLoginForm>, Refusal>,
) -> Result<Response, BeginLoginError> {
    let provider = ProviderName::parse(&provider).ok_or(UnknownProvider)?;
    let StrictForm(form) = form?;
    let return_to = form.return_to.as_deref().map_or_else(ReturnTo::home, ReturnTo::parse);
    let request = LoginRequest { client: context.network, return_to, link: None, prompt: form.prompt() };
    sessions.provider_logins.begin_login(provider, request, &browser).await
}

/// What the login that a browser begins is for.
pub(crate) struct LoginRequest {
    pub(crate) client: Option<ClientAddress>,
    pub(crate) return_to: ReturnTo,
    pub(crate) link: Option<LinkFor>,
    pub(crate) prompt: Prompt,
}

impl ProviderLogins {
    /// Begins a login, to sign in or to link, and sends the browser to the provider.
    pub(crate) async fn begin_login(
        &self,
        provider: ProviderName,
        LoginRequest { client, return_to, link, prompt }: LoginRequest,
        Browser { headers, cookies }: &Browser,
    ) -> Result<Response, BeginLoginError> {
        self.admit(client).await?;
        let browser = self.browser_cookie.read_or_new(headers, &*self.context.randomness);
        let is_for_app = leads_to_app(return_to.as_str());
        let new = NewLogin { browser: &browser, client, return_to: &return_to, link, prompt };
        let authorize = self.providers.begin(&self.context.db, provider, new).await.map_err(refused)?;
        cookies.add(self.browser_cookie.cookie(&browser));
        let answer = (StatusCode::SEE_OTHER, [(LOCATION, authorize.as_str())]);
        Ok(if is_for_app { ([KEEPS_OPENER], answer).into_response() } else { answer.into_response() })
    }

    async fn admit(&self, client: Option<ClientAddress>) -> Result<(), BeginLoginError> {
        let Some(client) = client else {
            return Err(SessionsError::Internal("a request without a client address").into());
        };
        let attempt = self.limiter.attempt("sessions.sign_ins", self.sign_ins, &client.limit_key());
        self.limiter.count_all(&self.context.db, &[attempt]).await.map_err(|error| match error {
            LimitError::Exceeded(exceeded) => TooManySignIns(exceeded).into(),
            LimitError::Db(error) => error.into(),
        })
    }
}

fn refused(error: BeginError) -> BeginLoginError {
    match error {
        BeginError::NotEnabled => UnknownProvider.into(),
        BeginError::TooMany => TooManySignIns(LimitExceeded { retry_after: Duration::from_mins(1) }).into(),
        BeginError::Db(error) => error.into(),
        BeginError::Seal(_) => SessionsError::Internal("a login transaction cannot be made").into(),
    }
}
