//! The same code of a sign-in's second step again: a double click, an answer that got lost (decision 40).
//!
//! A code counts once. But the browser that sent it a moment ago and sends it again gets the answer of the first time, on every
//! replica, until [`REPEAT_WINDOW`] is over.

use db::{Database, DbError, Transaction};
use kernel::{NewId as _, Purpose, TokenHash};
use names::SignInMethod;
use zeroize::Zeroizing;

use crate::browser_binding::BrowserBinding;
use crate::login::Providers;
use crate::login_answer::LoginAnswer;
use crate::repeat::REPEAT_WINDOW;
use crate::store::answers::{self, AnsweredCode};
use crate::transaction::TransactionId;

const SENT: Purpose = Purpose::new("second-step-sent");

/// A code as a browser sent it.
#[derive(Clone, Copy)]
pub struct SentCode<'a> {
    /// From which browser.
    pub browser: &'a BrowserBinding,
    /// What was typed.
    pub code: &'a str,
}

impl Providers {
    /// Keeps what the second step of a sign-in is answered with, which began by `method`, within the caller's transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_answer_to_code(
        &self,
        tx: &mut Transaction,
        sent: SentCode<'_>,
        method: SignInMethod,
        answer: &LoginAnswer,
    ) -> Result<(), DbError> {
        let id = TransactionId::new(&*self.clock, &*self.randomness);
        // Where it cannot be sealed, the answer cannot be repeated.
        let Some(answer) = self.seal_answer(id, answer) else { return Ok(()) };
        let (sent, browser) = (self.fingerprint(sent), sent.browser.hash());
        let end = self.clock.now().plus(REPEAT_WINDOW);
        answers::put(tx, AnsweredCode { id, method, sent: &sent, browser: &browser, answer }, end).await
    }

    /// What the same browser was answered when it sent the same code a moment ago.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn answer_to_code(
        &self,
        db: &Database,
        sent: SentCode<'_>,
    ) -> Result<Option<LoginAnswer>, DbError> {
        let (fingerprint, browser) = (self.fingerprint(sent), sent.browser.hash());
        let mut reader = db.read().await?;
        let found = answers::find_sent(&mut reader, &fingerprint, &browser, self.clock.now()).await?;
        Ok(found.and_then(|found| self.open_answer(found.id, &found.answer)))
    }

    /// Under a key of ours, since a code is short.
    fn fingerprint(&self, SentCode { browser, code }: SentCode<'_>) -> TokenHash {
        let mut message = Zeroizing::new(browser.hash().as_bytes().to_vec());
        message.extend_from_slice(code.as_bytes());
        TokenHash::of(&self.key_ring.authenticate(SENT, &message))
    }
}
