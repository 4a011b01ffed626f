//! What each event tells, and no more (S-EVT-5): no password, hash, token, code or link, ever.

use std::fmt;
use std::net::IpAddr;

use kernel::Timestamp;
use names::id::Uuid;
use names::{MemberId, SignInMethod};
use serde::{Deserialize, Serialize};

use crate::moment::{self, whole_seconds};
use crate::sign_in_method;

const MAX_NICKNAME_CHARS: usize = 100;
const MAX_EMAIL_CHARS: usize = 320;
const MAX_USER_AGENT_CHARS: usize = 400;

events! {
    /// Somebody became a member.
    UserSignup = "user-signup", "USER_SIGNUP";
    /// A member signed in.
    UserLogin = "user-login", "USER_LOGIN";
    /// A member asked for a new password.
    PasswordReset = "password-reset", "PASSWORD_RESET";
    /// A member wrote a post.
    PostCreated = "post-created", "POST_CREATED";
    /// A member deleted a post.
    PostDeleted = "post-deleted", "POST_DELETED";
    /// A member follows another.
    UserFollowed = "user-followed", "USER_FOLLOWED";
    /// A member follows another no longer.
    UserUnfollowed = "user-unfollowed", "USER_UNFOLLOWED";
}

/// `USER_SIGNUP`: somebody became a member.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserSignup {
    /// The member.
    pub uuid: MemberId,
    /// Their address, where there is one.
    #[serde(deserialize_with = "Option::deserialize")]
    pub email: Option<String>,
    /// How they are called; cut at 100 characters.
    pub nickname: String,
    /// The sign-in method with which they signed up.
    #[serde(with = "sign_in_method")]
    pub signup_method: SignInMethod,
    /// When the account was made; told in whole seconds.
    #[serde(with = "moment")]
    pub created_at: Timestamp,
}

impl UserSignup {
    /// Within what the schema promises.
    fn fit(&mut self) {
        fit_email(&mut self.email);
        cut(&mut self.nickname, MAX_NICKNAME_CHARS);
        self.created_at = whole_seconds(self.created_at);
    }
}

/// `USER_LOGIN`: a member signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserLogin {
    /// The member.
    pub uuid: MemberId,
    /// Their address, where there is one.
    #[serde(deserialize_with = "Option::deserialize")]
    pub email: Option<String>,
    /// The sign-in method that they used.
    #[serde(with = "sign_in_method")]
    pub login_method: SignInMethod,
    /// From where. An IPv4 address in IPv6 form is told as IPv4.
    pub ip_address: IpAddr,
    /// What the client calls itself; cut at 400 characters.
    pub user_agent: String,
}

impl UserLogin {
    /// Within what the schema promises.
    fn fit(&mut self) {
        fit_email(&mut self.email);
        self.ip_address = self.ip_address.to_canonical();
        cut(&mut self.user_agent, MAX_USER_AGENT_CHARS);
    }
}

/// `PASSWORD_RESET`: a member asked for a new password. The way to it is not told here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordReset {
    /// The member.
    pub uuid: MemberId,
    /// Their address, where there is one.
    #[serde(deserialize_with = "Option::deserialize")]
    pub email: Option<String>,
    /// When; told in whole seconds.
    #[serde(with = "moment")]
    pub requested_at: Timestamp,
}

impl PasswordReset {
    /// Within what the schema promises.
    fn fit(&mut self) {
        fit_email(&mut self.email);
        self.requested_at = whole_seconds(self.requested_at);
    }
}

/// Declares what is told of posts and follows: ids and a time, never a text. Services that want more ask for it, and get what
/// the asking member may see.
macro_rules! ids_and_time {
    ($($(#[$doc:meta])* $name:ident { $(#[$id_doc:meta])* $id:ident: $kind:ty, $(#[$at_doc:meta])* $at:ident })+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// The member who did it.
            pub uuid: MemberId,
            $(#[$id_doc])*
            pub $id: $kind,
            $(#[$at_doc])*
            #[serde(with = "moment")]
            pub $at: Timestamp,
        }

        impl $name {
            /// Within what the schema promises.
            fn fit(&mut self) {
                self.$at = whole_seconds(self.$at);
            }
        }
    )+};
}

ids_and_time! {
    /// `POST_CREATED`: a member wrote a post.
    PostCreated {
        /// The post.
        post_id: Uuid,
        /// When; told in whole seconds.
        created_at
    }
    /// `POST_DELETED`: a member deleted a post.
    PostDeleted {
        /// The post.
        post_id: Uuid,
        /// When; told in whole seconds.
        deleted_at
    }
    /// `USER_FOLLOWED`: a member follows another.
    UserFollowed {
        /// Whom.
        followee: MemberId,
        /// Since when; told in whole seconds.
        followed_at
    }
    /// `USER_UNFOLLOWED`: a member follows another no longer.
    UserUnfollowed {
        /// Whom.
        followee: MemberId,
        /// Since when; told in whole seconds.
        unfollowed_at
    }
}

/// A longer text cannot be an address (RFC 5321 section 4.5.3.1), and counts as absent.
fn fit_email(email: &mut Option<String>) {
    email.take_if(|email| email.chars().count() > MAX_EMAIL_CHARS);
}

fn cut(text: &mut String, longest: usize) {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
    }
}

/// The kind and the member: addresses do not belong in a log (S-LOG-2).
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.topic().event_type(), self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_survives_its_name_and_its_dead_one_hangs_together_with_it() {
        for topic in Topic::ALL.iter().copied() {
            assert_eq!(Topic::parse(topic.as_str()), Some(topic));
            assert_eq!(topic.dead(), format!("{topic}.dead"));
            assert_eq!(topic.event_type().to_ascii_lowercase().replace('_', "-"), topic.as_str());
        }
        assert_eq!(Topic::parse("user-signup.dead"), None);
    }
}
