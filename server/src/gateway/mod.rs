//! The gateway in the program: [what may be in its table](routes), [who its sender is](authenticator), and
//! [where it is among the layers](mount).

pub mod authenticator;
pub mod mount;
pub mod protected_resource;
pub mod routes;
pub mod verify;
