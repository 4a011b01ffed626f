//! The pages of operators, in the order of their navigation.

mod access_log;
mod audit;
mod clients;
mod events;
mod first_look;
pub(super) mod in_place;
mod keys;
mod logs;
mod long_work;
mod mails;
mod member;
mod members;
mod program;
mod reports;
mod reveal;
mod webhooks;

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
    PageEntry::of::<admin::Events>(),
    PageEntry::of::<admin::DeadLetter>(),
    PageEntry::of::<admin::Mails>(),
    PageEntry::of::<admin::Webhooks>(),
    PageEntry::of::<admin::Clients>(),
    PageEntry::of::<admin::Client>(),
    PageEntry::of::<admin::Keys>(),
    PageEntry::of::<admin::LongWork>(),
    PageEntry::of::<admin::Program>(),
];
