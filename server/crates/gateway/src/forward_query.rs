//! What a proxy may say in the query of `/auth/verify`: the scope and the role that its location needs, the audience of the service
//! there, and how lately and how strongly the sender must have proven who they are.

use std::time::Duration;

use names::{Level, Role};
use web::Refusal;

use crate::audience;
use crate::quantity::span;
use crate::step_up::StepUp;

/// What the proxy's query demands of the caller: audience, scope, role, a fresh or strong proof.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Words that are needed, separated by single spaces.
    pub(crate) scope: Option<String>,
    /// The role that is needed as well.
    pub(crate) role: Option<String>,
    pub(crate) audience: Option<String>,
    fresh: Option<Duration>,
    level: Option<Level>,
}

impl Asked {
    /// Reads the query. `own` is the audience of the program's own API, which no service may have.
    pub(crate) fn read(query: Option<&str>, own: &str) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or("").as_bytes()) {
            match &*name {
                "scope" if asked.scope.is_none() => asked.scope = Some(scope(&value)?),
                "role" if asked.role.is_none() => asked.role = Some(role(&value)?),
                "audience" if asked.audience.is_none() => {
                    if !audience::is_audience(&value) || value == own {
                        return Err(Refusal::field("audience", "the audience of a service, such as orders"));
                    }
                    asked.audience = Some(value.into_owned());
                }
                "fresh" if asked.fresh.is_none() => asked.fresh = Some(fresh(&value)?),
                "level" if asked.level.is_none() => asked.level = Some(level(&value)?),
                _ => {
                    let allowed =
                        "one each of scope, role, audience, fresh and level, and no other parameter";
                    return Err(Refusal::field("scope", allowed));
                }
            }
        }
        Ok(asked)
    }

    /// What is asked of the proof, if anything is.
    pub(crate) fn step_up(&self) -> Option<StepUp> {
        let (fresh, level) = (self.fresh, self.level.unwrap_or(Level::One));
        (fresh.is_some() || level > Level::One).then_some(StepUp { fresh, level })
    }
}

fn fresh(value: &str) -> Result<Duration, Refusal> {
    span(value).ok_or_else(|| Refusal::field("fresh", "a number above zero with s, m, h or d, such as 10m"))
}

fn level(value: &str) -> Result<Level, Refusal> {
    match value {
        "1" => Ok(Level::One),
        "2" => Ok(Level::Two),
        _ => Err(Refusal::field("level", "1 or 2")),
    }
}

fn role(value: &str) -> Result<String, Refusal> {
    let role = Role::parse(value).map_err(|_| Refusal::field("role", "a role, such as ROLE_SUPPORT"))?;
    Ok(role.to_string())
}

fn scope(value: &str) -> Result<String, Refusal> {
    let words = value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let is_scope =
        words.bytes().all(|c| matches!(c, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) && !words.is_empty();
    if is_scope { Ok(words) } else { Err(Refusal::field("scope", "the words of one scope")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_scope_and_one_audience_can_be_asked_for() {
        let read = |query| Asked::read(query, "https://login.example");
        let asked = |scope: Option<&str>, audience: Option<&str>| Asked {
            scope: scope.map(str::to_owned),
            role: None,
            audience: audience.map(str::to_owned),
            ..Asked::default()
        };
        let of_role = read(Some("role=ROLE_SUPPORT&scope=a")).unwrap();
        assert_eq!((of_role.role.as_deref(), of_role.scope.as_deref()), (Some("ROLE_SUPPORT"), Some("a")));
        assert_eq!(read(None).unwrap(), asked(None, None));
        assert_eq!(read(Some("scope=a+b%3Aread")).unwrap(), asked(Some("a b:read"), None));
        assert_eq!(read(Some("audience=orders")).unwrap(), asked(None, Some("orders")));
        assert_eq!(read(Some("audience=a&scope=b")).unwrap(), asked(Some("b"), Some("a")));
        for bad in [
            "scope=",
            "scope=a&scope=b",
            "scopes=a",
            "scope=%22",
            "scope=%0d%0a",
            "a",
            "audience=",
            "audience=a&audience=b",
            "audience=a+b",
            "audience=https://login.example",
            "audience=https%3A%2F%2Flogin.example",
            "scope=a&audience=%22",
            "role=",
            "role=admin",
            "role=ROLE_A&role=ROLE_B",
            "role=ROLE_A,ROLE_B",
            "fresh=",
            "fresh=0m",
            "fresh=10",
            "fresh=10m&fresh=10m",
            "level=",
            "level=0",
            "level=3",
            "level=2&level=1",
        ] {
            assert!(read(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_proxy_says_how_lately_and_how_strongly() {
        let read = |query| Asked::read(Some(query), "https://login.example").unwrap().step_up();
        let ten_minutes = Some(Duration::from_mins(10));
        assert_eq!(read("scope=a"), None);
        assert_eq!(read("level=1"), None);
        assert_eq!(read("level=2"), Some(StepUp { fresh: None, level: Level::Two }));
        assert_eq!(read("fresh=10m"), Some(StepUp { fresh: ten_minutes, level: Level::One }));
        assert_eq!(read("level=2&fresh=600s"), Some(StepUp { fresh: ten_minutes, level: Level::Two }));
    }
}
