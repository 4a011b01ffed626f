//! Which test proves which number of the security checklist, as docs/security-requirements.md tells it.
//!
//! The table there is made from the names of the tests: `make requirements` writes it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod checklist;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use checklist::{AREAS, Level, WITHOUT_TEST};
use names::{Number, Test};

const PAGE: &str = "docs/security-requirements.md";

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").canonicalize().unwrap()
}

fn known() -> BTreeSet<Number> {
    let all = AREAS
        .iter()
        .flat_map(|area| (1..).zip(area.requirements).map(|(number, _)| (area.name.to_owned(), number)));
    all.collect()
}

fn reasons() -> BTreeMap<Number, &'static str> {
    let all = WITHOUT_TEST.iter().flat_map(|(area, numbers, reason)| {
        numbers.iter().map(|number| (((*area).to_owned(), *number), *reason))
    });
    all.collect()
}

/// The tests of each number.
fn proofs(tests: &[Test]) -> BTreeMap<Number, Vec<&Test>> {
    let mut proofs = BTreeMap::<Number, Vec<&Test>>::new();
    for test in tests {
        for number in &test.numbers {
            proofs.entry(number.clone()).or_default().push(test);
        }
    }
    proofs
}

fn page(proofs: &BTreeMap<Number, Vec<&Test>>, reasons: &BTreeMap<Number, &'static str>) -> String {
    let mut page = String::from(
        "# Which test proves which security requirement\n\n\
         Made from the names of the tests by `make requirements`; a test fails when this page is not up to date. A test \
         carries the numbers that it proves at the beginning of its name. \"Long run\" stands for tests that \
         `scripts/soak` runs.\n\n",
    );
    writeln!(page, "{} numbers, {} with a test.", known().len(), proofs.len()).unwrap();
    for area in &AREAS {
        write!(
            page,
            "\n## {} (S-{})\n\n| number | level | what it asks | tests |\n| --- | --- | --- | --- |\n",
            area.title, area.name
        )
        .unwrap();
        for (number, (level, title)) in (1..).zip(area.requirements) {
            let key = (area.name.to_owned(), number);
            let level = if *level == Level::Must { "must" } else { "should" };
            let tests = match (proofs.get(&key), reasons.get(&key)) {
                (Some(tests), _) => tests.iter().map(|test| link(test)).collect::<Vec<_>>().join("<br>"),
                (None, Some(part)) => format!("none yet: {part}"),
                (None, None) => "**none**".to_owned(),
            };
            writeln!(page, "| S-{}-{number} | {level} | {title} | {tests} |", area.name).unwrap();
        }
    }
    page
}

fn link(test: &Test) -> String {
    let long = if test.long_run { " (long run)" } else { "" };
    format!("[{}](../{}){long}", test.name.replace('|', "\\|").replace('<', "&lt;"), test.file)
}

#[test]
fn every_number_has_a_test_or_a_reason_and_the_page_says_which() {
    let tests = names::of_the_tree(&top());
    let (proofs, reasons) = (proofs(&tests), reasons());
    for (number, tests) in &proofs {
        let names: Vec<_> = tests.iter().map(|test| format!("{}: {}", test.file, test.name)).collect();
        assert!(known().contains(number), "S-{}-{} is no requirement: {names:?}", number.0, number.1);
        assert!(!reasons.contains_key(number), "S-{}-{} has tests now: {names:?}", number.0, number.1);
    }
    let told = |number: &Number| proofs.contains_key(number) || reasons.contains_key(number);
    let bare: Vec<_> = known().into_iter().filter(|number| !told(number)).collect();
    assert!(bare.is_empty(), "neither a test nor a reason in checklist.rs: {bare:?}");
    let (path, now) = (top().join(PAGE), page(&proofs, &reasons));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == now, "{PAGE} is not up to date: run `make requirements`");
}

#[test]
fn numbers_are_read_from_names_as_people_write_them() {
    for (name, expected) in [
        ("s_tok_15_17_a_spent_token", "TOK-15 TOK-17"),
        ("s_gw_6_to_8_and_12_attack_13_no_header", "GW-6 GW-7 GW-8 GW-12"),
        ("s_bff_1_s_gw_13_a_cookie", "BFF-1 GW-13"),
        ("s_gw_13_and_hdr_9_a_service", "GW-13 HDR-9"),
        ("s_gw_11_and_s_bff_8_no_spelling", "BFF-8 GW-11"),
        ("s_hdr_2 s_hdr_4 to s_hdr_10 every answer", "HDR-2 HDR-4 HDR-5 HDR-6 HDR-7 HDR-8 HDR-9 HDR-10"),
        ("s_up_18_quirk_03_the_secret", "UP-18"),
        ("s_bff_7_s_session_tells", "BFF-7"),
        ("s_acc_7_and_then_nothing", "ACC-7"),
    ] {
        let found = names::numbers(name).unwrap();
        let found: Vec<_> = found.iter().map(|(area, number)| format!("{area}-{number}")).collect();
        assert_eq!(found.join(" "), expected, "{name}");
    }
    for none in ["s_sess_a_sign_out", "s_", "a_test"] {
        assert!(names::numbers(none).is_err(), "{none}");
    }
}

#[test]
fn the_list_is_the_whole_checklist() {
    assert_eq!(known().len(), 198);
    let levels = AREAS.iter().flat_map(|area| area.requirements).map(|(level, _)| *level);
    assert_eq!(levels.filter(|level| *level == Level::Should).count(), 16);
}
