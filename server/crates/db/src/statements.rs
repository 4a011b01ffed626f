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
