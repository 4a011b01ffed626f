//! The pages, one file each.

mod account;
mod change_email;
mod forgot_password;
mod history;
mod home;
mod keep_account;
mod login;
mod me;
mod not_found;
mod profile;
mod reset_password;
mod security;
mod sessions;
mod sign_up;
mod verify_email;

pub(crate) use account::Account;
pub(crate) use change_email::ChangeEmail;
pub(crate) use forgot_password::ForgotPassword;
pub(crate) use history::HistoryLog;
pub(crate) use home::Home;
pub(crate) use keep_account::KeepAccount;
pub(crate) use login::Login;
pub(crate) use me::Me;
pub(crate) use not_found::NotFound;
pub(crate) use profile::Profile;
pub(crate) use reset_password::ResetPassword;
pub(crate) use security::Security;
pub(crate) use sessions::Sessions;
pub(crate) use sign_up::SignUp;
pub(crate) use verify_email::VerifyEmail;
