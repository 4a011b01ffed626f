//! Generates a function for each text of a mail. The texts are beside those of the pages, so that a mail that names a button
//! uses the button's own text.

fn main() -> std::process::ExitCode {
    texts::build(std::path::Path::new("../../../app/locales"), |area| area == "mails", &[])
}
