//! What a member shows of themselves: nickname, greeting and picture.

pub(crate) mod default_picture;
pub(crate) mod me;
pub(crate) mod own_picture;
pub(crate) mod picture;
pub(crate) mod picture_address;
pub(crate) mod public_profile;
pub(crate) mod upload_places;

/// The table of pictures.
pub(crate) mod store {
    pub(crate) mod pictures;
}
