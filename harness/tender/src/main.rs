//! The tender's command line.
#![no_main]

use std::convert::Infallible;
use std::ffi::{c_char, c_int};

use halligan_solo5::abi::Target;
use halligan_tender::options::{HELP, Request};
use halligan_tender::{Error, Image, Options, spt};

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
            println!("ABI: spt version {}", Target::Spt.version());
        }
        Request::Run(options) => {
            let Err(error) = run(&options);
            return fail(&error);
        }
    }
    0
}

fn run(options: &Options) -> Result<Infallible, Error> {
    spt::run(Image::load(&options.kernel)?, options)
}

fn fail(error: &Error) -> c_int {
    eprintln!("halligan-tender: {error}");
    1
}
