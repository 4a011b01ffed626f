//! Statements under names, so that one test can prepare all of them on both databases.

/// Declares the statements of a store: one constant each, and `STATEMENTS`, the list of all.
///
/// ```
/// db::statements! {
///     /// The nickname of one member.
///     NICKNAME = "SELECT nickname FROM members WHERE id = ?";
/// }
/// assert_eq!(STATEMENTS, [NICKNAME]);
/// ```
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* const $name: &str = $sql;)+

        /// Every statement of this store, for the part's `Storage`: a test prepares them on each database.
        pub(crate) const STATEMENTS: &[&str] = &[$($name),+];
    };
}

/// Eight times this, between commas: values of rows that are added together, since it is statements that take the time.
#[macro_export]
macro_rules! eight {
    ($($one:tt)+) => {
        concat!(
            $($one)+, ", ", $($one)+, ", ", $($one)+, ", ", $($one)+, ", ", $($one)+, ", ", $($one)+, ", ",
            $($one)+, ", ", $($one)+
        )
    };
}

/// Sixty-four times this. Where it is a list to look for, fewer values are filled up by the last one, again and again.
#[macro_export]
macro_rules! sixty_four {
    ($one:literal) => {
        concat!(
            $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ",
            $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ",
            $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ",
            $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ",
            $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ",
            $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ",
            $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ",
            $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one, ", ", $one
        )
    };
}
