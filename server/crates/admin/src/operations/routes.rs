//! The routes of operations.

use names::path;
use web::guard::{own_pages_or_programs, signed_in};
use web::{PageForm, PublicOrigin, Routes};

use crate::operations::api::OperationsApi;
use crate::operations::client_body::ClientBody;
use crate::operations::{
    bus_api, clients_api, dead_letters_api, health_api, keys_api, limits_api, long_work_api, mail_queue_api,
    receivers_api, replicas_api, routes_api,
};
use crate::operator::{READ, WRITE};
use crate::routes::ADMIN;

/// A form on a page that asks for a reason and nothing else, and where it leads.
const fn reasoned(page: &'static str, to: &'static str) -> PageForm {
    PageForm::on(page).keeps(&["reason"]).leads_to(to)
}

/// The endpoints about the running program and its clients, for administrators with a fresh proof.
pub fn operations_routes(origin: PublicOrigin) -> Routes<OperationsApi> {
    let read = signed_in().scope(READ).role(ADMIN).fresh();
    let write = own_pages_or_programs().signed_in().scope(WRITE).role(ADMIN).fresh();
    clients(Routes::new(origin))
        .get("/api/admin/health", read, health_api::get)
        .get("/api/admin/replicas", read, replicas_api::get)
        .get("/api/admin/events", read, bus_api::get)
        .get("/api/admin/events/dead-letters", read, dead_letters_api::list)
        .form(
            "/api/admin/events/dead-letters/retry-all",
            write,
            reasoned(path::ADMIN_EVENTS, "/admin/long-work?notice=long_work_begun"),
            long_work_api::retry_dead_letters,
        )
        .get("/api/admin/events/dead-letters/{consumer}/{event}", read, dead_letters_api::one)
        .form(
            "/api/admin/events/dead-letters/{consumer}/{event}/read",
            write,
            reasoned(path::ADMIN_DEAD_LETTER, "/admin/events/{consumer}/{event}?notice=dead_letter_shown"),
            dead_letters_api::read,
        )
        .form(
            "/api/admin/events/dead-letters/{consumer}/{event}/retry",
            write,
            reasoned(path::ADMIN_DEAD_LETTER, "/admin/events?notice=dead_letter_retried"),
            dead_letters_api::retry,
        )
        .form(
            "/api/admin/events/dead-letters/{consumer}/{event}/discard",
            write,
            reasoned(path::ADMIN_DEAD_LETTER, "/admin/events?notice=dead_letter_discarded"),
            dead_letters_api::discard,
        )
        .get("/api/admin/mails", read, mail_queue_api::list)
        .form(
            "/api/admin/mails/retry-all",
            write,
            reasoned(path::ADMIN_MAILS, "/admin/long-work?notice=long_work_begun"),
            long_work_api::send_mails,
        )
        .form(
            "/api/admin/mails/{id}/retry",
            write,
            reasoned(path::ADMIN_MAILS, "/admin/mails?notice=mail_sent_again"),
            mail_queue_api::retry,
        )
        .get("/api/admin/webhooks", read, receivers_api::list)
        .get("/api/admin/webhooks/log", read, receivers_api::log)
        .form(
            "/api/admin/webhooks/{receiver}/test",
            write,
            reasoned(path::ADMIN_WEBHOOKS, "/admin/webhooks?notice=webhook_tested"),
            receivers_api::test,
        )
        .form(
            "/api/admin/webhooks/{receiver}/replay",
            write,
            reasoned(path::ADMIN_WEBHOOKS, "/admin/webhooks?notice=webhook_replayed"),
            receivers_api::replay,
        )
        .form(
            "/api/admin/webhooks/{receiver}/replay-given-up",
            write,
            reasoned(path::ADMIN_WEBHOOKS, "/admin/long-work?notice=long_work_begun"),
            long_work_api::replay_webhooks,
        )
        .get("/api/admin/keys", read, keys_api::list)
        .form(
            "/api/admin/keys/rotate",
            write,
            reasoned(path::ADMIN_KEYS, "/admin/keys?notice=key_rotated"),
            keys_api::rotate,
        )
        .get("/api/admin/routes", read, routes_api::get)
        .get("/api/admin/limits", read, limits_api::get)
        .get("/api/admin/long-work", read, long_work_api::list)
        .get("/api/admin/long-work/{id}", read, long_work_api::one)
        .form(
            "/api/admin/long-work/{id}/stop",
            write,
            reasoned(path::ADMIN_LONG_WORK, "/admin/long-work?notice=long_work_stopped"),
            long_work_api::stop,
        )
}

/// The routes of clients.
fn clients(routes: Routes<OperationsApi>) -> Routes<OperationsApi> {
    let read = signed_in().scope(READ).role(ADMIN).fresh();
    let write = own_pages_or_programs().signed_in().scope(WRITE).role(ADMIN).fresh();
    routes
        .get("/api/admin/clients", read, clients_api::list)
        .form(
            "/api/admin/clients",
            write,
            PageForm::on(path::ADMIN_CLIENTS)
                .keeps(ClientBody::FIELDS)
                .leads_to("/admin/clients/{id}?notice=client_added"),
            clients_api::add,
        )
        .get("/api/admin/clients/{id}", read, clients_api::one)
        .form(
            "/api/admin/clients/{id}/rotate-secret",
            write,
            PageForm::on(path::ADMIN_CLIENT)
                .keeps(&["retire", "reason"])
                .leads_to("/admin/clients/{id}?notice=client_secret_made"),
            clients_api::rotate_secret,
        )
        .form(
            "/api/admin/clients/{id}/remove",
            write,
            reasoned(path::ADMIN_CLIENT, "/admin/clients?notice=client_removed"),
            clients_api::remove,
        )
}
