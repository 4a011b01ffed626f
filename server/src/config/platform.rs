//! Variables that a platform writes into the environment of a program and that only look like ours.
//!
//! Kubernetes tells every container of each Service: one named `daemun` gives `DAEMUN_SERVICE_HOST`, `DAEMUN_PORT` and more,
//! one named `daemun-mail` gives `DAEMUN_MAIL_SERVICE_HOST`. Links of Docker do nearly the same. A mistyped key of ours must
//! still be found, so a variable is passed over only where name and value both have that shape.

use std::net::IpAddr;

/// Whether `DAEMUN_` and `rest` with this value is of that kind.
pub(super) fn wrote(rest: &str, value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    let is_place = |text: &str| {
        let (protocol, rest) = text.split_once("://").unwrap_or_default();
        is_protocol(protocol) && rest.rsplit_once(':').is_some_and(|(_, port)| is_port(port))
    };
    let words: Vec<&str> = rest.split('_').collect();
    match words[..] {
        [.., "SERVICE", "HOST"] => is_address(value),
        [.., "SERVICE", "PORT"] => is_port(value),
        [.., "PORT"] if is_place(value) => true,
        [.., "PORT", number, protocol] if is_number(number) && is_protocol(protocol) => is_place(value),
        [.., "PORT", number, protocol, what] if is_number(number) && is_protocol(protocol) => match what {
            "ADDR" => is_address(value),
            "PORT" => is_port(value),
            "PROTO" => is_protocol(value),
            "START" | "END" => is_place(value),
            _ => false,
        },
        // Named ports: DAEMUN_SERVICE_PORT_HTTP.
        [.., "PORT", _] | [.., "PORT", _, _] if named_port(&words) => is_port(value),
        // Links of Docker: the name is a path of two names, the variables of the other container follow.
        [.., "NAME"] => value.starts_with('/') && value.matches('/').count() == 2,
        ["ENV", _, ..] => !rest.contains("__"),
        _ => named_port(&words) && is_port(value),
    }
}

fn is_protocol(text: &str) -> bool {
    ["tcp", "udp", "sctp"].contains(&text.to_ascii_lowercase().as_str())
}

/// `…_SERVICE_PORT_` and the name of a port.
fn named_port(words: &[&str]) -> bool {
    words.windows(2).rev().skip(1).any(|pair| pair == ["SERVICE", "PORT"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_and_docker_write_is_known_by_name_and_value() {
        for (rest, value) in [
            ("SERVICE_HOST", "10.96.12.7"),
            ("SERVICE_HOST", "fd00::7"),
            ("SERVICE_PORT", "3000"),
            ("SERVICE_PORT_HTTP", "3000"),
            ("SERVICE_PORT_OPS_METRICS", "9000"),
            ("PORT", "tcp://10.96.12.7:3000"),
            ("PORT", "udp://[fd00::7]:53"),
            ("PORT_3000_TCP", "tcp://10.96.12.7:3000"),
            ("PORT_3000_TCP_ADDR", "10.96.12.7"),
            ("PORT_3000_TCP_PORT", "3000"),
            ("PORT_3000_TCP_PROTO", "tcp"),
            ("MAIL_SERVICE_HOST", "10.96.12.8"),
            ("MAIL_QUEUE_SERVICE_PORT_SMTP", "25"),
            ("MAIL_PORT_25_TCP_ADDR", "10.96.12.8"),
            ("MAIL_PORT", "tcp://10.96.12.8:25"),
            ("NAME", "/web/daemun"),
            ("ENV_PATH", "/usr/bin"),
        ] {
            assert!(wrote(rest, value), "DAEMUN_{rest}={value}");
        }
        for (rest, value) in [
            ("LISTENN", "127.0.0.1:3000"),
            ("PORT", "3000"),
            ("HOST", "10.96.12.7"),
            ("SERVICE_HOST", "login.example"),
            ("SERVICE_PORT", "http"),
            ("PORT_3000_TCP", "3000"),
            ("PUBLIC_ULR", "tcp://10.96.12.7:3000"),
            ("NAME", "daemun"),
            ("SESSION__IDLE_PORT", "7"),
        ] {
            assert!(!wrote(rest, value), "DAEMUN_{rest}={value}");
        }
    }
}
