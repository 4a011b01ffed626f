//! What each page shows: one view for each page that is about something of its own. The server fills a view before the
//! page is drawn; a page without one is drawn from the [frame](crate::Frame) alone.

use std::time::Duration;

use names::{AuditKind, Language, ProviderName, SignInMethod};

use crate::moment::Moment;
use crate::place::Place;

pub mod admin;
mod second_factor;

pub use second_factor::{
    AccountCodeEntry, CodesEntry, CodesView, ProveView, QrPicture, SecondStepView, SetUp,
};

/// `/oauth/login`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginView {
    /// The provider that was used last on this device, or that it was a passkey.
    pub last_used: Option<SignInMethod>,
    /// The app for which somebody signs in, if one sent them.
    pub app: Option<String>,
    /// The address that it expects in the field.
    pub email: Option<String>,
    /// The way out of the browser inside an app in which the page is shown, if it is one: Google signs nobody in there.
    pub way_out: Option<WayOut>,
}

/// `/oauth2/consent`: what an app asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentView {
    /// What the app is called.
    pub app: String,
    /// Where the viewer goes back to.
    pub host: String,
    /// Whether it says of itself what it is, and nobody here has looked.
    pub is_self_described: bool,
    /// What it is to be allowed.
    pub scopes: Vec<ScopeEntry>,
    /// Whether it is allowed that after the viewer has signed out, too.
    pub outlives_session: bool,
    /// For how long at most, before it has to send them here once more.
    pub longest: Duration,
    /// The id of its request.
    pub request: String,
    /// What shows that the form belongs to this page.
    pub proof: String,
    /// Where another member signs in for the same request.
    pub other_account: String,
}

/// Something that an app may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    /// The name of the scope.
    pub name: String,
    /// What the configuration says that it means; the pages know the standard ones.
    pub text: Option<String>,
}

/// `/device`: a device without a browser is allowed to act for the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceView {
    /// The code is to be typed.
    Type,
    /// The code is unknown or no longer valid.
    UnknownCode,
    /// There were too many wrong ones: for so many minutes.
    Wait(u64),
    /// It is a device's, and the viewer is asked.
    Asks(DeviceAnswer),
    /// The viewer has decided.
    Done {
        /// Whether they allowed it.
        allowed: bool,
    },
}

/// What a device asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAnswer {
    /// What the app on it is called.
    pub app: String,
    /// The code, as the device shows it.
    pub user_code: String,
    /// What the app is to be allowed.
    pub scopes: Vec<ScopeEntry>,
}

/// `/oauth2/logout`: an app wants the person signed out, and they are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoutView {
    /// The app's name, where it is known which it is.
    pub app: Option<String>,
    /// Where they go afterwards, if the app says so.
    pub back: Option<WayBack>,
    /// The language that the app asks for.
    pub language: Option<Language>,
}

/// Where a person goes who signed out for an app: the fields of the form, by the names of their parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// `client_id`.
    pub client_id: String,
    /// `post_logout_redirect_uri`.
    pub address: String,
    /// `state`.
    pub state: Option<String>,
    /// Where that is, for the policy of the page.
    pub form_action: Option<String>,
}

/// How one gets out of a browser inside an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayOut {
    /// The page's address, to be opened in another browser.
    pub address: String,
    /// What opens it there, where the system or the app has a link for that.
    pub link: Option<String>,
    /// Whether the other browser is Safari.
    pub is_apple: bool,
}

/// `/me`: what the frame does not say about the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeView {
    /// Whether they brought the picture themselves.
    pub has_own_picture: bool,
    /// How this browser signed in.
    pub signed_in_with: SignInMethod,
    /// When.
    pub signed_in_at: Moment,
    /// When the session ends if nothing more happens.
    pub expires_at: Moment,
    /// Whether a passkey is offered to them.
    pub offers_passkey: bool,
}

/// `/me/sessions`: where the viewer is signed in, the one used last first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionsView {
    /// In which browsers.
    pub browsers: Vec<SessionEntry>,
    /// In which apps.
    pub apps: Vec<AppEntry>,
    /// The browsers in which no code is asked for.
    pub devices: Vec<DeviceEntry>,
}

/// A browser in which no code is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceEntry {
    /// The id with which it is forgotten.
    pub id: String,
    /// The browser's name, where it is known.
    pub browser: Option<&'static str>,
    /// The system's name, where it is known.
    pub system: Option<&'static str>,
    /// From where.
    pub place: Place,
    /// Since when.
    pub since: Moment,
    /// Until when.
    pub until: Moment,
}

/// A browser in which the viewer is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEntry {
    /// The session's id.
    pub id: String,
    /// The browser's name, where it is known.
    pub browser: Option<&'static str>,
    /// The system's name, where it is known.
    pub system: Option<&'static str>,
    /// From where.
    pub place: Place,
    /// How.
    pub signed_in_with: SignInMethod,
    /// When.
    pub signed_in_at: Moment,
    /// When it was last used, to about a minute.
    pub last_seen_at: Moment,
    /// Whether it is this very browser.
    pub is_current: bool,
}

/// An app in which the viewer is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// The id with which it is ended.
    pub id: String,
    /// Since when.
    pub signed_in_at: Moment,
    /// When it was last used, to about the life of an access token.
    pub used_at: Moment,
}

