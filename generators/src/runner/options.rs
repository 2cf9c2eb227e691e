//! The command line.

use alloc::{format, string::String, vec::Vec};
use core::{fmt::Display, str::FromStr};
use std::{ffi::OsString, path::PathBuf};

use lexopt::{Arg, Parser, ValueExt};

pub const HELP: &str = "\
Usage: PROGRAM [OPTIONS] [FILE | NAME]...

Checks properties on random values, until one fails or there are enough.
FILE holds choices, as AFL++ gives them by `@@`: the value that they draw is
looked at alone. Where there is more than one property the first choice picks it.
NAME selects the properties that have it in their names, or just the one whose
name it is.

Options:
  -s, --seed N        Draw from this seed instead of a new one
  -r, --repeat N      Look at N values of each property [default: 1000]
  -i, --infinite      Go on with new values until a property fails
  -e, --exhaustive N  Look at every value up to this size, once each
      --choices HEX   Look at the value that these choices draw, as FILE has them
  -v, --verbose       Show what was generated
  -l, --list          Name the properties
  -h, --help          Show this

Exit status: 0 if all properties hold, 1 if one does not, 2 if the command line
is wrong.
";

/// How many values of each property are looked at.
const REPEAT: u64 = 1000;

#[derive(Debug, Default)]
pub struct Options {
    pub mode: Mode,
    pub seed: Option<u64>,
    pub repeat: Option<u64>,
    pub verbose: bool,
    pub names: Vec<String>,
}

#[derive(Debug, Default)]
pub enum Mode {
    #[default]
    Random,
    Infinite,
    Exhaustive(u32),
    Choices(Vec<u8>),
    File(PathBuf),
    List,
    Help,
}

impl Options {
    pub fn repeat(&self) -> u64 {
        self.repeat.unwrap_or(REPEAT)
    }

    /// Reads the arguments behind the name of the program.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut parser = Parser::from_args(arguments);
        while let Some(argument) = parser.next().map_err(text)? {
            match argument {
                Arg::Short('s') | Arg::Long("seed") => options.seed = Some(number(&mut parser, "--seed")?),
                Arg::Short('r') | Arg::Long("repeat") => options.repeat = Some(number(&mut parser, "--repeat")?),
                Arg::Short('i') | Arg::Long("infinite") => options.choose(Mode::Infinite)?,
                Arg::Short('e') | Arg::Long("exhaustive") => {
                    let size = number(&mut parser, "--exhaustive")?;
                    options.choose(Mode::Exhaustive(size))?;
                }
                Arg::Long("choices") => {
                    let hex = parser.value().map_err(text)?.string().map_err(text)?;
                    let choices = bytes(&hex).ok_or_else(|| format!("--choices: `{hex}` is not hexadecimal"))?;
                    options.choose(Mode::Choices(choices))?;
                }
                Arg::Short('v') | Arg::Long("verbose") => options.verbose = true,
                Arg::Short('l') | Arg::Long("list") => options.choose(Mode::List)?,
                Arg::Short('h') | Arg::Long("help") => options.mode = Mode::Help,
                Arg::Value(value) => options.operand(value)?,
                Arg::Short(_) | Arg::Long(_) => return Err(text(argument.unexpected())),
            }
            if matches!(options.mode, Mode::Help) {
                break;
            }
        }
        options.check()
    }

    /// What is a file, or looks like one, is one; the rest are names.
    fn operand(&mut self, value: OsString) -> Result<(), String> {
        let path = PathBuf::from(&value);
        match value.into_string() {
            Ok(name) if !path.is_file() && !name.contains('/') && name != "@@" => {
                self.names.push(name);
                Ok(())
            }
            _ => self.choose(Mode::File(path)),
        }
    }

    fn choose(&mut self, mode: Mode) -> Result<(), String> {
        if !matches!(self.mode, Mode::Random) {
            return Err("one of FILE, --infinite, --exhaustive, --choices and --list".into());
        }
        self.mode = mode;
        Ok(())
    }

    /// Refuses what would be ignored.
    fn check(self) -> Result<Self, String> {
        let drawn = matches!(self.mode, Mode::Random | Mode::Infinite | Mode::Help);
        if (self.seed.is_some() || self.repeat.is_some()) && !drawn {
            return Err("--seed and --repeat are for random values".into());
        }
        if self.repeat == Some(0) {
            return Err("--repeat: at least 1".into());
        }
        Ok(self)
    }
}

fn number<T: FromStr>(parser: &mut Parser, option: &str) -> Result<T, String> {
    let value = parser.value().map_err(text)?.string().map_err(text)?;
    value.parse().map_err(|_| format!("{option}: `{value}` is not a number from 0 on, or too large"))
}

fn text(error: impl Display) -> String {
    format!("{error}")
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |digit: &u8| char::from(*digit).to_digit(16).map(|digit| digit as u8);
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| if let [high, low] = pair { Some(digit(high)? << 4 | digit(low)?) } else { None }).collect()
}
