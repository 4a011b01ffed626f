//! What happens when somebody comes back from a provider, or signs up with a mailbox: by what × what is known of the
//! address × whose the identity is × whose the address is × who began. One table, printed into `docs/linking.md`, every
//! row tested.
//!
//! No row links by an address (S-UP-11). An address that both sides have proven makes us ask: sign in as before, then
//! link. One that only one side has proven counts for nothing.

use names::ProviderName;
use providers::{ProviderIdentity, describe};

/// By what somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// An identity at a provider.
    Provider(ProviderName),
    /// A mailbox and a password: a sign-up, and later its proof.
    Mailbox,
}

impl By {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Provider(provider) => provider.as_str(),
            Self::Mailbox => "sign-up by e-mail",
        }
    }
}

/// What the provider says of the person's address (S-UP-10), or whether a sign-up has shown the proof of its mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// There is none.
    Absent,
    /// There is one, and nobody says that it is theirs.
    Unproven,
    /// There is one, and the provider says in so many words that it is theirs; or they read the mail that went there.
    Proven,
}

/// Whose the identity `(provider, subject)` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody's yet.
    Nobody,
    /// That of the member who links.
    Caller,
    /// That of an active member, another one if a member links.
    Active,
    /// That of a member whose account is being deleted.
    Deleting,
    /// That of a disabled member.
    Disabled,
}

/// What we know of the address. Where several hold, the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Nobody has it.
    Free,
    /// Somebody came by a provider that does not say that it is theirs.
    Unproven,
    /// A sign-up waits for its proof.
    Waiting,
    /// A provider says that it is a member's.
    Provider,
    /// A member proved it to us and signs in by it and a password.
    Password,
}

/// Who began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// Somebody who wants to sign in.
    Anonymous,
    /// A signed-in member who wants to link.
    Member,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They sign in.
    SignIn,
    /// They sign in, and the account is not deleted after all.
    SignInAndKeep,
    /// A member is made and signs in.
    NewMember,
    /// The same, and the sign-up that waits for the address is discarded.
    NewMemberAlone,
    /// A sign-up waits for the proof of its mailbox.
    Wait,
    /// Nobody signs in: they are asked to sign in as they did before, and to link then.
    AskToSignIn,
    /// Nobody signs in.
    RefuseDisabled,
    /// The identity becomes another sign-in method of the member.
    Link,
    /// The same, and the sign-up that waits for the address is discarded.
    LinkAlone,
    /// It was one already.
    Nothing,
    /// It is somebody else's: `IDENTITY_TAKEN`. A person is sent back to where they began, a program gets 409.
    RefuseTaken,
}

/// One case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// By what.
    pub by: By,
    /// What is said of the address.
    pub claim: Claim,
    /// Whose the identity is.
    pub holder: Holder,
    /// What we know of the address.
    pub address: Address,
    /// Who began.
    pub began: Began,
}

/// A row: all combinations of what its columns list.
#[derive(Debug)]
pub struct Row {
    /// By what.
    pub by: &'static [By],
    /// What is said of the address.
    pub claims: &'static [Claim],
    /// Whose the identity is.
    pub holders: &'static [Holder],
    /// What we know of the address.
    pub addresses: &'static [Address],
    /// Who began.
    pub began: Began,
    /// What is done.
    pub decision: Decision,
    /// Why.
    pub why: &'static str,
}

use Address::{Free, Password, Provider, Unproven, Waiting};
pub(crate) const ANY_PROVIDER: &[By] = &by_providers::<{ count(false) }>(false);
/// Those whose word counts that an address is proven.
const VOUCHING: &[By] = &by_providers::<{ count(true) }>(true);
const MAILBOX: &[By] = &[By::Mailbox];
pub(crate) const ANY_CLAIM: &[Claim] = &[Claim::Absent, Claim::Unproven, Claim::Proven];
const WORTHLESS: &[Claim] = &[Claim::Absent, Claim::Unproven];
pub(crate) const ANY_ADDRESS: &[Address] = &[Free, Unproven, Waiting, Provider, Password];

