//! The pages of both logs: what is masked there, what reveals it, and for whom.

use names::{AuditKind, Role};
use testkit::Browser;

use crate::admin_pages::signed_in;
use crate::app::App;

/// The id of the newest row with a network on the page.
async fn row_with_network(browser: &Browser) -> String {
    let page = browser.visit("/admin/audit?kind=sign_in").await;
    let form = page.body.split("action=\"/api/admin/audit/").nth(1);
    let form = form.unwrap_or_else(|| panic!("nothing to reveal: {}", page.body));
    form.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn s_log_1_a_network_is_whole_for_whom_it_was_revealed_to_and_for_ten_minutes() {
    for app in App::both_configured("").await {
        let (_, about) = signed_in(&app, "minji", &[]).await;
        let (admin, administrator) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let (other, _) = signed_in(&app, "junho", &[Role::ADMIN]).await;
        let row = row_with_network(&admin).await;
        let page = "/admin/audit?kind=sign_in";
        let whole = "127.0.0.0/24";
        assert!(!admin.visit(page).await.body.contains(whole), "masked");
        let reveal = format!("/api/admin/audit/{row}/reveal");
        let refused = admin.submit(&reveal, &[("reason", " "), ("page", page)]).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        let back = format!("{page}#row-{row}");
        let led = admin.submit(&reveal, &[("reason", "공격 확인"), ("page", &back)]).await;
        assert_eq!((led.status.as_u16(), led.location()), (303, &*back), "{}", led.body);
        let shown = admin.visit(page).await.body;
        assert_eq!(shown.matches(whole).count(), 1, "this row and no other");
        assert!(
            !other.visit(page).await.body.contains(whole),
            "nothing in the address shows it to a colleague"
        );

        let one = format!("/admin/members/{about}");
        assert!(!admin.visit(&one).await.body.contains(whole));
        let id = about.to_string();
        let fields = [("member", &*id), ("what", "networks"), ("reason", "기기 확인"), ("page", &*one)];
        let led = admin.submit("/api/admin/reveal", &fields).await;
        assert_eq!((led.status.as_u16(), led.location()), (303, &*one), "{}", led.body);
        assert!(admin.visit(&one).await.body.contains(whole));
        assert!(!other.visit(&one).await.body.contains(whole));
        let log = other.visit(&format!("/admin/access-log?operator={administrator}")).await.body;
        for told in ["공격 확인", "기기 확인", "127.0.0.1", &id, &row] {
            assert!(log.contains(told), "{told}: {log}");
        }
        let evil = [("reason", "x"), ("page", "https://evil.example/admin")];
        let led = admin.submit(&reveal, &evil).await;
        assert_eq!(led.location(), "/admin/audit", "it leads to pages of operators alone");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_log_1_a_form_takes_the_log_as_a_file_or_comes_back_to_its_page() {
    let app = App::start().await;
    let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    for (page, file) in [("/admin/audit", "audit"), ("/admin/access-log", "access-log")] {
        let path = format!("/api/admin/{file}.csv");
        let today = admin.visit(page).await.body;
        let today = today.split("name=\"until\" type=\"date\"").nth(2).unwrap_or(&today);
        let today =
            today.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        let refused =
            admin.submit(&path, &[("since", "2020-01-01"), ("until", &today), ("reason", "점검")]).await;
        assert_eq!(refused.status, 303, "{}", refused.body);
        assert!(refused.location().starts_with(&format!("{page}?draft=")), "{}", refused.location());
        let shown = admin.visit(refused.location()).await.body;
        assert!(shown.contains("기간은 93일까지예요") && shown.contains("value=\"2020-01-01\""), "{shown}");
        let taken = admin.submit(&path, &[("since", &*today), ("until", &today), ("reason", "점검")]).await;
        assert_eq!(taken.status, 200, "{}", taken.body);
        let name = format!("attachment; filename=\"{file}.csv\"");
        assert_eq!(taken.header("content-disposition"), name);
    }
    app.stop().await;
}

#[tokio::test]
async fn filters_stay_in_the_address_and_what_can_be_nothing_is_said() {
    let app = App::start().await;
    let (admin, own) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let found = admin.visit(&format!("/admin/audit?member={own}&kind=role_given&actor=&since=&until=")).await;
    assert!(
        found.body.contains("역할 부여") && found.body.contains(&format!("value=\"{own}\"")),
        "{}",
        found.body
    );
    for query in ["member=x", "since=2026-01-02&until=2026-01-01", "after=x", "kind=nothing"] {
        for page in ["/admin/audit", "/admin/access-log"] {
            let shown = admin.visit(&format!("{page}?{query}")).await;
            assert_eq!(shown.status, 200, "{page}?{query}");
            let is_known = page.ends_with("log") && query.starts_with("kind");
            assert_eq!(shown.body.contains("찾을 수 없는 조건"), !is_known, "{page}?{query}: {}", shown.body);
        }
    }
    admin.visit("/admin/reports").await;
    let read = admin.visit("/admin/audit?kind=reports_read").await.body;
    assert!(read.contains("신고 읽기") && !read.contains("<td>-</td>") && !read.contains(">-<"), "{read}");
    for kind in AuditKind::ALL {
        let option = format!("<option value=\"{}\">{}<", kind.as_str(), kind.as_str());
        assert!(!read.contains(&option), "{kind:?} has words");
    }
    app.stop().await;
}

#[tokio::test]
async fn moderators_see_reports_and_no_other_page_of_the_area() {
    let app = App::start().await;
    let (moderator, _) = signed_in(&app, "junho", &[Role::MODERATOR]).await;
    let reports = moderator.visit("/admin/reports").await;
    assert_eq!(reports.status, 200);
    assert!(!reports.body.contains("href=\"/admin/members\""), "what would lead to nothing is not shown");
    let menu = moderator.visit("/me").await.body;
    assert!(menu.contains("href=\"/admin/reports\"") && !menu.contains("href=\"/admin\""), "{menu}");
    for page in ["/admin", "/admin/members", "/admin/audit", "/admin/access-log"] {
        assert_eq!(moderator.visit(page).await.status, 404, "{page}");
    }
    app.stop().await;
}
