//! `/oauth2/userinfo`: who signed in, for a client that has an access token with `openid` (OpenID Connect Core section 5.3).

mod error;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::IntoResponse as _;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use members::{Member, MemberStatus};
use serde::Serialize;
use tokens::{Call, Claims, ProofError, Scope};
use utoipa::ToSchema;
use web::{Plain, RequestContext, fields, request_limits};
use zeroize::Zeroizing;

use crate::cors::undecided_page;
use crate::dpop::header;
use crate::oauth_answer::OAuthAnswer;
use crate::oauth_request::{Asks, FormOf};
use crate::parameters::Parameters;
use crate::server::{AuthorizationServer, Context};
use error::UserinfoError;

/// The path that proofs name.
pub(crate) const PATH: &str = "/oauth2/userinfo";

/// What is told of a person, as far as the scope of the token goes (OpenID Connect Core section 5.4).
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UserInfo {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email_verified: Option<bool>,
}

/// A token in the body, where it is not in the header.
pub(crate) struct TokenForm;

impl Asks for TokenForm {
    const KNOWN: &'static [&'static str] = &["access_token"];
    const MAY_BE_EMPTY: bool = true;
}

/// Serves a token in the header.
pub(crate) async fn get(
    State(server): State<AuthorizationServer>,
    from: RequestContext,
    request: Request,
) -> OAuthAnswer<Plain<UserInfo>> {
    serve(server.context(), &from, request).await
}

/// Serves one in the header or in a form.
pub(crate) async fn post(
    State(server): State<AuthorizationServer>,
    from: RequestContext,
    FormOf { request, .. }: FormOf<TokenForm>,
) -> OAuthAnswer<Plain<UserInfo>> {
    serve(server.context(), &from, request).await
}

async fn serve(context: &Context, from: &RequestContext, request: Request) -> OAuthAnswer<Plain<UserInfo>> {
    let asked = request.headers().clone();
    let answer = match answer(context, from, request).await {
        Ok(info) => Json(info).into_response(),
        Err(error) => error.answer(&from.source.request_id, has_dpop_scheme(&asked)),
    };
    let answer = header::add_nonce(&context.services.tokens, &asked, answer);
    context.origins.admit(&asked, answer).into()
}

async fn answer(
    context: &Context,
    from: &RequestContext,
    request: Request,
) -> Result<UserInfo, UserinfoError> {
    let (head, body) = request.into_parts();
    let sent = token(&head, body).await?;
    let (Sent::Bearer(text) | Sent::Bound(text)) = &sent;
    undecided_page::look_up(context, &head.headers, text, from).await;
    let audiences = context.audiences();
    let audiences: Vec<&str> = audiences.iter().map(String::as_str).collect();
    let tokens = &context.services.tokens;
    let claims = match &sent {
        Sent::Bearer(token) => tokens.verifier.verify(token, &audiences).await?,
        Sent::Bound(token) => {
            let proof = header::read(&head.headers)?.ok_or(ProofError::Invalid("is missing"))?;
            let call = Call { method: head.method.as_str(), origin: context.origin.as_str(), path: PATH };
            tokens.proofs.verify_bound(token, &audiences, proof, &call).await?
        }
    };
    if !claims.scope.has("openid") {
        return Err(UserinfoError::InsufficientScope);
    }
    find(context, &claims).await
}

/// A token, by the way in which it came.
enum Sent {
    /// By itself.
    Bearer(Zeroizing<String>),
    /// With a proof (RFC 9449 section 7.1).
    Bound(Zeroizing<String>),
}

/// The token of a request, from the header or from a form, not from both, and never from the address (RFC 6750 section 2).
async fn token(head: &Parts, body: Body) -> Result<Sent, UserinfoError> {
    let in_header = in_header(&head.headers)?;
    let is_form = fields::media_type(&head.headers) == "application/x-www-form-urlencoded";
    if head.method != Method::POST || !is_form {
        return in_header.ok_or(UserinfoError::NoToken);
    }
    let body = body.collect().await;
    let body = body.map_err(|error| UserinfoError::Body(request_limits::unread(&error).status()))?.to_bytes();
    let form = Parameters::parse(&body, TokenForm::KNOWN);
    let sent = form.get("access_token").map(|token| Sent::Bearer(Zeroizing::new(token.to_owned())));
    if form.repeated().is_some() || (in_header.is_some() && sent.is_some()) {
        return Err(UserinfoError::InvalidRequest);
    }
    in_header.or(sent).ok_or(UserinfoError::NoToken)
}

fn in_header(headers: &HeaderMap) -> Result<Option<Sent>, UserinfoError> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return Err(UserinfoError::InvalidRequest);
    }
    let value = value.to_str().map_err(|_| UserinfoError::InvalidRequest)?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = Zeroizing::new(token.trim_start_matches(' ').to_owned());
    match scheme {
        _ if token.is_empty() => Err(UserinfoError::NoToken),
        bearer if bearer.eq_ignore_ascii_case("bearer") => Ok(Some(Sent::Bearer(token))),
        dpop if dpop.eq_ignore_ascii_case("dpop") => Ok(Some(Sent::Bound(token))),
        _ => Err(UserinfoError::NoToken),
    }
}

/// Whether a client answers to challenges of DPoP.
fn has_dpop_scheme(headers: &HeaderMap) -> bool {
    let scheme = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().get(..5));
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"dpop "))
}

async fn find(context: &Context, claims: &Claims) -> Result<UserInfo, UserinfoError> {
    let services = &context.services;
    let mut reader = services.db.read().await?;
    let subject = claims.member().ok_or(UserinfoError::InvalidToken("a client's own"))?;
    let member = members::find(&mut reader, subject).await?;
    let active = member.filter(|member| member.status == MemberStatus::Active);
    let member = active.ok_or(UserinfoError::InvalidToken("no active member"))?;
    let mailbox =
        if claims.scope.has("email") { members::mailbox_of(&mut reader, member.id).await? } else { None };
    let mailbox = mailbox.as_ref().map(names::EmailAddress::as_str);
    Ok(tell(&member, &claims.scope, mailbox, context.origin.as_str()))
}

/// What a scope tells of a member. `mailbox` is the address that they proved.
fn tell(member: &Member, scope: &Scope, mailbox: Option<&str>, origin: &str) -> UserInfo {
    let mut info = UserInfo { sub: member.id.to_string(), ..UserInfo::default() };
    if scope.has("profile") {
        info.nickname = Some(member.nickname.clone());
        info.name = Some(member.nickname.clone());
        info.picture = Some(absolute(members::picture_address(member), origin));
    }
    if let Some(email) = member.email.as_ref().filter(|_| scope.has("email")) {
        info.email_verified = Some(mailbox == Some(email));
        info.email = Some(email.clone());
    }
    info
}

/// An address that works from another site.
fn absolute(address: String, origin: &str) -> String {
    if address.starts_with('/') { format!("{origin}{address}") } else { address }
}
