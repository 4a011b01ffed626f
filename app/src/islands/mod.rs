//! What comes to life in the browser. An island gets its texts and addresses as properties; it never needs a token.

mod form_call;
mod local_times;
mod plain_address;
mod profile_preview;
mod remove_picture;
mod resend_code;
mod save_profile;
mod session_list;
mod session_watch;

pub use local_times::LocalTimes;
pub use plain_address::PlainAddress;
pub use profile_preview::ProfilePreview;
pub use remove_picture::RemovePicture;
pub use resend_code::ResendCode;
pub use save_profile::SaveProfile;
pub use session_list::SessionList;
pub use session_watch::SessionWatch;
