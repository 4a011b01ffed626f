//! Answers that send the browser on.

use axum::response::{IntoResponse, Response};

use crate::openapi::{Answer, Operation};

/// An answer that sends the browser on, or refuses as all endpoints do: to a person.
#[derive(Debug)]
pub struct LeadsOn(Response);

impl From<Response> for LeadsOn {
    fn from(response: Response) -> Self {
        Self(response)
    }
}

impl IntoResponse for LeadsOn {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for LeadsOn {
    fn describe(operation: &mut Operation) {
        operation.leads_on();
    }
}
