//! What is done when nobody stopped it: the second factors of a member go, and with them everything that was reached before.

use audit::{AuditEvent, AuditKind, Outcome};
use db::{DbError, Transaction};
use names::{MailNotice, MemberId, Source};
use tokens::EndReason;

use crate::factor_reset::order::{FactorResets, has_another_way};
use crate::factor_reset::store::factor_resets::{self, FactorResetId};
use crate::failure::Failure;
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::passkeys::store::passkeys;
use crate::password::store::local_accounts;
use crate::totp::store::{recovery_codes, seeds, setups};

impl FactorResets {
    /// Takes the second factors of a member away, signs them out everywhere, and has another password set by mail: what a person
    /// knows who talked an operator into this is not enough. An order that was stopped, or whose member has set others up since, does
    /// nothing.
    pub(crate) async fn carry_out(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        id: FactorResetId,
    ) -> Result<(), Failure> {
        let waiting = factor_resets::find_waiting(tx, member).await?.filter(|waiting| waiting.id == id);
        let Some(waiting) = waiting else { return Ok(()) };
        let is_active = members::hold(tx, member).await?;
        if !factor_resets::end(tx, id).await? {
            return Ok(());
        }
        if !is_active {
            return Ok(self.note(tx, member, Outcome::Failure("not_active")).await?);
        }
        let (seed, keys) = (seeds::find(tx, member).await?, passkeys::of_member(tx, member).await?);
        let is_later = |at| at > waiting.ordered_at;
        let is_gone = seed.is_none() && keys.is_empty();
        // Who set one up had another one still.
        if is_gone
            || seed.is_some_and(|seed| is_later(seed.enabled_at))
            || keys.iter().any(|key| is_later(key.created_at))
        {
            return Ok(self.note(tx, member, Outcome::Failure("changed_since")).await?);
        }
        if !has_another_way(tx, member).await? {
            return Ok(self.note(tx, member, Outcome::Failure("last_sign_in_method")).await?);
        }
        for key in keys {
            passkeys::delete(tx, member, key.id).await?;
        }
        seeds::delete(tx, member).await?;
        recovery_codes::delete_all(tx, member).await?;
        setups::delete(tx, member).await?;
        local_accounts::end_password(tx, member).await?;
        self.revocation.end_everything(tx, member, EndReason::Administrator).await?;
        let (notice, now) = (MailTemplate::Notice(MailNotice::FactorsReset), self.context.clock.now());
        self.notices.tell_everywhere(tx, member, &notice, now).await?;
        Ok(self.note(tx, member, Outcome::Success).await?)
    }

    /// Records how an order ended.
    pub(crate) async fn note(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        outcome: Outcome,
    ) -> Result<(), DbError> {
        let source = Source::system();
        let ended = AuditEvent::new(AuditKind::FactorsReset, &source).ended(outcome).about(member.uuid());
        self.context.audit.record(tx, &ended).await
    }
}
