//! Which requests may change something: all but reads, and the `GET`s that were declared to.

use axum::extract::Request;
use http::Method;
use matchit::Router;
use web::RouteEntry;

/// The requests that may change something.
pub struct ActingRequests {
    gets: Router<()>,
}

impl ActingRequests {
    /// Those of these routes.
    pub fn of(table: &[RouteEntry]) -> Self {
        let mut gets = Router::new();
        for entry in table.iter().filter(|entry| entry.acts) {
            if let Err(error) = gets.insert(entry.path, ()) {
                tracing::error!(path = entry.path, %error, "what this path does may be left half done");
            }
        }
        Self { gets }
    }

    /// Whether this is one of them.
    pub fn has(&self, request: &Request) -> bool {
        let is_get = *request.method() == Method::GET;
        !request.method().is_safe() || is_get && self.gets.at(request.uri().path()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use web::guard::public;
    use web::{PublicOrigin, Routes};

    use super::*;

    #[test]
    fn what_acts_is_what_is_no_read_or_was_declared_to() {
        let origin = PublicOrigin::of(&"https://daemun.example".parse().unwrap());
        let routes = Routes::<()>::new(origin).get("/read/{id}", public(), async || "").act(
            "/act/{id}",
            public(),
            async || "",
        );
        let acting = ActingRequests::of(routes.table());
        let has = |method: Method, path: &str| {
            acting.has(&Request::builder().method(method).uri(path).body(Body::empty()).unwrap())
        };
        assert!(
            has(Method::GET, "/act/1?code=x") && has(Method::POST, "/read/1") && has(Method::DELETE, "/")
        );
        assert!(
            !has(Method::GET, "/read/1") && !has(Method::HEAD, "/act/1") && !has(Method::OPTIONS, "/act/1")
        );
    }
}
