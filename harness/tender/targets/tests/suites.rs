//! The tender's targets under `cargo test`: their seeds, regressions and mutants of those, and values drawn from nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use halligan_generators::{Generated, Model, Source, Tape};
use halligan_targets::observation::{Value, read};
use halligan_targets::{AnyTarget, Target};
use halligan_tender_targets::{TARGETS, TenderElf, TenderHypercalls, TenderManifest};

/// Mutants of each target, and values.
const MUTANTS: u64 = 8_000;
const VALUES: u64 = 2_000;

const MAX_LEN: usize = 16 << 10;

fn corpus(name: &str, kind: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../corpora").join(name).join(kind);
    let mut paths: Vec<_> = folder.read_dir().into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_none_or(|extension| extension != "md"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Runs `input` and counts what was seen: names of the observation's values, and those that are not zero as `name!`.
fn run(target: &dyn AnyTarget, input: &[u8], seen: &mut BTreeMap<String, u64>) {
    let mut answer = vec![0; 1 << 16];
    let filled = target.answer(input, &mut answer);
    if let Some(property) = filled.failed {
        let detail = String::from_utf8_lossy(&answer[filled.observation..][..filled.detail]).into_owned();
        panic!("{}: {}: {detail}\n{}", target.name(), target.properties()[property as usize].name, target.code(input));
    }
    for (name, value) in read(&answer[..filled.observation]) {
        *seen.entry(name.to_owned()).or_default() += 1;
        if value != Value::Number(0) {
            *seen.entry(format!("{name}!")).or_default() += 1;
        }
    }
}

/// What was seen of `target` over its corpus, mutants and values.
fn suite<T: Target>(target: &T) -> BTreeMap<String, u64> {
    let mut seen = BTreeMap::new();
    let seeds = corpus(T::NAME, "seeds");
    assert!(!seeds.is_empty(), "{} has no seeds", T::NAME);
    for (path, input) in seeds.iter().chain(&corpus(T::NAME, "regressions")) {
        let value = T::Input::dissect(input);
        assert_eq!(value.emit(), *input, "{}", path.display());
        run(target, input, &mut seen);
    }
    let (mut mutator, mut out) = (target.mutator(), Vec::new());
    for round in 0..MUTANTS {
        let seed = |index: u64| &seeds[index as usize % seeds.len()].1;
        mutator.mutate(seed(round), Some(seed(round / 7)), round, MAX_LEN, &mut out);
        check_model::<T::Input>(&out);
        run(target, &out, &mut seen);
    }
    for round in 0..VALUES {
        let input = T::Input::draw_from(&mut Source::random(round, 400)).emit();
        check_model::<T::Input>(&input);
        run(target, &input, &mut seen);
    }
    println!("{}: {seen:?}", T::NAME);
    seen
}

/// The laws of models: nothing is lost, and what was dissected can be reflected.
fn check_model<M: Model>(bytes: &[u8]) {
    let value = M::dissect(bytes);
    assert_eq!(value.emit(), bytes, "{value:?}");
    let mut tape = Tape::new();
    value.reflect_to(&mut tape).unwrap();
    assert_eq!(M::draw_from(&mut Source::tape(&tape)), value);
    let mut end = 0;
    value.annotate(&mut |field| {
        assert_eq!(field.bytes.start, end, "{} of {value:?}", field.name);
        end = field.bytes.end;
    });
    assert_eq!(end, bytes.len(), "{value:?}");
}

/// That what has a share of at least `percent` of all inputs was seen.
#[track_caller]
fn require(seen: &BTreeMap<String, u64>, name: &str, percent: u64) {
    let count = seen.get(name).copied().unwrap_or_default();
    assert!(count * 100 >= percent * (MUTANTS + VALUES), "{name}: {count}");
}

#[test]
fn tender_elf() {
    let seen = suite(&TenderElf);
    require(&seen, "refused", 20);
    require(&seen, "entry", 10);
    require(&seen, "fits!", 5);
}

#[test]
fn tender_manifest() {
    let seen = suite(&TenderManifest);
    require(&seen, "accepted", 100);
    require(&seen, "accepted!", 20);
    require(&seen, "entries", 20);
}

#[test]
fn tender_hypercalls() {
    let seen = suite(&TenderHypercalls);
    for (name, percent) in [
        ("done", 50),
        ("exit", 5),
        ("unknown", 5),
        ("outside", 50),
        ("ring done!", 5),
        ("ring outside", 5),
        ("overrun", 5),
    ] {
        require(&seen, name, percent);
    }
    assert_eq!(seen.get("host"), None, "the host can do all that a guest may ask for");
}

#[test]
fn the_page_of_properties() {
    let mut page = String::from(
        "# Properties of the tender\n\nWhat must hold of whatever a guest hands it. These targets run natively alone; `cargo fuzz run NAME` takes \
         them as the others.\nThe page is made of the code: `UPDATE_EXPECT=1 cargo test -p halligan-tender-targets` writes it anew.\n",
    );
    for target in TARGETS {
        page += &format!(
            "\n## {}\n\n{}.\n\n| property | where it comes from | what it demands | oracle |\n|---|---|---|---|\n",
            target.name(),
            target.about()
        );
        for property in target.properties() {
            let oracle = property.oracle.unwrap_or_default();
            page += &format!("| `{}` | {} | {} | {oracle} |\n", property.name, property.rfc, property.demands);
        }
    }
    expect_test::expect_file!["../PROPERTIES.md"].assert_eq(&page);
}
