//! Makes functions of the texts of mails. They are alongside the pages' texts, so that a mail that names a button takes the
//! button's own text.

fn main() -> std::process::ExitCode {
    texts::build(std::path::Path::new("../../../app/locales"), |area| area == "mails", &[])
}
