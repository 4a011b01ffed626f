//! Every template, in both languages.

use kernel::Timestamp;
use names::{Language, MailNotice, ProofMail, ProviderName, SignInMethod};
use notifications::{Device, Link, MailTemplate, Network, RenderedMail};

use crate::scene::{origin, proof};

fn every_template() -> Vec<MailTemplate> {
    let link = Link::new(&origin(), "/account/keep?token=canary-token&x=1").unwrap();
    let when = Timestamp::from_millis(1_768_739_696_000);
    let mut mails = vec![
        MailTemplate::Welcome,
        MailTemplate::NewSignIn {
            when,
            device: Device::of("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 <script>alert(1)</script>"),
            network: Network::of([203, 0, 113, 77].into()),
        },
        MailTemplate::DeletionScheduled { when, link: link.clone() },
        MailTemplate::DeletionOrdered { when, link: link.clone() },
        MailTemplate::FactorResetOrdered { when, link },
    ];
    mails.extend(ProofMail::ALL.iter().copied().map(proof));
    mails.extend(MailNotice::ALL.iter().copied().map(MailTemplate::Notice));
    for method in [
        SignInMethod::Provider(ProviderName::Google),
        SignInMethod::Provider(ProviderName::Naver),
        SignInMethod::Provider(ProviderName::Kakao),
        SignInMethod::Password,
    ] {
        mails.extend([MailTemplate::IdentityLinked { method }, MailTemplate::IdentityUnlinked { method }]);
    }
    mails
}

fn rendered() -> Vec<(MailTemplate, Language, RenderedMail)> {
    let of = |template: MailTemplate| {
        Language::ALL.map(|language| {
            (template.clone(), language, RenderedMail::of(&template, language, &origin()).unwrap())
        })
    };
    every_template().into_iter().flat_map(of).collect()
}

/// The same mail goes out for a sign-up and for a change of address.
#[test]
fn the_owner_of_a_taken_address_is_told_of_either_attempt() {
    for (language, said) in [
        (Language::Korean, "계정의 이메일을 이 주소로"),
        (Language::English, "or to use it for another account"),
    ] {
        let template = MailTemplate::Notice(MailNotice::SignUpOnTakenAddress);
        let mail = RenderedMail::of(&template, language, &origin()).unwrap();
        assert!(mail.text.contains(said), "{}", mail.text);
    }
}

#[test]
fn text_and_html_of_each_letter_are_complete() {
    for (template, language, mail) in rendered() {
        let name = format!("{} {}", template.kind(), language.code());
        assert!(!mail.subject.is_empty() && !mail.subject.contains(['\r', '\n']), "{name}");
        for part in [&mail.text, &mail.html] {
            assert!(part.contains(&mail.subject) && part.contains("https://login.example"), "{name}");
            assert_eq!(template.code().is_some(), part.contains("731946"), "{name}");
        }
        assert!(!mail.text.contains(['<', '>']) && !mail.text.contains("&#"), "no HTML in the text: {name}");
        assert!(!mail.text.contains("\n\n\n"), "{name}: {:?}", mail.text);
        assert!(mail.html.contains(&format!("<html lang=\"{}\">", language.code())), "{name}");
        let links: Vec<_> = template.link().map(|link| link.as_str().to_owned()).into_iter().collect();
        assert_eq!(mail.links, links, "{name}");
        if let Some(link) = template.link() {
            assert!(mail.text.lines().any(|line| line == link.as_str()), "alone in its line: {name}");
            let escaped = link.as_str().replace('&', "&#38;");
            assert!(mail.html.contains(&format!("href=\"{escaped}\"")), "{name}");
        }
    }
}

#[test]
fn each_language_is_written_in_its_own_letters() {
    let hangul = |text: &str| text.chars().filter(|c| ('가'..='힣').contains(c)).count();
    for (template, language, mail) in rendered() {
        match language {
            Language::Korean => assert!(hangul(&mail.subject) > 3, "{}", template.kind()),
            Language::English => assert_eq!(hangul(&mail.text), 0, "{}", template.kind()),
        }
    }
}

