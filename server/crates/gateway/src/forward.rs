//! Sending a request to a service: which upstream, how long, and when a second try is allowed.
//!
//! A request goes out twice in two cases only (S-GW-17). No connection could be made: nothing was sent, so the next upstream gets
//! it, whatever its method. Or the connection broke before the answer, the method is idempotent (RFC 9110 section 9.2.2) and
//! nothing of a body has gone: again.

use std::error::Error as _;
use std::pin::{Pin, pin};
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;
use web::pace::Late;

use crate::route::{Choice, Route, Tried};
use crate::send_error::SendError;
use crate::upload::{Upload, UploadFailure, UploadSource};
use crate::upstream::{Permit, Upstream};

/// A request for a service.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) path: PathAndQuery,
    pub(crate) headers: HeaderMap,
    pub(crate) upload: UploadSource,
    /// Whether the connection may become a WebSocket.
    pub(crate) upgrades: bool,
}

/// Why there is no answer of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ForwardError {
    /// No upstream is in rotation; one may be after this long.
    Unavailable(Duration),
    /// No connection could be made.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// The connection broke, or what came is not HTTP.
    Broken,
    /// The client sent more than is allowed.
    BodyTooLarge,
    /// The client broke off.
    ClientGone,
    /// The client sent nothing for too long.
    ClientSilent,
}

/// A service that closes without an answer after its client was silent for so long does so because of it.
const SLOW_CLIENT_DELAY: Duration = Duration::from_secs(1);

/// What a try came to.
enum Failure {
    NoConnection {
        timed_out: bool,
    },
    Ours,
    Connection,
    Answer,
    Upload(UploadFailure),
    /// The service closed the connection on a slow client.
    Impatience,
}

/// Sends the request, and returns the head of the answer.
pub(crate) async fn forward(
    route: &Route,
    outgoing: Outgoing,
) -> Result<(Response<Incoming>, Permit), ForwardError> {
    let arrived = Instant::now();
    let mut outgoing = outgoing;
    let mut tries = Tries { route, tried: route.begin(), last: None, repeated: false };
    loop {
        let began = Instant::now();
        let mut choice = tries.choose(began)?;
        let keep = tries.can_repeat(&outgoing) || route.width() > 1;
        let request = outgoing.request(choice.permit.upstream(), keep).ok_or(ForwardError::Broken)?;
        let answer = {
            let answer = pin!(choice.permit.send(request, outgoing.upgrades));
            in_time(answer, route, arrived, &outgoing.upload).await
        };
        match answer {
            Ok(Ok(response)) => return Ok((response, answered(route, choice, outgoing.upload, began))),
            Ok(Err(error)) => tries.failed(choice, &error, &outgoing)?,
            // The circuit permit is dropped without a report: this says nothing about the service.
            Err(Late::Client) => return Err(ForwardError::ClientSilent),
            Err(Late::Answer) => {
                route.meter.failed("timeout");
                choice.circuit.failed(Instant::now());
                return Err(ForwardError::TimedOut);
            }
        }
    }
}

/// Reports that the upstream answers, and returns the permit under which the answer is read.
fn answered(route: &Route, mut choice: Choice<'_>, upload: UploadSource, began: Instant) -> Permit {
    choice.circuit.succeeded();
    // What the client took to send is not the service's.
    let sent = upload.pace().map_or(began, |pace| pace.moved().max(began));
    route.meter.upstream_took(Instant::now() - sent);
    // The request body must be read on whether or not the client reads the response.
    if !upload.is_through() {
        choice.permit.release();
    }
    upload.keep();
    choice.permit
}

/// The tries of one request.
struct Tries<'a> {
    route: &'a Route,
    tried: Tried,
    /// What the last one came to.
    last: Option<ForwardError>,
    /// Whether it was sent again after a connection broke.
    repeated: bool,
}

