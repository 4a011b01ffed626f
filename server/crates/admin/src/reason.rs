//! The reasons for which requests are refused: what HTTP says of each, here and nowhere else.

use names::ErrorCode;
use web::{Refusal, Refuse};

web::reasons! {
    /// The link is unknown, was used, or its hour is over.
    InvitationInvalid: "the link is no invitation" => InvitationInvalid, "bad_invitation";
    /// Tokens with the role may still be on their way, so it cannot be given back yet.
    RoleTakenLately: "the role was taken away a moment ago" => RoleTakenLately, "taken_lately";
    /// The account goes when its grace is over.
    AccountDeleting: "the account is to be deleted" => AccountDeleting, "deleting";
    /// Nobody can sign in to it, and so nobody could keep it.
    AccountDisabled: "the account is disabled" => AccountDisabled, "disabled";
    /// No address of theirs waits for its proof.
    NoProofWaits: "no address waits for its proof" => NoProofWaits, "no_proof_waits";
    /// There is a client of this id.
    ClientExists: "there is such a client" => ClientExists;
    /// The configuration has it.
    ClientConfigured: "the client is in the configuration" => ClientConfigured;
    /// Its method has none.
    ClientHasNoSecret: "the client has no secret" => ClientHasNoSecret;
    /// Work that takes long is not begun twice at once.
    WorkRuns: "the same is being done already" => LongWorkRuns;
    /// A mail with a link or a code that was given up has lost its content.
    MailEmptied: "the mail has lost its content" => MailEmptied, "emptied";
    /// A client has no account.
    MembersOnly: "a client has no account" => MembersOnly;
}

/// A member cannot have this role, or no more roles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RoleImpossible(pub String);

impl Refuse for RoleImpossible {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::RoleImpossible).saying(self.0.clone())
    }
}

/// Replicas seal with another master key than this one: their ids.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("replicas have another newest master key: {0}")]
pub struct MasterKeysDiffer(pub String);

impl Refuse for MasterKeysDiffer {
    fn refusal(&self) -> Refusal {
        let which = format!("These replicas have another newest master key: {}.", self.0);
        let cure =
            "Restart each with the same `master_keys`; one that was killed leaves the list after a minute.";
        Refusal::of(ErrorCode::MasterKeysDiffer).saying(format!("{which} {cure}"))
    }
}

/// The second factors of a member cannot be reset, or are going to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FactorsStay(pub String);

impl Refuse for FactorsStay {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::FactorsStay).saying(self.0.clone())
    }
}
