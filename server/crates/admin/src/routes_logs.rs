//! The routes of both logs: what happened, and who saw what.

use names::Role;
use web::download::{Csv, JsonLines};
use web::guard::{own_pages_or_programs, signed_in};
use web::{PageForm, Routes};

use crate::access;
use crate::api::AdminApi;
use crate::log;
use crate::operator::{READ, WRITE};

const ADMIN: &str = Role::ADMIN_NAME;
const AUDIT: &str = "/admin/audit";
const ACCESS: &str = "/admin/access-log";

/// Adds them. A file is taken with a reason, so it is not a `GET`; operators who may read may take one, with networks masked.
pub(crate) fn add(routes: Routes<AdminApi>) -> Routes<AdminApi> {
    let read = signed_in().scope(READ).role(ADMIN).fresh();
    let take = own_pages_or_programs().signed_in().scope(READ).role(ADMIN).fresh();
    let reveal = own_pages_or_programs().signed_in().scope(WRITE).role(ADMIN).fresh();
    let audit_file =
        PageForm::on(AUDIT).keeps(&["since", "until", "member", "kind", "actor", "operator", "reason"]);
    let access_file = PageForm::on(ACCESS).keeps(&["since", "until", "member", "operator", "reason"]);
    let button = |page| PageForm::button_on(page).leads_to(page);
    routes
        .get("/api/admin/audit", read, log::list::get)
        .form("/api/admin/audit.csv", take, audit_file, log::file::post::<Csv>)
        .form("/api/admin/audit.jsonl", take, audit_file, log::file::post::<JsonLines>)
        .form("/api/admin/audit/{id}/reveal", reveal, button(AUDIT), access::reveal::row)
        .get("/api/admin/access-log", read, access::list::get)
        .form("/api/admin/access-log.csv", take, access_file, access::file::post::<Csv>)
        .form("/api/admin/access-log.jsonl", take, access_file, access::file::post::<JsonLines>)
        .form("/api/admin/reveal", reveal, button("/admin/members"), access::reveal::member)
}
