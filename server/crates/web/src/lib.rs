//! HTTP for all parts: [refusals](Refusal) in one shape, [routes](Routes) that cannot be
//! declared without a [guard], [cookies], the [same-origin rule](same_origin), [request ids](request_id) and
//! [traces](request_trace), the [request context](RequestContext),
//! [security headers](headers), [challenges](challenge), [fields] read as bytes, the [host] of a request, the
//! [limits of one request](request_limits), the [listener] with its time-outs, and what runs in the [background].

pub mod accept_language;
pub mod background;
pub mod body;
pub mod challenge;
pub mod client;
pub mod cookies;
pub mod download;
pub mod fields;
pub mod flow_error;
pub mod guard;
pub mod headers;
pub mod host;
pub mod identified;
pub mod leads_on;
pub mod listener;
pub mod navigation;
pub mod often_read;
pub mod openapi;
pub mod pace;
pub mod page_form;
pub mod placeholders;
pub mod plain;
pub mod public_document;
pub mod query;
pub mod reason;
pub mod refusal;
pub mod request_context;
pub mod request_id;
pub mod request_limits;
pub mod request_trace;
pub mod return_to;
pub mod routes;
pub mod same_origin;
pub mod stall;
pub mod streamed;
pub mod success;

pub use background::keep_running;
pub use body::{StrictBody, StrictForm, StrictJson};
pub use client::{ClientAddress, TrustedProxies};
pub use cookies::{Browser, CookieName, Cookies};
pub use download::Download;
pub use flow_error::Refuse;
pub use identified::Identified;
pub use leads_on::LeadsOn;
pub use navigation::wants_page;
pub use often_read::OftenRead;
pub use page_form::PageForm;
pub use plain::Plain;
pub use query::StrictQuery;
pub use refusal::{FieldProblem, Refusal, RefusalMark};
pub use request_context::RequestContext;
pub use request_id::RequestId;
pub use return_to::{RETURN_TO, ReturnTo};
pub use routes::{RouteEntry, Routes};
pub use same_origin::PublicOrigin;
pub use streamed::Streamed;
pub use success::Success;
