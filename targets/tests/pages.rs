//! Pages and dictionaries that are made of the code say what the code says. Where one of these fails,
//! `UPDATE_EXPECT=1 cargo test -p halligan-targets --test pages` writes them anew.

use std::fmt::Write;

use expect_test::expect_file;
use halligan_targets::{AnyTarget, TARGETS};

#[path = "pages/dictionary.rs"]
mod dictionary;

fn table(target: &dyn AnyTarget) -> String {
    let mut page = format!(
        "\n## {}\n\n{}: {} properties.\n\n| property | where it comes from | what it demands | oracle |\n|---|---|---|---|\n",
        target.name(),
        target.about(),
        target.properties().len()
    );
    for property in target.properties() {
        let oracle = property.oracle.unwrap_or_default();
        writeln!(page, "| `{}` | {} | {} | {oracle} |", property.name, property.rfc, property.demands).unwrap();
    }
    page
}

#[test]
fn the_page_of_properties() {
    let count: usize = TARGETS.iter().map(|target| target.properties().len()).sum();
    let mut page = format!(
        "# Properties\n\n\
         What must hold for every input: {count} properties of {} targets, and that nothing panics, overflows, hangs or runs out of\n\
         memory. An empty oracle means that the code under test is compared with itself. For each property there is a planted fault,\n\
         called `TARGET/PROPERTY`, which `targets/tests/planted.rs` finds.\n\n\
         The page is made of the code: `UPDATE_EXPECT=1 cargo test -p halligan-targets --test pages` writes it anew.\n",
        TARGETS.len()
    );
    page.extend(TARGETS.iter().map(|target| table(*target)));
    expect_file!["../PROPERTIES.md"].assert_eq(&page);
}

#[test]
fn names_are_unique_and_plain() {
    for target in TARGETS {
        let mut names: Vec<_> = target.properties().iter().map(|property| property.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), target.properties().len(), "{}", target.name());
        let plain = |name: &&str| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        assert!(names.iter().all(plain), "{}", target.name());
    }
}
