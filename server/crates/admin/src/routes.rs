//! The routes of this part. Operators come by a session with `ROLE_ADMIN` and a fresh proof, or as clients with a scope of their own.

use names::path;
use web::guard::{own_pages_or_programs, same_origin, signed_in};
use web::{PageForm, PublicOrigin, Routes};

use crate::accept;
use crate::accounts::{change, list, one};
use crate::api::AdminApi;
use crate::operator::{READ, WRITE};

const ADMIN: &str = "ROLE_ADMIN";

/// The routes of this part.
pub fn routes(origin: PublicOrigin) -> Routes<AdminApi> {
    let read = signed_in().scope(READ).role(ADMIN).fresh();
    let write = own_pages_or_programs().signed_in().scope(WRITE).role(ADMIN).fresh();
    Routes::new(origin)
        .form(
            "/api/admin/invitation",
            same_origin().signed_in().fresh(),
            PageForm::on(path::ADMIN_INVITATION).keeps(&["token"]).leads_to("/me?notice=administrator"),
            accept::post,
        )
        .get("/api/admin/members", read, list::get)
        .get("/api/admin/members/{id}", read, one::get)
        .post("/api/admin/members/{id}/disable", write, change::disable)
        .post("/api/admin/members/{id}/enable", write, change::enable)
        .post("/api/admin/members/{id}/sign-out", write, change::sign_out)
        .post("/api/admin/members/{id}/roles/give", write, change::give_role)
        .post("/api/admin/members/{id}/roles/take", write, change::take_role)
}
