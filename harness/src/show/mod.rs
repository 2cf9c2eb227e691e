//! Shows an input: every byte with its field, and the value as Rust code.

mod code;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use halligan_targets::{Annotation, AnyTarget};

pub use code::code;

/// Bytes in a row of a dump.
const ROW: usize = 8;

/// What is not as it should be.
const LIE: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();
const NAME: Style = AnsiColor::Cyan.on_default();

/// Writes a dump of `input`: offset in hexadecimal, bytes, field and value, with `lie` behind a derived field that does
/// not have its computed value. Fields of options and payloads are indented.
///
/// It is coloured with ANSI escape codes; writers of `anstream` take them out where they do not belong.
///
/// # Errors
/// Fails where `out` does.
pub fn dump(target: &dyn AnyTarget, input: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut fields = Vec::new();
    target.annotate(input, &mut |annotation| fields.push(annotation));
    let indent = |field: &Annotation| 2 * usize::from(field.depth);
    let width = fields.iter().map(|field| indent(field) + field.name.len()).max().unwrap_or(0);
    let mut shown = 0;
    for field in &fields {
        // Several fields of bits share bytes; the first of them shows the bytes.
        let bytes = if field.bytes.start < shown { &[][..] } else { &input[field.bytes.clone()] };
        shown = field.bytes.end;
        let mut rows = bytes.chunks(ROW);
        let first = rows.next().unwrap_or(&[]);
        row(out, field.bytes.start, first)?;
        let name = format!("{:indent$}{}", "", field.name, indent = indent(field));
        write!(out, "{NAME}{name:<width$}{NAME:#}  ")?;
        // A long byte string is shown beside its bytes.
        let text = bytes.len() > ROW && field.value.starts_with('"');
        match (text, field.lie) {
            (true, _) => writeln!(out, "{}", printable(first))?,
            (_, true) => writeln!(out, "{LIE}{}  lie{LIE:#}", field.value)?,
            (_, false) => writeln!(out, "{}", field.value)?,
        }
        for (index, bytes) in (1..).zip(rows) {
            row(out, field.bytes.start + index * ROW, bytes)?;
            let text = if text { printable(bytes) } else { String::new() };
            writeln!(out, "{}", format!("{:width$}  {text}", "").trim_end())?;
        }
    }
    Ok(())
}

fn printable(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '.' }).collect()
}

fn row(out: &mut dyn Write, offset: usize, bytes: &[u8]) -> io::Result<()> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
    write!(out, "{DIM}{offset:04x}{DIM:#}  {hex:<width$} ", width = 3 * ROW)
}
