//! Whom the rows of a table are about, and what becomes of them when that member is erased.

/// Whom the rows of a table are about.
#[derive(Clone, Copy, Debug)]
pub enum Owner {
    /// Nobody: no row can be traced to one member.
    Nobody,
    /// A row is the member with the id in this column: erasing them begins with it.
    Member(&'static str),
    /// The member with the id in this column, whose row they refer to: they are deleted with it.
    Cascades(&'static str),
    /// The member with the id in this column; their rows are deleted.
    Column(&'static str),
    /// Members, in ways that one column does not tell: the part erases by a rule of its own.
    OwnRule {
        /// The columns that say who.
        columns: &'static [&'static str],
        /// What the rule does, in Markdown, for docs/operations.md.
        erasure: &'static str,
    },
    /// The member with the id in these columns, but they stay as long as any row; or the part that wrote them erases them.
    Stays {
        /// The columns that say who.
        columns: &'static [&'static str],
        /// Why, in Markdown, for docs/operations.md.
        why: &'static str,
    },
}

impl Owner {
    /// The columns that say whom a row is about.
    pub const fn columns(&self) -> &[&'static str] {
        match self {
            Self::Nobody => &[],
            Self::Member(column) | Self::Cascades(column) | Self::Column(column) => {
                std::slice::from_ref(column)
            }
            Self::OwnRule { columns, .. } | Self::Stays { columns, .. } => columns,
        }
    }
}
