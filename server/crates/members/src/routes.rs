//! The routes of this part.

use names::path;
use web::guard::{own_pages_or_programs, public, signed_in};
use web::{PageForm, PublicOrigin, RETURN_TO, Routes};

use crate::api::MembersApi;
use crate::caller::{READ, WRITE};
use crate::email::{change_address, first_address};
use crate::factor_reset::stop;
use crate::identities::sign_in_methods;
use crate::lifecycle::{deletion, export, keep_account, prove, sign_up};
use crate::passkeys;
use crate::password::{change_password, first_password, reset};
use crate::profile::{me, own_picture, public_profile};
use crate::totp;

/// The routes of this part. Each takes JSON from programs and a form from pages, but for the picture, which is a file.
pub fn routes(origin: PublicOrigin) -> Routes<MembersApi> {
    let both = own_pages_or_programs();
    let change = both.signed_in().scope(WRITE);
    let security = PageForm::on(path::SECURITY);
    let proof: &[_] = &["token", "email", "code"];
    let proof_on_the_way: &[_] = &["token", "email", "code", RETURN_TO];
    profiles(stop::add(passkeys::routes::add(totp::routes::add(Routes::new(origin)))))
        .form(
            "/api/users/signup",
            both,
            PageForm::on(path::SIGN_UP)
                .keeps(&["email", "nickname", RETURN_TO])
                .leads_to(sign_up::WAITING)
                .hands_on(),
            sign_up::post,
        )
        .form(
            "/api/users/signup/resend",
            both,
            PageForm::on(path::VERIFY_EMAIL)
                .keeps(&["email", RETURN_TO])
                .leads_to(sign_up::ASKED_AGAIN)
                .hands_on(),
            sign_up::resend,
        )
        .form(
            "/api/users/signup/prove",
            both,
            PageForm::on(path::VERIFY_EMAIL).keeps(proof_on_the_way).leads_to(prove::SIGN_IN),
            prove::post,
        )
        .form(
            "/api/users/password/forgot",
            both,
            PageForm::on(path::FORGOT_PASSWORD)
                .keeps(&["email", RETURN_TO])
                .leads_to(reset::WAITING)
                .hands_on(),
            reset::forgot,
        )
        .form(
            "/api/users/password/reset",
            both,
            PageForm::on(path::RESET_PASSWORD).keeps(proof_on_the_way).leads_to(change_password::SIGN_IN),
            reset::post,
        )
        .form(
            "/api/users/email/prove",
            both,
            PageForm::on(path::CHANGE_EMAIL).keeps(proof).leads_to("/me/security?notice=address_changed"),
            change_address::prove,
        )
        .form(
            "/api/users/me/password",
            change.strong().or_repeated(),
            security.leads_to("/me/security?notice=password_replaced"),
            change_password::post,
        )
        .form(
            "/api/users/me/password/first",
            change.fresh(),
            security.keeps(&["email"]).leads_to("/me/security?notice=password_set"),
            first_password::post,
        )
        .form(
            "/api/users/me/email",
            change.strong(),
            security.keeps(&["email"]).leads_to("/email/change?sent=1").hands_on(),
            change_address::request,
        )
        .form(
            "/api/users/me/email/add",
            change.fresh(),
            security.keeps(&["email"]).leads_to("/email/change?sent=1").hands_on(),
            first_address::request,
        )
        .get("/api/users/me/identities", signed_in().scope(WRITE), sign_in_methods::get)
        .form(
            "/api/users/me/identities/unlink",
            change.fresh().or_repeated(),
            security
                .leads_to("/me/security?notice=unlinked")
                .gone_leads_to("/me/security?notice=already_gone"),
            sign_in_methods::unlink,
        )
        .form(
            "/api/users/me/delete",
            change.fresh().or_repeated(),
            PageForm::on(path::ACCOUNT).leads_to("/oauth/login?notice=deletion_scheduled"),
            deletion::post,
        )
        .form(
            "/api/users/deletion/cancel",
            both,
            PageForm::on(path::KEEP_ACCOUNT).keeps(&["token"]).leads_to("/oauth/login?notice=account_kept"),
            keep_account::post,
        )
        .act("/api/users/me/export", signed_in().scope(WRITE).fresh().linked_on(path::ACCOUNT), export::get)
}

/// The routes of profiles and pictures.
fn profiles(routes: Routes<MembersApi>) -> Routes<MembersApi> {
    let change = own_pages_or_programs().signed_in().scope(WRITE);
    let profile = PageForm::on(path::PROFILE).leads_to("/me?notice=profile_changed");
    routes
        .get("/api/users/me", signed_in().scope(READ), me::get)
        .patch("/api/users/me", change, me::patch)
        .form("/api/users/me", change, profile.keeps(&["nickname", "greeting"]), me::patch)
        .form(own_picture::UPLOAD, change, profile, own_picture::post)
        .form("/api/users/me/picture/remove", change, profile, own_picture::remove)
        .get("/api/users/{id}", public(), public_profile::get)
        .get("/api/users/{id}/picture.svg", public(), own_picture::get_default)
        .get("/api/users/{id}/picture/{hash}", public(), own_picture::get)
}
