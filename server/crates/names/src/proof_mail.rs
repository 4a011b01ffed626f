//! Mails that ask for a proof.

use serde::{Deserialize, Serialize};

use crate::path;

/// Declares the mails in one list: variant, doc, name and page are together, so none can be forgotten elsewhere.
macro_rules! proof_mails {
    ($($(#[$doc:meta])* $mail:ident = $name:literal, $page:expr;)+) => {
        /// A mail whose reader proves that the mailbox is theirs: by its link, or by its code on another device. It has no other value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum ProofMail {
            $($(#[$doc])* $mail,)+
        }

        impl ProofMail {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$mail),+];

            /// The name in metrics and logs.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$mail => $name,)+
                }
            }

            /// The page to which its link leads.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$mail => $page,)+
                }
            }
        }
    };
}

proof_mails! {
    /// Finishes a sign-up.
    ProveMailbox = "prove-mailbox", path::VERIFY_EMAIL;
    /// Lets its reader choose a new password.
    ResetPassword = "reset-password", path::RESET_PASSWORD;
    /// The same for an account with passkeys, which that takes away.
    ResetPasswordAndPasskeys = "reset-password-and-passkeys", path::RESET_PASSWORD;
    /// Makes the mailbox the address of an account. Goes to the new address.
    ProveNewAddress = "prove-new-address", path::CHANGE_EMAIL;
}
