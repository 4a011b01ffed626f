//! The memory in which passwords are hashed, kept for a moment between two hashes.
//!
//! The system gives such memory zeroed, in a thousand page faults. What is left in it tells no more of a password than the hash does: the last
//! pass has overwritten each block, and to get one takes as much as to get the hash.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{self, CustomizedPasswordHasher, PasswordHasher};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::runtime::Handle;

/// For how long without a hash memory is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Argon2 by one setting. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ReusingArgon2 {
    params: Params,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    free: Vec<Vec<Block>>,
    /// How often memory was given back.
    returns: u64,
    /// Whether somebody watches how long it is not used.
    watched: bool,
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ReusingArgon2 {
    /// Argon2id by this setting. Memory for other ones, which older hashes have, is not kept.
    pub(crate) fn new(params: Params) -> Self {
        Self { params, kept: Arc::default() }
    }

    /// The setting.
    pub(crate) const fn params(&self) -> &Params {
        &self.params
    }

    fn compute(
        &self,
        argon2: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        output: &mut [u8],
    ) -> argon2::Result<()> {
        let count = argon2.params().block_count();
        let is_usual = count == self.params.block_count();
        let kept = if is_usual { lock(&self.kept).free.pop() } else { None };
        let mut memory = kept.unwrap_or_else(|| vec![Block::default(); count]);
        let computed = argon2.hash_password_into_with_memory(password, salt, output, &mut memory[..]);
        if is_usual {
            self.give_back(memory);
        }
        computed
    }

    /// Keeps it where somebody can watch that it goes.
    fn give_back(&self, memory: Vec<Block>) {
        let Ok(runtime) = Handle::try_current() else { return };
        let mut kept = lock(&self.kept);
        kept.free.push(memory);
        kept.returns += 1;
        if !std::mem::replace(&mut kept.watched, true) {
            runtime.spawn(evict_unused(Arc::downgrade(&self.kept)));
        }
    }
}

/// Frees what is kept once it was not used for a while.
async fn evict_unused(kept: Weak<Mutex<Kept>>) {
    let mut seen = 0;
    loop {
        tokio::time::sleep(IDLE_TIMEOUT).await;
        let Some(kept) = kept.upgrade() else { return };
        let mut kept = lock(&kept);
        if kept.returns == seen {
            kept.watched = false;
            kept.free = Vec::new();
            return;
        }
        seen = kept.returns;
    }
}

impl PasswordHasher<PasswordHash> for ReusingArgon2 {
    fn hash_password_with_salt(&self, password: &[u8], salt: &[u8]) -> password_hash::Result<PasswordHash> {
        self.hash_password_customized(password, salt, None, None, self.params.clone())
    }
}

/// With it, `PasswordVerifier` compares in constant time with a stored hash by its own setting.
impl CustomizedPasswordHasher<PasswordHash> for ReusingArgon2 {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> password_hash::Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or(Algorithm::Argon2id);
        let version = version.map(Version::try_from).transpose()?.unwrap_or(Version::V0x13);
        let (salt, written) = (Salt::new(salt)?, ParamsString::try_from(&params)?);
        let mut output = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = output.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
        self.compute(&Argon2::new(algorithm, version, params), password, &salt, output)?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: written,
            salt: Some(salt),
            hash: Some(Output::new(output)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier as _;

    use super::*;

    const SALT: &[u8; 16] = b"sixteen bytes 16";

    fn params(passes: u32) -> Params {
        Params::new(64, passes, 1, None).unwrap()
    }

    fn free(argon2: &ReusingArgon2) -> usize {
        lock(&argon2.kept).free.len()
    }

    #[tokio::test(start_paused = true)]
    async fn s_acc_4_memory_that_was_used_gives_the_hash_of_fresh_memory_and_is_freed_when_unused() {
        let (reusing, fresh) =
            (ReusingArgon2::new(params(2)), Argon2::new(Algorithm::Argon2id, Version::V0x13, params(2)));
        for password in [&b"one"[..], b"two", b"one"] {
            let hash = reusing.hash_password_with_salt(password, SALT).unwrap();
            assert_eq!(hash, fresh.hash_password_with_salt(password, SALT).unwrap());
            assert!(reusing.verify_password(password, &hash).is_ok());
            assert!(reusing.verify_password(b"three", &hash).is_err());
            assert_eq!(free(&reusing), 1, "of which there is one");
        }
        tokio::time::sleep(IDLE_TIMEOUT * 3 / 2).await;
        assert_eq!(free(&reusing), 1, "it was used in the first of two spans");
        tokio::time::sleep(IDLE_TIMEOUT).await;
        assert_eq!(free(&reusing), 0);
        reusing.hash_password_with_salt(b"one", SALT).unwrap();
        tokio::time::sleep(IDLE_TIMEOUT * 3).await;
        assert_eq!(free(&reusing), 0, "it is watched again");
    }

    #[tokio::test]
    async fn s_acc_4_a_hash_of_another_setting_is_compared_by_it_and_leaves_no_memory() {
        let older = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(128, 1, 1, None).unwrap());
        let hash = older.hash_password_with_salt(b"one", SALT).unwrap();
        let reusing = ReusingArgon2::new(params(2));
        assert!(
            reusing.verify_password(b"one", &hash).is_ok() && reusing.verify_password(b"two", &hash).is_err()
        );
        assert_eq!(free(&reusing), 0);
    }

    #[test]
    fn without_a_runtime_nothing_is_kept() {
        let reusing = ReusingArgon2::new(params(1));
        reusing.hash_password_with_salt(b"one", SALT).unwrap();
        assert_eq!(free(&reusing), 0);
    }
}
