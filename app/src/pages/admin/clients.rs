//! `/admin/clients`: the clients of the authorization server.

use std::borrow::Cow;

use contract::views::admin::{ClientEntry, ClientView, ClientsView};
use leptos::prelude::*;
use names::{Language, path};

use crate::components::admin::{Action, AdminFrame, action, code, encoded, section};
use crate::components::with_time;
use crate::form::Form;
use crate::frame::language;
use crate::page::{Page, Record};
use crate::pages::admin::new_client::new_client;
use crate::texts::admin_clients as texts;

/// `/admin/clients`: all clients, and the form that registers one.
pub struct Clients;

impl Page for Clients {
    type View = ClientsView;

    const RECORD: &'static Record =
        &Record::admin(path::ADMIN_CLIENTS, texts::title).called(texts::navigation);

    fn draw(ClientsView { clients }: ClientsView) -> AnyView {
        let language = language();
        view! {
            <AdminFrame heading=texts::heading(language)>
                <p class="lead">{texts::lead(language)}</p>
                {section(
                    texts::heading(language),
                    vec![texts::name(language), texts::id(language), texts::origin(language), texts::auth(language)],
                    clients.into_iter().map(|client| row(client, language)).collect(),
                    texts::none(language),
                )}
                {new_client(language)}
            </AdminFrame>
        }
        .into_any()
    }
}

fn row(client: ClientEntry, language: Language) -> Vec<AnyView> {
    let page = format!("{}/{}", path::ADMIN_CLIENTS, encoded(&client.id));
    vec![
        view! { <a href=page>{client.name}</a> }.into_any(),
        code(client.id),
        origin(client.is_configured, language).into_any(),
        code(client.auth),
    ]
}

fn origin(is_configured: bool, language: Language) -> &'static str {
    if is_configured { texts::configured(language) } else { texts::registered(language) }
}

/// `/admin/clients/{id}`: one client, with replacing its secret and removing it.
pub struct Client;

impl Page for Client {
    type View = ClientView;

    const RECORD: &'static Record = &Record::admin(path::ADMIN_CLIENT, texts::one);

    fn title(view: &ClientView, language: Language) -> Cow<'static, str> {
        texts::one_title(language, &view.client.name).into()
    }

    fn draw(view: ClientView) -> AnyView {
        let ClientView { client, has_secret, older_until, secret } = view;
        let language = language();
        let remove = (!client.is_configured).then(|| {
            action(Action {
                id: "remove".to_owned(),
                path: format!("/api/admin/clients/{}/remove", encoded(&client.id)),
                name: texts::remove(language),
                lead: texts::remove_lead(language).to_owned(),
                fields: None,
            })
        });
        let rotate = has_secret.then(|| rotate(&client.id, language));
        let secret = secret.map(|secret| shown_secret(secret, language));
        let older = older_until.map(|until| {
            let until = with_time(|time| texts::older_until(language, time), until);
            view! { <div><dt>{texts::older(language)}</dt><dd>{until}</dd></div> }
        });
        let uris: Vec<_> =
            client.redirect_uris.into_iter().map(|uri| view! { <li>{code(uri)}</li> }).collect();
        let consent = if client.first_party { texts::no_consent(language) } else { texts::consent(language) };
        view! {
            <AdminFrame heading=client.name>
                {secret}
                <p><a class="way" href=path::ADMIN_CLIENTS>{texts::all(language)}</a></p>
                <dl class="facts">
                    <div><dt>{texts::id(language)}</dt><dd>{code(client.id)}</dd></div>
                    <div><dt>{texts::origin(language)}</dt><dd>{origin(client.is_configured, language)}</dd></div>
                    <div><dt>{texts::auth(language)}</dt><dd>{code(client.auth)}</dd></div>
                    <div><dt>{texts::grants(language)}</dt><dd>{code(client.grants)}</dd></div>
                    <div><dt>{texts::scopes(language)}</dt><dd>{code(client.scopes)}</dd></div>
                    <div><dt>{texts::redirect_uris(language)}</dt><dd><ul class="plain">{uris}</ul></dd></div>
                    <div><dt>{texts::asked(language)}</dt><dd>{consent}</dd></div>
                    {older}
                </dl>
                {rotate} {remove}
            </AdminFrame>
        }
        .into_any()
    }
}

/// The secret, for who made it.
fn shown_secret(secret: String, language: Language) -> AnyView {
    view! {
        <section class="notice" aria-labelledby="secret-heading">
            <h2 id="secret-heading">{texts::secret(language)}</h2>
            <p>{texts::secret_lead(language)}</p>
            <p><code class="secret" id="client-secret">{secret}</code></p>
        </section>
    }
    .into_any()
}

fn rotate(id: &str, language: Language) -> AnyView {
    let path = format!("/api/admin/clients/{}/rotate-secret", encoded(id));
    let retire = Form::new("rotate", path.clone()).tick("retire", texts::retire(language));
    action(Action {
        id: "rotate".to_owned(),
        path,
        name: texts::rotate(language),
        lead: texts::rotate_lead(language).to_owned(),
        fields: Some(retire),
    })
}
