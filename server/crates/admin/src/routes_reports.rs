//! The routes of reports. Moderators come there as well as administrators: what members write is theirs to look after.

use names::Role;
use web::guard::{own_pages_or_programs, signed_in};
use web::{PageForm, Routes};

use crate::api::AdminApi;
use crate::operator::{READ, WRITE};
use crate::reports;

const MODERATOR: &str = Role::MODERATOR_NAME;
const PAGE: &str = "/admin/reports";

/// Adds them.
pub(crate) fn add(routes: Routes<AdminApi>) -> Routes<AdminApi> {
    let read = signed_in().scope(READ).role(MODERATOR).fresh();
    let write = own_pages_or_programs().signed_in().scope(WRITE).role(MODERATOR).fresh();
    let form = |leads_to| PageForm::on(PAGE).keeps(&["reason", "days"]).leads_to(leads_to);
    routes
        .get("/api/admin/reports", read, reports::get)
        .form("/api/admin/posts/{id}/hide", write, form("/admin/reports?notice=post_hidden"), reports::hide)
        .form("/api/admin/posts/{id}/show", write, form("/admin/reports?notice=post_shown"), reports::show)
}
