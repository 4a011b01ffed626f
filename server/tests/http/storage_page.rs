//! What the parts declare, held against the documents for operators and against the example of a configuration.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use db::{Owner, Table};
use jobs::JobKind;
use server::parts::list::PARTS;

/// Sections that no part alone is concerned with.
const OF_THE_PROGRAM: [&str; 3] = ["https", "log", "simulators"];

#[test]
fn every_section_of_the_configuration_belongs_to_one_part_or_to_the_program() {
    let example = std::fs::read_to_string(top().join("daemun.example.toml")).unwrap();
    let headings = example.lines().filter_map(|line| line.strip_prefix("# [[").or(line.strip_prefix('[')));
    let sections = headings.filter_map(|heading| heading.split([']', '.']).next());
    let sections: BTreeSet<_> = sections.collect();
    let of_parts = PARTS.iter().flat_map(|part| part.configuration).copied();
    let declared: Vec<_> = of_parts.chain(OF_THE_PROGRAM).collect();
    assert_eq!(declared.iter().copied().collect::<BTreeSet<_>>(), sections);
    assert_eq!(declared.len(), sections.len(), "a section is declared twice: {declared:?}");
}

const PAGE: &str = "docs/operations.md";
const BEGIN: &str =
    "<!-- made from what the parts declare: `UPDATE=1 cargo test -p server --test http storage_page` -->\n";
const END: &str = "<!-- end -->\n";

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The table of what is stored.
fn stored() -> String {
    let mut text =
        "| what | where | for how long | when its member is erased |\n|---|---|---|---|\n".to_owned();
    for part in PARTS {
        for Table { name, holds, kept, owner, .. } in part.storage.tables {
            let erasure = match owner {
                Owner::Nobody => "–",
                Owner::Member(_) | Owner::Cascades(_) | Owner::Column(_) => "deleted",
                Owner::OwnRule { erasure, .. } => erasure,
                Owner::Stays { why, .. } => why,
            };
            writeln!(text, "| {holds} | `{name}` | {kept} | {erasure} |").unwrap();
        }
        for kind in part.jobs {
            let JobKind { name, holds, kept, erasure, .. } = kind;
            writeln!(text, "| {holds} | `jobs`, kind `{name}` | {kept} | {erasure} |").unwrap();
        }
    }
    text
}

#[test]
fn the_page_for_operators_says_what_is_stored_where() {
    let path = top().join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap_or_else(|| panic!("{PAGE} has no line {BEGIN}"));
    let (_, after) = rest.split_once(END).unwrap();
    let now = format!("{before}{BEGIN}{}{END}{after}", stored());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == now,
        "{PAGE} is not up to date: see the line above its table"
    );
}
