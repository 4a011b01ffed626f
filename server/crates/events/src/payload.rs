//! What each event tells, and no more (S-EVT-5): no password, hash, token, code or link, ever.

use std::fmt;
use std::net::IpAddr;

use kernel::Timestamp;
use names::{MemberId, SignInMethod};
use serde::{Deserialize, Serialize};

use crate::envelope::Envelope;
use crate::moment::{self, whole_seconds};
use crate::sign_in_method;
use crate::topic::Topic;

const LONGEST_NICKNAME: usize = 100;
const LONGEST_EMAIL: usize = 320;
const LONGEST_USER_AGENT: usize = 400;

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
    /// How.
    #[serde(with = "sign_in_method")]
    pub signup_method: SignInMethod,
    /// When the account was made; told in whole seconds.
    #[serde(with = "moment")]
    pub created_at: Timestamp,
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
    /// How.
    #[serde(with = "sign_in_method")]
    pub login_method: SignInMethod,
    /// From where. An IPv4 address in IPv6 form is told as IPv4.
    pub ip_address: IpAddr,
    /// What the client calls itself; cut at 400 characters.
    pub user_agent: String,
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

/// What an event tells. Its key on the bus is the member.
#[derive(Clone, PartialEq, Eq)]
pub enum Payload {
    /// `USER_SIGNUP`.
    UserSignup(UserSignup),
    /// `USER_LOGIN`.
    UserLogin(UserLogin),
    /// `PASSWORD_RESET`.
    PasswordReset(PasswordReset),
}

impl Payload {
    /// The topic that carries it.
    pub const fn topic(&self) -> Topic {
        match self {
            Self::UserSignup(_) => Topic::UserSignup,
            Self::UserLogin(_) => Topic::UserLogin,
            Self::PasswordReset(_) => Topic::PasswordReset,
        }
    }

    /// The member whom it is about. Events of one member keep their order (S-EVT-4).
    pub const fn key(&self) -> MemberId {
        match self {
            Self::UserSignup(UserSignup { uuid, .. })
            | Self::UserLogin(UserLogin { uuid, .. })
            | Self::PasswordReset(PasswordReset { uuid, .. }) => *uuid,
        }
    }

    /// This payload within the lengths and precision that the schema promises, so that an event always fits.
    pub(crate) fn fitted(mut self) -> Self {
        match &mut self {
            Self::UserSignup(UserSignup { email, nickname, created_at, .. }) => {
                fit_email(email);
                cut(nickname, LONGEST_NICKNAME);
                *created_at = whole_seconds(*created_at);
            }
            Self::UserLogin(UserLogin { email, ip_address, user_agent, .. }) => {
                fit_email(email);
                *ip_address = ip_address.to_canonical();
                cut(user_agent, LONGEST_USER_AGENT);
            }
            Self::PasswordReset(PasswordReset { email, requested_at, .. }) => {
                fit_email(email);
                *requested_at = whole_seconds(*requested_at);
            }
        }
        self
    }

    /// The payload of the event in `body`, read as the event of `topic` and as no other.
    pub(crate) fn read(topic: Topic, body: &str) -> Result<Envelope<Self>, serde_json::Error> {
        Ok(match topic {
            Topic::UserSignup => serde_json::from_str::<Envelope<UserSignup>>(body)?.map(Self::UserSignup),
            Topic::UserLogin => serde_json::from_str::<Envelope<UserLogin>>(body)?.map(Self::UserLogin),
            Topic::PasswordReset => {
                serde_json::from_str::<Envelope<PasswordReset>>(body)?.map(Self::PasswordReset)
            }
        })
    }
}

/// A longer address cannot be one (RFC 5321 section 4.5.3.1): there is none then.
fn fit_email(email: &mut Option<String>) {
    email.take_if(|email| email.chars().count() > LONGEST_EMAIL);
}

fn cut(text: &mut String, longest: usize) {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
    }
}

impl Serialize for Payload {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::UserSignup(payload) => payload.serialize(serializer),
            Self::UserLogin(payload) => payload.serialize(serializer),
            Self::PasswordReset(payload) => payload.serialize(serializer),
        }
    }
}

/// The kind and the member: addresses do not belong in a log (S-LOG-2).
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.topic().event_type(), self.key())
    }
}

macro_rules! payload_from {
    ($($kind:ident),+) => {
        $(
            impl From<$kind> for Payload {
                fn from(payload: $kind) -> Self {
                    Self::$kind(payload)
                }
            }

            impl fmt::Debug for $kind {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, concat!(stringify!($kind), "({})"), self.uuid)
                }
            }
        )+
    };
}

payload_from!(UserSignup, UserLogin, PasswordReset);
