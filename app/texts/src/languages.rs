//! The languages of texts.

/// The languages: the name of the folder, and the variant of the enum `Language` for the generated code.
pub(crate) const LANGUAGES: [Language; 2] =
    [Language { folder: "ko", variant: "Korean" }, Language { folder: "en", variant: "English" }];

#[derive(Clone, Copy, Debug)]
pub(crate) struct Language {
    pub(crate) folder: &'static str,
    pub(crate) variant: &'static str,
}
