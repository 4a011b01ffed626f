//! Where pages are. Pages link to each other, mails to pages, and redirects lead to them: each path is written down once.

use crate::login_error::LoginError;

/// The main page.
pub const HOME: &str = "/";
/// The login page.
pub const LOGIN: &str = "/oauth/login";
/// Where the second step of a sign-in is taken.
pub const SECOND_STEP: &str = "/oauth/second";
/// Where a member proves once more who they are.
pub const PROVE: &str = "/oauth/prove";
/// Where apps have people signed out.
pub const LOGOUT: &str = "/oauth2/logout";
/// Where a device without a browser is allowed something.
pub const DEVICE: &str = "/device";
/// The sign-up page.
pub const SIGN_UP: &str = "/signup";
/// Signing up by a passkey.
pub const PASSKEY_SIGN_UP: &str = "/signup/passkey";
/// Where a member signs in by a recovery code whose passkey is lost.
pub const RECOVER: &str = "/oauth/recover";
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
/// Where the mail about a reset of second factors leads.
pub const KEEP_FACTORS: &str = "/account/keep/factors";
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
/// What comes before the id of an authorization request that waits for its person.
pub const AUTHORIZATION_REQUEST: &str = "/oauth2/authorize/";
/// Where a person allows an app what it asks for.
pub const CONSENT: &str = "/oauth2/consent";
/// The same with what comes before the id of a request.
pub const CONSENT_REQUEST: &str = "/oauth2/consent?request=";
/// What operators see first, and what comes before their other pages.
pub const ADMIN: &str = "/admin";
/// Where operators find members.
pub const ADMIN_MEMBERS: &str = "/admin/members";
/// One of them.
pub const ADMIN_MEMBER: &str = "/admin/members/{id}";
/// Events on their way.
pub const ADMIN_EVENTS: &str = "/admin/events";
/// An event that a consumer could not deal with.
pub const ADMIN_DEAD_LETTER: &str = "/admin/events/{consumer}/{event}";
/// Mails that wait or were given up.
pub const ADMIN_MAILS: &str = "/admin/mails";
/// Who is sent webhooks.
pub const ADMIN_WEBHOOKS: &str = "/admin/webhooks";
/// The keys that sign tokens.
pub const ADMIN_KEYS: &str = "/admin/keys";
/// The clients of the authorization server.
pub const ADMIN_CLIENTS: &str = "/admin/clients";
/// One of them.
pub const ADMIN_CLIENT: &str = "/admin/clients/{id}";
/// The program at work.
pub const ADMIN_PROGRAM: &str = "/admin/program";
/// Work that takes long.
pub const ADMIN_LONG_WORK: &str = "/admin/long-work";
/// Where somebody becomes an administrator, by a link.
pub const ADMIN_INVITATION: &str = "/admin/invite";
/// What those write whom one follows.
pub const FEED: &str = "/feed";
/// The public profile of a member, as routes declare it.
pub const MEMBER: &str = "/members/{id}";
/// What comes before the id in it.
pub const MEMBERS: &str = "/members/";

/// The address of the login page: with the error that it explains, and with where somebody goes from there.
pub fn login(error: Option<LoginError>, return_to: &str) -> String {
    match error {
        Some(error) => leading_on(&format!("{LOGIN}?error={}", error.as_str()), return_to),
        None => leading_on(LOGIN, return_to),
    }
}

/// The same for somebody who is to sign in although they are signed in.
pub fn login_again(return_to: &str) -> String {
    leading_on(&format!("{LOGIN}?prompt=login"), return_to)
}

/// The address of a page that leads on to `return_to`, as the sign-up does for somebody whom an app sent.
pub fn leading_on(page: &str, return_to: &str) -> String {
    let mut address = page.to_owned();
    address.push(if page.contains('?') { '&' } else { '?' });
    address.push_str("return_to=");
    encode(&mut address, return_to);
    address
}

/// The address of a part of the page of a member's sign-in methods, with a notice, and with where they go on from there.
pub fn security(part: &str, notice: &str, return_to: &str) -> String {
    format!("{}#{part}", leading_on(&format!("{SECURITY}?notice={notice}"), return_to))
}

/// The address of the page on which a member proves once more who they are, to go on to `return_to`.
pub fn prove(return_to: &str) -> String {
    let mut address = format!("{PROVE}?return_to=");
    encode(&mut address, return_to);
    address
}

/// The same where nothing is enough without a second factor.
pub fn prove_by_second_factor(return_to: &str) -> String {
    format!("{}&level=2", prove(return_to))
}

/// The address of the page on which a person allows what the request with this id asks for. An id has nothing to encode.
pub fn consent(request: &str) -> String {
    format!("{CONSENT_REQUEST}{request}")
}

/// The id of an authorization request, in the address at which it goes on or in that of its consent page.
pub fn request_in(address: &str) -> Option<&str> {
    address.strip_prefix(AUTHORIZATION_REQUEST).or_else(|| address.strip_prefix(CONSENT_REQUEST))
}

/// Adds a value of a query: all but the unreserved characters of RFC 3986 section 2.3 in percent-encoding.
fn encode(address: &mut String, value: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            address.push(char::from(byte));
        } else {
            let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
            address.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_login_page_is_told_what_to_explain_and_where_to_go() {
        assert_eq!(login(None, "/me"), "/oauth/login?return_to=%2Fme");
        assert_eq!(
            login(Some(LoginError::CookieTwice), "/me?a=1&b=홍 길+#x"),
            "/oauth/login?error=cookie_twice&return_to=%2Fme%3Fa%3D1%26b%3D%ED%99%8D%20%EA%B8%B8%2B%23x"
        );
        assert_eq!(login_again("/me"), "/oauth/login?prompt=login&return_to=%2Fme");
        assert_eq!(leading_on("/email/verify?sent=1", "/me"), "/email/verify?sent=1&return_to=%2Fme");
        assert_eq!(prove("/me"), "/oauth/prove?return_to=%2Fme");
        assert_eq!(
            security("codes", "codes_on", "/me"),
            "/me/security?notice=codes_on&return_to=%2Fme#codes"
        );
    }
}
