//! A line of the list of pages.

use app::{Access, Page, Record};
use names::Role;
use web::Routes;
use web::guard::{public, signed_in};

use super::answer;
use super::load::Load;
use super::state::Pages;

/// A page, whatever its view is.
pub(super) struct PageEntry {
    /// What there is to know of it.
    pub(super) record: &'static Record,
    declare: fn(Routes<Pages>) -> Routes<Pages>,
}

impl PageEntry {
    /// The page `P`. One whose view cannot be loaded does not compile.
    pub(super) const fn of<P: Page<View: Load>>() -> Self {
        Self { record: P::RECORD, declare: declare::<P> }
    }

    /// Adds its route, with the guard that its record asks for.
    pub(super) fn declare(&self, routes: Routes<Pages>) -> Routes<Pages> {
        (self.declare)(routes)
    }
}

fn declare<P: Page<View: Load>>(routes: Routes<Pages>) -> Routes<Pages> {
    let Record { path, access, acts, .. } = *P::RECORD;
    match access {
        Access::Members if acts => routes.act(path, signed_in().page(), answer::to_member::<P>),
        Access::Everybody if acts => routes.act(path, public(), answer::to_anybody::<P>),
        Access::Operators => {
            let operators = signed_in().page().role(Role::ADMIN_NAME).fresh().hidden();
            routes.get(path, operators, answer::to_operator::<P>)
        }
        Access::Moderators => {
            let moderators = signed_in().page().role(Role::MODERATOR_NAME).fresh().hidden();
            routes.get(path, moderators, answer::to_operator::<P>)
        }
        Access::Members => routes.get(path, signed_in().page(), answer::to_member::<P>),
        Access::Everybody => routes.get(path, public(), answer::to_anybody::<P>),
    }
}
