//! The forms of the route table.

use std::borrow::Cow;

use names::path;
use web::{PageForm, RouteEntry};

/// A form, and where it is sent to.
#[derive(Clone, Copy)]
pub(super) struct KnownForm {
    /// The path of its route.
    pub(super) action: &'static str,
    pub(super) page: &'static str,
    pub(super) form: PageForm,
}

impl KnownForm {
    /// The form of a route that is on one page.
    pub(super) fn of(entry: &RouteEntry) -> Option<Self> {
        let form = entry.form?;
        Some(Self { action: entry.path, page: form.page?, form })
    }

    /// The page that it is on, when it is sent to `path`.
    pub(super) fn page_of(&self, path: &str) -> Cow<'static, str> {
        web::placeholders::fill(self.page, self.action, path)
    }

    /// Whether it is on a page of members alone.
    pub(super) fn is_private(&self) -> bool {
        let starts = |start| self.page.starts_with(start);
        starts(path::PROFILE) || starts(path::ADMIN) || self.page == path::FEED
    }

    /// Whether a request with this path is for its route, which may have placeholders.
    pub(super) fn is_sent_to(&self, path: &str) -> bool {
        let (mut action, mut path) = (self.action.split('/'), path.split('/'));
        loop {
            match (action.next(), path.next()) {
                (None, None) => return true,
                (Some(declared), Some(sent)) if declared == sent || declared.starts_with('{') => {}
                _ => return false,
            }
        }
    }
}
