//! A form whose effect is single-use and that is sent again because its answer was lost (decision 40).
//!
//! What a mail proves is spent at its first use. The browser that used it a moment ago may send the same form again and is told
//! that it is done; nothing is done a second time. For everybody else the proof is spent.

use std::sync::Arc;
use std::time::Duration;

use db::{DbError, Transaction};
use kernel::{KeyRing, Purpose};
use names::MemberId;
use web::RequestContext;
use web::request_context::BrowserHash;

use crate::context::Context;
use crate::model::mail_proof::Proof;
use crate::store::answered_forms;

/// How long a form is recognised.
const REPEAT_WINDOW: Duration = Duration::from_secs(20);

const PURPOSE: Purpose = Purpose::new("answered-form");

/// What was sent: what to do, and with which proof.
#[derive(Clone, Copy)]
pub(crate) enum Sent<'a> {
    /// A mailbox was proven, to finish a sign-up.
    ProveMailbox(&'a Proof),
    /// A new address was proven.
    ProveNewAddress(&'a Proof),
    /// A password was reset.
    Reset(&'a Proof),
    /// An account was kept.
    Keep(&'a Proof),
    /// Second factors were kept.
    KeepFactors(&'a Proof),
    /// The deletion of one's own account was asked for.
    Delete,
    /// One's own password was changed.
    ChangePassword,
    /// A sign-in method was removed, by what the form calls it.
    Unlink(&'a str),
}

impl Sent<'_> {
    fn text(self) -> String {
        let (name, proof) = match self {
            Self::Unlink(method) => return format!("unlink {method}"),
            Self::ChangePassword => ("change-password", None),
            Self::ProveMailbox(proof) => ("prove-mailbox", Some(proof)),
            Self::ProveNewAddress(proof) => ("prove-new-address", Some(proof)),
            Self::Reset(proof) => ("reset", Some(proof)),
            Self::Keep(proof) => ("keep", Some(proof)),
            Self::KeepFactors(proof) => ("keep-factors", Some(proof)),
            Self::Delete => ("delete", None),
        };
        match proof {
            Some(Proof::Token(token)) => format!("{name} {}", token.text()),
            Some(Proof::Code { address, code }) => format!("{name} {} {}", address.as_str(), code.text()),
            None => name.to_owned(),
        }
    }
}

/// Recognises forms that a browser sent a moment ago. Cheap to clone.
#[derive(Clone)]
pub struct AnsweredForms {
    pub(crate) context: Context,
    pub(crate) key_ring: Arc<KeyRing>,
}

impl AnsweredForms {
    /// Remembers what a browser's form did, within the transaction that does it. Programs are not recognised.
    pub(crate) async fn remember(
        &self,
        tx: &mut Transaction,
        sent: Sent<'_>,
        member: MemberId,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        if let Some(fingerprint) = self.fingerprint(sent, context) {
            answered_forms::put(tx, &fingerprint, member, self.context.clock.now().plus(REPEAT_WINDOW))
                .await?;
        }
        Ok(())
    }

    /// For whom the same form did the same a moment ago, sent by the same browser.
    pub(crate) async fn find(
        &self,
        sent: Sent<'_>,
        context: &RequestContext,
    ) -> Result<Option<MemberId>, DbError> {
        let Some(fingerprint) = self.fingerprint(sent, context) else { return Ok(None) };
        let mut reader = self.context.db.read().await?;
        answered_forms::find(&mut reader, &fingerprint, self.context.clock.now()).await
    }

    fn fingerprint(&self, sent: Sent<'_>, context: &RequestContext) -> Option<[u8; 32]> {
        let BrowserHash(browser) = context.browser?;
        let mut message = browser.as_bytes().to_vec();
        message.extend_from_slice(sent.text().as_bytes());
        Some(self.key_ring.authenticate(PURPOSE, &message))
    }
}
