//! What happens once something is true.

use std::fmt;

use crate::notices::Notices;

/// What is to be done right after a commit, and not without it.
#[derive(Default)]
pub(crate) struct Afterwards {
    acts: Vec<Box<dyn FnOnce() + Send>>,
    /// Tables with new rows.
    told: Vec<&'static str>,
}

impl Afterwards {
    pub(crate) fn act(&mut self, act: impl FnOnce() + Send + 'static) {
        self.acts.push(Box::new(act));
    }

    pub(crate) fn tell(&mut self, table: &'static str) {
        if !self.told.contains(&table) {
            self.told.push(table);
        }
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.acts.extend(other.acts);
        other.told.into_iter().for_each(|table| self.tell(table));
    }

    pub(crate) fn happen(self, notices: &Notices) {
        self.acts.into_iter().for_each(|act| act());
        self.told.into_iter().for_each(|table| notices.tell(table));
    }
}

impl fmt::Debug for Afterwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} afterwards", self.acts.len())
    }
}
