//! What is done in each [situation](crate::model::link_situation): one table, printed into `docs/linking.md`, every row tested.
//!
//! No row links by an address (S-UP-11). An address that both sides have proven makes us ask: sign in as before, then
//! link. One that only one side has proven counts for nothing.

use crate::model::link_situation::Address::{Free, Password, Provider, Unproven, Waiting};
use crate::model::link_situation::{
    ANY_ADDRESS, ANY_CLAIM, ANY_PROVIDER, Address, Began, By, Claim, Holder, MAILBOX, NEW_ADDRESS,
    NEW_PASSKEY, NO_ADDRESS, NO_CLAIM, PASSKEY, Situation, VOUCHING, WORTHLESS,
};

/// What becomes of an identity or address that somebody presents.
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
    /// Nobody signs in: it is nobody's, and makes nobody a member.
    RefuseUnknown,
    /// The identity becomes another sign-in method of the member.
    Link,
    /// The same, and the sign-up that waits for the address is discarded.
    LinkAlone,
    /// It was one already.
    Nothing,
    /// It is somebody else's: the one who asked learns nothing, and the other one is told.
    TellOwner,
    /// It is somebody else's: `IDENTITY_TAKEN`. A person is sent back to where they began, a program gets 409.
    RefuseTaken,
}

/// A row: all combinations of what its columns list.
#[derive(Debug)]
pub struct Row {
    /// The ways of proof to which the row applies.
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
    /// The reason for the decision, as docs/linking.md prints it.
    pub why: &'static str,
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
    Row {
        by: PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Active],
        addresses: NO_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::SignIn,
        why: "the key and its owner, whom it names itself, are what counts",
    },
    Row {
        by: PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Deleting],
        addresses: NO_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::SignInAndKeep,
        why: "signing in is how people change their mind",
    },
    Row {
        by: PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Disabled],
        addresses: NO_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::RefuseDisabled,
        why: "a disabled account is refused by every sign-in method (S-ACC-14)",
    },
    Row {
        by: PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Nobody],
        addresses: NO_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::RefuseUnknown,
        why: "it was taken away, or is another site's; browsers are told that they may forget it",
    },
    Row {
        by: PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Nobody],
        addresses: NO_ADDRESS,
        began: Began::Member,
        decision: Decision::Link,
        why: "the person asking has given a fresh proof, and the key was made for them",
    },
    Row {
        by: PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Caller],
        addresses: NO_ADDRESS,
        began: Began::Member,
        decision: Decision::RefuseTaken,
        why: "it is there already: browsers know which keys there are, and make another one",
    },
    Row {
        by: PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Active, Holder::Deleting, Holder::Disabled],
        addresses: NO_ADDRESS,
        began: Began::Member,
        decision: Decision::RefuseTaken,
        why: "a key has one owner",
    },
    Row {
        by: NEW_PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Nobody],
        addresses: NO_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::NewMember,
        why: "the key was made for them; they get recovery codes, and are asked for another sign-in method",
    },
    Row {
        by: NEW_PASSKEY,
        claims: NO_CLAIM,
        holders: &[Holder::Active, Holder::Deleting, Holder::Disabled],
        addresses: NO_ADDRESS,
        began: Began::Anonymous,
        decision: Decision::RefuseTaken,
        why: "a key has one owner",
    },
    Row {
        by: NEW_ADDRESS,
        claims: &[Claim::Unproven],
        holders: &[Holder::Nobody],
        addresses: &[Free, Unproven, Waiting],
        began: Began::Member,
        decision: Decision::Wait,
        why: "an address that is not proven lets nobody in, and no mail about the account goes there",
    },
    Row {
        by: NEW_ADDRESS,
        claims: &[Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Free, Unproven],
        began: Began::Member,
        decision: Decision::Link,
        why: "the person asking had given a fresh proof, and the person who reads the mail has the mailbox",
    },
    Row {
        by: NEW_ADDRESS,
        claims: &[Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Waiting],
        began: Began::Member,
        decision: Decision::LinkAlone,
        why: "the same, and what others prepared for the mailbox is discarded (S-UP-11)",
    },
    Row {
        by: NEW_ADDRESS,
        claims: &[Claim::Unproven, Claim::Proven],
        holders: &[Holder::Nobody],
        addresses: &[Provider, Password],
        began: Began::Member,
        decision: Decision::TellOwner,
        why: "an address has one member; the answer is the same as for any other, and the link of an earlier mail is worth nothing",
    },
];

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
    /// What is done. A situation that is in no row, which none is, lets nobody in.
    pub fn decision(&self) -> Decision {
        let row = ROWS.iter().find(|row| row.covers(self));
        row.map_or(Decision::RefuseDisabled, |row| row.decision)
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
