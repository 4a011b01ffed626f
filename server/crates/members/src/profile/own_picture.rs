//! A member's picture: `POST /api/users/me/picture` brings one, `POST /api/users/me/picture/remove` removes it, and `GET
//! /api/users/{id}/picture/{hash}` and `GET /api/users/{id}/picture.svg` show it.

use std::sync::Arc;
use std::time::Duration;

use audit::AuditKind;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use db::{DbError, LentTransaction};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{StatusCode, header};
use names::{ErrorCode, MemberId};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::{BadBody, NotFound};
use web::{Refusal, Refuse, RequestContext, Success, fields};

use crate::caller::Caller;
use crate::context::Context;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::member_observer::MemberChanges;
use crate::model::store::members;
use crate::profile::default_picture;
use crate::profile::me::active;
use crate::profile::picture::{MAX_FILE_BYTES, Picture, PictureError};
use crate::profile::picture_address::{own_address, picture_address};
use crate::profile::store::pictures;
use crate::profile::store::pictures::ContentHash;
use crate::profile::upload_places::UploadPlaces;
use crate::reason::{Busy, Limited, NotSignedIn};

/// A form is a little larger than the file in it.
pub(crate) const MAX_BODY_BYTES: usize = MAX_FILE_BYTES + 16 * 1024;

pub(crate) const UPLOAD: &str = "/api/users/me/picture";

const FIELD: &str = "picture";
const ALLOWED: &str = "a PNG, JPEG or WebP file of at most 8 MiB and 25 million pixels";

/// The bytes behind this address never change: another picture has another one.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A later version may draw it differently.
const FOR_A_DAY: &str = "public, max-age=86400";

/// How long an upload may take: the largest file over a line of 600 kbit/s.
const MAX_UPLOAD_TIME: Duration = Duration::from_mins(2);

/// How many pictures may be drawn at once. Each may take 256 MiB for some tenths of a second.
const MAX_DRAWN_AT_ONCE: usize = 2;

endpoint_error! {
    /// Why a picture is not taken.
    pub enum PictureUploadError {
        Body(BadBody) from Refusal;
        Picture(PictureError);
        NotSignedIn(NotSignedIn);
        Busy(Busy);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

endpoint_error! {
    /// Why a picture stays.
    pub enum PictureRemovalError {
        NotSignedIn(NotSignedIn);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

endpoint_error! {
    /// Why a picture is not shown.
    pub(crate) enum NotShown {
        NotFound(NotFound);
        Failed(Failure) from DbError;
    }
}

/// Stores the pictures of members. Cheap to clone.
#[derive(Clone)]
pub struct Pictures {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) uploads: UploadPlaces,
    pub(crate) drawing: Arc<Semaphore>,
    pub(crate) changes: MemberChanges,
}

impl Pictures {
    pub(crate) fn new(context: Context, limits: Arc<Limits>, changes: MemberChanges) -> Self {
        let drawing = Arc::new(Semaphore::new(MAX_DRAWN_AT_ONCE));
        Self { context, limits, uploads: UploadPlaces::default(), drawing, changes }
    }

    /// Gives the member the picture in `file`, and returns its address.
    ///
    /// # Errors
    /// When it is not taken, or too many are being drawn.
    pub async fn set_picture(
        &self,
        member: MemberId,
        file: Bytes,
        context: &RequestContext,
    ) -> Result<String, PictureUploadError> {
        self.limits.change_by(member).await?;
        let permit = Arc::clone(&self.drawing).try_acquire_owned().map_err(|_| Busy)?;
        let drawn = tokio::task::spawn_blocking(move || {
            let _held = permit;
            Picture::draw(&file)
        });
        let picture = drawn.await.map_err(|_| Failure::Internal("the drawing broke off"))?;
        let picture = picture?;
        let put = async |mut tx: LentTransaction| {
            // Held, so that of two first pictures at once the second takes the place of the first.
            active(members::hold_and_find(&mut tx, member).await?)?;
            pictures::put(&mut tx, member, &picture).await?;
            self.context.record(&mut tx, AuditKind::ProfileChange, member, context).await?;
            self.changes.tell_after_commit(&mut tx, member);
            Ok::<_, PictureUploadError>(tx.commit(()))
        };
        self.context.db.transact(put).await?;
        Ok(own_address(member, picture.hash()))
    }

    /// Removes the member's own picture, and returns the address of the one that is shown now: their provider's, or a drawn one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove_picture(
        &self,
        member: MemberId,
        context: &RequestContext,
    ) -> Result<String, PictureRemovalError> {
        self.limits.change_by(member).await?;
        let delete = async |mut tx: LentTransaction| {
            if pictures::delete(&mut tx, member).await? {
                self.context.record(&mut tx, AuditKind::ProfileChange, member, context).await?;
                self.changes.tell_after_commit(&mut tx, member);
            }
            let member = active(members::find(&mut tx, member).await?)?;
            Ok::<_, PictureRemovalError>(tx.commit(picture_address(&member)))
        };
        self.context.db.transact(delete).await
    }
}

impl Refuse for PictureError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Unreadable => Refusal::field(FIELD, ALLOWED),
            Self::TooLarge => Refusal::for_status(StatusCode::PAYLOAD_TOO_LARGE),
        }
    }
}

