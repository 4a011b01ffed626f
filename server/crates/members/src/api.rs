//! The routes of this part, and what they work with.

use std::sync::Arc;

use web::guard::{own_pages_or_programs, public, signed_in};
use web::{PublicOrigin, Routes};

use crate::caller::{READ, WRITE};

use crate::{
    Accounts, Callers, Elsewhere, change_address, change_password, deletion, export, first_password,
    keep_account, me, own_picture, prove, public_profile, reset, sign_in_methods, sign_up,
};

/// What the routes work with: the accounts, and who calls.
#[derive(Clone)]
pub struct MembersApi {
    /// The accounts.
    pub accounts: Accounts,
    /// How a request becomes a member.
    pub callers: Arc<dyn Callers>,
    /// What other parts keep about members.
    pub elsewhere: Arc<dyn Elsewhere>,
}

/// The routes of this part. Each takes JSON from programs and a form from pages, but for the picture, which is a file.
pub fn routes(origin: PublicOrigin) -> Routes<MembersApi> {
    let both = own_pages_or_programs();
    let change = both.signed_in().scope(WRITE);
    Routes::new(origin)
        .post("/api/users/signup", both, sign_up::post)
        .post("/api/users/signup/resend", both, sign_up::resend)
        .post("/api/users/signup/prove", both, prove::post)
        .post("/api/users/password/forgot", both, reset::forgot)
        .post("/api/users/password/reset", both, reset::post)
        .post("/api/users/email/prove", both, change_address::prove)
        .post("/api/users/me/password", change.or_repeated(), change_password::post)
        .post("/api/users/me/password/first", change.fresh(), first_password::post)
        .post("/api/users/me/email", change, change_address::request)
        .get("/api/users/me", signed_in().scope(READ), me::get)
        .patch("/api/users/me", change, me::patch)
        .post("/api/users/me", change, me::patch)
        .post(own_picture::UPLOAD, change, own_picture::post)
        .post("/api/users/me/picture/remove", change, own_picture::remove)
        .get("/api/users/me/identities", signed_in().scope(WRITE), sign_in_methods::get)
        .post("/api/users/me/identities/unlink", change.fresh().or_repeated(), sign_in_methods::unlink)
        .post("/api/users/me/delete", change.fresh().or_repeated(), deletion::post)
        .post("/api/users/deletion/cancel", both, keep_account::post)
        .get("/api/users/me/export", signed_in().scope(WRITE), export::get)
        .get("/api/users/{id}", public(), public_profile::get)
        .get("/api/users/{id}/picture.svg", public(), own_picture::get_default)
        .get("/api/users/{id}/picture/{hash}", public(), own_picture::get)
}
