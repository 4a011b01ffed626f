//! How functions take their arguments: each by its name.

use regex::Regex;

use crate::sources::production;

/// The parameters of each function: its name, and the text between its parentheses.
fn functions(text: &str) -> Vec<(String, String)> {
    let function = Regex::new(r"\bfn (\w+)").unwrap();
    let parameters = |found: regex::Captures<'_>| {
        let after = &text[found.get(0).unwrap().end()..];
        let mut depths = (0_i32, 0_i32);
        let mut begin = None;
        for (at, character) in after.char_indices() {
            match character {
                '<' => depths.0 += 1,
                // Not the arrow of `Fn() -> T`.
                '>' if !after[..at].ends_with('-') => depths.0 -= 1,
                '(' => {
                    depths.1 += 1;
                    if depths == (0, 1) && begin.is_none() {
                        begin = Some(at + 1);
                    }
                }
                ')' => {
                    depths.1 -= 1;
                    if depths.1 == 0
                        && let Some(begin) = begin
                    {
                        return Some((found[1].to_owned(), after[begin..at].to_owned()));
                    }
                }
                _ => {}
            }
        }
        None
    };
    function.captures_iter(text).filter_map(parameters).collect()
}

#[test]
fn no_parameter_packs_several_arguments_into_a_tuple() {
    let tuple = Regex::new(r"^&?\s*(mut )?\([^()]*(\([^()]*\)[^()]*)*,").unwrap();
    let mut seen = 0;
    for (file, text) in production() {
        for (name, parameters) in functions(&text) {
            seen += 1;
            for (_, kind) in parameters.split(": ").zip(parameters.split(": ").skip(1)) {
                assert!(
                    !tuple.is_match(kind),
                    "{file}: `{name}` takes ({kind}: a struct gives each its name"
                );
            }
        }
    }
    assert!(seen > 800, "the test sees the functions: {seen}");
    let packed = functions("fn f<T: Fn(u8) -> u8>(a: u8, (b, c): (u8, &Option<(u8, u8)>)) -> u8 {").remove(0);
    assert!(packed.1.split(": ").skip(1).any(|kind| tuple.is_match(kind)), "{packed:?}");
}
