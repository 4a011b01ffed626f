//! What the sources and their dependencies may hold, read from the files themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::app::App;

/// Words of generators that are not the operating system's, and of ids that are made without ours (S-KEY-4).
const OTHER_CHANCE: [&str; 8] =
    ["thread_rng", "use rand::", "rand::rng", "fastrand", "RandomState", "new_v4", "now_v7", "from_entropy"];

/// Where the operating system is asked, and where the library that signs asks for its own blinding.
const ASKS_THE_SYSTEM: [(&str, &str); 2] = [
    ("getrandom", "server/crates/kernel/src/randomness.rs"),
    ("SystemRandom", "server/crates/tokens/src/signing_key.rs"),
];

/// Secrets, and the files that define them: none of them can be compared with `==`.
const SECRETS: [(&str, &str); 9] = [
    ("MasterKey", "server/crates/kernel/src/keyring.rs"),
    ("OpaqueToken", "server/crates/kernel/src/token.rs"),
    ("RefreshToken", "server/crates/tokens/src/refresh_token.rs"),
    ("AccessToken", "server/crates/tokens/src/access_token.rs"),
    ("SigningKey", "server/crates/tokens/src/signing_key.rs"),
    ("Password", "server/crates/members/src/model/password.rs"),
    ("MailCode", "server/crates/members/src/model/mail_code.rs"),
    ("ProviderGrant", "server/crates/providers/src/identity.rs"),
    ("BrowserBinding", "server/crates/providers/src/browser_binding.rs"),
];

/// Where a statement may be put together from parts: names of tables and columns that are in our own sources, numbers of the
/// configuration, and whole statements.
const DIALECT_CODE: [&str; 5] = [
    "server/crates/db/src/copy.rs",
    "server/crates/db/src/table.rs",
    "server/crates/db/src/reseal.rs",
    "server/crates/db/src/pool.rs",
    "server/crates/db/src/joined.rs",
];

/// Where the same branch is written for each of several authors, and the names with which its parts are put in. Once written, a
/// statement stays as it is for as long as the program runs, so that nothing has to vouch for it.
const BRANCHES: (&str, [&str; 4]) =
    ("server/crates/activity/src/store/page.rs", ["{columns}", "{select}", "{place}", "{state}"]);

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(file: &str) -> String {
    std::fs::read_to_string(top().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Rust sources of the program with their text, without tests, benches and what only tests use.
pub fn production() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![top().join("app"), top().join("server")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", "tests", "benches", "testkit", "simulators"].contains(&name.as_str()) {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|end| end == "rs") && !name.ends_with("tests.rs") {
                let file = path.strip_prefix(top()).unwrap().to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                // Unit tests are at the end of their file.
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                found.push((file, text));
            }
        }
    }
    assert!(found.len() > 150, "the test sees the sources: {}", found.len());
    found
}

/// Lines of code with their place, without comments.
fn lines(sources: &[(String, String)]) -> impl Iterator<Item = (String, &str)> {
    sources.iter().flat_map(|(file, text)| {
        let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        code.map(move |(index, line)| (format!("{file}:{}", index + 1), line))
    })
}

#[test]
fn s_key_4_no_source_makes_chance_of_its_own_or_compares_secrets_by_their_text() {
    let sources = production();
    for (place, line) in lines(&sources) {
        let other: Vec<_> = OTHER_CHANCE.iter().filter(|word| line.contains(**word)).collect();
        assert!(other.is_empty(), "{place}: chance comes from kernel::Randomness, not from {other:?}");
        for (word, file) in ASKS_THE_SYSTEM {
            assert!(!line.contains(word) || place.starts_with(file), "{place}: {word}");
        }
        let compares = line.contains("==") || line.contains("!=");
        let shows = line.contains(".expose()") || line.contains("expose_secret()");
        assert!(!(compares && shows), "{place}: compare secrets with `ct_eq`: {line}");
    }
    for (secret, file) in SECRETS {
        let source = text(file);
        let (before, _) = source.split_once(&format!("pub struct {secret}")).unwrap_or_else(|| {
            source
                .split_once(&format!("struct {secret}"))
                .unwrap_or_else(|| panic!("{secret} is not in {file}"))
        });
        let attributes = before.rsplit("\n\n").next().unwrap();
        assert!(
            !attributes.contains("PartialEq"),
            "{secret} compares byte by byte until the first difference"
        );
        assert!(!source.contains(&format!("PartialEq for {secret}")), "{secret}");
    }
}

#[test]
fn s_as_12_no_answer_of_ours_has_a_form_sent_on() {
    let sends_on = ["PERMANENT_REDIRECT", "TEMPORARY_REDIRECT", "Redirect::permanent", "Redirect::temporary"];
    for (file, text) in production() {
        for word in sends_on {
            assert!(!text.contains(word), "{file}: {word}; with 303, what was typed stays here");
        }
    }
}

