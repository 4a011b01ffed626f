//! A program whose audit log is watched.

use std::collections::BTreeSet;
use std::time::Duration;

use db::{AnyRow, Row as _, query};
use testkit::Browser;

use crate::app::App;
use crate::token_actor::MASTER_KEY;

const A_MINUTE: Duration = Duration::from_mins(1);

/// A program, and the lines of its audit log that were looked at.
pub(crate) struct Watched {
    pub(crate) app: App,
    pub(crate) seen: BTreeSet<String>,
    pub(crate) kinds: BTreeSet<String>,
}

impl Watched {
    /// The id of each line, and what it says: who, where that is not a member, and what, and how it ended.
    pub(crate) async fn lines(&self) -> Vec<(String, String)> {
        self.app.flush_audit().await;
        let mut reader = self.app.database.read().await.unwrap();
        let rows = query("SELECT id, actor, kind, outcome, request_id FROM audit_events ORDER BY id");
        let rows = rows.fetch_all(&mut *reader).await.unwrap();
        let line = |row: &AnyRow| {
            let (actor, kind): (&str, &str) = (row.get(1), row.get(2));
            // Rows of an erased member have lost theirs, and were seen before.
            let is_known = self.seen.contains(row.get::<&str, _>(0)) || row.get::<&str, _>(4).len() >= 8;
            assert!(is_known || actor == "system", "S-LOG-4: {kind} by {actor} has no request id");
            let actor = if actor == "member" { String::new() } else { format!("{actor}: ") };
            (row.get(0), format!("{actor}{kind} {}", row.get::<&str, _>(3)))
        };
        rows.iter().map(line).collect()
    }

    /// What an operator types behind `daemun`, on the database of the program.
    pub(crate) async fn commands(&self, arguments: &[&str]) {
        let done = self.command(arguments, "").await;
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    }

    /// The same with a configuration file, whatever comes of it.
    pub(crate) async fn command(&self, arguments: &[&str], toml: &str) -> std::process::Output {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("daemun.toml"), toml).unwrap();
        tokio::process::Command::new(env!("CARGO_BIN_EXE_daemun"))
            .args(arguments)
            .env_clear()
            .current_dir(place.path())
            .env("DAEMUN_MASTER_KEYS", MASTER_KEY)
            .env("DAEMUN_DATABASE__URL", self.app.database.url().to_string())
            .output()
            .await
            .unwrap()
    }

    /// What was written since the last look must be this, in any order. Some of it is written behind the answer.
    pub(crate) async fn wrote(&mut self, flow: &str, expected: &[&str]) {
        let expected: Vec<_> = expected.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut found = Vec::new();
        for _ in 0..1_000 {
            let fresh: Vec<_> =
                self.lines().await.into_iter().filter(|(id, _)| !self.seen.contains(id)).collect();
            found.clone_from(&fresh);
            if fresh.len() >= expected.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.app.settled().await;
        let mut events: Vec<_> = found.iter().map(|(_, event)| event.clone()).collect();
        events.sort_unstable();
        assert_eq!(events, expected, "{flow}");
        self.kinds.extend(events.iter().map(|event| event.rsplit(' ').nth(1).unwrap().to_owned()));
        self.seen.extend(found.into_iter().map(|(id, _)| id));
        // No flow is slowed by the ones before it.
        self.app.advance(A_MINUTE);
    }

    pub(crate) async fn signs_in(&mut self, provider: &str) -> Browser {
        let browser = self.app.browser();
        self.app.sign_in(&browser, provider, "minji").await;
        self.wrote("sign-in by a provider", &["sign_in success"]).await;
        browser
    }

    pub(crate) async fn signs_in_by_password(&mut self, email: &str, password: &str) -> Browser {
        let browser = self.app.browser();
        let form = [("email", email), ("password", password), ("return_to", "/me")];
        assert_eq!(browser.submit("/api/auth/signin/password", &form).await.location(), "/me");
        self.wrote("sign-in by password", &["sign_in success"]).await;
        browser
    }
}