impl<'a> Tries<'a> {
    fn choose(&self, now: Instant) -> Result<Choice<'a>, ForwardError> {
        let chosen = self.route.choose(now, self.tried);
        chosen.map_err(|wait| self.last.unwrap_or(ForwardError::Unavailable(wait)))
    }

    fn can_repeat(&self, outgoing: &Outgoing) -> bool {
        outgoing.method.is_idempotent() && !self.repeated
    }

    /// Reports a try that failed. `Ok` if the request may be sent once more.
    fn failed(
        &mut self,
        choice: Choice<'_>,
        error: &SendError,
        outgoing: &Outgoing,
    ) -> Result<(), ForwardError> {
        match Failure::of(error, &outgoing.upload) {
            Failure::Upload(failure) => Err(failure.into()),
            Failure::Impatience => Err(ForwardError::ClientSilent),
            Failure::Ours => {
                let (route, cause) = (&*self.route.label, cause(error));
                tracing::error!(route, cause, "this machine cannot make further connections");
                Err(ForwardError::Unavailable(Duration::from_secs(1)))
            }
            Failure::NoConnection { timed_out } => {
                note(self.route, &choice, "connect", error);
                self.tried.add(&choice);
                choice.permit.upstream().lost();
                let lost = if timed_out { ForwardError::TimedOut } else { ForwardError::Unreachable };
                self.last = Some(lost);
                if outgoing.upload.is_untouched() { Ok(()) } else { Err(lost) }
            }
            Failure::Connection if self.can_repeat(outgoing) && outgoing.upload.is_untouched() => {
                note(self.route, &choice, "broken", error);
                self.repeated = true;
                // With another upstream at hand this one is left alone; else it may just have closed an idle
                // connection.
                if self.route.width() > 1 {
                    self.tried.add(&choice);
                }
                self.last = Some(ForwardError::Broken);
                choice.circuit.failed(Instant::now());
                Ok(())
            }
            Failure::Connection | Failure::Answer => {
                note(self.route, &choice, "broken", error);
                choice.circuit.failed(Instant::now());
                Err(ForwardError::Broken)
            }
        }
    }
}

/// Waits for an answer as long as neither the client nor the service is silent for too long. The answer stays where it is: moved in
/// here, it would be twice in the future of each request.
async fn in_time<T>(
    mut answer: Pin<&mut impl Future<Output = T>>,
    route: &Route,
    arrived: Instant,
    upload: &UploadSource,
) -> Result<T, Late> {
    let is_late = |_| Late::Answer;
    let Some(mut pace) = upload.pace() else {
        return tokio::time::timeout_at(arrived + route.pace.answer, answer).await.map_err(is_late);
    };
    loop {
        let look_at = pace.look(Instant::now(), &route.pace)?;
        if let Ok(answer) = tokio::time::timeout_at(look_at, answer.as_mut()).await {
            return Ok(answer);
        }
        pace = upload.pace().unwrap_or(pace);
    }
}

/// The error below, which names what the system said.
fn cause(error: &SendError) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}

fn note(route: &Route, choice: &Choice<'_>, why: &'static str, error: &SendError) {
    route.meter.failed(why);
    let upstream = &choice.permit.upstream().key().address;
    let cause = cause(error);
    tracing::warn!(route = &*route.label, %upstream, why, %error, cause, "an upstream did not answer");
}

impl Outgoing {
    /// The request for one upstream. The headers are copied only if another try may need them.
    fn request(&mut self, upstream: &Upstream, keep: bool) -> Option<Request<Upload>> {
        let headers = if keep { self.headers.clone() } else { std::mem::take(&mut self.headers) };
        upstream.request(self.method.clone(), &self.path, headers, self.upload.upload())
    }
}

impl Failure {
    fn of(error: &SendError, upload: &UploadSource) -> Self {
        if let Some(failure) = upload.failure() {
            return Self::Upload(failure);
        }
        if error.is_connect() && error.is_ours() {
            return Self::Ours;
        }
        if error.is_connect() {
            return Self::NoConnection { timed_out: error.is_timeout() };
        }
        if error.is_parse() {
            return Self::Answer;
        }
        // Services have times of their own for a body. That this one came slowly is not their failure.
        let silent = upload.pace().and_then(|pace| pace.client_silent(Instant::now()));
        if silent.is_some_and(|silent| silent >= SLOW_CLIENT_DELAY) {
            Self::Impatience
        } else {
            Self::Connection
        }
    }
}

impl From<UploadFailure> for ForwardError {
    fn from(failure: UploadFailure) -> Self {
        match failure {
            UploadFailure::TooLarge => Self::BodyTooLarge,
            UploadFailure::Client => Self::ClientGone,
        }
    }
}
