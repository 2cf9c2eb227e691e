//! Compiles the C library.

fn main() {
    println!("cargo::rerun-if-changed=src/ports.c");
    cc::Build::new().file("src/ports.c").warnings_into_errors(true).extra_warnings(true).compile("ports");
}
