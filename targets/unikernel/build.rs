//! Links the image as Solo5 tenders load it, so that nobody types linker flags.

fn main() {
    let script = format!("{}/solo5.ld", std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed={script}");
    for argument in [
        "-nostartfiles",
        "-nostdlib",
        "-static",
        "-no-pie",
        "-Wl,--build-id=none",
        "-Wl,-z,norelro",
        "-Wl,-z,noexecstack",
        &format!("-Wl,--script={script}"),
    ] {
        println!("cargo::rustc-link-arg={argument}");
    }
}
