//! A request for a page, as loaders see it.

use std::borrow::Cow;
use std::sync::Arc;

use app::{Access, Record};
use contract::{Frame, Moment};
use http::request::Parts;
use http::{HeaderMap, Uri};
use kernel::Timestamp;
use sessions::Current;

use super::moment;
use super::no_page::NoPage;
use super::state::{Inner, PageParts};
use super::viewer::viewer;

/// Who asks for what.
pub(super) struct Visit<'a> {
    pages: &'a Inner,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) current: Option<&'a Current>,
    now: Timestamp,
}

impl<'a> Visit<'a> {
    /// Of somebody who is signed in as `current`, if anybody is.
    pub(super) fn new(pages: &'a Inner, request: &'a Parts, current: Option<&'a Current>) -> Self {
        let now = web::guard::Authenticate::now(&pages.parts.sessions);
        Self { pages, uri: &request.uri, headers: &request.headers, current, now }
    }

    /// The parts to ask.
    pub(super) fn parts(&self) -> &'a PageParts {
        &self.pages.parts
    }

    /// The member who asks: there is one on every page of members, whose guard let nobody else in.
    pub(super) fn member(&self) -> Result<&'a Current, NoPage> {
        self.current.ok_or(NoPage::Nothing)
    }

    /// What the address says under this name in its query.
    pub(super) fn query(&self, name: &str) -> Option<Cow<'a, str>> {
        let query = self.uri.query()?;
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The moment `at`, as the page says it.
    pub(super) fn moment(&self, at: Timestamp) -> Moment {
        moment::moment(at, self.now, &self.parts().time_zone)
    }

    /// What the page is drawn with, whatever it is about.
    pub(super) fn frame(&self, page: &Record) -> Frame {
        let PageParts { language, drafts, .. } = self.parts();
        Frame {
            language: language.language(self.headers),
            address: self.uri.path_and_query().map_or("/", |address| address.as_str()).into(),
            viewer: self.current.map(|current| Arc::new(viewer(current))),
            draft: drafts.read(self.uri, self.headers),
            now: (page.access == Access::Members).then(|| self.now.to_string()),
            settings: Arc::clone(&self.pages.settings),
        }
    }
}
