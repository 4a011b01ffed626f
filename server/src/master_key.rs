//! The key ring at the start: from the configuration, or, in development, from a file that is made once.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use kernel::{ExposeSecret as _, KeyRing, KeyRingError, MasterKey, Randomness, SecretString, private_files};

const FILE: &str = "master.key";

/// Why there is no key ring.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The keys are unusable.
    #[error("`master_keys`: {0}")]
    Keys(#[from] KeyRingError),
    /// What is in the development key's file.
    #[error("the development key {path} is none: {source}")]
    Unusable {
        /// The file of the master key.
        path: PathBuf,
        /// What is wrong with the keys.
        #[source]
        source: KeyRingError,
    },
    /// The development key's file.
    #[error(
        "the development key {path} cannot be read or made; give its folder to the user that runs Daemun"
    )]
    File {
        /// The file of the master key.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
}

/// The ring of `configured` keys, newest first; without any, the development key in `data_dir`, made if it is missing
/// and readable by its owner only. (Production refuses to start without configured keys before it comes here.)
///
/// # Errors
/// See [`MasterKeyError`].
pub fn ring(
    configured: &[SecretString],
    data_dir: &Path,
    randomness: &dyn Randomness,
) -> Result<KeyRing, MasterKeyError> {
    let keys = if configured.is_empty() {
        vec![development_key(&data_dir.join(FILE), randomness)?]
    } else {
        configured.iter().map(|key| MasterKey::parse(key.expose_secret())).collect::<Result<_, _>>()?
    };
    Ok(KeyRing::new(keys)?)
}

fn development_key(path: &Path, randomness: &dyn Randomness) -> Result<MasterKey, MasterKeyError> {
    let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
    let parse = |text: &str| {
        MasterKey::parse(text).map_err(|source| MasterKeyError::Unusable { path: path.to_owned(), source })
    };
    match fs::read_to_string(path) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = MasterKey::generate(randomness);
            let beside = path.with_extension(format!("new-{}", fingerprint(randomness)));
            // A command may come before the first start, which makes the folder.
            let folder = path.parent().map_or(Ok(()), private_files::make_folder);
            let made = folder.and_then(|()| write_private(&beside, path, &key.text()));
            let _ = fs::remove_file(&beside);
            match made {
                Ok(()) => Ok(key),
                // Another process was first. Its key is the one that the next start finds.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    parse(&fs::read_to_string(path).map_err(failed)?)
                }
                Err(error) => Err(failed(error)),
            }
        }
        Err(error) => Err(failed(error)),
    }
}

/// A name that no concurrent start uses.
fn fingerprint(randomness: &dyn Randomness) -> String {
    let mut bytes = [0; 8];
    randomness.fill(&mut bytes);
    format!("{}-{:016x}", std::process::id(), u64::from_ne_bytes(bytes))
}

/// Whole or not at all, and by one process only: written alongside and linked into place, which fails where there is a file
/// already, so that a kill in between leaves no partial key, and of two that start together one yields.
fn write_private(beside: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(beside)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::hard_link(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{OsRandomness, Purpose};

    #[test]
    fn starts_at_the_same_moment_agree_on_one_key() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path();
            let rings: Vec<KeyRing> = std::thread::scope(|scope| {
                let starts: Vec<_> =
                    (0..4).map(|_| scope.spawn(|| ring(&[], path, &OsRandomness).unwrap())).collect();
                starts.into_iter().map(|start| start.join().unwrap()).collect()
            });
            let purpose = Purpose::new("test");
            let sealed = rings[0].seal(purpose, "a", b"v", &OsRandomness).unwrap();
            assert!(rings.iter().all(|ring| ring.open(purpose, "a", &sealed).is_ok()));
            assert_eq!(fs::read_dir(path).unwrap().count(), 1, "nothing else is left there");
        }
    }

    #[test]
    fn a_development_key_that_is_none_is_named_by_its_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "AAAA\n").unwrap();
        let error = ring(&[], folder.path(), &OsRandomness).unwrap_err().to_string();
        assert!(error.contains(FILE) && !error.contains("AAAA"), "{error}");
    }

    #[test]
    fn the_development_key_is_made_once_in_a_folder_that_need_not_exist_and_kept_private() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("data");
        let purpose = Purpose::new("test");
        let first = ring(&[], &folder, &OsRandomness).unwrap();
        let sealed = first.seal(purpose, "a", b"v", &OsRandomness).unwrap();
        let second = ring(&[], &folder, &OsRandomness).unwrap();
        assert_eq!(second.open(purpose, "a", &sealed).unwrap(), b"v");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
