//! The quirks table, row by row, as far as it takes a whole login to see them. The other rows are proved alongside the code that
//! knows them.

use std::collections::BTreeMap;

use names::ProviderName;
use providers::{Prompt, Protocol};
use reqwest::Method;
use serde_json::json;

use crate::world::{Flavour, REFUSED, World, at, fields, outcome, parameters};

async fn log_in(world: &World) -> String {
    outcome(&world.person().log_in("minji").await)
}

/// The parameters with which a browser is sent to the provider.
async fn sent(world: &World) -> BTreeMap<String, String> {
    parameters(world.person().begin().await.query().unwrap())
}

#[tokio::test]
async fn quirk_01_quirk_02_navers_classic_surface_says_no_with_200_and_numbers_with_text() {
    let world = World::of(Flavour::NaverClassic).await;
    assert_eq!(log_in(&world).await, "ok", "expires_in is text there");
    let secret = Some("wrong".to_owned().into());
    let wrong = World::with(Flavour::NaverClassic, |settings| {
        at(settings, ProviderName::Naver).client.client_secret = secret;
    });
    assert_eq!(log_in(&wrong.await).await, REFUSED, "no outage, although the status was 200");
}

#[tokio::test]
async fn quirk_03_quirk_21_the_secret_is_sent_and_never_by_basic() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        assert_eq!(log_in(&world).await, "ok");
        let [redeemed] = &world.requests("token").await[..] else { panic!("{flavour:?}") };
        assert!(redeemed["authorization"].is_null());
        assert!(fields(&redeemed["form"]).contains_key("client_secret"));
    }
    let without = World::with(Flavour::KakaoOauth, |settings| {
        at(settings, ProviderName::Kakao).client.client_secret = None;
    });
    assert_eq!(log_in(&without.await).await, REFUSED, "KOE010");
}

#[tokio::test]
async fn quirk_05_a_refused_profile_with_status_200_is_no_profile() {
    for status_200 in [true, false] {
        // The profile is asked for at a Naver that does not know the token.
        let elsewhere = World::of(Flavour::NaverClassic).await;
        elsewhere.switch(json!({"profile_errors_as_200": status_200})).await;
        let userinfo = elsewhere.address("v1/nid/me");
        let world = World::with(Flavour::NaverClassic, |settings| {
            at(settings, ProviderName::Naver).client.endpoints.userinfo = userinfo;
        });
        assert_eq!(log_in(&world.await).await, REFUSED);
        assert_eq!(elsewhere.requests("userinfo").await.len(), 1);
    }
}

#[tokio::test]
async fn quirk_06_quirk_08_navers_profile_is_mapped_and_brings_the_address() {
    for flavour in [Flavour::NaverClassic, Flavour::NaverOidc] {
        let world = World::of(flavour).await;
        let asked = sent(&world).await.remove("scope");
        let expected = (flavour == Flavour::NaverOidc).then_some("openid");
        assert_eq!(asked.as_deref(), expected, "e-mail is no scope");
        let identity = world.person().log_in("minji").await.unwrap().identity;
        assert_eq!(identity.email.unwrap().as_str(), "minji@naver.com");
    }
}

#[tokio::test]
async fn quirk_07_mixed_surfaces_are_refused_and_nothing_breaks() {
    let codes = World::with(Flavour::NaverOidc, |settings| {
        let endpoints = &mut at(settings, ProviderName::Naver).client.endpoints;
        let path = endpoints.token.path().replace("/oauth2/", "/oauth2.0/");
        endpoints.token.set_path(&path);
    });
    assert_eq!(log_in(&codes.await).await, REFUSED, "a code of the other surface");
    let tokens = World::with(Flavour::NaverClassic, |settings| {
        at(settings, ProviderName::Naver).protocol = Protocol::OpenIdConnect;
    });
    assert_eq!(log_in(&tokens.await).await, "BadCallback id_token_missing");
}

