//! The errors of responses. Each is described once, here: its code, its status, its message for developers, and the text that
//! explains it on pages.

use serde::{Deserialize, Serialize};

/// What an error code stands for in a response and on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorDescription {
    /// The stable code in a response.
    pub code: &'static str,
    /// The status of the response.
    pub status: u16,
    /// The message for developers.
    pub message: &'static str,
    /// How pages explain it; `None` if no form can cause it.
    pub text: Option<ErrorText>,
}

/// How pages explain an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// The key of the text in `app/locales/<language>/errors.json`.
    pub key: &'static str,
    /// The field that it belongs to; `None` if it is about the whole form.
    pub field: Option<&'static str>,
}

/// Declares the errors in one list: `Name: status "CODE" "message";`, with `=> "key"` where pages explain it, and
/// `at "field"` where it belongs to a field.
macro_rules! errors {
    ($(
        $(#[$doc:meta])*
        $name:ident: $status:literal $code:literal $message:literal $(=> $key:literal $(at $field:literal)?)?;
    )+) => {
        /// An error of a response.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $( $(#[$doc])* #[serde(rename = $code)] $name, )+
        }

        impl ErrorCode {
            /// Every value, each once.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Code, status and texts of this error.
            pub const fn description(self) -> ErrorDescription {
                match self {
                    $(Self::$name => ErrorDescription {
                        code: $code,
                        status: $status,
                        message: $message,
                        text: errors!(@text $($key $($field)?)?),
                    },)+
                }
            }
        }
    };
    (@text) => { None };
    (@text $key:literal) => { Some(ErrorText { key: $key, field: None }) };
    (@text $key:literal $field:literal) => { Some(ErrorText { key: $key, field: Some($field) }) };
}

