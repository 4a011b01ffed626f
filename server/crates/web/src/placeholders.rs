//! Placeholders in paths: `/admin/members/{id}`.

use std::borrow::Cow;

/// `page` with each of its placeholders replaced by what is at the placeholder of the same name in `sent`, the path of a request
/// for the route `route`. What is there keeps its encoding, so it cannot become more than a part of a path.
pub fn fill(page: &'static str, route: &str, sent: &str) -> Cow<'static, str> {
    if !page.contains('{') {
        return Cow::Borrowed(page);
    }
    let parts = route.split('/').zip(sent.split('/'));
    let named = parts.filter(|(name, _)| name.starts_with('{'));
    Cow::Owned(named.fold(page.to_owned(), |page, (name, value)| page.replace(name, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_about_what_the_request_is_about() {
        let route = "/api/admin/members/{id}/roles/{role}";
        let filled = |page| fill(page, route, "/api/admin/members/7/roles/a%2Fb");
        assert_eq!(filled("/admin/members/{id}?notice=done"), "/admin/members/7?notice=done");
        assert_eq!(filled("/admin/{role}/{id}"), "/admin/a%2Fb/7");
        assert_eq!(filled("/me"), "/me");
    }
}
