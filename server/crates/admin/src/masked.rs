//! Personal data that is shown in part: enough to recognise what one knows already, and not to learn it.

/// An address with the first letter of its name and its whole host: `h***@example.com`.
pub fn address(address: &str) -> String {
    let Some((name, host)) = address.rsplit_once('@') else { return "***".to_owned() };
    let first: String = name.chars().take(1).collect();
    format!("{first}***@{host}")
}

/// A network without its last part: `203.0.***`.
pub fn network(network: &str) -> String {
    let separator = if network.contains(':') { ':' } else { '.' };
    let kept: Vec<&str> = network.split(separator).take(2).collect();
    if network.is_empty() {
        String::new()
    } else {
        format!("{}{separator}***", kept.join(&separator.to_string()))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_one_knows_is_recognised_and_nothing_else_is_learned() {
        for (whole, part) in [
            ("hong@example.com", "h***@example.com"),
            ("홍@example.com", "홍***@example.com"),
            ("a@b@c.kr", "a***@c.kr"),
            ("nonsense", "***"),
        ] {
            assert_eq!(super::address(whole), part);
        }
        for (whole, part) in [("203.0.113.0/24", "203.0.***"), ("2001:db8:1::/48", "2001:db8:***"), ("", "")]
        {
            assert_eq!(super::network(whole), part);
        }
    }
}
