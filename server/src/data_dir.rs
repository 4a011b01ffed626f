//! The folder of the program.

use std::io::{self, ErrorKind};
use std::path::Path;

use kernel::private_files;

/// Makes the folder and tries to write there, under a name of this process: another one may be trying too.
pub fn prepare_data_dir(path: &Path) -> io::Result<()> {
    let probe = path.join(format!(".writable-{}", std::process::id()));
    private_files::make_folder(path)
        .and_then(|()| std::fs::write(&probe, b"x"))
        .and_then(|()| std::fs::remove_file(&probe))
}

/// What to do about a folder in which nothing can be made.
pub fn cure(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "Make room on its disk",
        ErrorKind::ReadOnlyFilesystem => "Name a folder on a disk that can be written",
        _ => "Make the folder, or give it to the user that runs Daemun",
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_that_is_made_is_private_and_one_that_exists_keeps_its_mode() {
        let above = tempfile::tempdir().unwrap();
        let mode = |path: &Path| metadata(path).unwrap().permissions().mode() & 0o777;
        let (new, existing) = (above.path().join("new"), above.path().join("existing"));
        prepare_data_dir(&new).unwrap();
        assert_eq!(mode(&new), 0o700);
        std::fs::create_dir(&existing).unwrap();
        set_permissions(&existing, Permissions::from_mode(0o750)).unwrap();
        prepare_data_dir(&existing).unwrap();
        assert_eq!(mode(&existing), 0o750);
    }

    #[test]
    fn the_cure_is_for_what_is_wrong_with_the_folder() {
        for (kind, part) in [
            (ErrorKind::StorageFull, "Make room"),
            (ErrorKind::QuotaExceeded, "Make room"),
            (ErrorKind::ReadOnlyFilesystem, "can be written"),
            (ErrorKind::PermissionDenied, "the user that runs Daemun"),
        ] {
            let cure = cure(&io::Error::from(kind));
            assert!(cure.contains(part), "{kind:?}: {cure}");
        }
    }
}
