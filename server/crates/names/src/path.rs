//! Where pages are. Pages link to each other, mails to pages, and redirects lead to them: each path is written down once.

/// The main page.
pub const HOME: &str = "/";
/// The login page.
pub const LOGIN: &str = "/oauth/login";
/// The sign-up page.
pub const SIGN_UP: &str = "/signup";
/// Where the mail of a sign-up leads.
pub const VERIFY_EMAIL: &str = "/email/verify";
/// Where the mail to a new address leads.
pub const CHANGE_EMAIL: &str = "/email/change";
/// Where a mail for a new password is asked for.
pub const FORGOT_PASSWORD: &str = "/password/forgot";
/// Where that mail leads.
pub const RESET_PASSWORD: &str = "/password/reset";
/// Where the mail about a deletion leads.
pub const KEEP_ACCOUNT: &str = "/account/keep";
/// The member's own profile.
pub const PROFILE: &str = "/me";
/// The sessions of the member.
pub const SESSIONS: &str = "/me/sessions";
/// Password, address and sign-in methods.
pub const SECURITY: &str = "/me/security";
/// What happened to the account.
pub const HISTORY: &str = "/me/history";
/// Data and deletion.
pub const ACCOUNT: &str = "/me/account";
/// The public profile of a member, as routes declare it.
pub const MEMBER: &str = "/members/{id}";
/// What comes before the id in it.
pub const MEMBERS: &str = "/members/";