#[test]
fn s_ops_4_statements_are_written_down_and_take_their_values_as_parameters() {
    let sources = production();
    let begins = |line: &str| {
        ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"]
            .iter()
            .any(|verb| line.contains(&format!("\"{verb}")))
    };
    let mut statements = 0;
    for (file, text) in &sources {
        let may = DIALECT_CODE.contains(&file.as_str());
        let (of_branches, parts) = BRANCHES;
        let has_branches = file == of_branches;
        // The driver takes text that is not in the sources only where this name vouches for it.
        assert!(may || !text.contains("AssertSqlSafe"), "{file}: a statement that is put together");
        for (place, line) in lines(&[(file.clone(), text.clone())]) {
            let put_together = line.contains("format!(") && begins(line);
            assert!(may || has_branches || !put_together, "{place}: {line}");
            let line = if has_branches {
                parts.iter().fold(line.to_owned(), |line, part| line.replace(part, ""))
            } else {
                line.to_owned()
            };
            assert!(may || !begins(&line) || !line.contains('{'), "{place}: {line}");
        }
        statements += text.matches("db::statements!").count();
    }
    assert!(statements > 20, "the test sees the statements: {statements}");
}

#[test]
fn s_ops_1_dependencies_are_locked_with_a_checksum_and_come_from_the_registry() {
    let lock: toml::Value = toml::from_str(&text("Cargo.lock")).unwrap();
    let packages = lock["package"].as_array().unwrap();
    let mut registries = BTreeSet::new();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        match package.get("source").and_then(toml::Value::as_str) {
            None => assert!(package.get("checksum").is_none(), "{name}"),
            Some(source) => {
                assert!(source.starts_with("registry+"), "{name} comes from {source}");
                assert!(package["checksum"].as_str().unwrap().len() == 64, "{name}");
                registries.insert(source);
            }
        }
    }
    assert!(packages.len() > 200 && registries.len() == 1, "one registry: {registries:?}");
    for file in ["end2end/package-lock.json", "docs/examples/node/package-lock.json"] {
        let lock: serde_json::Value = serde_json::from_str(&text(file)).unwrap();
        for (path, package) in
            lock["packages"].as_object().unwrap().iter().filter(|(path, _)| !path.is_empty())
        {
            assert!(
                package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")),
                "{file} {path}"
            );
            assert!(!package["resolved"].as_str().unwrap_or_default().starts_with("git"), "{file} {path}");
        }
    }
}

#[test]
fn s_ops_1_everything_that_is_linked_has_a_licence_that_lets_it_be() {
    let metadata: serde_json::Value = serde_json::from_slice(&metadata()).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 200);
    let rules: toml::Value = toml::from_str(&text("deny.toml")).unwrap();
    let allowed: BTreeSet<_> =
        rules["licenses"]["allow"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    let allowed: BTreeSet<_> = allowed.iter().flat_map(|licence| licence.split(' ')).collect();
    // One that a certain crate may bring is looked at by cargo deny.
    let bans = rules["bans"]["deny"].as_array().unwrap().iter();
    let (not_ours, banned): (Vec<_>, Vec<_>) = bans.partition(|ban| ban.get("wrappers").is_some());
    let names = |bans: &[&toml::Value], name: &serde_json::Value| {
        bans.iter().any(|ban| ban["crate"].as_str() == name.as_str())
    };
    let exceptions = rules["licenses"]["exceptions"].as_array().unwrap();
    let excepted = |name: &serde_json::Value, licence: &str| {
        let of = |rule: &&toml::Value| rule["crate"].as_str() == name.as_str();
        let rule = exceptions.iter().find(of).and_then(|rule| rule["allow"].as_array());
        rule.is_some_and(|allow| allow.iter().any(|one| one.as_str() == Some(licence)))
    };
    for package in packages {
        assert!(!names(&banned, &package["name"]), "{} is banned by deny.toml", package["name"]);
        // Crates of ours have no source.
        for used in package["dependencies"].as_array().unwrap().iter().filter(|_| package["source"].is_null())
        {
            let (name, used) = (&package["name"], &used["name"]);
            assert!(!names(&not_ours, used), "{name} uses {used}, which deny.toml keeps for another crate");
        }
        let (name, licence) = (&package["name"], package["license"].as_str().unwrap_or("none"));
        let words =
            licence.split([' ', '(', ')', '/']).filter(|word| !["", "AND", "OR", "WITH"].contains(word));
        let words = words.filter(|word| !allowed.contains(word));
        let others: Vec<_> = words.filter(|word| !excepted(name, word)).collect();
        assert!(others.is_empty(), "{name} is under {licence}");
    }
}