const fn counts(name: ProviderName, must_vouch: bool) -> bool {
    !must_vouch || describe(name).vouches_for_addresses
}

const fn count(must_vouch: bool) -> usize {
    let (mut at, mut found) = (0, 0);
    while at < ProviderName::ALL.len() {
        found += counts(ProviderName::ALL[at], must_vouch) as usize;
        at += 1;
    }
    found
}

const fn by_providers<const COUNT: usize>(must_vouch: bool) -> [By; COUNT] {
    let mut by = [By::Mailbox; COUNT];
    let (mut at, mut found) = (0, 0);
    while at < ProviderName::ALL.len() {
        if counts(ProviderName::ALL[at], must_vouch) {
            by[found] = By::Provider(ProviderName::ALL[at]);
            found += 1;
        }
        at += 1;
    }
    by
}

/// The table. Each situation that can be is in one row.
pub const ROWS: &[Row] = &[
    Row {
        by: ANY_PROVIDER,
        claims: ANY_CLAIM,
        holders: &[Holder::Active],
        addresses: ANY_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::SignIn,
        why: "provider and subject are the key; the address does not count (S-UP-9)",
    },
    Row {
        by: ANY_PROVIDER,
        claims: ANY_CLAIM,
        holders: &[Holder::Deleting],
        addresses: ANY_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::SignInAndKeep,
        why: "signing in is how people change their mind",
    },
    Row {
        by: ANY_PROVIDER,
        claims: ANY_CLAIM,
        holders: &[Holder::Disabled],
        addresses: ANY_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::RefuseDisabled,
        why: "a disabled account is refused by every sign-in method (S-ACC-14)",
    },
    Row {
        by: ANY_PROVIDER,
        claims: WORTHLESS,
        holders: &[Holder::Nobody],
        addresses: ANY_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::NewMember,
        why: "an address that nobody vouches for neither links nor blocks",
    },
    Row {
        by: VOUCHING,
        claims: &[Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Free, Unproven],
        began: Began::Anonymous,
        decision: Decision::NewMember,
        why: "what others only claim is not theirs",
    },
    Row {
        by: VOUCHING,
        claims: &[Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Waiting],
        began: Began::Anonymous,
        decision: Decision::NewMemberAlone,
        why: "the person who proves a mailbox discards what others prepared for it (S-UP-11)",
    },
    Row {
        by: VOUCHING,
        claims: &[Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Provider, Password],
        began: Began::Anonymous,
        decision: Decision::AskToSignIn,
        why: "both sides proved it: very likely the same person, who confirms it by signing in as before",
    },
    Row {
        by: MAILBOX,
        claims: &[Claim::Unproven],
        holders: &[Holder::Nobody],
        addresses: &[Free, Unproven, Waiting],
        began: Began::Anonymous,
        decision: Decision::Wait,
        why: "an address that is not proven makes no member; of several pending ones, the newest counts",
    },
    Row {
        by: MAILBOX,
        claims: &[Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Waiting],
        began: Began::Anonymous,
        decision: Decision::NewMember,
        why: "the person who reads the mail has the mailbox",
    },
    Row {
        by: MAILBOX,
        claims: &[Claim::Unproven, Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Provider, Password],
        began: Began::Anonymous,
        decision: Decision::AskToSignIn,
        why: "the address has a member; a second one would be the same person's, who would not find their things again",
    },
    Row {
        by: ANY_PROVIDER,
        claims: ANY_CLAIM,
        holders: &[Holder::Caller],
        addresses: ANY_ADDRESS,
        began: Began::Member,
        decision: Decision::Nothing,
        why: "it is linked already",
    },
    Row {
        by: ANY_PROVIDER,
        claims: ANY_CLAIM,
        holders: &[Holder::Active, Holder::Deleting, Holder::Disabled],
        addresses: ANY_ADDRESS,
        began: Began::Member,
        decision: Decision::RefuseTaken,
        why: "an identity has one member (S-UP-13)",
    },
    Row {
        by: ANY_PROVIDER,
        claims: WORTHLESS,
        holders: &[Holder::Nobody],
        addresses: ANY_ADDRESS,
        began: Began::Member,
        decision: Decision::Link,
        why: "the sign-in is fresh and the identity was shown: no address is needed",
    },
    Row {
        by: VOUCHING,
        claims: &[Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Free, Unproven, Provider, Password],
        began: Began::Member,
        decision: Decision::Link,
        why: "the same; whose the address is does not matter",
    },
    Row {
        by: VOUCHING,
        claims: &[Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Waiting],
        began: Began::Member,
        decision: Decision::LinkAlone,
        why: "the same, and what others prepared for the mailbox is discarded (S-UP-11)",
    },
];

