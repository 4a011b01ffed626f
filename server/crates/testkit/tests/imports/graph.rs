//! The files of a crate, and which of them import from which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::Source;

/// The module of a file, from the root of its crate.
type Module = Vec<String>;

/// Which file imports from which.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

/// The files of one crate by their modules.
pub struct Files(BTreeMap<Module, Source>);

impl Files {
    /// Reads all files below `src`, but for those that only tests have.
    pub fn read(src: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut open = vec![src.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let is_main = name == "main.rs" && src.join("lib.rs").exists();
                if path.is_dir() {
                    if name != "tests" {
                        open.push(path);
                    }
                } else if name.ends_with(".rs") && !name.ends_with("tests.rs") && !is_main {
                    let module = module(path.strip_prefix(src).unwrap());
                    let source = Source::read(&std::fs::read_to_string(&path).unwrap(), &module);
                    files.insert(module, source);
                }
            }
        }
        Self(files)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The file that a path leads to.
    fn file_of(&self, path: &[String]) -> Option<&Module> {
        (0..=path.len()).rev().find_map(|end| self.0.get_key_value(&path[..end])).map(|(module, _)| module)
    }

    /// Which file imports from which.
    pub fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (module, source) in &self.0 {
            let to = source.paths.iter().filter_map(|path| self.file_of(path)).filter(|to| *to != module);
            imports.insert(name(module), to.map(name).collect());
        }
        imports
    }

    /// Paths of files to what the root itself imports from elsewhere.
    pub fn through_the_root(&self) -> Vec<String> {
        let Some(root) = self.0.get(&Module::new()) else { return Vec::new() };
        let mut found = Vec::new();
        for (module, source) in self.0.iter().filter(|(module, _)| !module.is_empty()) {
            for path in &source.paths {
                let is_at_root = self.file_of(path).is_some_and(Vec::is_empty);
                if is_at_root && path.first().is_some_and(|first| root.imported.contains(first)) {
                    found.push(format!("{}: crate::{}", name(module), path.join("::")));
                }
            }
        }
        found
    }
}

fn module(file: &Path) -> Module {
    let mut module: Module =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

fn name(module: &Module) -> String {
    if module.is_empty() { "the root".to_owned() } else { module.join("::") }
}

/// Files that import each other, directly or by way of others: each with all to which it leads and which lead to it.
pub fn cycles(imports: &Imports) -> Vec<Vec<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|from| (from.as_str(), reach(imports, from))).collect();
    let mut found = BTreeSet::new();
    for (from, to) in &reached {
        if to.contains(from) {
            let circle =
                to.iter().filter(|other| reached.get(**other).is_some_and(|back| back.contains(from)));
            found.insert(circle.map(|file| (*file).to_owned()).collect::<Vec<_>>());
        }
    }
    found.into_iter().collect()
}

fn reach<'a>(imports: &'a Imports, from: &str) -> BTreeSet<&'a str> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(file) = open.pop() {
        for to in imports.get(&file).into_iter().flatten() {
            if reached.insert(to.as_str()) {
                open.push(to.clone());
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Imports, cycles};

    #[test]
    fn a_circle_is_found_and_a_tree_is_none() {
        let imports = |pairs: &[(&str, &[&str])]| -> Imports {
            let owned = |to: &[&str]| to.iter().map(|to| (*to).to_owned()).collect::<BTreeSet<_>>();
            pairs.iter().map(|(from, to)| ((*from).to_owned(), owned(to))).collect()
        };
        assert_eq!(
            cycles(&imports(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])),
            Vec::<Vec<String>>::new()
        );
        let circle = imports(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &["a"])]);
        assert_eq!(cycles(&circle), [["a", "b", "c"]]);
    }
}
