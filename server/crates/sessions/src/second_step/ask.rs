//! Whether a code is asked for, and the row that waits for it.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use db::{Connection, Database, DbError, LentTransaction, Transaction};
use http::HeaderMap;
use kernel::{OpaqueToken, Timestamp, TokenHash};
use members::{Context, Failure, Member, Members, SetUpPlace, SetUpShown};
use names::{MemberId, SignInMethod, path};
use providers::{BrowserBinding, BrowserCookie, Providers};
use web::{Browser, ReturnTo};

use crate::begin::{SessionStarts, see_other};
use crate::error::SessionsError;
use crate::lookup::SessionLookup;
use crate::remembered_devices::RememberedDevices;
use crate::store;
use crate::store::second_steps::{self, SecondStepRow};

/// How long a code is waited for.
const CODE_TIMEOUT: Duration = Duration::from_mins(5);

/// The second step of sign-ins.
#[derive(Clone)]
pub struct SecondSteps {
    pub(crate) context: Context,
    pub(crate) members: Arc<Members>,
    pub(crate) providers: Providers,
    pub(crate) lookup: Arc<SessionLookup>,
    pub(crate) starts: Arc<SessionStarts>,
    pub(crate) browser_cookie: BrowserCookie,
    pub(crate) devices: RememberedDevices,
}

/// The first step: who was right, by what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstStep {
    pub(crate) member: MemberId,
    pub(crate) method: SignInMethod,
    /// Which password it was.
    pub(crate) password_at: Option<Timestamp>,
}

/// A sign-in that waits, as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingSignIn {
    /// The member whose sign-in waits for a code.
    pub member: MemberId,
    /// Whether the first step was the password; otherwise a provider.
    pub by_password: bool,
    /// Where it leads.
    pub return_to: String,
    /// Where its member sets codes up first, because a role of theirs needs a second factor.
    pub set_up: Option<SetUpPlace>,
}

impl SecondSteps {
    /// Whether a member who came by `method` is asked for a code in the browser that sent these headers: it is not remembered, or
    /// they are signed in there already and are to prove once more who they are. A member who needs a second factor and has none is
    /// asked for the first code of one.
    pub(crate) async fn is_due_in_browser(
        &self,
        tx: &mut Transaction,
        FirstStep { member, method, .. }: FirstStep,
        headers: &HeaderMap,
    ) -> Result<bool, DbError> {
        if self.members.required_factors.are_lacking_of(tx, member).await? {
            return Ok(true);
        }
        let here = match self.starts.cookie.handle(headers) {
            Some(handle) => store::find(tx, &handle.hash()).await?,
            None => None,
        };
        if here.is_some_and(|session| session.member == member) {
            return self.members.codes.are_on(tx, member).await;
        }
        Ok(self.members.codes.are_asked_for(tx, member, method).await?
            && !self.devices.is_known(tx, headers, member).await?)
    }

