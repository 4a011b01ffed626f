//! The views of pages. The loader of a page fills its view before it is rendered; a page without a view needs only the
//! [frame](crate::Frame).

mod account;
mod activity;
pub mod admin;
mod history;
mod login;
mod oauth;
mod profile;
mod second_factor;
mod security;
mod sessions;

pub use account::AccountView;
pub use activity::{ActivityPart, ActivityView, FeedView, PersonEntry, PostEntry, Relation};
pub use history::{HistoryEntry, HistoryView};
pub use login::{LoginView, OtherBrowser};
pub use oauth::{ConsentView, DeviceAnswer, DeviceView, LogoutView, ScopeEntry, WayBack};
pub use profile::{MeView, ProfileView};
pub use second_factor::{
    AccountCodeEntry, CodesEntry, CodesView, ProveView, QrPicture, SecondStepView, SetUp,
};
pub use security::{ConnectedAppEntry, PasskeyEntry, PasskeysView, SecurityView, SignInMethodEntry};
pub use sessions::{AppEntry, DeviceEntry, SessionEntry, SessionsView};