#[test]
fn a_mail_loads_nothing_and_runs_nothing() {
    for (template, _, mail) in rendered() {
        for foreign in ["<script", "<img", "<link", "src=", "url(", "@import", "<form", "onclick"] {
            assert!(!mail.html.contains(foreign), "{} has {foreign}", template.kind());
        }
        assert!(!mail.html.replace("https://login.example", "").contains("://"), "{}", template.kind());
    }
}

#[test]
fn each_letter_has_a_name_and_a_subject_of_its_own() {
    for language in Language::ALL {
        let mails: Vec<_> = rendered().into_iter().filter(|(_, own, _)| *own == language).collect();
        let mut names: Vec<_> = mails.iter().map(|(template, ..)| template.kind()).collect();
        let mut subjects: Vec<_> = mails.iter().map(|(.., mail)| mail.subject.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        subjects.sort_unstable();
        subjects.dedup();
        let mut known: Vec<_> = notifications::all_kinds().collect();
        known.sort_unstable();
        assert_eq!((names, subjects.len()), (known, 29));
    }
}

/// Members who sign in at a provider or with a passkey have none, and another password does not end what somebody else added.
#[test]
fn what_to_do_about_a_change_by_somebody_else_is_true_without_a_password_as_well() {
    let own_text = |text: &str| text.split("\n\n").map(|part| part.replace('\n', " ")).collect::<Vec<_>>();
    for (template, language, mail) in rendered() {
        let (change, condition) = match language {
            Language::Korean => (["비밀번호를 변경하", "비밀번호도 새로 정하"], "비밀번호가 있다면"),
            Language::English => (["change your password", "change it,"], "f you have a password"),
        };
        // Who gets this one has a password.
        let parts = if template.kind() == "password-changed" { Vec::new() } else { own_text(&mail.text) };
        for part in parts {
            let is_told = change.iter().any(|words| part.contains(words));
            assert!(!is_told || part.contains(condition), "{}: {part}", template.kind());
        }
    }
    let find = |kind| rendered().into_iter().filter(move |(template, ..)| template.kind() == kind);
    for (kind, korean, english) in [
        ("identity-linked", "이 로그인 방법을 해제하고", "remove it under “Password and security”"),
        ("codes-on", "일회용 코드를 끄고", "turn them off"),
        ("codes-off", "일회용 코드를 다시 설정하고", "set them up again"),
        ("recovery-codes-replaced", "복구 코드를 새로 만들고", "make new recovery codes"),
        ("address-changed", "이메일을 되돌리고", "change it back"),
    ] {
        for (_, language, mail) in find(kind) {
            let cure = if language == Language::Korean { korean } else { english };
            assert!(mail.text.replace('\n', " ").contains(cure), "{kind}: {}", mail.text);
        }
    }
}

#[test]
fn s_mail_12_a_kind_of_mail_tells_whether_it_has_a_link_or_a_code() {
    for (template, ..) in rendered() {
        let has_token = template.link().is_some() || template.code().is_some();
        assert_eq!(notifications::holds_no_token(template.kind()), !has_token, "{}", template.kind());
    }
}

#[test]
fn a_sign_in_tells_when_with_what_and_from_where_but_not_the_whole_address() {
    let mails = rendered();
    let find = |language| {
        let mail =
            mails.iter().find(|(template, own, _)| template.kind() == "new-sign-in" && *own == language);
        mail.unwrap().2.text.clone()
    };
    let english = find(Language::English);
    for words in ["Time: 18 January 2026, 12:34 UTC", "Device: Chrome, Windows", "Network: 203.0.113.0/24"] {
        assert!(english.contains(words), "{english}");
    }
    let korean = find(Language::Korean);
    assert!(korean.contains("시각: 2026년 1월 18일 21:34 (한국 시간)"), "{korean}");
    for text in [english, korean] {
        assert!(!text.contains("203.0.113.77") && !text.contains("alert"), "{text}");
    }
}

#[test]
fn s_key_8_a_letter_prints_neither_link_nor_code() {
    let printed = format!("{:?}", every_template());
    assert!(printed.contains("ProveMailbox") && !printed.contains("canary") && !printed.contains("731946"));
}
