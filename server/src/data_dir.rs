//! The folder of the program.

use std::io;
use std::path::Path;

/// Makes the folder and tries to write there, under a name of this process: another one may be trying too.
pub fn prepare_data_dir(path: &Path) -> io::Result<()> {
    let probe = path.join(format!(".writable-{}", std::process::id()));
    std::fs::create_dir_all(path)
        .and_then(|()| std::fs::write(&probe, b"x"))
        .and_then(|()| std::fs::remove_file(&probe))
}
