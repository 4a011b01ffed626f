//! The arrows between the parts, as design section 2 draws them.

use std::collections::{BTreeMap, BTreeSet};

/// What each part may use. A part that is not here may not exist.
const MAY_USE: &[(&str, &[&str])] = &[
    ("names", &[]),
    ("kernel", &["names"]),
    ("db", &["names", "kernel"]),
    ("jobs", &["names", "kernel", "db"]),
    ("limits", &["names", "kernel", "db"]),
    ("web", &["names", "kernel", "limits"]),
    ("events", &["names", "kernel", "db"]),
    ("webhooks", &["names", "kernel", "db", "events"]),
    ("providers", &["names", "kernel", "db", "web"]),
    ("simulators", &["names", "kernel"]),
    ("audit", &["names", "kernel", "db"]),
    (
        "members",
        &["names", "kernel", "db", "jobs", "limits", "audit", "web", "events", "tokens", "providers"],
    ),
    ("sessions", &["names", "kernel", "db", "limits", "audit", "web", "tokens", "providers", "members"]),
    (
        "authorization",
        &[
            "names",
            "kernel",
            "db",
            "jobs",
            "limits",
            "audit",
            "web",
            "events",
            "tokens",
            "providers",
            "notifications",
            "members",
            "sessions",
        ],
    ),
    ("activity", &["names", "kernel", "db", "jobs", "limits", "audit", "web", "events", "tokens"]),
    (
        "admin",
        &[
            "names",
            "kernel",
            "db",
            "jobs",
            "limits",
            "audit",
            "web",
            "events",
            "webhooks",
            "tokens",
            "providers",
            "notifications",
            "members",
            "sessions",
            "authorization",
            "activity",
            "gateway",
        ],
    ),
    ("contract", &["names"]),
    ("texts", &["names"]),
    ("app", &["names", "contract", "texts"]),
    ("frontend", &["app"]),
    ("tokens", &["names", "kernel", "db", "events", "web"]),
    ("notifications", &["names", "kernel", "db", "jobs", "web", "events", "texts"]),
    ("gateway", &["names", "kernel", "limits", "web", "tokens", "sessions"]),
];
/// These may use anything: the program puts all together, the test kit is in no program.
const MAY_USE_ALL: [&str; 2] = ["server", "testkit"];

#[test]
fn parts_use_each_other_along_the_arrows_only() {
    let arrows = arrows();
    for (part, uses) in &arrows {
        if MAY_USE_ALL.contains(&part.as_str()) {
            continue;
        }
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(name, _)| name == part)
            .unwrap_or_else(|| panic!("{part} is in no table: give it its place in design section 2"));
        for used in uses {
            assert!(allowed.contains(&used.as_str()), "{part} must not use {used}");
        }
    }
    assert!(
        arrows["app"].contains("contract") && arrows["server"].contains("app"),
        "the test sees the arrows"
    );
}

/// The page that shows the arrows.
const PAGE: &str = "../docs/architecture.md";
const BEGIN: &str = "<!-- made from the table in server/tests/http/architecture.rs: \
    `UPDATE=1 cargo test -p server --test http architecture` -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn the_picture_of_the_architecture_shows_the_table() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    let picture = picture();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, [before, BEGIN, &picture, END, after].concat()).unwrap();
    } else {
        assert_eq!(shown, picture, "docs/architecture.md is not up to date: see the line above its picture");
    }
}

/// The table as a picture. An arrow that follows from two others is left out.
fn picture() -> String {
    let uses = |part: &str| MAY_USE.iter().find(|(name, _)| *name == part).map_or(&[][..], |(_, uses)| uses);
    let mut lines = vec!["```mermaid".to_owned(), "flowchart TD".to_owned()];
    for (part, allowed) in MAY_USE {
        let follows = |used: &str| allowed.iter().any(|other| uses(other).contains(&used));
        let drawn: Vec<_> = allowed.iter().copied().filter(|used| !follows(used)).collect();
        lines.push(match drawn[..] {
            [] => format!("  {part}"),
            _ => format!("  {part} --> {}", drawn.join(" & ")),
        });
    }
    // The entry point of the browser is no part of the program.
    let parts = || MAY_USE.iter().filter(|(part, _)| *part != "frontend");
    let is_used = |part: &str| parts().any(|(_, uses)| uses.contains(&part));
    let tops: Vec<_> = parts().map(|(part, _)| *part).filter(|part| !is_used(part)).collect();
    lines.push(format!("  server --> {}", tops.join(" & ")));
    lines.push("```\n".to_owned());
    lines.join("\n")
}

/// Generators that are not the operating system's (S-KEY-4). Libraries that we use may use them where nobody must guess.
const OTHER_GENERATORS: [&str; 6] = ["fastrand", "nanorand", "oorandom", "rand", "rand_chacha", "rand_pcg"];

#[test]
fn s_key_4_no_part_depends_on_another_generator() {
    let all = dependencies();
    for (part, uses) in &all {
        let other: Vec<_> = uses.iter().filter(|used| OTHER_GENERATORS.contains(&used.as_str())).collect();
        assert!(part == "testkit" || other.is_empty(), "{part} uses {other:?}");
    }
    assert!(all["kernel"].contains("getrandom"), "the test sees where chance comes from");
}

/// Every dependency from one of our crates on another, tests left out.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let all = dependencies();
    let ours: BTreeSet<String> = all.keys().cloned().collect();
    all.into_iter().map(|(part, uses)| (part, uses.intersection(&ours).cloned().collect())).collect()
}

/// What each of our crates depends on, tests left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let used = package["dependencies"].as_array().unwrap().iter();
            let used = used.filter(|used| used["kind"] != "dev").map(|used| text(&used["name"]));
            (text(&package["name"]), used.collect())
        })
        .collect()
}
