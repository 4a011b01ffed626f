//! Signing in with Google, Naver and Kakao.
//!
//! [`Providers`] begins and finishes logins; each login is a row of its own, bound to its browser, single use, gone after ten
//! minutes. What all providers have in common (sending a browser, exchanging a code, verifying an id_token) is shared; what is
//! special about one is in its file alone.
//!
//! # How to add a provider
//! Write its name in `names`, its file with its [`Description`] and an implementation of the `Provider` trait, its line in
//! [`describe`], its section in `daemun.example.toml`, and a simulator that is as strict as the real one.

mod answered_code;
mod browser_binding;
mod callback;
mod catalogue;
mod claims;
mod client;
mod description;
mod error;
mod http;
mod id_token;
mod identity;
mod jwks;
mod lenient_json;
mod login;
mod login_answer;
mod login_network;
mod naver_webhook;
mod protocol;
mod provider;
mod proxy;
mod repeat;
mod room;
mod settings;
mod spent_login;
mod storage;
mod store;
mod token_call;
mod transaction;
mod webhook;

pub use answered_code::SentCode;
pub use browser_binding::{BrowserBinding, BrowserCookie};
pub use catalogue::describe;
pub use description::{Description, SecretDemand, UnlinkWebhook};
pub use error::{BeginError, FinishError, UnlinkError, WebhookError};
pub use identity::{ProviderGrant, ProviderIdentity, Subject};
pub use login::{Finished, NewLogin, PresentedCallback, Providers};
pub use login_answer::{LoginAnswer, Repeated};
pub use protocol::Protocol;
pub use provider::Prompt;
pub use proxy::OutgoingProxy;
pub use settings::{ClientSettings, EnabledProvider, Endpoints, Settings, SettingsError};
pub use spent_login::SpentLogin;
pub use storage::STORAGE;
pub use store::{cancel_all as cancel_logins, carry_links};
pub use transaction::{LinkFor, TransactionId};
