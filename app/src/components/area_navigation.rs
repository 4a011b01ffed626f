//! The navigation of an area.

use leptos::prelude::*;
use names::Language;

use crate::frame::frame;
use crate::page::Access;
use crate::shell::{self, NavigationEntry};

/// Links to the pages of this area that the viewer may see. They are plain links, so they need no scripting.
pub(super) fn entries(here: &str, language: Language) -> AnyView {
    let administers = frame().viewer.as_ref().is_some_and(|viewer| viewer.administers);
    let entries = use_context::<shell::Navigation>();
    let current = entries.as_ref().and_then(|entries| current(&entries.0, here));
    let entry = |&NavigationEntry { path, label, access }: &NavigationEntry| {
        let mark = (current == Some(path)).then(|| if path == here { "page" } else { "true" });
        let is_shown = administers || access != Access::Operators;
        is_shown.then(|| {
            view! { <li><a class="navigation__entry" href=path aria-current=mark>{label(language)}</a></li> }
        })
    };
    let items: Vec<_> = entries.iter().flat_map(|entries| entries.0.iter().filter_map(entry)).collect();
    view! { <ul class="navigation__entries">{items}</ul> }.into_any()
}

/// The name of the area's page that `here` is, or is below.
pub(super) fn current_label(here: &str, language: Language) -> Option<&'static str> {
    let entries = use_context::<shell::Navigation>()?;
    let current = current(&entries.0, here)?;
    let entry = entries.0.iter().find(|entry| entry.path == current)?;
    Some((entry.label)(language))
}

/// The page of the area that `here` is, or is below: the one with the longest path.
fn current(entries: &[NavigationEntry], here: &str) -> Option<&'static str> {
    let is_above =
        |path: &&str| here.strip_prefix(*path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    entries.iter().map(|entry| entry.path).filter(is_above).max_by_key(|path| path.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_below_another_marks_that_one() {
        let label = |_: Language| "";
        let entries = ["/admin", "/admin/members", "/admin/keys"].map(|path| NavigationEntry {
            path,
            label,
            access: Access::Operators,
        });
        for (here, path) in [
            ("/admin", Some("/admin")),
            ("/admin/members", Some("/admin/members")),
            ("/admin/members/7", Some("/admin/members")),
            ("/admin/membership", Some("/admin")),
            ("/me", None),
        ] {
            assert_eq!(current(&entries, here), path, "{here}");
        }
    }
}
