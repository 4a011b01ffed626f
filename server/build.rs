//! With `embedded-assets`, packs `target/site` into the program: each file as it is, and compressed with brotli at
//! its highest level where that helps. The work is done here, once, so that no request pays for it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-env-changed=DAEMUN_SITE_ROOT");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut table = String::from("&[\n");
    if env::var_os("CARGO_FEATURE_EMBEDDED_ASSETS").is_some() {
        let root =
            env::var_os("DAEMUN_SITE_ROOT").map_or_else(|| PathBuf::from("../target/site"), PathBuf::from);
        let root = root.canonicalize().map_err(|error| {
            io::Error::new(error.kind(), "target/site is missing: build the site first (`make release` does)")
        })?;
        println!("cargo:rerun-if-changed={}", root.display());
        for file in files(&root)? {
            let path =
                file.strip_prefix(&root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
            let plain = fs::read(&file)?;
            let packed = compress(&plain)?;
            let packed_file = out.join(format!("{}.br", path.replace('/', "__")));
            fs::write(&packed_file, &packed)?;
            writeln!(
                table,
                "    (\"/{path}\", include_bytes!({:?}), include_bytes!({:?})),",
                file.display().to_string(),
                packed_file.display().to_string()
            )
            .map_err(io::Error::other)?;
        }
    }
    table.push(']');
    fs::write(out.join("embedded_assets.rs"), table)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &plain[..], &mut packed, &params)?;
    Ok(packed)
}
