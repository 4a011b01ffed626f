//! Static files: what scripts/build put into the site folder, read once at the start, or packed into the program.
//!
//! Script, WASM and style sheet are served under a name that holds the hash of their content, so that a browser may
//! keep them for a year and an update is seen at once. The name is given to the pages through
//! [`Assets::output_name`]; nothing is renamed on disk.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use kernel::TokenHash;
use web::{Refusal, fields};

const EMBEDDED: &[(&str, &[u8], &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded_assets.rs"));
const PACKAGE: &str = "/pkg/daemun";
const PACKAGE_FOLDER: &str = "/pkg/";
/// The script that is not built: cargo-leptos takes no file for the folder of what it builds. It is served as if it were there.
const PASSKEYS: &str = "/passkeys.js";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// All static files, in memory.
#[derive(Clone, Debug)]
pub struct Assets {
    files: Arc<HashMap<String, File>>,
    output_name: Arc<str>,
}

/// A style sheet that is put into pages.
#[derive(Clone, Debug)]
pub struct PageStyle {
    /// What is between the tags of its element.
    pub text: Arc<str>,
    /// How a policy allows it: by its hash.
    pub source: Arc<str>,
}

#[derive(Debug)]
struct File {
    plain: Bytes,
    brotli: Option<Bytes>,
    kind: &'static str,
    etag: HeaderValue,
    cache: HeaderValue,
}

impl Assets {
    /// The files in the program if they are there, else those in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let sources = if EMBEDDED.is_empty() { from_folder(folder)? } else { embedded() };
        let version = version_of(&sources);
        let files = sources.into_iter().map(|source| source.into_file(&version)).collect();
        Ok(Self { files: Arc::new(files), output_name: format!("daemun.{version}").into() })
    }

    /// What pages put before `.js`, `.wasm` and `.css`: the name with the hash.
    pub fn output_name(&self) -> &str {
        &self.output_name
    }

    /// The style sheet, for pages that have it inside.
    pub fn style(&self) -> Option<PageStyle> {
        let file = self.files.get(&format!("{PACKAGE_FOLDER}{}.css", self.output_name))?;
        let text = std::str::from_utf8(&file.plain).ok()?;
        // Where its element would end.
        if text.contains("</") {
            return None;
        }
        let hash = STANDARD.encode(TokenHash::of(&file.plain).as_bytes());
        Some(PageStyle { text: text.into(), source: format!("'sha256-{hash}'").into() })
    }

    /// Whether `path` is one of the files.
    pub fn contain(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The answer for `path`; `None` when there is no such file.
    pub fn serve(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let file = self.files.get(path)?;
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, file.cache.clone());
        headers.insert(ETAG, file.etag.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if fields::none_match_names(request, file.etag.as_bytes()) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Some(response);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.kind));
        let body = match &file.brotli {
            Some(packed) if takes_brotli(request) => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
                packed
            }
            _ => &file.plain,
        };
        *response.body_mut() = Body::from(body.clone());
        Some(response)
    }
}

/// Answers with the file at a request's path, and 404 where there is none.
pub fn files(assets: Assets) -> MethodRouter {
    get(answer).with_state(assets)
}

async fn answer(State(assets): State<Assets>, request: Request) -> Response {
    let file = assets.serve(request.uri().path(), request.headers());
    file.unwrap_or_else(|| Refusal::not_found().into_response())
}

struct Source {
    path: String,
    plain: Bytes,
    brotli: Option<Bytes>,
}

impl Source {
    /// What follows the hash in its name, if it has one.
    fn after_the_hash(&self) -> Option<&str> {
        if self.path == PASSKEYS {
            return Some("_passkeys.js");
        }
        self.path.strip_prefix(PACKAGE).filter(|rest| rest.starts_with(['.', '_']))
    }

    fn into_file(self, version: &str) -> (String, File) {
        let (path, cache) = match self.after_the_hash() {
            Some(rest) => (format!("{PACKAGE}.{version}{rest}"), FOR_EVER),
            None => (self.path, AN_HOUR),
        };
        let etag = format!("\"{:?}\"", TokenHash::of(&self.plain));
        let etag = HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"0\""));
        let kind = kind_of(&path);
        let brotli = self.brotli.filter(|packed| packed.len() < self.plain.len());
        (path, File { plain: self.plain, brotli, kind, etag, cache })
    }
}

fn embedded() -> Vec<Source> {
    let source = |(path, plain, brotli): &(&str, &'static [u8], &'static [u8])| Source {
        path: (*path).to_owned(),
        plain: Bytes::from_static(plain),
        brotli: Some(Bytes::from_static(brotli)),
    };
    EMBEDDED.iter().map(source).collect()
}

fn from_folder(root: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![PathBuf::from(root)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(name) = path.strip_prefix(root) {
                let plain = Bytes::from(std::fs::read(&path)?);
                sources.push(Source { path: format!("/{}", name.to_string_lossy()), plain, brotli: None });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

/// Eight hexadecimal digits over all package files: they are built together and change together.
fn version_of(sources: &[Source]) -> String {
    let package = sources.iter().filter(|source| source.after_the_hash().is_some());
    let digests: Vec<u8> = package.flat_map(|source| *TokenHash::of(&source.plain).as_bytes()).collect();
    format!("{:?}", TokenHash::of(&digests))
}

fn takes_brotli(request: &HeaderMap) -> bool {
    fields::items(request, &ACCEPT_ENCODING).any(|coding| matches!(coding, b"br" | b"br;q=1" | b"br;q=1.0"))
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml; charset=utf-8",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::IF_NONE_MATCH;

    fn assets() -> Assets {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pkg")).unwrap();
        std::fs::write(folder.path().join("pkg/daemun.css"), "a{}").unwrap();
        std::fs::write(folder.path().join("passkeys.js"), "go()").unwrap();
        std::fs::write(folder.path().join("favicon.svg"), "<svg/>").unwrap();
        Assets::load(folder.path()).unwrap()
    }

    #[test]
    fn package_files_carry_their_hash_and_are_kept_for_ever() {
        let assets = assets();
        let path = format!("/pkg/{}.css", assets.output_name());
        let response = assets.serve(&path, &HeaderMap::new()).unwrap();
        assert_eq!(response.headers()[CACHE_CONTROL], FOR_EVER);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/css; charset=utf-8");
        let script = format!("/pkg/{}_passkeys.js", assets.output_name());
        assert_eq!(assets.serve(&script, &HeaderMap::new()).unwrap().headers()[CACHE_CONTROL], FOR_EVER);
        for stale in ["/pkg/daemun.css", "/passkeys.js"] {
            assert!(!assets.contain(stale), "the name without a hash could be stale: {stale}");
        }
    }

    #[test]
    fn the_style_sheet_is_allowed_in_a_page_by_its_hash() {
        let style = assets().style().unwrap();
        assert_eq!(&*style.text, "a{}");
        // printf 'a{}' | openssl dgst -sha256 -binary | base64
        assert_eq!(&*style.source, "'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='");
    }

    #[test]
    fn other_files_are_asked_for_again_and_found_unchanged() {
        let assets = assets();
        let first = assets.serve("/favicon.svg", &HeaderMap::new()).unwrap();
        let mut again = HeaderMap::new();
        again.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        assert_eq!(assets.serve("/favicon.svg", &again).unwrap().status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn s_bff_13_nothing_outside_the_folder_is_a_file() {
        let assets = assets();
        for path in ["/../Cargo.toml", "/pkg/../favicon.svg", "/me/x.css", "/pkg/", ""] {
            assert!(assets.serve(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }
}
