//! What comes to life in the browser. An island gets its texts and addresses as properties; it never needs a token.

mod session_watch;

pub use session_watch::SessionWatch;