    /// Whether a member needs a second factor and has none.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn lacks_factor(&self, connection: &mut Connection, member: &Member) -> Result<bool, DbError> {
        self.members.required_factors.are_lacking(connection, member).await
    }

    /// The same where nothing else is read by the same connection.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn lacks_factor_in(&self, db: &Database, member: &Member) -> Result<bool, DbError> {
        self.members.required_factors.are_lacking_in(db, member).await
    }

    /// The same for an app, which nobody remembers.
    pub(crate) async fn is_due_in_app(
        &self,
        tx: &mut Transaction,
        FirstStep { member, method, .. }: FirstStep,
    ) -> Result<bool, DbError> {
        self.members.codes.are_asked_for(tx, member, method).await
    }

    /// Lets the sign-in wait for a code, in this browser alone.
    pub(crate) async fn wait_in_browser(
        &self,
        tx: &mut Transaction,
        first: FirstStep,
        browser: &BrowserBinding,
        return_to: &str,
    ) -> Result<(), Failure> {
        let challenge = self.wait(tx, first, Some(&browser.hash()), return_to).await?;
        if self.members.required_factors.are_lacking_of(tx, first.member).await? {
            let (place, end) =
                (SetUpPlace::waiting(&challenge.hash()), self.context.clock.now().plus(CODE_TIMEOUT));
            self.members.codes.begin_within(tx, first.member, place, end).await?;
        }
        Ok(())
    }

    /// Lets the sign-in of an app wait for a code, which comes with what this answers.
    pub(crate) async fn wait_in_app(&self, first: FirstStep) -> Result<OpaqueToken, SessionsError> {
        let wait = async |mut tx: LentTransaction| {
            let challenge = self.wait(&mut tx, first, None, "/").await?;
            Ok::<_, SessionsError>(tx.commit(challenge))
        };
        self.context.db.transact(wait).await
    }

    /// Lets the sign-in wait, and sends the browser to where the code is typed.
    pub(crate) async fn ask(
        &self,
        first: FirstStep,
        return_to: &ReturnTo,
        Browser { headers, cookies }: &Browser,
    ) -> Result<Response, SessionsError> {
        let binding = self.browser_cookie.read_or_new(headers, &*self.context.randomness);
        let wait = async |mut tx: LentTransaction| {
            self.wait_in_browser(&mut tx, first, &binding, return_to.as_str()).await?;
            Ok::<_, SessionsError>(tx.commit(()))
        };
        self.context.db.transact(wait).await?;
        cookies.add(self.browser_cookie.cookie(&binding));
        Ok(see_other(path::SECOND_STEP))
    }

    async fn wait(
        &self,
        tx: &mut Transaction,
        FirstStep { member, method, password_at }: FirstStep,
        browser: Option<&TokenHash>,
        return_to: &str,
    ) -> Result<OpaqueToken, DbError> {
        let challenge = OpaqueToken::new(&*self.context.randomness);
        let return_to = return_to.to_owned();
        let step = SecondStepRow { challenge: challenge.hash(), member, method, password_at, return_to };
        second_steps::insert(tx, &step, browser, self.context.clock.now().plus(CODE_TIMEOUT)).await?;
        Ok(challenge)
    }

    /// The sign-in that waits in the browser that sent these headers.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn waiting_in(&self, headers: &HeaderMap) -> Result<Option<WaitingSignIn>, SessionsError> {
        let Some(browser) = self.browser_cookie.read(headers) else { return Ok(None) };
        let Some(step) = self.step_of_browser(&browser).await? else { return Ok(None) };
        let SecondStepRow { challenge, member, method, return_to, .. } = step;
        let mut reader = self.context.db.read().await?;
        let is_lacking = self.members.required_factors.are_lacking_of(&mut reader, member).await?;
        if !is_lacking && !self.members.codes.are_on(&mut reader, member).await? {
            // They were turned off since, or the factor that was needed was set up in another sign-in: a new one asks for what there is.
            return Ok(None);
        }
        Ok(Some(WaitingSignIn {
            member,
            by_password: method == SignInMethod::Password,
            return_to,
            set_up: is_lacking.then(|| SetUpPlace::waiting(&challenge)),
        }))
    }

    /// What the device of a member is to learn whose sign-in waits at `place` until they have a second factor. `None`: another one has
    /// begun since.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn shown_at(
        &self,
        member: MemberId,
        place: SetUpPlace,
    ) -> Result<Option<SetUpShown>, SessionsError> {
        let found = {
            let mut reader = self.context.db.read().await?;
            members::find(&mut reader, member).await?
        };
        let account = found.map(|found| found.email.unwrap_or(found.nickname)).unwrap_or_default();
        Ok(self.members.codes.shown_in(member, place, &account).await?)
    }

    /// Where a sign-in was to lead that does not wait any more in the browser that sent these headers, as long as that is known;
    /// `None` if there was none, or it came to its end.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn left_in(&self, headers: &HeaderMap) -> Result<Option<ReturnTo>, SessionsError> {
        let Some(browser) = self.browser_cookie.read(headers) else { return Ok(None) };
        let mut reader = self.context.db.read().await?;
        let left = second_steps::return_to_of_browser(&mut reader, &browser.hash()).await?;
        Ok(left.as_deref().map(ReturnTo::parse))
    }

    /// For how many days a browser is remembered; `None` where none is.
    pub fn remembered_days(&self) -> Option<u64> {
        const SECONDS_PER_DAY: u64 = 24 * 60 * 60;
        self.devices.are_kept().then(|| self.devices.life.as_secs().div_ceil(SECONDS_PER_DAY))
    }

    pub(crate) async fn step_of_browser(
        &self,
        browser: &BrowserBinding,
    ) -> Result<Option<SecondStepRow>, SessionsError> {
        let mut reader = self.context.db.read().await?;
        let now = self.context.clock.now();
        Ok(second_steps::find_of_browser(&mut reader, &browser.hash(), now).await?)
    }

    pub(crate) async fn step_of(
        &self,
        challenge: &OpaqueToken,
    ) -> Result<Option<SecondStepRow>, SessionsError> {
        let mut reader = self.context.db.read().await?;
        Ok(second_steps::find(&mut reader, &challenge.hash(), self.context.clock.now()).await?)
    }
}
