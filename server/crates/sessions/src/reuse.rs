//! Reuse of a spent refresh token.

use audit::{AuditEvent, AuditKind};
use db::Transaction;
use names::{Language, Source};
use tokens::Family;

use crate::error::SessionsError;
use crate::tokens_of_session::SessionFamilies;

impl SessionFamilies {
    /// Records that a spent token was presented, and tells the owner: a token was probably stolen. A family ends once, so there
    /// is one row and one mail for it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_reuse(
        &self,
        tx: &mut Transaction,
        family: &Family,
        source: &Source,
        language: Option<Language>,
    ) -> Result<(), SessionsError> {
        tx.after_commit(|| metrics::counter!("daemun_refresh_reuse_total").increment(1));
        let member = family.subject;
        self.members.notices.tell_of_reuse(tx, member, language).await?;
        let reused = AuditEvent::new(AuditKind::TokenReuse, source).failed("reused");
        let reused = reused.about(member.uuid()).with_client(family.client_id.as_str());
        Ok(self.context.audit.record(tx, &reused).await?)
    }
}
