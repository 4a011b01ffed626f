//! Argon2id, off the async workers and never more at once than there is memory for (S-ACC-4, S-ACC-5).

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use kernel::{HashingCost, Randomness};
use web::{Refusal, Refuse};

use crate::model::password::Password;
use crate::network::Network;
use crate::password::hashing_memory::ReusingArgon2;
use crate::password::hashing_queue::HashingQueue;
use crate::reason::Busy;

const SALT_LEN: usize = 16;

/// What a hash costs, and how many are worked on.
#[derive(Clone, Copy, Debug)]
pub struct HashingSettings {
    /// What one hash costs. Stored hashes of a lower cost are replaced at the next sign-in.
    pub cost: HashingCost,
    /// How many at once: each takes the memory of a hash and a thread.
    pub at_once: usize,
    /// How many may wait; further requests are told to come back, and so are those of a network that has most of the places.
    pub waiting: usize,
    /// How long one waits.
    pub patience: Duration,
}

/// The least cost; as many at once as there are cores, less one for everybody who brings no password; 64 wait, for
/// at most 5 s.
impl Default for HashingSettings {
    fn default() -> Self {
        Self {
            cost: HashingCost::default(),
            at_once: std::thread::available_parallelism()
                .map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
            waiting: 64,
            patience: Duration::from_secs(5),
        }
    }
}

/// Why no password was hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// Too many wait already, or it took too long.
    #[error("too many passwords are being worked on")]
    Busy,
    /// An internal error, or a stored hash that cannot be read.
    #[error("a password cannot be hashed: {0}")]
    Internal(&'static str),
}

impl Refuse for HashingError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Busy => Busy.refusal(),
            Self::Internal(_) => Refusal::internal(),
        }
    }

    fn is_limit(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Another password, or nobody's.
    Wrong,
    /// The right one.
    Right,
    /// The right one, kept with a setting that has grown since: store a new one.
    RightButOutgrown,
}

/// Hashes and compares passwords. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PasswordHasher {
    argon2: ReusingArgon2,
    randomness: Arc<dyn Randomness>,
    queue: HashingQueue,
    /// The hash of nobody's password: compared where there is none, so that it takes as long (S-ACC-6).
    nobodys: Arc<str>,
}

impl PasswordHasher {
    /// A hasher.
    pub(crate) fn new(
        settings: HashingSettings,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, HashingError> {
        let params = Params::new(settings.cost.kibibytes(), settings.cost.passes(), 1, None)
            .map_err(|_| HashingError::Internal("the setting is out of range"))?;
        let nobodys = nobodys(&params, &*randomness)?.into();
        let argon2 = ReusingArgon2::new(params);
        Ok(Self {
            argon2,
            randomness,
            queue: HashingQueue::new(settings.at_once.max(1), settings.waiting, settings.patience),
            nobodys,
        })
    }

    /// Does `work` for a request from `network` in the queue, off the async workers. A caller who gives up leaves the queue;
    /// work that has begun keeps its permit to the end, since its memory is in use so long.
    pub(crate) async fn in_turn<T: Send + 'static>(
        &self,
        network: Network,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let permit = self.queue.permit(network).await.ok_or(HashingError::Busy)?;
        let hasher = self.clone();
        let work = move || {
            let _held = permit;
            work(&hasher)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| HashingError::Internal("the work broke off"))
    }

    /// The hash of `password` with a salt of its own, as a PHC string.
    pub(crate) fn hash(&self, password: &Password) -> Result<String, HashingError> {
        hash(&self.argon2, password.expose().as_bytes(), &*self.randomness)
    }

    /// Compares `password` with a stored hash; `None`, where there is none, takes as long and is never right.
    pub(crate) fn verify(&self, password: &Password, stored: Option<&str>) -> Result<Decision, HashingError> {
        metrics::counter!("daemun_passwords_compared_total").increment(1);
        let parsed = PasswordHash::new(stored.unwrap_or(&self.nobodys))
            .map_err(|_| HashingError::Internal("a stored hash is none"))?;
        let right = self.argon2.verify_password(password.expose().as_bytes(), &parsed).is_ok();
        Ok(match (right && stored.is_some(), self.is_outgrown(&parsed)) {
            (false, _) => Decision::Wrong,
            (true, false) => Decision::Right,
            (true, true) => Decision::RightButOutgrown,
        })
    }

    fn is_outgrown(&self, stored: &PasswordHash) -> bool {
        let now = self.argon2.params();
        Params::try_from(stored)
            .map_or(true, |stored| stored.m_cost() < now.m_cost() || stored.t_cost() < now.t_cost())
            || stored.algorithm != Algorithm::Argon2id.ident()
    }
}

/// A hash whose salt and output were drawn. It is compared like any other, no password is known to come to it, and a start neither
/// waits for a hash to be computed nor keeps the memory of one.
fn nobodys(params: &Params, randomness: &dyn Randomness) -> Result<String, HashingError> {
    const REFUSED: HashingError = HashingError::Internal("the setting cannot be written into a hash");
    let (mut salt, mut output) = ([0; SALT_LEN], [0; Params::DEFAULT_OUTPUT_LEN]);
    randomness.fill(&mut salt);
    randomness.fill(&mut output);
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|_| REFUSED)?,
        salt: Some(Salt::new(&salt).map_err(|_| REFUSED)?),
        hash: Some(Output::new(&output).map_err(|_| REFUSED)?),
    };
    Ok(hash.to_string())
}

