//! The pages of operators, in the order of their navigation.

mod access_log;
mod audit;
mod first_look;
mod member;
mod members;
mod reports;
mod reveal;

use app::pages::admin;

use super::table::PageEntry;

/// Every page of the admin area.
pub(super) const PAGES: &[PageEntry] = &[
    PageEntry::of::<admin::FirstLook>(),
    PageEntry::of::<admin::Members>(),
    PageEntry::of::<admin::Member>(),
    PageEntry::of::<admin::Reports>(),
    PageEntry::of::<admin::Audit>(),
    PageEntry::of::<admin::AccessLog>(),
];
