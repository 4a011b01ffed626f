//! Mails that ask for a proof.

use serde::{Deserialize, Serialize};

use crate::path;

/// Declares the mails in one list, each with its doc, its name and its page, so that `ALL` has all of them.
macro_rules! proof_mails {
    ($($(#[$doc:meta])* $mail:ident = $name:literal, $page:expr;)+) => {
        /// A mail that proves a mailbox: by its link, or by its code on another device. It has no other values.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum ProofMail {
            $($(#[$doc])* $mail,)+
        }

        impl ProofMail {
            /// Every value, each once.
            pub const ALL: &[Self] = &[$(Self::$mail),+];

            /// The name in metrics and logs.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$mail => $name,)+
                }
            }

            /// The page that its link leads to.
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
    /// The same for an account with passkeys, which the reset removes.
    ResetPasswordAndPasskeys = "reset-password-and-passkeys", path::RESET_PASSWORD;
    /// Makes the mailbox the address of an account. Goes to the new address.
    ProveNewAddress = "prove-new-address", path::CHANGE_EMAIL;
}
