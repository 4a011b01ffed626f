//! The browser session: an opaque [cookie](cookie), the row behind it, its idle and absolute end, and the routes with
//! which a browser [signs in](sign_in), [comes back from a provider](callback), [asks who is there](read) and
//! [signs out](sign_out).
//!
//! The browser holds a random handle and nothing else. A sign-in sets it, a [renewal](SessionRenewals::renew) replaces it, a
//! sign-out removes it, and no ordinary answer touches it, so a late answer to an old request cannot undo a logout.

mod apps;
mod begin;
mod callback;
mod callback_error;
mod caller;
mod cookie;
mod cookie_name;
mod device;
mod error;
mod hold;
mod link;
mod live;
mod lookup;
mod operator;
mod own_apps;
mod own_devices;
mod own_sessions;
mod passkey;
mod passkey_options;
mod passkey_sign_up;
mod password;
mod prove;
mod provider_logins;
mod read;
mod reason;
mod recover;
mod remembered_device;
mod remembered_devices;
mod renew;
mod repeat;
mod reuse;
mod second_step;
mod session;
mod session_rotation;
mod sign_in;
mod sign_in_again;
mod sign_out;
mod sign_out_answer;
mod state;
mod storage;
mod store;
mod tokens_of_session;
mod uses;
mod written_uses;

#[cfg(test)]
mod tests;

pub use apps::app_logins::AppLogins;
pub use begin::SessionStarts;
pub use cookie::SessionCookie;
pub use cookie_name::cookie_name;
pub use device::Device;
pub use error::SessionsError;
pub use lookup::SessionLookup;
pub use operator::Operator;
pub use own_apps::OwnApp;
pub use own_sessions::{OwnSession, OwnSessions};
pub use passkey::PasskeyLogins;
pub use password::PasswordLogins;
pub use provider_logins::ProviderLogins;
pub use remembered_device::{DeviceId, RememberedDevice};
pub use remembered_devices::RememberedDevices;
pub use renew::SessionRenewals;
pub use second_step::ask::{SecondSteps, WaitingSignIn};
pub use session::{Current, Session, SessionLimits};
pub use session_rotation::SessionAccess;
pub use sign_out::{SessionsOfMembers, SignOuts};
pub use sign_out_answer::SignOutAnswer;
pub use state::{Services, Sessions, Settings};
pub use storage::STORAGE;
pub use tokens_of_session::SessionFamilies;
pub use written_uses::UseWriter;

use std::sync::Arc;

use members::{PASSKEY_SET_UP, PASSKEY_SIGN_IN, PASSKEY_SIGN_UP};
use names::path;
use web::guard::{credential, login_transaction, public, same_origin};
use web::{PageForm, PublicOrigin, RETURN_TO, Routes};

/// The routes of this part.
pub fn routes(origin: PublicOrigin) -> Routes<Arc<Sessions>> {
    let member = same_origin().signed_in();
    Routes::new(origin)
        .form("/api/auth/signin/{provider}", same_origin(), PageForm::button_on(path::LOGIN), sign_in::post)
        .form(
            "/api/auth/signin/password",
            same_origin(),
            PageForm::on(path::LOGIN).keeps(&["email", RETURN_TO]),
            password::post,
        )
        .form(
            "/api/auth/signin/second",
            same_origin(),
            PageForm::on(path::SECOND_STEP).keeps(&["with", "remember"]),
            second_step::form::post,
        )
        .post("/api/auth/signin/second/passkey/options", same_origin(), second_step::passkey::options)
        .post(PASSKEY_SET_UP, same_origin(), second_step::passkey::post)
        .post("/api/auth/passkey/options", same_origin(), passkey_options::post)
        .post(PASSKEY_SIGN_IN, same_origin(), passkey::post)
        .post("/api/auth/signup/passkey/options", same_origin(), passkey_sign_up::options)
        .post(PASSKEY_SIGN_UP, same_origin(), passkey_sign_up::post)
        .form(
            "/api/auth/signin/recovery",
            same_origin(),
            PageForm::on(path::RECOVER).keeps(&["account", RETURN_TO]),
            recover::post,
        )
        .form("/api/auth/link/{provider}", member.fresh(), PageForm::button_on(path::SECURITY), link::post)
        .act("/api/auth/callback/{provider}", login_transaction::<callback::Callback>(), callback::get)
        .read_often("/api/auth/session", public(), read::get)
        .form("/api/auth/signout", same_origin(), PageForm::button(), sign_out::post)
        .form("/api/auth/devices/forget", member, PageForm::button_on(path::SESSIONS), own_devices::delete)
        .form("/api/auth/prove", member, PageForm::on(path::PROVE).keeps(&[RETURN_TO]), prove::post)
        .form("/api/auth/sessions/end", member, PageForm::button_on(path::SESSIONS), own_sessions::end)
        .post("/auth/login", credential::<apps::login::Login>(), apps::login::post)
        .post("/auth/login/second", credential::<apps::second::Second>(), apps::second::post)
        .post("/auth/refresh", credential::<apps::refresh::Refresh>(), apps::refresh::post)
        .post("/auth/logout", credential::<apps::logout::Logout>(), apps::logout::post)
}
