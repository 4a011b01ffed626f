//! What operators see of the program at work, and do with it. What a command does and what an endpoint does is one function here.

pub(crate) mod api;
pub(crate) mod bus;
pub(crate) mod bus_api;
pub(crate) mod client_body;
pub(crate) mod clients;
pub(crate) mod clients_api;
pub(crate) mod dead_letters;
pub(crate) mod dead_letters_api;
pub(crate) mod health;
pub(crate) mod health_api;
pub(crate) mod keys_api;
pub(crate) mod limits_api;
pub(crate) mod long_work;
pub(crate) mod long_work_api;
pub(crate) mod long_work_worker;
pub(crate) mod mail_queue;
pub(crate) mod mail_queue_api;
pub(crate) mod parts;
pub(crate) mod receivers;
pub(crate) mod receivers_api;
pub(crate) mod refused;
pub(crate) mod replicas_api;
pub(crate) mod routes;
pub(crate) mod routes_api;
pub(crate) mod shown_secret;
