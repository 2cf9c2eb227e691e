//! Examples as programs.

use std::{env, path::PathBuf, process::Command};

/// The example of this name. Cargo builds it beside this test, but not where this test alone is asked for.
pub fn example(name: &str) -> PathBuf {
    let test = env::current_exe().expect("this test is a file");
    let folder = test.ancestors().nth(2).expect("it is in deps, in the folder of its profile");
    let profile = match folder.file_name().and_then(|name| name.to_str()).expect("a profile has a plain name") {
        "debug" => "dev",
        name => name,
    };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--example", name, "--profile", profile, "--target-dir"]);
    cargo.arg(folder.with_file_name("")).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(cargo.status().expect("cargo runs").success());
    folder.join("examples").join(name)
}