/// What `cargo metadata` says of everything, dependencies included.
fn metadata() -> Vec<u8> {
    let output = std::process::Command::new(env!("CARGO"))
        // As the release is built.
        .args([
            "metadata",
            "--features=kafka-vendored",
            "--offline",
            "--locked",
            "--format-version=1",
            "--filter-platform",
        ])
        .arg(format!("{}-unknown-linux-gnu", std::env::consts::ARCH))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn s_ops_1_the_bill_of_materials_names_what_is_linked_and_nothing_else() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), metadata()).unwrap();
    let output = std::process::Command::new("node")
        .args(["scripts/sbom.mjs", "server"])
        .current_dir(top())
        .stdin(std::fs::File::open(file.path()).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bill: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&bill["bomFormat"], &bill["metadata"]["component"]["name"]),
        (&"CycloneDX".into(), &"server".into())
    );
    let components = bill["components"].as_array().unwrap();
    let names: BTreeSet<_> = components.iter().map(|component| component["name"].as_str().unwrap()).collect();
    for linked in ["app", "axum", "aws-lc-rs", "kernel", "leptos", "rustls", "sqlx-sqlite", "tokio"] {
        assert!(names.contains(linked), "{linked} is missing");
    }
    for other in ["criterion", "rcgen", "tempfile", "testkit"] {
        assert!(!names.contains(other), "{other} is in no program");
    }
    let ours = ["app", "contract", "simulators"];
    for component in components {
        let is_ours = top().join("server/crates").join(component["name"].as_str().unwrap()).exists();
        let has_hash = component["hashes"][0]["content"].as_str().is_some_and(|hash| hash.len() == 64);
        assert!(has_hash || is_ours || ours.contains(&component["name"].as_str().unwrap()), "{component}");
    }
}

/// What secrets look like, by the beginnings that their makers give them.
const LOOKS_SECRET: [&str; 8] = [
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
    r"GOCSPX-[A-Za-z0-9_-]{20}",
    r"AKIA[0-9A-Z]{16}",
    r"gh[pousr]_[A-Za-z0-9]{30}",
    r"xox[abp]-[0-9A-Za-z-]{20}",
    r"sk_live_[0-9A-Za-z]{20}",
    r"ya29\.[0-9A-Za-z_-]{20}",
    r"eyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
];

#[test]
fn s_key_1_no_file_of_the_repository_holds_a_secret() {
    let list =
        std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(top()).output().unwrap();
    let files = String::from_utf8(list.stdout).unwrap();
    let looks: Vec<_> = LOOKS_SECRET.iter().map(|look| regex::Regex::new(look).unwrap()).collect();
    assert!(looks[2].is_match(&["AKIA", "ABCDEFGHIJKLMNOP"].concat()), "the search finds one");
    let mut read = 0;
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        let Ok(text) = std::fs::read_to_string(top().join(file)) else { continue };
        read += 1;
        let found = looks.iter().find_map(|look| look.find(&text));
        assert!(found.is_none(), "{file}: {}", found.unwrap().as_str());
        let names = [".env", ".pem", ".key", "master.key", "id_rsa", ".p12"];
        assert!(!names.iter().any(|name| file.ends_with(name)), "{file} does not belong here");
    }
    assert!(read > 400, "the test sees the files: {read}");
}

/// A decision whose record stands in for a test.
fn decision(name: &str) -> String {
    let text = text(&format!("docs/decisions/{name}.md"));
    assert!(text.contains("\n## Decision\n") && text.contains("\n## Revisit when\n"), "{name}");
    text
}

#[tokio::test]
async fn s_cookie_9_the_names_of_the_cookies_are_as_their_decision_says() {
    let record = decision("03-host-prefix-for-cookies");
    assert!(record.contains("S-COOKIE-9") && record.contains("`__Host-Http-`"));
    let app = App::with(&[("DAEMUN_PUBLIC_URL", "https://login.example")]).await;
    let browser = app.browser();
    let callback = app.until_callback(&browser, "google", "minji").await;
    browser.visit(&callback).await;
    for name in ["__Host-daemun", "__Host-daemun-login"] {
        assert!(record.contains(&format!("`{name}`")), "{name}");
        assert!(browser.cookie(name).is_some(), "{name}");
    }
}

#[test]
fn s_acc_16_the_reason_for_no_second_factor_names_what_stands_in_for_it() {
    let record = decision("32-no-second-factor-yet");
    for part in ["S-ACC-16", "**Compensation:**", "S-RATE-1"] {
        assert!(record.contains(part), "{part}");
    }
}
