//! `POST /auth/login`, `POST /auth/refresh` and `POST /auth/logout`: for apps that are not browsers and keep their own tokens
//! (design 3.3). No cookie is read or set here.

pub(crate) mod app_logins;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod refresh;
pub(crate) mod second;
mod tokens_body;
