//! The paths of pages. Links, mails and redirects use these, so that each path is written once.

use crate::login_error::LoginError;

/// The main page.
pub const HOME: &str = "/";
/// The login page.
pub const LOGIN: &str = "/oauth/login";
/// The second step of a sign-in.
pub const SECOND_STEP: &str = "/oauth/second";
/// Where a member gives a fresh proof.
pub const PROVE: &str = "/oauth/prove";
/// Where apps send people to sign out (OpenID Connect RP-Initiated Logout 1.0).
pub const LOGOUT: &str = "/oauth2/logout";
/// Where a member allows a device without a browser (RFC 8628).
pub const DEVICE: &str = "/device";
/// The sign-up page.
pub const SIGN_UP: &str = "/signup";
/// Signing up by a passkey.
pub const PASSKEY_SIGN_UP: &str = "/signup/passkey";
/// Where a member who lost their passkey signs in with a recovery code.
pub const RECOVER: &str = "/oauth/recover";
/// The page that the mail of a sign-up links to.
pub const VERIFY_EMAIL: &str = "/email/verify";
/// The page that the mail to a new address links to.
pub const CHANGE_EMAIL: &str = "/email/change";
/// Where people ask for a mail to reset their password.
pub const FORGOT_PASSWORD: &str = "/password/forgot";
/// The page that this mail links to.
pub const RESET_PASSWORD: &str = "/password/reset";
/// The page that the mail about a deletion links to.
pub const KEEP_ACCOUNT: &str = "/account/keep";
/// The page that the mail about a reset of second factors links to.
pub const KEEP_FACTORS: &str = "/account/keep/factors";
/// The member's own profile.
pub const PROFILE: &str = "/me";
/// The sessions of the member.
pub const SESSIONS: &str = "/me/sessions";
/// Password, address and sign-in methods.
pub const SECURITY: &str = "/me/security";
/// The history of the account.
pub const HISTORY: &str = "/me/history";
/// Data and deletion.
pub const ACCOUNT: &str = "/me/account";
/// The prefix of the address at which an authorization request continues; its id follows.
pub const AUTHORIZATION_REQUEST: &str = "/oauth2/authorize/";
/// The consent page.
pub const CONSENT: &str = "/oauth2/consent";
/// The address of the consent page up to the id of the request.
pub const CONSENT_REQUEST: &str = "/oauth2/consent?request=";
/// The first page of operators, and the prefix of their other pages.
pub const ADMIN: &str = "/admin";
/// Where operators find members.
pub const ADMIN_MEMBERS: &str = "/admin/members";
/// Posts that members reported, for who decides about them.
pub const ADMIN_REPORTS: &str = "/admin/reports";
/// One member, for operators.
pub const ADMIN_MEMBER: &str = "/admin/members/{id}";
/// Events that wait, and dead letters.
pub const ADMIN_EVENTS: &str = "/admin/events";
/// One dead letter.
pub const ADMIN_DEAD_LETTER: &str = "/admin/events/{consumer}/{event}";
/// Mails that wait, and mails that were given up.
pub const ADMIN_MAILS: &str = "/admin/mails";
/// The receivers of webhooks.
pub const ADMIN_WEBHOOKS: &str = "/admin/webhooks";
/// The keys that sign tokens.
pub const ADMIN_KEYS: &str = "/admin/keys";
/// The clients of the authorization server.
pub const ADMIN_CLIENTS: &str = "/admin/clients";
/// One client.
pub const ADMIN_CLIENT: &str = "/admin/clients/{id}";
/// The state of the program.
pub const ADMIN_PROGRAM: &str = "/admin/program";
/// Long work.
pub const ADMIN_LONG_WORK: &str = "/admin/long-work";
/// Where a member accepts the invitation to become an administrator.
pub const ADMIN_INVITATION: &str = "/admin/invite";
/// The feed of the member.
pub const FEED: &str = "/feed";
/// The public profile of a member, as routes declare it.
pub const MEMBER: &str = "/members/{id}";
/// The prefix of that path; the id follows.
pub const MEMBERS: &str = "/members/";

/// The address of the login page, with the error that it explains and the address to go on to.
pub fn login(error: Option<LoginError>, return_to: &str) -> String {
    match error {
        Some(error) => leading_on(&format!("{LOGIN}?error={}", error.as_str()), return_to),
        None => leading_on(LOGIN, return_to),
    }
}

/// The same for somebody who is signed in and must sign in again (`prompt=login`).
pub fn login_again(return_to: &str) -> String {
    leading_on(&format!("{LOGIN}?prompt=login"), return_to)
}

/// The address of `page` with the address to go on to, such as that of the app that sent somebody to sign up.
pub fn leading_on(page: &str, return_to: &str) -> String {
    let mut address = page.to_owned();
    address.push(if page.contains('?') { '&' } else { '?' });
    address.push_str("return_to=");
    encode(&mut address, return_to);
    address
}

/// The address of a section of the security page, with a success notice and the address to go on to.
pub fn security(part: &str, notice: &str, return_to: &str) -> String {
    format!("{}#{part}", leading_on(&format!("{SECURITY}?notice={notice}"), return_to))
}

/// The address of the page for a fresh proof, which goes on to `return_to`.
pub fn prove(return_to: &str) -> String {
    let mut address = format!("{PROVE}?return_to=");
    encode(&mut address, return_to);
    address
}

/// The same where level 2 is needed.
pub fn prove_by_second_factor(return_to: &str) -> String {
    format!("{}&level=2", prove(return_to))
}

/// The address of the consent page for the request with this id. Ids need no encoding.
pub fn consent(request: &str) -> String {
    format!("{CONSENT_REQUEST}{request}")
}

/// The id of the authorization request in the address at which it continues, or in that of its consent page.
pub fn request_in(address: &str) -> Option<&str> {
    address.strip_prefix(AUTHORIZATION_REQUEST).or_else(|| address.strip_prefix(CONSENT_REQUEST))
}

/// Appends a value to a query. All but the unreserved characters of RFC 3986 section 2.3 are percent-encoded.
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
