//! The tender's command line.

use std::convert::Infallible;
use std::process::ExitCode;

use halligan_solo5::abi::Target;
use halligan_tender::options::{HELP, Request};
use halligan_tender::{Error, Image, Options, spt};

fn main() -> ExitCode {
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
    ExitCode::SUCCESS
}

fn run(options: &Options) -> Result<Infallible, Error> {
    spt::run(Image::load(&options.kernel)?, options)
}

fn fail(error: &Error) -> ExitCode {
    eprintln!("halligan-tender: {error}");
    ExitCode::FAILURE
}