/// The file of an upload: the whole body of a program's `image/…`, or the field `picture` of a page's form.
struct Upload(Bytes);

impl Upload {
    async fn read(mut request: Request) -> Result<Self, Refusal> {
        let kind = fields::media_type(request.headers());
        if kind.starts_with("image/") {
            return Ok(Self(web::body::read(request.into_body(), MAX_FILE_BYTES).await?));
        }
        if !kind.starts_with("multipart/form-data") {
            return Err(Refusal::for_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        DefaultBodyLimit::max(MAX_BODY_BYTES).apply(&mut request);
        let mut form =
            Multipart::from_request(request, &()).await.map_err(|_| Refusal::field(FIELD, ALLOWED))?;
        // The first field must be the picture: nothing is read to look for it.
        let field = form.next_field().await.map_err(|error| Refusal::for_status(error.status()))?;
        let field =
            field.filter(|field| field.name() == Some(FIELD)).ok_or(Refusal::field(FIELD, ALLOWED))?;
        let file = field.bytes().await.map_err(|error| Refusal::for_status(error.status()))?;
        Ok(Self(file))
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Shown {
    picture: String,
}

/// `POST /api/users/me/picture`: converts the picture and stores it.
pub(crate) async fn post(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(pictures): State<Pictures>,
    context: RequestContext,
    request: Request,
) -> Result<Success<Shown>, PictureUploadError> {
    let _place = pictures.uploads.take(caller.member).ok_or(Busy)?;
    let reading = tokio::time::timeout(MAX_UPLOAD_TIME, Upload::read(request)).await;
    let Upload(file) = reading.map_err(|_| Refusal::of(ErrorCode::Timeout))??;
    let picture = pictures.set_picture(caller.member, file, &context).await?;
    Ok(Success::ok(Shown { picture }))
}

/// `POST /api/users/me/picture/remove`: the provider's picture, or the drawn one, takes its place.
pub(crate) async fn remove(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(pictures): State<Pictures>,
    context: RequestContext,
) -> Result<Success<Shown>, PictureRemovalError> {
    let picture = pictures.remove_picture(caller.member, &context).await?;
    Ok(Success::ok(Shown { picture }))
}

/// Shows a member's own picture.
pub(crate) async fn get(
    State(of): State<Pictures>,
    Path((id, hash)): Path<(String, String)>,
) -> Result<Response, NotShown> {
    let member = MemberId::parse(&id).map_err(|_| NotFound)?;
    let hash = ContentHash::parse(&hash).ok_or(NotFound)?;
    let mut stale = of.context.db.read_stale().await?;
    let bytes = if let Some(bytes) = pictures::find_stale(&mut stale, member, &hash).await? {
        bytes
    } else {
        // Perhaps it was uploaded just now.
        drop(stale);
        let mut reader = of.context.db.read().await?;
        pictures::find(&mut reader, member, &hash).await?.ok_or(NotFound)?
    };
    Ok(([(CONTENT_TYPE, Picture::MEDIA_TYPE), (CACHE_CONTROL, FOR_EVER)], bytes).into_response())
}

/// Shows the drawn one. It is drawn for any id, so that it does not say who is a member.
pub(crate) async fn get_default(Path(id): Path<String>) -> Result<Response, NotFound> {
    let member = MemberId::parse(&id).map_err(|_| NotFound)?;
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, FOR_A_DAY)];
    Ok((headers, default_picture::default_picture(member)).into_response())
}
