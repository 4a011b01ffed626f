//! What comes to life in the browser. An island gets its texts and addresses as properties; it never needs a token.

mod local_times;
mod plain_address;
mod profile_preview;
mod session_watch;

pub use local_times::LocalTimes;
pub use plain_address::PlainAddress;
pub use profile_preview::ProfilePreview;
pub use session_watch::SessionWatch;
