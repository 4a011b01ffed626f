//! The islands. They get their texts and addresses as properties and never need a token.

mod attention;
mod form_call;
mod local_times;
mod new_posts;
mod operators;
mod plain_address;
mod posts;
mod profile_preview;
mod relation_forms;
mod remove_picture;
mod resend_code;
mod save_profile;
mod session_list;
mod session_watch;

pub use local_times::LocalTimes;
pub use new_posts::NewPosts;
pub use operators::{FindMembers, MovingEvents, SendMailsAgain};
pub use plain_address::PlainAddress;
pub use posts::{OlderLink, PostActions, WritePost};
pub use profile_preview::ProfilePreview;
pub use relation_forms::RelationForms;
pub use remove_picture::RemovePicture;
pub use resend_code::ResendCode;
pub use save_profile::SaveProfile;
pub use session_list::SessionList;
pub use session_watch::SessionWatch;
