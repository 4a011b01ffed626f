//! `access_ttl` and `refresh_ttl`: how long the client's tokens live.

use std::time::Duration;

use crate::client::config::ClientConfig;
use crate::client::findings::Findings;
use crate::client::rules::ClientRules;

pub(crate) fn check(client: &ClientConfig, rules: &ClientRules, found: &mut Findings) {
    let mut within = |key: &'static str, life: Option<Duration>, longest: Duration| {
        let Some(life) = life else { return };
        if life < Duration::from_secs(1) || life > longest {
            let cure = format!("Write whole seconds from 1s to {}s", longest.as_secs());
            found.wrong(key, "it is not within what is allowed here", cure);
        }
    };
    within("access_ttl", client.access_ttl, rules.longest_access_life);
    within("refresh_ttl", client.refresh_ttl, rules.longest_refresh_life);
    let both = client.access_ttl.zip(client.refresh_ttl);
    if both.is_some_and(|(access, refresh)| refresh < access) {
        found.wrong("refresh_ttl", "it is shorter than `access_ttl`", "Write a longer one");
    }
}
