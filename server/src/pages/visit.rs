//! A request for a page, as loaders see it.

use std::borrow::Cow;
use std::sync::Arc;

use app::{Access, Record};
use authorization::WaitingApp;
use contract::{Frame, Moment, Viewer};
use http::request::Parts;
use http::{HeaderMap, Uri};
use kernel::Timestamp;
use names::Language;
use sessions::Current;
use web::{Cookies, RequestContext};

use super::moment;
use super::no_page::NoPage;
use super::reading::Reading;
use super::state::{Inner, PageParts};
use super::viewer::viewer;

/// Who asks for what.
pub(super) struct Visit<'a> {
    pages: &'a Inner,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) current: Option<&'a Current>,
    /// The app that waits for them.
    pub(super) app: Option<WaitingApp>,
    request: &'a Parts,
    now: Timestamp,
}

impl<'a> Visit<'a> {
    /// Of somebody who is signed in as `current`, if anybody is.
    pub(super) fn new(
        pages: &'a Inner,
        request: &'a Parts,
        current: Option<&'a Current>,
        app: Option<WaitingApp>,
    ) -> Self {
        let now = web::guard::Authenticate::now(&pages.parts.sessions);
        Self { pages, uri: &request.uri, headers: &request.headers, current, app, request, now }
    }

    /// The parts to ask.
    pub(super) fn parts(&self) -> &'a PageParts {
        &self.pages.parts
    }

    /// From where it comes.
    pub(super) fn context(&self) -> RequestContext {
        RequestContext::of(self.request)
    }

    /// What the browser is given with the answer.
    pub(super) fn cookies(&self) -> Option<&'a Cookies> {
        self.request.extensions.get()
    }

    /// The member who asks: there is one on every page of members, whose guard let nobody else in.
    pub(super) fn member(&self) -> Result<&'a Current, NoPage> {
        self.current.ok_or(NoPage::Nothing)
    }

    /// What the address says under this name in its query.
    pub(super) fn query(&self, name: &str) -> Option<Cow<'a, str>> {
        query_value(self.uri, name)
    }

    /// The value of a field of a search form, without white space around it; empty if it is missing.
    pub(super) fn typed(&self, name: &str) -> String {
        self.query(name).map(|text| text.trim().to_owned()).unwrap_or_default()
    }

    /// In which language they read the page: the one that they chose here; else that for which the app asks, since it knows what
    /// they read there; else that of their browser.
    pub(super) fn language(&self) -> Language {
        let cookie = &self.parts().language;
        let asked = || self.app.as_ref().and_then(|app| app.language);
        cookie.chosen(self.headers).or_else(asked).unwrap_or_else(|| cookie.language(self.headers))
    }

    /// When the page is drawn.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The moment `at`, as the page says it.
    pub(super) fn moment(&self, at: Timestamp) -> Moment {
        moment::moment(at, self.now, &self.parts().time_zone)
    }

    /// Who reads posts here.
    pub(super) fn reading(&self) -> Reading<'a> {
        let viewer = self.current.map(|current| current.member.id);
        Reading { viewer, now: self.now, zone: &self.parts().time_zone }
    }

    /// What the page is drawn with, whatever it is about. `asked` is the language that an app asks for with the page's own address.
    pub(super) async fn frame(&self, page: &Record, asked: Option<Language>) -> Frame {
        let PageParts { drafts, language: cookie, .. } = self.parts();
        // Without posts there is no page of reports.
        let has_reports = self.parts().admin.activity.is_some();
        let viewer = self.current.map(|current| {
            let viewer = viewer(current);
            Arc::new(Viewer { moderates: viewer.moderates && has_reports, ..viewer })
        });
        let asked = asked.filter(|_| cookie.chosen(self.headers).is_none());
        Frame {
            language: asked.unwrap_or_else(|| self.language()),
            address: self.uri.path_and_query().map_or("/", |address| address.as_str()).into(),
            viewer,
            draft: drafts.read(self.uri, self.headers).await,
            now: (page.access != Access::Everybody).then(|| self.now.to_string()),
            settings: Arc::clone(&self.pages.settings),
        }
    }
}

/// What an address says under this name in its query.
pub(super) fn query_value<'a>(address: &'a Uri, name: &str) -> Option<Cow<'a, str>> {
    let query = address.query()?;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
}
