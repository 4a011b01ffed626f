//! The routes of passkeys.

use names::path;
use web::guard::{public, same_origin, signed_in};
use web::{PageForm, Routes};

use crate::api::MembersApi;
use crate::caller::WRITE;
use crate::larger_bodies::PASSKEYS;
use crate::passkeys::{own_passkeys, register, well_known};

/// Adds them. Browsers make and remove passkeys on our own pages alone.
pub(crate) fn add(routes: Routes<MembersApi>) -> Routes<MembersApi> {
    let own = same_origin().signed_in();
    // Another tab may have removed it.
    let security = PageForm::on(path::SECURITY).gone_leads_to("/me/security?notice=already_gone");
    routes
        .get(PASSKEYS, signed_in().scope(WRITE), own_passkeys::get)
        .post("/api/users/me/passkeys/options", own.fresh(), register::options)
        .post(PASSKEYS, own.fresh(), register::post)
        .form(
            "/api/users/me/passkeys/{id}",
            own,
            security.leads_to("/me/security?notice=passkey_renamed"),
            own_passkeys::rename,
        )
        .form(
            "/api/users/me/passkeys/{id}/remove",
            own.fresh(),
            security.leads_to("/me/security?notice=passkey_removed"),
            own_passkeys::remove,
        )
        .get("/.well-known/webauthn", public(), well_known::origins)
        .get("/.well-known/passkey-endpoints", public(), well_known::endpoints)
        .get("/.well-known/change-password", public(), well_known::change_password)
}
