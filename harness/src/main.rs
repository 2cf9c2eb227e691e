//! The command `halligan`.

use std::process::ExitCode;

fn main() -> ExitCode {
    halligan::cli::main()
}
