//! The routes of this part. Operators come by a session with `ROLE_ADMIN` and a fresh proof, or as clients with a scope of their own.

use names::{Role, path};
use web::guard::{own_pages_or_programs, same_origin, signed_in};
use web::{PageForm, PublicOrigin, Routes};

use crate::accept;
use crate::accounts::{change, list, one};
use crate::api::AdminApi;
use crate::operator::{READ, WRITE};
use crate::{routes_logs, routes_reports};

pub(crate) const ADMIN: &str = Role::ADMIN_NAME;

/// A form on the page of a member.
const fn on_member() -> PageForm {
    PageForm::on(path::ADMIN_MEMBER).keeps(&["reason", "role"])
}

/// The routes of this part.
pub fn routes(origin: PublicOrigin) -> Routes<AdminApi> {
    let read = signed_in().scope(READ).role(ADMIN).fresh();
    let write = own_pages_or_programs().signed_in().scope(WRITE).role(ADMIN).fresh();
    let routes = Routes::new(origin)
        .form(
            "/api/admin/invitation",
            same_origin().signed_in().fresh(),
            PageForm::on(path::ADMIN_INVITATION).keeps(&["token"]).leads_to("/me?notice=administrator"),
            accept::post,
        )
        .get("/api/admin/members", read, list::get)
        .get("/api/admin/members/{id}", read, one::get)
        .form(
            "/api/admin/members/{id}/disable",
            write,
            on_member().leads_to("/admin/members/{id}?notice=account_disabled"),
            change::disable,
        )
        .form(
            "/api/admin/members/{id}/enable",
            write,
            on_member().leads_to("/admin/members/{id}?notice=account_enabled"),
            change::enable,
        )
        .form(
            "/api/admin/members/{id}/sign-out",
            write,
            on_member().leads_to("/admin/members/{id}?notice=member_signed_out"),
            change::sign_out,
        )
        .form(
            "/api/admin/members/{id}/delete",
            write,
            on_member().leads_to("/admin/members/{id}?notice=deletion_ordered"),
            change::delete,
        )
        .form(
            "/api/admin/members/{id}/reset-factors",
            write,
            on_member().leads_to("/admin/members/{id}?notice=factor_reset_ordered"),
            change::reset_factors,
        )
        .form(
            "/api/admin/members/{id}/proof-again",
            write,
            on_member().leads_to("/admin/members/{id}?notice=proof_sent_again"),
            change::proof_again,
        )
        .form(
            "/api/admin/members/{id}/roles/give",
            write,
            on_member().leads_to("/admin/members/{id}?notice=role_given"),
            change::give_role,
        )
        .form(
            "/api/admin/members/{id}/roles/take",
            write,
            on_member().leads_to("/admin/members/{id}?notice=role_taken"),
            change::take_role,
        );
    routes_reports::add(routes_logs::add(routes))
}
