//! The table as people read it, in `docs/linking.md`.

use std::fmt::Write as _;

use crate::model::link_matrix::{Decision, ROWS, Row};
use crate::model::link_situation::{
    ANY_ADDRESS, ANY_CLAIM, ANY_PROVIDER, Address, Began, Claim, Holder, NEW_PASSKEY, PASSKEY,
};

/// The table as Markdown.
pub fn print() -> String {
    let mut text = String::from(
        "| by | address | identity is | address is | began | then | why |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for row in ROWS {
        let by = if row.by == ANY_PROVIDER {
            "any provider".to_owned()
        } else {
            list(row.by, usize::MAX, |by| by.as_str())
        };
        let claims = claims(row);
        let other = if row.began == Began::Member { "another's" } else { "an active member's" };
        let holders = if row.holders.len() > 1 {
            other.to_owned()
        } else {
            list(row.holders, usize::MAX, |holder| match holder {
                Holder::Nobody => "nobody's",
                Holder::Caller => "the member's own",
                Holder::Active => other,
                Holder::Deleting => "of an account being deleted",
                Holder::Disabled => "of a disabled account",
            })
        };
        let addresses = addresses(row);
        let began = match row.began {
            Began::Anonymous => "signing in",
            Began::Member => "linking",
        };
        let then = match row.decision {
            Decision::SignIn => "signs in",
            Decision::SignInAndKeep => "signs in; the deletion is cancelled",
            Decision::NewMember => "new member",
            Decision::NewMemberAlone => "new member; the pending sign-up is discarded",
            Decision::Wait => "waits for its proof",
            Decision::AskToSignIn => "asked to sign in as before, then link",
            Decision::RefuseDisabled | Decision::RefuseUnknown => "refused",
            Decision::Link => "linked",
            Decision::LinkAlone => "linked; the pending sign-up is discarded",
            Decision::Nothing => "nothing",
            Decision::TellOwner => "refused without a word; its owner is told by mail",
            Decision::RefuseTaken => "refused; the page where it began says so",
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "| {by} | {claims} | {holders} | {addresses} | {began} | **{then}** | {} |",
            row.why
        );
    }
    text
}

/// A passkey says nothing of an address.
fn claims(row: &Row) -> String {
    if row.by == PASSKEY || row.by == NEW_PASSKEY {
        return "–".to_owned();
    }
    list(row.claims, ANY_CLAIM.len(), |claim| match claim {
        Claim::Absent => "absent",
        Claim::Unproven => "unproven",
        Claim::Proven => "proven",
    })
}

/// A passkey says nothing of an address.
fn addresses(row: &Row) -> String {
    if row.by == PASSKEY || row.by == NEW_PASSKEY {
        return "–".to_owned();
    }
    list(row.addresses, ANY_ADDRESS.len(), |address| match address {
        Address::Free => "nobody's",
        Address::Unproven => "claimed unproven",
        Address::Waiting => "of a pending sign-up",
        Address::Provider => "a member's, proven by a provider",
        Address::Password => "a member's, proven to us",
    })
}

fn list<T>(items: &[T], all: usize, name: impl Fn(&T) -> &'static str) -> String {
    if items.len() == all { "any".to_owned() } else { items.iter().map(name).collect::<Vec<_>>().join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_table_is_the_one_in_the_documents() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/linking.md");
        let document = std::fs::read_to_string(path).unwrap();
        assert!(document.contains(&print()), "docs/linking.md lacks this:\n{}", print());
    }
}
