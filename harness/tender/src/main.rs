//! The tender's command line.
#![no_main]

use std::ffi::{c_char, c_int};

use halligan_solo5::abi::Target;
use halligan_tender::options::{HELP, Request};
use halligan_tender::{Error, Image, Options, hvt, record, spt};

/// The C library calls this. Rust's own start-up would install handlers that the guest's replace at once, and take a
/// tenth of the time from start to the guest's exit.
// SAFETY: the program has no other function of this name, and this is the one that the C library expects.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _words: *const *const c_char) -> c_int {
    let request = match Options::parse(std::env::args_os().skip(1)) {
        Ok(request) => request,
        Err(error) => return fail(&error),
    };
    match request {
        Request::Help => print!("{HELP}"),
        Request::Version => {
            println!("halligan-tender {}", env!("CARGO_PKG_VERSION"));
            for target in [Target::Hvt, Target::Spt] {
                println!("ABI: {target} version {}", target.version());
            }
            match hvt::Flavour::detect() {
                Ok(flavour) => println!("hvt: {flavour}"),
                Err(error) => println!("hvt: unavailable: {error}"),
            }
        }
        Request::Record(name, path) => {
            if let Err(error) = record::run(&name, &path) {
                return fail(&error);
            }
        }
        Request::Run(options) => match run(&options) {
            Ok(status) => return status.into(),
            Err(error) => return fail(&error),
        },
    }
    0
}

/// Runs a guest to its end. One for spt becomes this very process, so there is no return from it.
fn run(options: &Options) -> Result<u8, Error> {
    let image = Image::load(&options.kernel)?;
    match image.target() {
        Target::Hvt => hvt::run(image, options),
        Target::Spt => spt::run(image, options).map(|never| match never {}),
    }
}

fn fail(error: &Error) -> c_int {
    eprintln!("halligan-tender: {error}");
    1
}
