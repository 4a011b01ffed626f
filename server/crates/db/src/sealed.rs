//! Columns with sealed values, and how they get a new master key.

use kernel::Purpose;

/// A column with sealed values; NULL where there is nothing to seal.
#[derive(Clone, Copy, Debug)]
pub struct SealedColumn {
    /// The column.
    pub name: &'static str,
    /// How its values get a new master key.
    pub resealing: Resealing,
}

/// How the values of a column get a new master key.
#[derive(Clone, Copy, Debug)]
pub enum Resealing {
    /// They are sealed for this purpose and for the id of their row, the primary key `id`: the program seals them again.
    ById(Purpose),
    /// The part seals them again by a rule of its own, which the program's list of parts names.
    OwnRule,
    /// Not at all: says why no older key is needed for them.
    Omitted(&'static str),
}

impl SealedColumn {
    /// A column whose values are sealed for the id of their row.
    pub const fn by_id(name: &'static str, purpose: Purpose) -> Self {
        Self { name, resealing: Resealing::ById(purpose) }
    }

    /// A column that its part seals again.
    pub const fn by_own_rule(name: &'static str) -> Self {
        Self { name, resealing: Resealing::OwnRule }
    }
}
