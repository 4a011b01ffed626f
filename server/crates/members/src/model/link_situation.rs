//! What can come together when somebody comes back from a provider, or signs up with a mailbox: by what × what is known of the
//! address × whose the identity is × whose the address is × who began.

use names::ProviderName;
use providers::{ProviderIdentity, describe};

use crate::model::member::MemberStatus;

/// By what somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// An identity at a provider.
    Provider(ProviderName),
    /// A mailbox and a password: a sign-up, and later its proof.
    Mailbox,
    /// A passkey, which says nothing of an address.
    Passkey,
    /// A sign-up by a passkey that was made for it.
    NewPasskey,
    /// A mailbox that a member gives to their account, which has no password: they ask, and later prove it.
    NewAddress,
}

impl By {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Provider(provider) => provider.as_str(),
            Self::Mailbox => "sign-up by e-mail",
            Self::Passkey => "passkey",
            Self::NewPasskey => "sign-up by passkey",
            Self::NewAddress => "address by e-mail",
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

/// Whose the identity `(provider, subject)`, or the passkey, is.
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
    /// A member proved it to us.
    Password,
}

/// Whether somebody who was signed in began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// Somebody who wants to sign in.
    Anonymous,
    /// A signed-in member who wants to link.
    Member,
}

/// One combination of what the matrix distinguishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// The way of proof.
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

use Address::{Free, Password, Provider, Unproven, Waiting};
pub(crate) const ANY_PROVIDER: &[By] = &by_providers::<{ count(false) }>(false);
/// Those whose word counts that an address is proven.
pub(crate) const VOUCHING: &[By] = &by_providers::<{ count(true) }>(true);
pub(crate) const MAILBOX: &[By] = &[By::Mailbox];
pub(crate) const PASSKEY: &[By] = &[By::Passkey];
pub(crate) const NEW_PASSKEY: &[By] = &[By::NewPasskey];
pub(crate) const NEW_ADDRESS: &[By] = &[By::NewAddress];
pub(crate) const NO_CLAIM: &[Claim] = &[Claim::Absent];
pub(crate) const NO_ADDRESS: &[Address] = &[Free];
pub(crate) const ANY_CLAIM: &[Claim] = &[Claim::Absent, Claim::Unproven, Claim::Proven];
pub(crate) const WORTHLESS: &[Claim] = &[Claim::Absent, Claim::Unproven];
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

impl Holder {
    /// Somebody with an account of this status; nobody where there is none.
    pub(crate) const fn of(status: Option<MemberStatus>) -> Self {
        match status {
            None => Self::Nobody,
            Some(MemberStatus::Active) => Self::Active,
            Some(MemberStatus::Deleting) => Self::Deleting,
            Some(MemberStatus::Disabled) => Self::Disabled,
        }
    }
}

impl Situation {
    /// That of a passkey with which somebody signs in, or which a member adds.
    pub(crate) const fn passkey(holder: Holder, began: Began) -> Self {
        Self { by: By::Passkey, claim: Claim::Absent, holder, address: Address::Free, began }
    }

    /// That of a passkey that was made for a sign-up; whose it is, if it is somebody's.
    pub(crate) const fn passkey_sign_up(holder: Holder) -> Self {
        Self { by: By::NewPasskey, ..Self::passkey(holder, Began::Anonymous) }
    }

    /// That of a sign-up with a mailbox, before or after its proof.
    pub(crate) const fn sign_up(claim: Claim, address: Address) -> Self {
        Self { by: By::Mailbox, claim, holder: Holder::Nobody, address, began: Began::Anonymous }
    }

    /// That of an address that a member gives to their account, before or after its proof.
    pub(crate) const fn new_address(claim: Claim, address: Address) -> Self {
        Self { by: By::NewAddress, claim, holder: Holder::Nobody, address, began: Began::Member }
    }

    /// Every situation that can be.
    pub fn all() -> Vec<Self> {
        use Holder::{Active, Caller, Deleting, Disabled, Nobody};
        let mut all = Vec::new();
        for &by in ANY_PROVIDER.iter().chain(MAILBOX).chain(PASSKEY).chain(NEW_PASSKEY).chain(NEW_ADDRESS) {
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
        if self.by == By::NewAddress {
            let by_member = self.holder == Holder::Nobody && self.began == Began::Member;
            return self.claim != Claim::Absent && by_member;
        }
        let by_passkey = matches!(self.by, By::Passkey | By::NewPasskey);
        if by_passkey && (self.claim != Claim::Absent || self.address != Free) {
            return false;
        }
        if self.by == By::NewPasskey && self.began == Began::Member {
            return false;
        }
        let vouched = self.claim != Claim::Proven || VOUCHING.contains(&self.by);
        let own = self.holder != Holder::Caller || self.began == Began::Member;
        let known = self.claim != Claim::Absent || self.address == Free;
        vouched && own && known
    }
}
