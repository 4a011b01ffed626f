//! Korean.

use events::SignInMethod;
use kernel::Timestamp;

use super::Words;
use crate::{Device, MailTemplate, Network};

const CLOSING: &str = "이 메일은 대문(Daemun)이 자동으로 보냈습니다. 답장은 확인하지 않습니다.";
const NOT_YOU: &str = "본인이 요청하지 않았다면 이 메일을 무시하세요. 아무것도 바뀌지 않습니다.";
const SECURE_IT: &str = "본인이 한 일이 아니라면 바로 로그인해 비밀번호를 바꾸고, ‘로그인한 기기’에서 모르는 기기를 로그아웃하세요.";
const FOR_OTHER_DEVICE: &str = "다른 기기에서 계속하려면 이 인증 번호를 입력하세요";

/// The words of `letter`.
#[expect(clippy::too_many_lines, reason = "one table, read letter by letter")]
pub(super) fn words(letter: &MailTemplate) -> Words<'_> {
    let plain = |subject, before, after| Words {
        subject,
        before,
        facts: Vec::new(),
        action: None,
        code: None,
        after,
        closing: CLOSING,
    };
    match letter {
        MailTemplate::Welcome => plain(
            "가입을 환영합니다",
            &["가입이 완료되었습니다. 이제 이 계정으로 연결된 모든 서비스를 이용할 수 있습니다."],
            &[
                "본인이 가입하지 않았다면 로그인 화면의 ‘비밀번호 찾기’에서 이 주소로 계정을 확인할 수 있습니다.",
            ],
        ),
        MailTemplate::ProveMailbox { link, code } => Words {
            action: Some(("이메일 확인하기", link)),
            code: Some((FOR_OTHER_DEVICE, code)),
            ..plain(
                "이메일 주소를 확인해 주세요",
                &["가입을 마치려면 이 이메일 주소가 본인의 것인지 확인해 주세요."],
                &[NOT_YOU],
            )
        },
        MailTemplate::SignUpOnTakenAddress => plain(
            "이미 가입된 이메일 주소입니다",
            &[
                "누군가 이 이메일 주소로 가입하려고 했습니다. 이 주소로 만든 계정이 이미 있습니다.",
                "본인이라면 새로 가입하지 말고 로그인해 주세요. 비밀번호가 기억나지 않으면 로그인 화면에서 다시 정할 수 있습니다.",
            ],
            &[NOT_YOU],
        ),
        MailTemplate::ResetPassword { link, code } => Words {
            action: Some(("새 비밀번호 정하기", link)),
            code: Some((FOR_OTHER_DEVICE, code)),
            ..plain(
                "비밀번호를 다시 정해 주세요",
                &["이 계정의 비밀번호를 다시 정하겠다는 요청을 받았습니다."],
                &[NOT_YOU],
            )
        },
        MailTemplate::ResetWithoutPassword => plain(
            "이 계정에는 비밀번호가 없습니다",
            &[
                "비밀번호를 다시 정하겠다는 요청을 받았지만, 이 계정은 Google, 네이버, 카카오 중 하나로 로그인합니다.",
                "로그인 화면에서 가입할 때 쓴 버튼을 눌러 주세요.",
            ],
            &[NOT_YOU],
        ),
        MailTemplate::PasswordChanged => plain(
            "비밀번호가 바뀌었습니다",
            &["계정의 비밀번호가 바뀌었습니다."],
            &["본인이 바꾸지 않았다면 로그인 화면의 ‘비밀번호 찾기’에서 바로 새 비밀번호를 정하세요."],
        ),
        MailTemplate::ProveNewAddress { link, code } => Words {
            action: Some(("새 이메일 주소 확인하기", link)),
            code: Some((FOR_OTHER_DEVICE, code)),
            ..plain(
                "새 이메일 주소를 확인해 주세요",
                &[
                    "계정의 이메일 주소를 이 주소로 바꾸겠다는 요청을 받았습니다. 확인하기 전에는 바뀌지 않습니다.",
                ],
                &[NOT_YOU],
            )
        },
        MailTemplate::AddressChanged => plain(
            "이메일 주소가 바뀌었습니다",
            &["계정의 이메일 주소가 다른 주소로 바뀌었습니다. 앞으로 메일은 새 주소로 보냅니다."],
            &[SECURE_IT],
        ),
        MailTemplate::NewSignIn { when, device, network } => Words {
            facts: sign_in(*when, *device, *network),
            ..plain(
                "새로운 기기에서 로그인했습니다",
                &["처음 보는 기기나 네트워크에서 계정에 로그인했습니다."],
                &["본인이 로그인했다면 아무것도 하지 않아도 됩니다.", SECURE_IT],
            )
        },
        MailTemplate::TokenReuse => plain(
            "안전을 위해 로그아웃했습니다",
            &[
                "이미 사용한 로그인 정보가 다시 쓰여, 다른 사람이 복사했을 수 있다고 보고 그 로그인을 끝냈습니다.",
                "다시 로그인하면 계속 이용할 수 있습니다.",
            ],
            &["‘로그인한 기기’에 모르는 기기가 있으면 로그아웃하고 비밀번호를 바꾸세요."],
        ),
        MailTemplate::IdentityLinked { method } => Words {
            facts: vec![("로그인 방법", name(*method).to_owned())],
            ..plain(
                "로그인 방법이 추가되었습니다",
                &["계정에 로그인하는 방법이 추가되었습니다."],
                &[SECURE_IT],
            )
        },
        MailTemplate::IdentityUnlinked { method } => Words {
            facts: vec![("로그인 방법", name(*method).to_owned())],
            ..plain(
                "로그인 방법이 삭제되었습니다",
                &["이제 이 방법으로는 계정에 로그인할 수 없습니다."],
                &[SECURE_IT],
            )
        },
        MailTemplate::DeletionScheduled { when, link } => Words {
            facts: vec![("삭제 예정", moment(*when))],
            action: Some(("계정 유지하기", link)),
            ..plain(
                "계정이 곧 삭제됩니다",
                &[
                    "요청하신 대로 계정과 모든 정보를 아래 시각에 삭제합니다. 삭제한 뒤에는 되돌릴 수 없습니다.",
                ],
                &[
                    "마음이 바뀌었거나 본인이 요청하지 않았다면, 그 전에 위 링크를 열고 ‘계정 유지하기’를 누르세요. 비밀번호는 필요 없습니다. 로그인해도 계정이 유지됩니다.",
                    "다른 사람이 요청한 것이라면, 그다음에 비밀번호를 새로 정하세요.",
                ],
            )
        },
        MailTemplate::DataExported => plain(
            "내 정보를 내려받았습니다",
            &["계정에 저장된 모든 정보를 파일로 내려받았습니다."],
            &[SECURE_IT],
        ),
    }
}

fn sign_in(when: Timestamp, device: Device, network: Network) -> Vec<(&'static str, String)> {
    let device = device.to_string();
    let device = if device.is_empty() { "알 수 없는 기기".to_owned() } else { device };
    vec![("시각", moment(when)), ("기기", device), ("네트워크", network.to_string())]
}

fn moment(at: Timestamp) -> String {
    // Korea has had no other offset since 1988.
    super::moment(at, 9, "%Y년 %-m월 %-d일 %H:%M (한국 시간)")
}

const fn name(method: SignInMethod) -> &'static str {
    match method {
        SignInMethod::Email => "이메일과 비밀번호",
        SignInMethod::Google => "Google",
        SignInMethod::Naver => "네이버",
        SignInMethod::Kakao => "카카오",
        SignInMethod::Passkey => "패스키",
    }
}
