//! The topics.

use std::fmt;

/// A kind of event, and the topic that carries it (design 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Somebody became a member.
    UserSignup,
    /// A member signed in.
    UserLogin,
    /// A member asked for a new password.
    PasswordReset,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::UserSignup, Self::UserLogin, Self::PasswordReset];

    /// The name on the bus.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserSignup => "user-signup",
            Self::UserLogin => "user-login",
            Self::PasswordReset => "password-reset",
        }
    }

    /// The topic with this name; `None` when there is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == name)
    }

    /// Where the messages go that a consumer could not deal with.
    pub const fn dead(self) -> &'static str {
        match self {
            Self::UserSignup => "user-signup.dead",
            Self::UserLogin => "user-login.dead",
            Self::PasswordReset => "password-reset.dead",
        }
    }

    /// `eventType` of the events on this topic.
    pub const fn event_type(self) -> &'static str {
        match self {
            Self::UserSignup => "USER_SIGNUP",
            Self::UserLogin => "USER_LOGIN",
            Self::PasswordReset => "PASSWORD_RESET",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_survives_its_name_and_its_dead_one_hangs_together_with_it() {
        for topic in Topic::ALL {
            assert_eq!(Topic::parse(topic.as_str()), Some(topic));
            assert_eq!(topic.dead(), format!("{topic}.dead"));
            assert_eq!(topic.event_type().to_ascii_lowercase().replace('_', "-"), topic.as_str());
        }
        assert_eq!(Topic::parse("user-signup.dead"), None);
    }
}
