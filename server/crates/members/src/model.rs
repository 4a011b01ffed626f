//! What members, passwords and mails are, and the rules that decide about them. It knows no HTTP and no URLs; every module uses
//! it.

pub(crate) mod display_text;
pub(crate) mod identity_id;
pub mod link_matrix;
pub(crate) mod link_matrix_page;
pub mod link_situation;
pub(crate) mod mail_code;
pub(crate) mod mail_proof;
pub(crate) mod mail_purpose;
pub(crate) mod mail_return;
pub(crate) mod mail_template;
pub(crate) mod mail_wish;
pub(crate) mod member;
pub(crate) mod password;
pub(crate) mod password_error;
pub(crate) mod prepared_sign_up;
pub(crate) mod profile;

/// The table `members`, which every module reads.
pub(crate) mod store {
    pub(crate) mod members;
}
