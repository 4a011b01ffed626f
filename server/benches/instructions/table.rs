//! The table in `docs/instructions.md`, and whether it still holds.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::callgrind::{Counts, Owner};
use crate::profile::each;
use crate::scene::Scene;
use crate::steps::Step;

const BEGIN: &str = "<!-- counts: written by `UPDATE=1 scripts/bench instructions` -->\n";
const END: &str = "<!-- end of counts -->\n";

/// Counts every path, and compares it with the table; writes the table where `UPDATE` is set.
pub fn hold() -> ExitCode {
    let mut scene = Scene::open(true);
    let files = Step::ALL.map(|step| {
        scene.warm_up(step);
        scene.counted(step)
    });
    let folder = scene.end();
    let page = document();
    let text = std::fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("docs/instructions.md has a place for the counts");
    let (written, after) = rest.split_once(END).expect("docs/instructions.md has an end of the counts");
    let (mut table, mut moved) = (head(), Vec::new());
    for (step, file) in Step::ALL.into_iter().zip(files) {
        let counts = Counts::read(&file);
        let now = each(counts.total(), step);
        table.push_str(&row(step, &counts));
        let known = known(written, step);
        let change = known.map(|known| now / known - 1.0);
        let told = change.map_or("new".to_owned(), |change| format!("{:+.1} %", 100.0 * change));
        println!("{:<38} {now:>12.0}  {told}", step.name());
        if change.is_none_or(|change| change.abs() > step.allowed()) {
            moved.push(step.name());
        }
    }
    drop(folder);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(page, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return ExitCode::SUCCESS;
    }
    if moved.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nfurther from docs/instructions.md than is allowed: {}", moved.join(", "));
    println!(
        "`make profile ADDRESS=…` shows where they are; `UPDATE=1 scripts/bench instructions` writes them down"
    );
    ExitCode::FAILURE
}

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/instructions.md")
}

fn head() -> String {
    let owners = Owner::ALL.map(Owner::name).join(" | ");
    format!("| path | instructions | {owners} |\n|---|---:|{}\n", "---:|".repeat(Owner::ALL.len()))
}

fn row(step: Step, counts: &Counts) -> String {
    let mut row = format!("| {} | {:.0} |", step.name(), each(counts.total(), step));
    for owner in Owner::ALL {
        write!(row, " {:.0} |", each(counts.of(owner), step)).unwrap();
    }
    row.push('\n');
    row
}

/// What the table says of a path.
fn known(table: &str, step: Step) -> Option<f64> {
    let row =
        table.lines().find(|line| line.split('|').nth(1).is_some_and(|name| name.trim() == step.name()))?;
    row.split('|').nth(2)?.trim().parse().ok()
}
