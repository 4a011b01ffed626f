//! Why an upstream gave no answer.

use std::error::Error;
use std::io;

use hyper_util::client::legacy;

/// Why an upstream gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// No connection could be made.
    #[error("no connection could be made")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// The connection broke, or what came is not HTTP.
    #[error("the exchange broke off")]
    Exchange(#[source] hyper::Error),
    /// Either, by the client for HTTP/2 and WebSockets.
    #[error(transparent)]
    Client(#[from] legacy::Error),
}

impl SendError {
    /// Whether nothing was sent.
    pub(crate) fn is_connect(&self) -> bool {
        match self {
            Self::Connect(_) => true,
            Self::Exchange(_) => false,
            Self::Client(error) => error.is_connect(),
        }
    }

    /// Whether this machine lacked what a connection needs: file handles, ports, memory. That says nothing about the
    /// upstream.
    pub(crate) fn is_ours(&self) -> bool {
        // As Linux numbers them: ENOMEM, ENFILE, EMFILE, EADDRNOTAVAIL, ENOBUFS.
        const LACKS: [i32; 5] = [12, 23, 24, 99, 105];
        let lacks = |cause: &io::Error| cause.raw_os_error().is_some_and(|number| LACKS.contains(&number));
        self.causes().filter_map(|cause| cause.downcast_ref()).any(lacks)
    }

    /// Whether the upstream answered with something that is not HTTP.
    pub(crate) fn is_parse(&self) -> bool {
        self.causes().filter_map(|cause| cause.downcast_ref::<hyper::Error>()).any(hyper::Error::is_parse)
    }

    /// Whether somebody waited for too long.
    pub(crate) fn is_timeout(&self) -> bool {
        let of_io = |cause: &io::Error| cause.kind() == io::ErrorKind::TimedOut;
        self.causes().filter_map(|cause| cause.downcast_ref()).any(of_io)
    }

    fn causes(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        std::iter::successors(self.source(), |cause| (*cause).source())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_not_the_upstreams_fault() {
        let connect = |number| SendError::Connect(Box::new(Wrapped(io::Error::from_raw_os_error(number))));
        // EMFILE and EADDRNOTAVAIL; ECONNREFUSED and ETIMEDOUT.
        assert!(connect(24).is_ours() && connect(99).is_ours());
        assert!(!connect(111).is_ours() && !connect(110).is_ours());
    }

    /// As the connector tells it: the cause lies below.
    #[derive(Debug, thiserror::Error)]
    #[error("tcp connect error")]
    struct Wrapped(#[source] io::Error);
}
