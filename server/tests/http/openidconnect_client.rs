//! An app in Rust that uses the crate `openidconnect`, as its documents show: nothing in it is made for us.

use kernel::{Clock as _, SystemClock};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreSubjectIdentifierType, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, AuthorizationCode, ClientId, CsrfToken, EndSessionUrl,
    HttpRequest, HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl, RequestTokenError, RevocationUrl, Scope,
    TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use testkit::{Browser, TestDatabase};
use url::Url;

use crate::app::{App, configuration_of};
use crate::portal::{CALLBACK, clients_with};

const ISSUER: &str = "https://login.example";
const BYE: &str = "http://localhost:3999/bye";

/// What of our metadata the crate has no field for.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Further {
    revocation_endpoint: RevocationUrl,
    end_session_endpoint: EndSessionUrl,
}

impl AdditionalProviderMetadata for Further {}

type Metadata = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

async fn program() -> App {
    let clients = clients_with(&format!("post_logout_redirect_uris = [\"{BYE}\"]"), "");
    let config = configuration_of(&format!("public_url = \"{ISSUER}\"\n{clients}"), &[]).unwrap();
    let database = TestDatabase::sqlite().await;
    let app = App::launch(database.url().clone(), database, config, 7).await;
    // The crate asks the clock of the machine when it looks at an ID token.
    app.advance(SystemClock.now().since(app.clock.now()));
    app
}

/// Sends what the crate asks for to where the program listens.
async fn send(site: Url, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let (parts, body) = request.into_parts();
    let address = Url::parse(&parts.uri.to_string()).unwrap();
    assert_eq!(address.origin().ascii_serialization(), ISSUER);
    let mut url = site;
    url.set_path(address.path());
    url.set_query(address.query());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let request = client.request(parts.method, url).headers(parts.headers).header("host", "login.example");
    let response = request.body(body).send().await?;
    let mut answer = http::Response::builder().status(response.status());
    answer.headers_mut().unwrap().extend(response.headers().clone());
    Ok(answer.body(response.bytes().await?.to_vec()).unwrap())
}

/// Opens an address of ours in a person's browser; gives where that leads.
async fn opens(browser: &Browser, address: &Url) -> Url {
    let path = &address[url::Position::BeforePath..];
    let answer = browser.visit(path).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    Url::parse(answer.location()).unwrap()
}

fn parameter(address: &Url, name: &str) -> String {
    let found = address.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name}: {address}")).1.into_owned()
}

#[tokio::test]
async fn an_app_signs_a_person_in_refreshes_reads_userinfo_revokes_and_signs_out() {
    let app = program().await;
    let person = app.browser();
    app.sign_in(&person, "google", "minji").await;
    let http = |request| send(app.site.clone(), request);

    let metadata = Metadata::discover_async(IssuerUrl::new(ISSUER.to_owned()).unwrap(), &http).await.unwrap();
    let Further { revocation_endpoint, end_session_endpoint } = metadata.additional_metadata().clone();
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new("portal-client".to_owned()), None)
            .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
            .set_revocation_url(revocation_endpoint);

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (address, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "read"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let back = opens(&person, &address).await;
    assert!(back.as_str().starts_with(CALLBACK), "{back}");
    assert_eq!(&parameter(&back, "state"), state.secret());

    let code = AuthorizationCode::new(parameter(&back, "code"));
    let tokens =
        client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&http).await.unwrap();
    let id_token = tokens.id_token().unwrap();
    let verifying = client.id_token_verifier();
    let claims = id_token.claims(&verifying, &nonce).unwrap();
    assert!(id_token.claims(&verifying, &Nonce::new("of another request".to_owned())).is_err());
    let expected = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&verifying).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&expected.unwrap()));

    let subject = claims.subject().clone();
    let about: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(subject.clone()))
        .unwrap()
        .request_async(&http)
        .await
        .unwrap();
    assert_eq!(about.subject(), &subject);
    assert!(about.nickname().is_some_and(|nickname| !nickname.get(None).unwrap().is_empty()));

    let refreshed = client
        .exchange_refresh_token(tokens.refresh_token().unwrap())
        .unwrap()
        .request_async(&http)
        .await
        .unwrap();
    let renewed = refreshed.refresh_token().unwrap().clone();
    assert_ne!(renewed.secret(), tokens.refresh_token().unwrap().secret());
    client
        .revoke_token(CoreRevocableToken::RefreshToken(renewed.clone()))
        .unwrap()
        .request_async(&http)
        .await
        .unwrap();
    let refused = client.exchange_refresh_token(&renewed).unwrap().request_async(&http).await;
    let Err(RequestTokenError::ServerResponse(refused)) = refused else { panic!("{refused:?}") };
    assert_eq!(refused.error().to_string(), "invalid_grant");

    let out = LogoutRequest::from(end_session_endpoint)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(BYE.to_owned()).unwrap())
        .set_state(CsrfToken::new("bye".to_owned()))
        .http_get_url();
    let back = opens(&person, &out).await;
    assert_eq!(back.as_str(), format!("{BYE}?state=bye"));
    assert!(!app.is_signed_in(&person).await);
    app.stop().await;
}
