//! Signatures that take long: made where blocking is allowed, and together where several wait.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Batches, Workers};
use tokio::sync::oneshot;

use crate::error::TokensError;
use crate::signing_key::SigningKey;

/// How many signatures one makes before it hands them out. Each time costs two ways between threads, and who asks again then asks the
/// database together with the others. The first waits for the last: as long as one waits anyway when so many do.
const MAX_BATCH: usize = 8;

/// Makes signatures on the blocking pool: no more at once than there are cores, so that a burst of requests cannot start hundreds of
/// threads that starve everything else. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Signers {
    waiting: Arc<Batches<Unsigned>>,
    cores: NonZero<usize>,
}

struct Unsigned {
    key: Arc<SigningKey>,
    message: String,
    reply: oneshot::Sender<Result<String, TokensError>>,
}

impl Signers {
    pub(crate) fn new(cores: NonZero<usize>) -> Self {
        let workers = Workers { most: cores.get(), patience: Duration::ZERO };
        Self { waiting: Batches::new(workers), cores }
    }

    /// Adds the signature to header and payload.
    pub(crate) async fn sign(&self, key: Arc<SigningKey>, message: String) -> Result<String, TokensError> {
        let (reply, signed) = oneshot::channel();
        if let Some(mut worker) = self.waiting.add(Unsigned { key, message, reply }) {
            let cores = self.cores;
            tokio::task::spawn_blocking(move || {
                while let Some(some) = worker.next(|waiting| share(waiting, cores)) {
                    hand_out(some.into_iter().filter_map(Unsigned::sign).collect());
                }
            });
        }
        signed.await.map_err(|_| TokensError::Internal("the signing of a token was interrupted"))?
    }
}

struct Signed {
    signed: Result<String, TokensError>,
    reply: oneshot::Sender<Result<String, TokensError>>,
}

impl Unsigned {
    /// `None` where nobody waits for it any more.
    fn sign(self) -> Option<Signed> {
        let Self { key, message, reply } = self;
        (!reply.is_closed()).then(|| Signed { signed: sign(&key, message), reply })
    }
}

fn hand_out(all: Vec<Signed>) {
    for Signed { signed, reply } in all {
        // Who asked may be gone meanwhile.
        let _gone = reply.send(signed);
    }
}

/// What one of as many signers as there are cores takes of what waits.
fn share<T>(waiting: &mut VecDeque<T>, cores: NonZero<usize>) -> Vec<T> {
    let number = waiting.len().div_ceil(cores.get()).min(MAX_BATCH);
    waiting.drain(..number).collect()
}

pub(crate) fn sign(key: &SigningKey, mut message: String) -> Result<String, TokensError> {
    let signature = key.sign(message.as_bytes())?;
    message.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut message);
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(waiting: usize, cores: usize) -> Vec<usize> {
        let (mut waiting, cores) = ((0..waiting).collect(), NonZero::new(cores).unwrap());
        std::iter::from_fn(|| Some(share(&mut waiting, cores).len()).filter(|taken| *taken > 0)).collect()
    }

    #[test]
    fn what_waits_is_shared_by_the_cores_and_nobody_waits_for_many() {
        assert_eq!(shares(1, 1), [1], "at once");
        assert_eq!(shares(11, 1), [8, 3]);
        assert_eq!(shares(4, 4), [1; 4], "one for each core");
        assert_eq!(shares(9, 4), [3, 2, 1, 1, 1, 1]);
    }
}
