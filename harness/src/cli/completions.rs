//! `halligan completions`: for the shell.

use std::io;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Status;

const HELP: &str = "\
Examples:
  halligan completions bash > ~/.local/share/bash-completion/completions/halligan
  halligan completions zsh > ~/.zfunc/_halligan
  halligan completions fish > ~/.config/fish/completions/halligan.fish";

/// Print completions for a shell.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// The shell.
    shell: Shell,
}

impl Arguments {
    /// Runs the command.
    pub fn run(self) -> Result<Status> {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut super::Arguments::command(), "halligan", &mut out);
        io::Write::write_all(&mut io::stdout(), &out)?;
        Ok(Status::Held)
    }
}
