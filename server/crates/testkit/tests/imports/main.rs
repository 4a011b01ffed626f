//! What the files of one crate import from each other: no file depends on itself by way of others, and each thing is
//! imported from the module that defines it. And no type lends what it hides.

mod deref;
mod graph;
mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::graph::{Files, cycles};

/// The sources of every crate of ours.
fn crates() -> Vec<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let nested = [top.join("server/crates"), top.join("app")];
    let nested = nested.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let nested = nested.map(|entry| entry.unwrap().path().join("src"));
    let mut all: Vec<_> =
        ["app", "frontend", "server"].iter().map(|name| top.join(name).join("src")).collect();
    all.extend(nested.filter(|src| src.join("lib.rs").exists()));
    all
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for src in crates() {
        let files = Files::read(&src);
        assert!(!files.is_empty(), "{} has files", src.display());
        for cycle in cycles(&files.imports()) {
            found.push(format!("{}: {}", src.display(), cycle.join(", ")));
        }
    }
    assert_eq!(found, Vec::<String>::new(), "files that depend on each other");
}

#[test]
fn modules_import_from_the_module_that_defines_and_not_through_the_root() {
    let mut found = BTreeSet::new();
    for src in crates() {
        found.extend(
            Files::read(&src).through_the_root().into_iter().map(|path| format!("{}: {path}", src.display())),
        );
    }
    assert_eq!(found, BTreeSet::new(), "paths that lead through the root");
}

/// What may be used as what it holds, and why. Any other type that lends its insides this way is a struct with
/// everything in it.
const DEREF: &[(&str, &str)] = &[
    ("Lent", "it is a connection, and gives itself back"),
    ("LentTransaction", "it is a transaction, and leaves its end to the lender"),
    ("Reader", "it is a connection, and gives itself back to the pool"),
    ("TestDatabase", "it is a database, and deletes itself after the test"),
    ("Transaction", "it is a connection, and rolls back unless it commits"),
];

#[test]
fn no_type_lends_what_it_hides() {
    let mut found = BTreeSet::new();
    for src in crates() {
        found.extend(deref::types(&src));
    }
    let allowed: BTreeSet<_> = DEREF.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, allowed, "types with `Deref`: make small services of them, with visible fields");
}