/// `/me/security`: the viewer's sign-in methods, and what they can do about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityView {
    /// The methods, in the order in which they came.
    pub methods: Vec<SignInMethodEntry>,
    /// Whether one of them can be taken away; the last never can.
    pub removable: bool,
    /// The providers that can be added.
    pub linkable: Vec<ProviderName>,
    /// Their passkeys, where there can be some.
    pub passkeys: Option<PasskeysView>,
    /// Their one-time codes.
    pub codes: CodesView,
    /// Where they go on from here, if they came from a sign-in that led here first.
    pub go_on: Option<String>,
    /// The apps that have something of the viewer's, the one used last first.
    pub apps: Vec<ConnectedAppEntry>,
}

/// The viewer's passkeys, and what browsers are told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeysView {
    /// The domain for which they are made.
    pub rp_id: String,
    /// How browsers name the viewer, in base64url.
    pub user: String,
    /// What tells accounts apart in a list of passkeys.
    pub name: String,
    /// What the viewer is called there.
    pub nickname: String,
    /// Which, oldest first.
    pub entries: Vec<PasskeyEntry>,
    /// Whether one of them can be taken away; the last way in never can.
    pub removable: bool,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyEntry {
    /// How forms name it.
    pub id: String,
    /// How browsers name it, in base64url.
    pub credential_id: String,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub since: Moment,
    /// When somebody last signed in with it.
    pub last_used: Option<Moment>,
    /// Whether it is copied to other devices.
    pub is_synced: bool,
    /// Whether it can be used: it was made for this domain.
    pub is_usable: bool,
}

/// An app that has something of the viewer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedAppEntry {
    /// How forms name it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<ScopeEntry>,
    /// When it was first used.
    pub first_used: Moment,
    /// When it was last used.
    pub last_used: Moment,
}

impl SecurityView {
    /// The address that is signed in to with a password; `None` where there is no password.
    pub fn password_for(&self) -> Option<&str> {
        self.methods.iter().find(|way| way.method == SignInMethod::Password)?.email.as_deref()
    }

    /// The first address that is known to be the viewer's; `None` where nobody vouches for any.
    pub fn proven_address(&self) -> Option<&str> {
        self.methods.iter().filter(|way| way.email_proven).find_map(|way| way.email.as_deref())
    }
}

/// A sign-in method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInMethodEntry {
    /// How forms name it.
    pub id: String,
    /// Which kind.
    pub method: SignInMethod,
    /// The address that belongs to it, where there is one.
    pub email: Option<String>,
    /// Whether somebody proved that address, or the provider vouches for it.
    pub email_proven: bool,
    /// Since when.
    pub since: Moment,
    /// When somebody last signed in with it; not known of passwords.
    pub last_used: Option<Moment>,
}

/// `/me/history`: a part of what happened to the viewer's account, the newest line first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryView {
    /// The lines.
    pub entries: Vec<HistoryEntry>,
    /// After which line to go on, where there are older ones.
    pub older: Option<String>,
    /// Whether there are newer ones.
    pub has_newer: bool,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What happened; `None` for a kind that only a newer version knows.
    pub what: Option<AuditKind>,
    /// Whether it came about; otherwise it was tried.
    pub succeeded: bool,
    /// With which sign-in method, where it is about one.
    pub way: Option<SignInMethod>,
    /// When.
    pub at: Moment,
    /// How often; more than once where repetitions within an hour share the line.
    pub times: u32,
    /// The browser's name, where it is known.
    pub browser: Option<&'static str>,
    /// The system's name, where it is known.
    pub system: Option<&'static str>,
    /// From where.
    pub place: Place,
}

/// `/feed`: a page of what those write whom the viewer follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedView {
    /// The posts, newest first.
    pub posts: Vec<PostEntry>,
    /// The cursor of older ones.
    pub older: Option<String>,
    /// Whether there are newer ones.
    pub has_newer: bool,
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostEntry {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author: PersonEntry,
    /// What.
    pub text: String,
    /// When.
    pub at: Moment,
    /// Why an operator hid it; only its author sees such a one.
    pub hidden: Option<String>,
    /// Whether it is the viewer's.
    pub is_own: bool,
}

/// A member beside others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonEntry {
    /// The member id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// Where the picture is.
    pub picture: String,
}

/// What a member does, on their page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityView {
    /// How many posts there are.
    pub posts: i64,
    /// How many follow them.
    pub followers: i64,
    /// How many they follow.
    pub following: i64,
    /// What they are to the viewer; `None` for strangers and themselves.
    pub relation: Option<Relation>,
    /// Which part of it is shown.
    pub part: ActivityPart,
    /// The cursor of the next ones.
    pub older: Option<String>,
}

/// What a member is to the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Whether the viewer follows them.
    pub following: bool,
    /// Whether they follow the viewer.
    pub followed_by: bool,
    /// Whether the viewer blocks them.
    pub blocked: bool,
}

/// Which part of what a member does is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityPart {
    /// What they wrote.
    Posts(Vec<PostEntry>),
    /// Who follows them; `None` for those who cannot be shown.
    Followers(Vec<Option<PersonEntry>>),
    /// Whom they follow.
    Following(Vec<Option<PersonEntry>>),
}

/// `/members/{id}`: what everybody may see of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileView {
    /// The member id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// A line about themselves; it may be empty.
    pub greeting: String,
    /// Where the picture is.
    pub picture: String,
    /// What they do, where members follow each other.
    pub activity: Option<ActivityView>,
}