#[tokio::test]
async fn quirk_09_a_nonce_cannot_end_in_the_letter_that_naver_drops() {
    let world = World::of(Flavour::NaverOidc).await;
    for _ in 0..40 {
        let nonce = sent(&world).await.remove("nonce").unwrap();
        assert!(nonce.len() == 32 && nonce.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')), "{nonce}");
        assert_eq!(log_in(&world).await, "ok");
    }
}

#[tokio::test]
async fn quirk_10_naver_gets_its_state_in_the_token_call_and_the_others_do_not() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        let query = person.agree("minji").await;
        person.finish(&query).await.unwrap();
        let form = fields(&world.requests("token").await[0]["form"]);
        let naver = matches!(flavour, Flavour::NaverClassic | Flavour::NaverOidc);
        let expected = naver.then(|| parameters(&query)["state"].clone());
        assert_eq!(form.get("state"), expected.as_ref(), "{flavour:?}");
    }
}

#[tokio::test]
async fn quirk_11_an_access_token_goes_into_a_header_whatever_its_characters() {
    for flavour in [Flavour::NaverClassic, Flavour::NaverOidc, Flavour::KakaoOauth, Flavour::KakaoOidc] {
        let world = World::of(flavour).await;
        assert_eq!(log_in(&world).await, "ok", "Naver's tokens have +, / and =");
        let [asked] = &world.requests("userinfo").await[..] else { panic!("{flavour:?}") };
        assert_eq!(asked["authorization"], "Bearer");
        assert!(!fields(&asked["query"]).contains_key("access_token"));
    }
}

#[tokio::test]
async fn quirk_12_quirk_13_no_login_good_or_bad_revokes_anything() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        assert_eq!(log_in(&world).await, "ok");
        let person = world.person();
        let cancelled = person.answer(&person.begin().await, "minji", "cancel").await.unwrap();
        assert_eq!(outcome(&person.finish(&cancelled).await), "Refused access_denied");
        assert!(world.requests("revoke").await.is_empty(), "{flavour:?}");
        let shown = world.control(Method::GET, "", json!({})).await;
        assert_eq!(shown["consented"], json!(["minji"]), "{flavour:?}");
    }
}

#[tokio::test]
async fn quirk_15_another_app_at_naver_sees_another_person() {
    let first = World::of(Flavour::NaverOidc).await;
    let second = World::with(Flavour::NaverOidc, |settings| {
        "another".clone_into(&mut at(settings, ProviderName::Naver).client.client_id);
    })
    .await;
    let client = json!({
        "client_id": "another", "client_secret": "simulated-naver-secret",
        "redirect_uris": ["http://localhost:3000/api/auth/callback/naver"],
    });
    second.control(Method::PUT, "/client", client).await;
    let subject = async |world: &World| world.person().log_in("minji").await.unwrap().identity.subject;
    assert_ne!(subject(&first).await, subject(&second).await);
}

#[tokio::test]
async fn quirk_17_kakao_is_asked_for_no_scope_unless_one_is_configured() {
    let world = World::of(Flavour::KakaoOauth).await;
    assert!(!sent(&world).await.contains_key("scope"));
    let world = World::with(Flavour::KakaoOauth, |settings| {
        at(settings, ProviderName::Kakao).client.scopes = vec!["birthday".to_owned()];
    })
    .await;
    let person = world.person();
    let page = person.answer(&person.begin().await, "minji", "agree").await.unwrap_err();
    assert!(page.contains("KOE205"), "on Kakao's own page; our login waits for its end");
    assert_eq!(world.in_flight().await, 1);
}

#[tokio::test]
async fn quirk_18_a_request_with_scopes_has_openid_among_them() {
    let world = World::with(Flavour::KakaoOidc, |settings| {
        at(settings, ProviderName::Kakao).client.scopes = vec!["account_email".to_owned()];
    })
    .await;
    assert_eq!(sent(&world).await["scope"], "account_email,openid");
    assert_eq!(log_in(&world).await, "ok");
}

#[tokio::test]
async fn quirk_19_quirk_20_quirk_27_no_login_refreshes_anything_and_a_missing_refresh_token_does_no_harm() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        for _ in 0..2 {
            assert_eq!(log_in(&world).await, "ok", "Google gives no refresh token the second time, either");
        }
        for redeemed in world.requests("token").await {
            assert_eq!(fields(&redeemed["form"])["grant_type"], "authorization_code");
        }
        let offline = sent(&world).await.get("access_type").is_some_and(|value| value == "offline");
        assert_eq!(offline, flavour == Flavour::Google, "for what unlinking needs");
    }
}