errors! {
    /// Fields are missing or wrong.
    ValidationFailed: 400 "VALIDATION_FAILED" "A field is not as allowed.";
    /// The request is malformed, or HTTP that is not supported.
    BadRequest: 400 "BAD_REQUEST" "The request is malformed.";
    /// Nobody is signed in.
    NotSignedIn: 401 "NOT_SIGNED_IN" "Sign in first.";
    /// The account or the sender may not do this.
    Forbidden: 403 "FORBIDDEN" "This is not allowed.";
    /// Another site made a browser send the request.
    CrossOrigin: 403 "CROSS_ORIGIN" "Only our own pages may send this request.";
    /// The request needs a fresh sign-in.
    FreshSignInNeeded: 403 "FRESH_SIGN_IN_NEEDED" "Sign in again and come back within ten minutes.";
    /// The access token lacks a scope.
    InsufficientScope: 403 "INSUFFICIENT_SCOPE" "The access token does not allow this.";
    /// The account lacks a role.
    InsufficientRole: 403 "INSUFFICIENT_ROLE" "Your account does not have the role for this.";
    /// The access token is a client's own.
    MembersOnly: 403 "MEMBERS_ONLY" "The access token is a client's own, and this is for members.";
    /// Nothing has this address.
    NotFound: 404 "NOT_FOUND" "Nothing was found at this address.";
    /// The path does not take this method.
    MethodNotAllowed: 405 "METHOD_NOT_ALLOWED" "This method is not allowed at this address.";
    /// The request took too long.
    Timeout: 408 "TIMEOUT" "The request took too long.";
    /// The body is too large.
    BodyTooLarge: 413 "BODY_TOO_LARGE" "The body is larger than allowed." => "too_large";
    /// The address is too long.
    UrlTooLong: 414 "URL_TOO_LONG" "The address is longer than allowed.";
    /// The media type of the body is not supported.
    MediaTypeUnsupported: 415 "MEDIA_TYPE_UNSUPPORTED" "This media type is not supported here.";
    /// Too many requests.
    TooManyRequests: 429 "TOO_MANY_REQUESTS" "Too many requests. Try again later." => "too_many_attempts";
    /// The header fields are too large.
    HeadersTooLarge: 431 "HEADERS_TOO_LARGE" "The headers are larger than allowed.";
    /// An internal error. The cause is in the log under the request id.
    InternalError: 500 "INTERNAL_ERROR" "Something went wrong on the server. Its log has the details under this request id.";
    /// Too much slow work, such as hashing passwords, is in progress.
    Busy: 503 "BUSY" "Too many people are signing in at the moment. Try again shortly." => "busy";
    /// The database or the signing keys are unavailable. Nobody is signed out.
    Unavailable: 503 "AUTH_UNAVAILABLE" "The service cannot answer at the moment. Try again shortly." => "unavailable";

    /// No account has this address and password.
    BadCredentials: 401 "AUTH_BAD_CREDENTIALS" "The email address or the password is wrong." => "bad_credentials";
    /// The refresh token is not valid.
    RefreshInvalid: 401 "AUTH_REFRESH_INVALID" "The refresh token is not valid. Sign in again.";
    /// The login transaction has expired or belongs to another browser.
    LoginExpired: 400 "LOGIN_EXPIRED" "This login has expired or belongs to another browser. Start again.";
    /// The callback was used before, and the browser is signed in.
    SignedInAlready: 400 "SIGNED_IN_ALREADY" "This login was completed before, and you are signed in. Continue from the main page.";

    /// Address and password are right; a second factor is needed.
    SecondFactorNeeded: 401 "SECOND_FACTOR_NEEDED" "Send a one-time code or a recovery code with this challenge to /auth/login/second.";
    /// The account must have a second factor and has none.
    SecondFactorRequired: 403 "SECOND_FACTOR_REQUIRED" "Sign in on the pages of the site, and set up the second factor that this account needs.";
    /// Members with this role cannot remove their last second factor.
    LastSecondFactor: 409 "LAST_SECOND_FACTOR" "This account needs a second factor; set up another one first." => "last_second_factor";
    /// No account has this account code and recovery code.
    RecoveryRefused: 401 "RECOVERY_REFUSED" "The account code or the recovery code is wrong, or was used before." => "recovery_refused";
    /// The code is wrong or was used before.
    SecondFactorWrong: 401 "SECOND_FACTOR_WRONG" "The code is wrong or was used before." => "second_factor_wrong" at "code";
    /// The password was proven too long ago, or too many codes were tried since.
    SecondFactorOver: 401 "SECOND_FACTOR_OVER" "The time for a code is over. Sign in again." => "second_factor_over";
    /// The first code of a new authenticator app is wrong.
    FirstCodeWrong: 400 "FIRST_CODE_WRONG" "The code is not the one that the app shows now." => "second_factor_wrong" at "code";
    /// No set-up of one-time codes is pending in this session.
    NothingBegun: 409 "NOTHING_BEGUN" "Begin the set-up of one-time codes again." => "nothing_begun";

    /// Another account has this address.
    AddressTaken: 409 "AUTH_EMAIL_DUPLICATE" "This email address already has an account." => "email_taken" at "email";
    /// The link or code of a mail was used or has expired.
    ProofInvalid: 400 "MAIL_PROOF_INVALID" "This link or code was used before or has expired. Ask for a new mail." => "mail_code" at "code";
    /// The proof must come with the password for the account.
    PasswordNeeded: 400 "PASSWORD_NEEDED" "Send the password that the account is to have as well." => "password_needed" at "password";
    /// The current password is wrong.
    WrongPassword: 400 "CURRENT_PASSWORD_WRONG" "The current password is wrong." => "wrong_password" at "password";
    /// The account has no password.
    NoPassword: 409 "PASSWORD_NOT_SET" "This account has no password that can be used now; ask for a mail to set one, at `POST /api/users/password/forgot`." => "no_password";
    /// The account has a password already.
    HasPassword: 409 "PASSWORD_SET" "This account has a password. Change it instead." => "has_password";
    /// The account was changed by another request in the meantime.
    ChangedMeanwhile: 409 "ACCOUNT_CHANGED" "The account was changed in the meantime. Load it again, then retry." => "changed_meanwhile";
    /// It is the only sign-in method.
    LastSignInMethod: 409 "LAST_WAY_IN" "This is the only sign-in method of the account. Link another one first." => "last_sign_in_method";
    /// The identity is another member's.
    IdentityTaken: 409 "IDENTITY_TAKEN" "This identity belongs to another account." => "identity_taken";
    /// No account has this passkey.
    PasskeyUnknown: 401 "PASSKEY_UNKNOWN" "Nobody has this passkey. It may have been removed." => "passkey_unknown";
    /// The answer of the passkey does not match the ceremony.
    PasskeyRefused: 401 "PASSKEY_REFUSED" "The passkey was not accepted. Ask for new options, then retry." => "passkey_refused";
    /// An account already has this passkey.
    PasskeyTaken: 409 "PASSKEY_TAKEN" "This passkey was added before." => "passkey_taken";
    /// The account has the maximum of passkeys.
    PasskeyLimit: 409 "PASSKEY_LIMIT" "An account has at most 20 passkeys. Remove one first." => "passkey_limit";

    /// The invitation was used or has expired.
    InvitationInvalid: 400 "INVITATION_INVALID" "This invitation was used before or has expired. Ask an operator for another one." => "invitation_invalid";
    /// The role was taken away a moment ago, and tokens with it have not expired yet.
    RoleTakenLately: 409 "ROLE_TAKEN_LATELY" "This role was taken away a moment ago. Try again in a few minutes." => "role_taken_lately";

    /// The member is the last administrator.
    LastAdministrator: 409 "LAST_ADMINISTRATOR" "This is the last administrator. Give ROLE_ADMIN to another member first: `daemun member roles ID --add ROLE_ADMIN --reason …`." => "last_administrator";
    /// The account is to be deleted.
    AccountDeleting: 409 "ACCOUNT_DELETING" "This account is to be deleted. Its owner alone can keep it." => "account_deleting";
    /// Nobody can sign in to the account.
    AccountDisabled: 409 "ACCOUNT_DISABLED" "This account is disabled. Enable it first." => "account_disabled";
    /// No address of this member waits for its proof.
    NoProofWaits: 409 "NO_PROOF_WAITS" "No address of this member waits for its proof." => "no_proof_waits";
    /// The second factors cannot be reset.
    FactorsStay: 409 "FACTORS_STAY" "The second factors of this member cannot be reset." => "factors_stay";
    /// A client with this id exists.
    ClientExists: 409 "CLIENT_EXISTS" "There is a client with this id already. Choose another id, or remove it first." => "client_exists" at "id";
    /// The client is defined in the configuration.
    ClientConfigured: 409 "CLIENT_CONFIGURED" "This client is in the configuration file. Change it there." => "client_configured";
    /// The client's authentication method has no secret.
    ClientHasNoSecret: 409 "CLIENT_HAS_NO_SECRET" "This client has no secret, because of its `auth`." => "client_has_no_secret";
    /// Long work of this kind is in progress.
    LongWorkRuns: 409 "LONG_WORK_RUNS" "This work is already in progress. Wait for it, or stop it first." => "long_work_runs";
    /// The mail was given up and has lost its content.
    MailEmptied: 409 "MAIL_EMPTIED" "This mail had a link or a code in it, which was deleted when the mail was given up. Its recipient can ask for a new one." => "mail_emptied";
    /// The replicas do not seal with the same master key.
    MasterKeysDiffer: 409 "MASTER_KEYS_DIFFER" "Not all replicas have the same newest master key. Restart each with the same `master_keys` first." => "master_keys_differ";
    /// The member cannot have this role.
    RoleImpossible: 409 "ROLE_IMPOSSIBLE" "The member cannot have this role." => "role_impossible" at "role";

    /// The cursor does not belong to this list.
    CursorInvalid: 400 "CURSOR_INVALID" "The cursor is not valid. Use `next` of the page before, or begin without one.";
    /// One of the two blocks the other.
    FollowNotAllowed: 403 "FOLLOW_NOT_ALLOWED" "This member cannot be followed." => "follow_not_allowed";
    /// The other member is the caller.
    FollowSelf: 409 "FOLLOW_SELF" "Members cannot follow or block themselves." => "follow_self";
    /// The member follows the maximum of members.
    FollowLimit: 409 "FOLLOW_LIMIT" "No more members can be followed." => "follow_limit";

    /// An app sent a sign-in request that cannot be served.
    AuthorizationRequestInvalid: 400 "AUTHORIZATION_REQUEST_INVALID" "The app sent a sign-in request that cannot be served. The server's log says under this request id what is wrong with it.";
    /// An app sent a sign-out request that cannot be read.
    LogoutRequestInvalid: 400 "LOGOUT_REQUEST_INVALID" "Send the parameters in the body as application/x-www-form-urlencoded.";
    /// Another member has signed in since the page was rendered.
    OtherMember: 403 "OTHER_MEMBER" "Somebody else has signed in meanwhile. Open the page again." => "other_member";

    /// The request has no credential.
    TokenMissing: 401 "TOKEN_MISSING" "Sign in, or send an access token as Bearer.";
    /// The token is not ours, or not for this API.
    TokenInvalid: 401 "TOKEN_INVALID" "The access token is not valid here.";
    /// The token has expired.
    TokenExpired: 401 "TOKEN_EXPIRED" "The access token has expired. Refresh it.";
    /// The token was revoked.
    TokenRevoked: 401 "TOKEN_REVOKED" "The access token was revoked. Sign in again.";

    /// The sign-in is too old or too weak (RFC 9470).
    StepUpNeeded: 401 "STEP_UP_NEEDED" "Sign in again, as the challenge in WWW-Authenticate says.";

    /// The request has more than one `Authorization` field.
    AuthorizationAmbiguous: 400 "AUTHORIZATION_AMBIGUOUS" "A request may have one Authorization field at most.";
    /// In forward-auth, a header of the proxy came twice.
    ForwardAuthAmbiguous: 403 "FORWARD_AUTH_AMBIGUOUS" "The proxy's header came twice: its configuration must replace what clients send.";
    /// The length of the body is ambiguous (request smuggling).
    FramingAmbiguous: 400 "FRAMING_AMBIGUOUS" "The length of the request's body is ambiguous.";
    /// The request names more than one host.
    HostAmbiguous: 400 "HOST_AMBIGUOUS" "A request is for one host.";
    /// The path can be read in more than one way.
    PathNotCanonical: 400 "PATH_NOT_CANONICAL" "The address can be read in more than one way.";
    /// The body ended early.
    BodyBroken: 400 "BODY_BROKEN" "The body of the request is incomplete.";
    /// The upstream failed too often and is not called at the moment.
    UpstreamUnavailable: 503 "UPSTREAM_UNAVAILABLE" "The service behind this address is unavailable. Try again shortly.";
    /// No connection to the upstream could be made.
    UpstreamUnreachable: 502 "UPSTREAM_UNREACHABLE" "The service behind this address cannot be reached.";
    /// The upstream closed the connection before it answered.
    UpstreamBroken: 502 "UPSTREAM_BROKEN" "The service behind this address closed the connection.";
    /// The upstream did not answer in time.
    UpstreamTimeout: 504 "UPSTREAM_TIMEOUT" "The service behind this address took too long.";
}

impl ErrorCode {
    /// The code in a response.
    pub const fn as_str(self) -> &'static str {
        self.description().code
    }

    /// The error with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|error| error.as_str() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_read_by_its_own_code_and_is_a_refusal() {
        for error in ErrorCode::ALL {
            let ErrorDescription { code, status, message, .. } = error.description();
            assert_eq!(ErrorCode::parse(code), Some(*error));
            assert_eq!(serde_json::to_value(error).unwrap(), code);
            assert!((400..600).contains(&status) && message.ends_with('.'), "{code}");
        }
        assert_eq!(ErrorCode::parse("NO_SUCH_CODE"), None);
    }
}
