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
use axum::routing::{MethodRouter, any};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use kernel::TokenHash;
use web::{Refusal, fields};

const EMBEDDED: &[(&str, &[u8], &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded_assets.rs"));
const PACKAGE: &str = "/pkg/daemun";
const PACKAGE_NAME: &str = "daemun";
const PACKAGE_FOLDER: &str = "/pkg/";
/// The script that is not built: cargo-leptos takes no file for the folder of what it builds. It is served as if it were there.
const PASSKEYS: &str = "/passkeys.js";
const PASSKEYS_ADDRESS: &str = "/pkg/daemun_passkeys.js";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const NOT_AT_ALL: HeaderValue = HeaderValue::from_static("no-store");

/// Whether cargo-leptos builds the site again at every change, and tells open pages.
pub fn are_watched() -> bool {
    // cargo-leptos sets it for the server that it starts.
    std::env::var_os("LEPTOS_WATCH").is_some()
}

/// All static files, in memory.
#[derive(Clone, Debug)]
pub struct Assets {
    files: Arc<HashMap<String, File>>,
    output_name: Arc<str>,
    /// The folder from which they are read for each request, without hashes in their names: it is watched, and open pages look for the
    /// style sheet by the name that cargo-leptos gave it.
    watched: Option<Arc<Path>>,
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
        if EMBEDDED.is_empty() && are_watched() {
            return Self::watched(folder);
        }
        let sources = if EMBEDDED.is_empty() { from_folder(folder)? } else { embedded() };
        Ok(Self::from_sources(sources))
    }

    fn from_sources(sources: Vec<Source>) -> Self {
        let output_name = format!("{PACKAGE_NAME}.{}", version_of(&sources));
        let files = sources.into_iter().map(|source| source.into_file(&output_name, FOR_EVER)).collect();
        Self { files: Arc::new(files), output_name: output_name.into(), watched: None }
    }

    fn watched(folder: &Path) -> io::Result<Self> {
        let sources = from_folder(folder)?;
        let files = sources.into_iter().map(|source| source.into_file(PACKAGE_NAME, NOT_AT_ALL)).collect();
        Ok(Self { files: Arc::new(files), output_name: PACKAGE_NAME.into(), watched: Some(folder.into()) })
    }

    /// What pages put before `.js`, `.wasm` and `.css`: the name with the hash.
    pub fn output_name(&self) -> &str {
        &self.output_name
    }

    /// The style sheet, for pages that have it inside. Where it is watched, it is only linked.
    pub fn style(&self) -> Option<PageStyle> {
        if self.watched.is_some() {
            return None;
        }
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
        match &self.watched {
            Some(folder) => Some(read_again(folder, path).ok()?.answer(request)),
            None => Some(file.answer(request)),
        }
    }
}

impl File {
    fn answer(&self, request: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, self.cache.clone());
        headers.insert(ETAG, self.etag.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if fields::none_match_names(request, self.etag.as_bytes()) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        let body = match &self.brotli {
            Some(packed) if takes_brotli(request) => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
                packed
            }
            _ => &self.plain,
        };
        *response.body_mut() = Body::from(body.clone());
        response
    }
}

/// Answers with the file at a request's path, and 404 where there is none, whatever the method: that another one is allowed there would
/// not be true (S-GW-1).
pub fn files(assets: Assets) -> MethodRouter {
    any(file_at).with_state(assets)
}

async fn file_at(State(assets): State<Assets>, request: Request) -> Response {
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) && assets.contain(path) {
        let refusal = Refusal::for_status(StatusCode::METHOD_NOT_ALLOWED);
        return ([(ALLOW, "GET,HEAD")], refusal).into_response();
    }
    let file = assets.serve(path, request.headers());
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

    /// The file, which is kept as `cache` says if its name is `output_name`.
    fn into_file(self, output_name: &str, cache: HeaderValue) -> (String, File) {
        let (path, cache) = match self.after_the_hash() {
            Some(rest) => (format!("{PACKAGE_FOLDER}{output_name}{rest}"), cache),
            None => (self.path, AN_HOUR),
        };
        let etag = format!("\"{:?}\"", TokenHash::of(&self.plain));
        let etag = HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"0\""));
        let kind = kind_of(&path);
        let brotli = self.brotli.filter(|packed| packed.len() < self.plain.len());
        (path, File { plain: self.plain, brotli, kind, etag, cache })
    }
}

/// One of the files, as it is in its folder now.
fn read_again(folder: &Path, path: &str) -> io::Result<File> {
    let name = if path == PASSKEYS_ADDRESS { PASSKEYS } else { path };
    let plain = Bytes::from(std::fs::read(folder.join(name.trim_start_matches('/')))?);
    Ok(Source { path: name.to_owned(), plain, brotli: None }.into_file(PACKAGE_NAME, NOT_AT_ALL).1)
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

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pkg")).unwrap();
        std::fs::write(folder.path().join("pkg/daemun.css"), "a{}").unwrap();
        std::fs::write(folder.path().join("passkeys.js"), "go()").unwrap();
        std::fs::write(folder.path().join("favicon.svg"), "<svg/>").unwrap();
        folder
    }

    fn assets() -> Assets {
        Assets::load(folder().path()).unwrap()
    }

    #[test]
    fn watched_files_have_plain_names_and_are_read_again_for_each_request() {
        let folder = folder();
        let assets = Assets::watched(folder.path()).unwrap();
        assert!(assets.contain("/pkg/daemun_passkeys.js") && assets.style().is_none());
        std::fs::write(folder.path().join("pkg/daemun.css"), "a{color:red}").unwrap();
        let now = assets.serve("/pkg/daemun.css", &HeaderMap::new()).unwrap();
        assert_eq!(now.headers()[CACHE_CONTROL], NOT_AT_ALL);
        assert_eq!(now.headers()[ETAG], format!("\"{:?}\"", TokenHash::of(b"a{color:red}")));
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
