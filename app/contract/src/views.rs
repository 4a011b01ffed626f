//! What each page shows: one view for each page that is about something of its own. The server fills a view before the
//! page is drawn; a page without one is drawn from the [frame](crate::Frame) alone.

mod activity;
pub mod admin;
mod history;
mod login;
mod oauth;
mod profile;
mod second_factor;
mod security;
mod sessions;

pub use activity::{ActivityPart, ActivityView, FeedView, PersonEntry, PostEntry, Relation};
pub use history::{HistoryEntry, HistoryView};
pub use login::{LoginView, WayOut};
pub use oauth::{ConsentView, DeviceAnswer, DeviceView, LogoutView, ScopeEntry, WayBack};
pub use profile::{MeView, ProfileView};
pub use second_factor::{
    AccountCodeEntry, CodesEntry, CodesView, ProveView, QrPicture, SecondStepView, SetUp,
};
pub use security::{ConnectedAppEntry, PasskeyEntry, PasskeysView, SecurityView, SignInMethodEntry};
pub use sessions::{AppEntry, DeviceEntry, SessionEntry, SessionsView};
