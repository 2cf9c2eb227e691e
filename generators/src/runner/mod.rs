//! Runs properties from a command line: without arguments on random values, with a file on what it draws.

mod options;
mod report;

use alloc::{string::String, vec::Vec};
use std::{ffi::OsString, fs, io, process};

use self::{
    options::{HELP, Mode, Options},
    report::Report,
};
use crate::{Property, Search, Source, Statistics, Stop, Tape, check::hush};

/// Everything holds, something does not, or the command line is wrong.
const HOLDS: u8 = 0;
const FAILS: u8 = 1;
const USAGE: u8 = 2;

/// How many values are counted before they are all looked at.
const COUNT_LIMIT: u64 = 10_000_000;

/// Checks the properties as the command line says, and ends the program: with 0 if all hold, 1 if one does not, 2 if the
/// command line is wrong. `--help` tells the options.
///
/// Without arguments each property looks at 1000 random values; a value that fails is shrunk and printed with the command
/// that looks at it again. A file as the argument holds choices, and the value that they draw is looked at alone, so the
/// program is a target for AFL++: `afl-fuzz -i seeds -o findings -- PROGRAM @@`. Under AFL++ a failure aborts.
///
/// ```no_run
/// // tests/properties.rs, with `harness = false` in Cargo.toml.
/// use halligan_generators::{any, check_eq, property, runner};
///
/// fn main() {
///     runner::main(&[property!("reversing twice changes nothing", any::<Vec<u8>>(), |list| {
///         let mut twice = list.clone();
///         twice.reverse();
///         twice.reverse();
///         check_eq(&twice, list)
///     })])
/// }
/// ```
pub fn main(properties: &[Property<'_>]) -> ! {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_else(|| "PROGRAM".into());
    hush();
    let status = run(&program.to_string_lossy(), arguments, properties).unwrap_or_else(|error| {
        if error.kind() != io::ErrorKind::BrokenPipe {
            std::eprintln!("error: {error}");
        }
        FAILS
    });
    process::exit(status.into())
}

fn run(program: &str, arguments: impl IntoIterator<Item = OsString>, properties: &[Property<'_>]) -> io::Result<u8> {
    let options = match Options::parse(arguments) {
        Ok(options) => options,
        Err(error) => return usage(&error),
    };
    let selected = match select(properties, &options.names) {
        Ok(selected) => selected,
        Err(error) => return usage(&error),
    };
    let mut report = Report::new(program, options.verbose);
    match &options.mode {
        Mode::Help => report.text(&HELP.replace("PROGRAM", program)).map(|()| HOLDS),
        Mode::List => selected
            .iter()
            .try_for_each(|property| report.text(&alloc::format!("{}\n", property.name())))
            .map(|()| HOLDS),
        Mode::Random => random(&selected, &options, &mut report),
        Mode::Infinite => infinite(&selected, &options, &mut report),
        Mode::Exhaustive(size) => exhaustive(&selected, *size, &mut report),
        Mode::Choices(choices) => match selected[..] {
            [property] => one(property, Source::bytes(choices), &mut report),
            _ => usage("--choices: name one property"),
        },
        Mode::File(path) => match fs::read(path) {
            Ok(choices) => file(&selected, &choices, &mut report),
            Err(error) => usage(&alloc::format!("{}: {error}", path.display())),
        },
    }
}

fn usage(error: &str) -> io::Result<u8> {
    std::eprintln!("error: {error}; --help tells more");
    Ok(USAGE)
}

/// The properties with one of the names, or all without a name.
fn select<'p, 'a>(properties: &'p [Property<'a>], names: &[String]) -> Result<Vec<&'p Property<'a>>, String> {
    for (index, property) in properties.iter().enumerate() {
        if properties[..index].iter().any(|other| other.name() == property.name()) {
            return Err(alloc::format!("two properties are named `{}`", property.name()));
        }
    }
    let matches = |property: &Property<'_>, name: &String| {
        property.name() == name
            || properties.iter().all(|other| other.name() != name) && property.name().contains(name.as_str())
    };
    for name in names {
        if !properties.iter().any(|property| matches(property, name)) {
            return Err(alloc::format!("no property has `{name}` in its name, and there is no such file"));
        }
    }
    let selected = |property: &&Property<'_>| names.is_empty() || names.iter().any(|name| matches(property, name));
    let selected: Vec<_> = properties.iter().filter(selected).collect();
    if selected.is_empty() { Err("there are no properties".into()) } else { Ok(selected) }
}

fn random(properties: &[&Property<'_>], options: &Options, report: &mut Report) -> io::Result<u8> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    report.seed(seed)?;
    let mut failed = 0;
    for property in properties {
        let mut search = Search::new(property, seed, options.repeat());
        failed += usize::from(!search_on(&mut search, report)?);
    }
    report.end(failed, properties.len())
}

/// Rounds over all properties, each of twice as many new values as all before, until one fails.
fn infinite(properties: &[&Property<'_>], options: &Options, report: &mut Report) -> io::Result<u8> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    report.seed(seed)?;
    let mut searches: Vec<_> =
        properties.iter().map(|property| Search::new(property, seed, options.repeat())).collect();
    loop {
        for search in &mut searches {
            if !search_on(search, report)? {
                return report.end(1, properties.len());
            }
            search.double();
        }
    }
}

/// Whether the property holds.
fn search_on(search: &mut Search<'_>, report: &mut Report) -> io::Result<bool> {
    let property = search.property();
    report.start(property)?;
    loop {
        match search.step() {
            Ok(false) => report.progress(property, search.statistics())?,
            Ok(true) => {
                report.pass(property, search.statistics(), None)?;
                return Ok(true);
            }
            Err(fault) => {
                report.fail(property, search.statistics(), &fault)?;
                return Ok(false);
            }
        }
    }
}

fn exhaustive(properties: &[&Property<'_>], size: u32, report: &mut Report) -> io::Result<u8> {
    let mut failed = 0;
    for property in properties {
        report.start(property)?;
        report.count(property.count_up_to(size, COUNT_LIMIT))?;
        let mut written = Ok(());
        let every = property.run_every(size, |statistics| {
            let progress = report.progress(property, statistics);
            if written.is_ok() {
                written = progress;
            }
        });
        written?;
        match every {
            Ok((statistics, complete)) => {
                let all = if complete { "all there are" } else { "there are larger ones" };
                report.pass(property, &statistics, Some(all))?;
            }
            Err(fault) => {
                failed += 1;
                report.fail(property, &Statistics::default(), &fault)?;
            }
        }
    }
    report.end(failed, properties.len())
}

/// Looks at the value that a file draws.
fn file(properties: &[&Property<'_>], choices: &[u8], report: &mut Report) -> io::Result<u8> {
    let mut source = Source::bytes(choices);
    let index = source.integer(properties.len() as u64 - 1) as usize;
    let status = one(properties[index], source, report)?;
    if status == FAILS && std::env::var_os("__AFL_SHM_ID").is_some() {
        process::abort();
    }
    Ok(status)
}

fn one(property: &Property<'_>, source: Source<'_>, report: &mut Report) -> io::Result<u8> {
    let (mut tape, mut statistics, mut value) = (Tape::new(), Statistics::default(), String::new());
    report.start(property)?;
    let case = property.run(&mut source.recording(&mut tape));
    statistics.add(&case, &tape);
    // Writing to a string cannot fail.
    let _ = property.print(&mut Source::tape(&tape), &mut value);
    report.value(&value, &case.verdict)?;
    Ok(if matches!(case.verdict, Err(Stop::Failed(_))) { FAILS } else { HOLDS })
}
