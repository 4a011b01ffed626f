//! The pages, one file each. `server/src/pages` lists them.

mod account;
mod change_email;
mod consent;
mod device;
mod feed;
mod forgot_password;
mod history;
mod home;
mod keep_account;
mod login;
mod logout;
mod me;
mod profile;
mod reset_password;
mod security;
mod sessions;
mod sign_up;
mod verify_email;

pub use account::Account;
pub use change_email::ChangeEmail;
pub use consent::Consent;
pub use device::Device;
pub use feed::Feed;
pub use forgot_password::ForgotPassword;
pub use history::History;
pub use home::Home;
pub use keep_account::KeepAccount;
pub use login::Login;
pub use logout::Logout;
pub use me::Me;
pub use profile::Profile;
pub use reset_password::ResetPassword;
pub use security::Security;
pub use sessions::Sessions;
pub use sign_up::SignUp;
pub use verify_email::VerifyEmail;