impl Claim {
    /// What `identity` says. From Naver no address is ever proven, whatever it says.
    pub(crate) fn of(identity: &ProviderIdentity) -> Self {
        match &identity.email {
            None => Self::Absent,
            Some(_) if identity.email_verified && VOUCHING.contains(&By::Provider(identity.provider)) => {
                Self::Proven
            }
            Some(_) => Self::Unproven,
        }
    }
}

impl Row {
    /// Whether the situation is one of this row's.
    pub fn covers(&self, situation: &Situation) -> bool {
        self.by.contains(&situation.by)
            && self.claims.contains(&situation.claim)
            && self.holders.contains(&situation.holder)
            && self.addresses.contains(&situation.address)
            && self.began == situation.began
    }
}

impl Situation {
    /// That of a sign-up with a mailbox, before or after its proof.
    pub(crate) const fn sign_up(claim: Claim, address: Address) -> Self {
        Self { by: By::Mailbox, claim, holder: Holder::Nobody, address, began: Began::Anonymous }
    }

    /// What is done. A situation that is in no row, which none is, lets nobody in.
    pub fn decision(&self) -> Decision {
        let row = ROWS.iter().find(|row| row.covers(self));
        row.map_or(Decision::RefuseDisabled, |row| row.decision)
    }

    /// Every situation that can be.
    pub fn all() -> Vec<Self> {
        use Holder::{Active, Caller, Deleting, Disabled, Nobody};
        let mut all = Vec::new();
        for &by in ANY_PROVIDER.iter().chain(MAILBOX) {
            for &claim in ANY_CLAIM {
                for holder in [Nobody, Caller, Active, Deleting, Disabled] {
                    for &address in ANY_ADDRESS {
                        for began in [Began::Anonymous, Began::Member] {
                            all.push(Self { by, claim, holder, address, began });
                        }
                    }
                }
            }
        }
        all.retain(|situation| situation.can_be());
        all
    }

    fn can_be(self) -> bool {
        if self.by == By::Mailbox {
            // Who proves a mailbox signed up before, and their sign-up still waits.
            let waits =
                self.claim == Claim::Unproven || matches!(self.address, Waiting | Provider | Password);
            let anonymous = self.holder == Holder::Nobody && self.began == Began::Anonymous;
            return self.claim != Claim::Absent && waits && anonymous;
        }
        let vouched = self.claim != Claim::Proven || VOUCHING.contains(&self.by);
        let own = self.holder != Holder::Caller || self.began == Began::Member;
        let known = self.claim != Claim::Absent || self.address == Free;
        vouched && own && known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_situation_is_in_one_row_and_no_row_is_idle() {
        let all = Situation::all();
        for situation in &all {
            let rows = ROWS.iter().filter(|row| row.covers(situation)).count();
            assert_eq!(rows, 1, "{situation:?}");
        }
        for row in ROWS {
            assert!(all.iter().any(|situation| row.covers(situation)), "{row:?}");
        }
    }

    #[test]
    fn s_up_11_no_visitor_is_linked_and_no_member_becomes_another() {
        for situation in Situation::all() {
            let links = matches!(situation.decision(), Decision::Link | Decision::LinkAlone);
            assert!(!links || situation.began == Began::Member, "{situation:?}");
            let signs_in = matches!(situation.decision(), Decision::SignIn | Decision::SignInAndKeep);
            assert!(
                !signs_in || matches!(situation.holder, Holder::Active | Holder::Deleting),
                "{situation:?}"
            );
        }
    }
}
