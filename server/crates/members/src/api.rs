//! The routes of this part, and what they work with.

use std::sync::Arc;

use web::{PublicOrigin, ReadGuard, Routes, WriteGuard};

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
    let both = WriteGuard::OwnPagesOrPrograms;
    Routes::new(origin)
        .post("/api/users/signup", both, sign_up::post)
        .post("/api/users/signup/resend", both, sign_up::resend)
        .post("/api/users/signup/prove", both, prove::post)
        .post("/api/users/password/forgot", both, reset::forgot)
        .post("/api/users/password/reset", both, reset::post)
        .post("/api/users/email/prove", both, change_address::prove)
        .post("/api/users/me/password", both, change_password::post)
        .post("/api/users/me/password/first", both, first_password::post)
        .post("/api/users/me/email", both, change_address::request)
        .get("/api/users/me", ReadGuard::SignedIn, me::get)
        .patch("/api/users/me", both, me::patch)
        .post("/api/users/me", both, me::patch)
        .post(own_picture::UPLOAD, both, own_picture::post)
        .post("/api/users/me/picture/remove", both, own_picture::remove)
        .get("/api/users/me/identities", ReadGuard::SignedIn, sign_in_methods::get)
        .post("/api/users/me/identities/unlink", both, sign_in_methods::unlink)
        .post("/api/users/me/delete", both, deletion::post)
        .post("/api/users/deletion/cancel", both, keep_account::post)
        .get("/api/users/me/export", ReadGuard::SignedIn, export::get)
        .get("/api/users/{id}", ReadGuard::Public, public_profile::get)
        .get("/api/users/{id}/picture.svg", ReadGuard::Public, own_picture::get_default)
        .get("/api/users/{id}/picture/{hash}", ReadGuard::Public, own_picture::get)
}
