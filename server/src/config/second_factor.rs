//! `[second_factor]`.

use std::time::Duration;

use names::Role;

use super::reader::Reader;
use super::roles::Roles;
use super::units::Span;

/// One-time codes beside a password, or after a provider.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// `second_factor.remember`; zero: no browser is remembered.
    pub remember: Duration,
    /// `second_factor.reset_delay`.
    pub reset_delay: Duration,
    /// `second_factor.required_for`: members with one of these roles set a second factor up before anything else.
    pub required_for: Vec<Role>,
}

/// An owner who sleeps or works reads no mail.
const LEAST_DELAY: Duration = Duration::from_hours(1);

impl SecondFactor {
    pub(super) fn read(reader: &Reader, roles: &Roles) -> Self {
        let cure = "Write a number with s, m, h or d, such as 30d, or 0s for never";
        let delay = "second_factor.reset_delay";
        let reset_delay = reader.span(delay).get();
        if !reset_delay.is_zero() && reset_delay < LEAST_DELAY {
            reader.wrong(delay, "the owner of the account would have no time to stop it", "Write 1h or more");
        }
        Self {
            remember: reader.parsed("second_factor.remember", cure, Span::SECOND).get(),
            reset_delay,
            required_for: required_for(reader, roles),
        }
    }
}

fn required_for(reader: &Reader, roles: &Roles) -> Vec<Role> {
    let key = "second_factor.required_for";
    let mut required: Vec<Role> = Vec::new();
    for text in reader.list(key) {
        match roles.all().find(|role| role.as_str() == text) {
            Some(role) if required.contains(&role) => {
                reader.wrong(key, format!("`{role}` is there twice"), "Write each role once");
            }
            Some(role) => required.push(role),
            None => {
                let known = roles.all().map(|role| role.to_string()).collect::<Vec<_>>().join(", ");
                reader.wrong(
                    key,
                    format!("nobody can have the role `{text}`"),
                    &format!("Write roles such as {known}; others first go into roles.names"),
                );
            }
        }
    }
    required
}
