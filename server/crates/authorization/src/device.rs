//! The device grant (RFC 8628): a device without a browser gets a code to show, and its owner types that on another device,
//! sees who asks for what, and allows it or not. Where the device gets its tokens is
//! [`grants::device_code`](crate::grants::device_code).

pub(crate) mod decision;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod page;
pub(crate) mod user_code;
