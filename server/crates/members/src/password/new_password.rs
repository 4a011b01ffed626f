//! A new password, from what somebody types to the hash that is stored.

use std::sync::Arc;

use web::flow_error;

use crate::model::password::Password;
use crate::model::password_error::PasswordError;
use crate::network::Network;
use crate::password::password_hasher::HashingError;
use crate::password::password_hasher::PasswordHasher;
use crate::password::password_policy::{Owner, PasswordPolicy};

flow_error! {
    /// Why a new password is not taken.
    pub enum NewPasswordError {
        Password(PasswordError);
        Hashing(HashingError);
    }
}

/// Checks and hashes new passwords. Cheap to clone.
#[derive(Clone)]
pub struct NewPasswords {
    pub(crate) hasher: PasswordHasher,
    pub(crate) policy: Arc<PasswordPolicy>,
}

impl NewPasswords {
    /// The fewest characters of a new password.
    pub fn min_length(&self) -> usize {
        *self.policy.length.start()
    }

    /// The hash of a new password for `owner`, if the password is taken.
    pub(crate) async fn hash_new(
        &self,
        password: Password,
        owner: Owner<'_>,
        network: Network,
    ) -> Result<String, NewPasswordError> {
        let (email, nickname) = (owner.email.clone(), owner.nickname.to_owned());
        let policy = Arc::clone(&self.policy);
        self.hasher
            .in_turn(network, move |hasher| {
                policy.check(&password, Owner { email: &email, nickname: &nickname })?;
                Ok(hasher.hash(&password)?)
            })
            .await?
    }
}