fn hash(
    argon2: &ReusingArgon2,
    password: &[u8],
    randomness: &dyn Randomness,
) -> Result<String, HashingError> {
    let mut salt = [0; SALT_LEN];
    randomness.fill(&mut salt);
    let hash = argon2
        .hash_password_with_salt(password, &salt)
        .map_err(|_| HashingError::Internal("argon2 refused its input"))?;
    Ok(hash.to_string())
}

/// Shows nothing, since it holds a hash.
impl std::fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHasher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use testkit::SeededRandomness;

    fn hasher(settings: HashingSettings) -> PasswordHasher {
        PasswordHasher::new(settings, Arc::new(SeededRandomness::new(4))).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[test]
    fn s_acc_4_one_password_two_hashes_and_the_parameters_in_each() {
        let hasher = hasher(HashingSettings { cost: HashingCost::new(8, 1), ..HashingSettings::default() });
        let two = [(); 2].map(|()| hasher.hash(&password("문고리를 두 번 두드리면")).unwrap());
        assert_ne!(two[0], two[1]);
        for hash in &two {
            assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
            assert!(hash.len() <= 255);
            assert_eq!(
                hasher.verify(&password("문고리를 두 번 두드리면"), Some(hash)).unwrap(),
                Decision::Right
            );
            assert_eq!(
                hasher.verify(&password("문고리를 두 번 두드리면 "), Some(hash)).unwrap(),
                Decision::Wrong
            );
        }
    }

    #[test]
    fn s_acc_4_a_hash_of_a_lower_setting_is_right_and_outgrown() {
        let old = ReusingArgon2::new(Params::new(64, 1, 1, None).unwrap());
        let old = hash(&old, b"an old password", &SeededRandomness::new(1)).unwrap();
        let hasher = hasher(HashingSettings::default());
        assert_eq!(
            hasher.verify(&password("an old password"), Some(&old)).unwrap(),
            Decision::RightButOutgrown
        );
        assert_eq!(hasher.verify(&password("another password"), Some(&old)).unwrap(), Decision::Wrong);
    }

    #[test]
    fn s_acc_6_nobodys_password_is_never_right() {
        let hasher = hasher(HashingSettings::default());
        assert_eq!(hasher.verify(&password("anything at all"), None).unwrap(), Decision::Wrong);
        assert!(matches!(hasher.verify(&password("x"), Some("garbage")), Err(HashingError::Internal(_))));
    }

    #[test]
    fn s_acc_6_nobodys_hash_has_the_form_and_the_cost_of_a_members() {
        let hasher = hasher(HashingSettings { cost: HashingCost::new(64, 3), ..HashingSettings::default() });
        let theirs = hasher.hash(&password("문고리를 두 번 두드리면")).unwrap();
        let form = |hash: &str| {
            let (setting, drawn) = hash.split_at(hash.find("p=1$").unwrap());
            (setting.to_owned(), drawn.split('$').map(str::len).collect::<Vec<_>>())
        };
        assert_eq!(form(&hasher.nobodys), form(&theirs));
        assert!(!hasher.is_outgrown(&PasswordHash::new(&hasher.nobodys).unwrap()));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn s_acc_5_who_finds_the_queue_full_is_told_so_at_once() {
        let hasher = hasher(HashingSettings { at_once: 1, waiting: 1, ..HashingSettings::default() });
        let (release, hold) = mpsc::channel::<()>();
        let (tell, started) = tokio::sync::oneshot::channel();
        let working = {
            let hasher = hasher.clone();
            tokio::spawn(async move {
                hasher.in_turn(None, move |_| (tell.send(()), hold.recv())).await.map(|_| ())
            })
        };
        started.await.unwrap();
        let waiting = tokio::spawn({
            let hasher = hasher.clone();
            async move { hasher.in_turn(None, |_| ()).await }
        });
        while hasher.queue.free() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.in_turn(None, |_| ()).await, Err(HashingError::Busy)));
        release.send(()).unwrap();
        assert!(working.await.unwrap().is_ok() && waiting.await.unwrap().is_ok());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn s_acc_5_nobody_waits_longer_than_the_patience() {
        let impatient =
            HashingSettings { at_once: 1, patience: Duration::ZERO, ..HashingSettings::default() };
        let hasher = hasher(impatient);
        let (release, hold) = mpsc::channel::<()>();
        let (tell, started) = tokio::sync::oneshot::channel();
        let working = tokio::spawn({
            let hasher = hasher.clone();
            async move { hasher.in_turn(None, move |_| (tell.send(()), hold.recv())).await.map(|_| ()) }
        });
        started.await.unwrap();
        assert!(matches!(hasher.in_turn(None, |_| ()).await, Err(HashingError::Busy)));
        assert_eq!(hasher.queue.free(), 64, "and leaves no place taken");
        release.send(()).unwrap();
        working.await.unwrap().unwrap();
    }
}
