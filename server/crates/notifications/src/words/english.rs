//! English.

use events::SignInMethod;
use kernel::Timestamp;

use super::Words;
use crate::{Device, MailTemplate, Network};

const CLOSING: &str = "Daemun sent this mail by itself. Nobody reads answers to it.";
const NOT_YOU: &str = "If you did not ask for this, ignore this mail. Nothing will change.";
const SECURE_IT: &str =
    "If this was not you, sign in now, change your password, and sign out the devices that you do not know.";
const FOR_OTHER_DEVICE: &str = "To go on with another device, type this code there";

/// The words of `letter`.
#[expect(clippy::too_many_lines, reason = "one table, read letter by letter")]
pub(super) fn words(letter: &MailTemplate) -> Words<'_> {
    let plain = |subject, before, after| Words {
        subject,
        before,
        facts: Vec::new(),
        action: None,
        code: None,
        after,
        closing: CLOSING,
    };
    match letter {
        MailTemplate::Welcome => plain(
            "Welcome",
            &["Your account is ready. You can use it with every service that is connected here."],
            &[
                "If you did not sign up, choose “Forgot password” on the login page to look at the account of this address.",
            ],
        ),
        MailTemplate::ProveMailbox { link, code } => Words {
            action: Some(("Confirm the address", link)),
            code: Some((FOR_OTHER_DEVICE, code)),
            ..plain(
                "Confirm your e-mail address",
                &["To finish signing up, confirm that this e-mail address is yours."],
                &[NOT_YOU],
            )
        },
        MailTemplate::SignUpOnTakenAddress => plain(
            "This address has an account already",
            &[
                "Somebody wanted to sign up with this e-mail address. It has an account already.",
                "If it was you, sign in instead. On the login page you can choose a new password if you forgot yours.",
            ],
            &[NOT_YOU],
        ),
        MailTemplate::ResetPassword { link, code } => Words {
            action: Some(("Choose a new password", link)),
            code: Some((FOR_OTHER_DEVICE, code)),
            ..plain(
                "Choose a new password",
                &["Somebody asked for a new password for this account."],
                &[NOT_YOU],
            )
        },
        MailTemplate::ResetWithoutPassword => plain(
            "This account has no password",
            &[
                "Somebody asked for a new password, but this account is entered with Google, Naver or Kakao.",
                "On the login page, choose the button that you signed up with.",
            ],
            &[NOT_YOU],
        ),
        MailTemplate::PasswordChanged => plain(
            "Your password was changed",
            &["The password of your account was changed."],
            &["If you did not change it, choose “Forgot password” on the login page now and set a new one."],
        ),
        MailTemplate::ProveNewAddress { link, code } => Words {
            action: Some(("Confirm the new address", link)),
            code: Some((FOR_OTHER_DEVICE, code)),
            ..plain(
                "Confirm your new e-mail address",
                &[
                    "Somebody wants to make this the e-mail address of an account. Nothing changes until it is confirmed.",
                ],
                &[NOT_YOU],
            )
        },
        MailTemplate::AddressChanged => plain(
            "Your e-mail address was changed",
            &["Your account has another e-mail address now. Further mails go there."],
            &[SECURE_IT],
        ),
        MailTemplate::NewSignIn { when, device, network } => Words {
            facts: sign_in(*when, *device, *network),
            ..plain(
                "A new sign-in to your account",
                &["Somebody signed in to your account from a device or a network that was not seen before."],
                &["If it was you, there is nothing to do.", SECURE_IT],
            )
        },
        MailTemplate::TokenReuse => plain(
            "You were signed out for your safety",
            &[
                "A login that had been used up was used again. Somebody may have copied it, so it was ended.",
                "Sign in again to go on.",
            ],
            &[
                "If you see a device that you do not know among your sessions, sign it out and change your password.",
            ],
        ),
        MailTemplate::IdentityLinked { method } => Words {
            facts: vec![("Way to sign in", name(*method).to_owned())],
            ..plain(
                "A way to sign in was added",
                &["Your account can be entered by one more way."],
                &[SECURE_IT],
            )
        },
        MailTemplate::IdentityUnlinked { method } => Words {
            facts: vec![("Way to sign in", name(*method).to_owned())],
            ..plain(
                "A way to sign in was removed",
                &["Your account can no longer be entered by this way."],
                &[SECURE_IT],
            )
        },
        MailTemplate::DeletionScheduled { when, link } => Words {
            facts: vec![("It will be deleted", moment(*when))],
            action: Some(("Keep my account", link)),
            ..plain(
                "Your account will be deleted",
                &[
                    "As you asked, your account and all that belongs to it will be deleted. That cannot be undone afterwards.",
                ],
                &[
                    "If you changed your mind, or did not ask for this, open the link above before then and choose “Keep my account”. It takes no password. Signing in keeps the account, too.",
                    "If somebody else asked for this, choose a new password afterwards.",
                ],
            )
        },
        MailTemplate::DataExported => plain(
            "Your data was downloaded",
            &["A file with all the data of your account was downloaded."],
            &[SECURE_IT],
        ),
    }
}

fn sign_in(when: Timestamp, device: Device, network: Network) -> Vec<(&'static str, String)> {
    let device = device.to_string();
    let device = if device.is_empty() { "an unknown device".to_owned() } else { device };
    vec![("Time", moment(when)), ("Device", device), ("Network", network.to_string())]
}

fn moment(at: Timestamp) -> String {
    super::moment(at, 0, "%-d %B %Y, %H:%M UTC")
}

const fn name(method: SignInMethod) -> &'static str {
    match method {
        SignInMethod::Email => "E-mail and password",
        SignInMethod::Google => "Google",
        SignInMethod::Naver => "Naver",
        SignInMethod::Kakao => "Kakao",
        SignInMethod::Passkey => "Passkey",
    }
}