#[tokio::test]
async fn quirk_26_quirk_30_googles_issuer_has_two_spellings_and_its_callback_extras() {
    let world = World::with(Flavour::Google, |settings| {
        at(settings, ProviderName::Google).client.endpoints.issuer = "https://accounts.google.com".to_owned();
    })
    .await;
    for bare in [false, true] {
        world.switch(json!({"issuer": "https://accounts.google.com", "bare_issuer": bare})).await;
        let person = world.person();
        let query = person.agree("minji").await;
        let came = parameters(&query);
        assert!(came["code"].contains('/') && came.contains_key("authuser") && came.contains_key("prompt"));
        assert_eq!(came["iss"], "https://accounts.google.com");
        assert_eq!(outcome(&person.finish(&query).await), "ok", "bare: {bare}");
    }
    world.switch(json!({"issuer": "http://accounts.google.com", "iss_in_callback": false})).await;
    assert_eq!(log_in(&world).await, "BadCallback id_token_issuer", "and no third one");
    world.switch(json!({"issuer": "https://accounts.google.com", "iss_in_callback": false})).await;
    assert_eq!(log_in(&world).await, "ok", "iss in the callback is no must");
}

#[tokio::test]
async fn quirk_32_a_cancel_has_no_code_and_is_told_from_a_failure() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let person = world.person();
        let cancelled = person.answer(&person.begin().await, "minji", "cancel").await.unwrap();
        assert!(!parameters(&cancelled).contains_key("code"));
        assert_eq!(outcome(&person.finish(&cancelled).await), "Refused access_denied", "{flavour:?}");
        assert_eq!(outcome(&person.finish(&cancelled).await), "Repeated state_spent");
        assert_eq!(world.token_calls().await, 0);
    }
}

#[tokio::test]
async fn quirk_33_google_refuses_an_in_app_browser_and_another_browser_cannot_go_on() {
    let world = World::of(Flavour::Google).await;
    let (in_app, outside) = (world.person(), world.person());
    let url = in_app.begin().await;
    let (status, page) = world.open(&url, "Mozilla/5.0 (iPhone) KAKAOTALK 10.8.0").await;
    assert_eq!(status, 403);
    assert!(page.contains("disallowed_useragent"));
    let query = outside.answer(&url, "minji", "agree").await.unwrap();
    assert_eq!(outcome(&outside.finish(&query).await), "BadCallback browser_mismatch");
}

#[tokio::test]
async fn quirk_35_google_and_kakao_let_a_person_choose_the_account() {
    for flavour in [Flavour::Google, Flavour::KakaoOauth, Flavour::KakaoOidc] {
        let world = World::of(flavour).await;
        assert_eq!(sent(&world).await["prompt"], "select_account");
    }
}

#[tokio::test]
async fn quirk_35_who_is_to_prove_who_they_are_is_asked_for_it_where_the_provider_can() {
    for (flavour, name, value) in [
        (Flavour::Google, "prompt", "select_account"),
        (Flavour::NaverClassic, "auth_type", "reauthenticate"),
        (Flavour::NaverOidc, "auth_type", "reauthenticate"),
        (Flavour::KakaoOauth, "prompt", "login"),
        (Flavour::KakaoOidc, "prompt", "login"),
    ] {
        let world = World::of(flavour).await;
        let person = world.person();
        let url = person.begin_with("203.0.113.9", Prompt::Login).await.unwrap();
        assert_eq!(parameters(url.query().unwrap())[name], value, "{flavour:?}");
        let query = person.answer(&url, "minji", "agree").await.unwrap();
        assert_eq!(outcome(&person.finish(&query).await), "ok", "{flavour:?}");
        if flavour.name() == ProviderName::Naver {
            assert!(!sent(&world).await.contains_key(name), "not at other times");
        }
    }
}

#[tokio::test]
async fn s_up_19_only_what_is_used_is_asked_for() {
    for (flavour, scope) in [
        (Flavour::Google, Some("openid email profile")),
        (Flavour::NaverClassic, None),
        (Flavour::NaverOidc, Some("openid")),
        (Flavour::KakaoOauth, None),
        (Flavour::KakaoOidc, None),
    ] {
        let world = World::of(flavour).await;
        assert_eq!(sent(&world).await.get("scope").map(String::as_str), scope, "{flavour:?}");
    }
}
