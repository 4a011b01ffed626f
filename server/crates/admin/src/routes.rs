//! The routes of this part.

use names::path;
use web::guard::same_origin;
use web::{PageForm, PublicOrigin, Routes};

use crate::accept;
use crate::api::AdminApi;

/// The routes of this part.
pub fn routes(origin: PublicOrigin) -> Routes<AdminApi> {
    Routes::new(origin).form(
        "/api/admin/invitation",
        same_origin().signed_in().fresh(),
        PageForm::on(path::ADMIN_INVITATION).keeps(&["token"]).leads_to("/me?notice=administrator"),
        accept::post,
    )
}
