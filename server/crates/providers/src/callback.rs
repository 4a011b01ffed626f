//! The query of a callback, read strictly where it matters and tolerantly where providers differ.

/// The longest value. Google plans codes of 256 bytes; four kilobytes leave room for all.
const MAX_VALUE_BYTES: usize = 4096;

/// What a provider sent the browser back with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallbackQuery {
    pub(crate) state: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) iss: Option<String>,
}

impl CallbackQuery {
    /// Reads a raw query, decoding each value once (quirk 30). A parameter that we look at may come once only, and no
    /// value may be oversized (S-UP-15); others are let pass, since providers add their own.
    pub(crate) fn parse(raw: &str) -> Result<Self, &'static str> {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            if value.len() > MAX_VALUE_BYTES {
                return Err("parameter_oversized");
            }
            let slot = match name.as_ref() {
                "state" => &mut query.state,
                "code" => &mut query.code,
                "error" => &mut query.error,
                "iss" => &mut query.iss,
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return Err("parameter_repeated");
            }
        }
        Ok(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quirk_30_a_code_is_decoded_once_and_extra_parameters_pass() {
        let query = CallbackQuery::parse(
            "state=s&iss=https%3A%2F%2Faccounts.google.com&code=4%2F0A%252Bx&scope=email%20profile&authuser=0&hd=e.com&prompt=consent",
        )
        .unwrap();
        assert_eq!(query.code.as_deref(), Some("4/0A%2Bx"));
        assert_eq!(query.iss.as_deref(), Some("https://accounts.google.com"));
    }

    #[test]
    fn s_up_15_repeated_and_oversized_parameters_are_refused() {
        for name in ["code", "state", "error", "iss"] {
            assert_eq!(
                CallbackQuery::parse(&format!("{name}=a&{name}=a")),
                Err("parameter_repeated"),
                "{name}"
            );
        }
        let long = "a".repeat(9 * 1024);
        assert_eq!(CallbackQuery::parse(&format!("code={long}&state=s")), Err("parameter_oversized"));
        assert_eq!(CallbackQuery::parse(&format!("x={long}&state=s")), Err("parameter_oversized"));
    }
}
