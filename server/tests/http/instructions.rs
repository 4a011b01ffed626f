//! The table of `docs/instructions.md`, which `scripts/bench instructions` holds, has the paths that it counts.

#[path = "../../benches/instructions/steps.rs"]
#[expect(dead_code, reason = "the bench uses more of it")]
mod steps;

use steps::Step;

#[test]
fn each_path_that_is_counted_has_its_row() {
    let page = include_str!("../../../docs/instructions.md");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (name, count) = (cells.next()?, cells.next()?);
        Some((name, count.parse::<u64>().ok()?))
    });
    let (names, counts): (Vec<_>, Vec<_>) = rows.unzip();
    assert_eq!(names, Step::ALL.map(Step::name), "`UPDATE=1 scripts/bench instructions` writes them");
    assert!(counts.iter().all(|count| *count > 0));
}
