//! The value of an input as Rust code for people: short names with their imports, laid out.

use std::collections::{BTreeMap, BTreeSet};

use halligan_targets::AnyTarget;

/// Widest line in columns.
const WIDTH: usize = 100;

/// The value that `input` is dissected to, as a Rust statement behind the imports that it needs.
pub fn code(target: &dyn AnyTarget, input: &[u8]) -> String {
    let long = target.code(input);
    let (short, imports) = shorten(&long);
    let mut out = String::new();
    for (module, items) in &imports {
        let items: Vec<_> = items.iter().copied().collect();
        match items[..] {
            [item] => out += &format!("use {module}{item};\n"),
            _ => out += &format!("use {module}{{{}}};\n", items.join(", ")),
        }
    }
    out.push('\n');
    lay_out(&format!("let input = {short};"), 0, &mut out);
    out.push('\n');
    out
}

/// Cuts paths of this project's crates before their first item, and returns the items by their modules.
fn shorten(code: &str) -> (String, BTreeMap<&str, BTreeSet<&str>>) {
    let (mut short, mut imports) = (String::with_capacity(code.len()), BTreeMap::<_, BTreeSet<_>>::new());
    let mut rest = code;
    while let Some(at) = rest.find("halligan_") {
        let (before, path) = rest.split_at(at);
        // Modules are lower case and items are not.
        let modules = path.split("::").take_while(|name| name.starts_with(char::is_lowercase));
        let (module, from_item) = path.split_at(modules.map(|name| name.len() + 2).sum());
        let end = from_item.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(from_item.len());
        imports.entry(module).or_default().insert(&from_item[..end]);
        short.push_str(before);
        rest = from_item;
    }
    short.push_str(rest);
    (short, imports)
}

/// Appends `code`, an expression that begins in column `indent`, and breaks it at brackets where it is too wide.
fn lay_out(code: &str, indent: usize, out: &mut String) {
    let broken = (indent + code.len() > WIDTH).then(|| Brackets::first(code)).flatten();
    let Some(Brackets { before, elements, after }) = broken else { return out.push_str(code) };
    out.push_str(before);
    let inner = indent + 4;
    let mut column = WIDTH;
    for element in elements {
        // Numbers and the like fill lines; all else has a line of its own.
        let is_atom = element.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_atom && column + element.len() + 2 <= WIDTH {
            out.push(' ');
            column += 1;
        } else {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', inner));
            column = inner;
        }
        lay_out(element, inner, out);
        out.push(',');
        column = if is_atom { column + element.len() + 1 } else { WIDTH };
    }
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
    out.push_str(after);
}

/// The first brackets of an expression: the text up to them, what they hold, and the text from their end on.
struct Brackets<'a> {
    before: &'a str,
    elements: Vec<&'a str>,
    after: &'a str,
}

impl<'a> Brackets<'a> {
    fn first(code: &'a str) -> Option<Self> {
        let open = code.find(['{', '[', '('])?;
        let (mut depth, mut start, mut quoted, mut escaped) = (0, open + 1, false, false);
        let mut elements = Vec::new();
        for (at, byte) in code.bytes().enumerate().skip(open) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'{' | b'[' | b'(' => depth += 1,
                b',' if depth == 1 => {
                    elements.push(code[start..at].trim());
                    start = at + 1;
                }
                b'}' | b']' | b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                elements.push(code[start..at].trim());
                elements.retain(|element| !element.is_empty());
                return Some(Self { before: &code[..=open], elements, after: &code[at..] });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_their_imports_known() {
        let long = "halligan_a::b::Big { x: vec![halligan_a::D::Lie(1), halligan_a::b::Small::New(2)] }";
        let (short, imports) = shorten(long);
        assert_eq!(short, "Big { x: vec![D::Lie(1), Small::New(2)] }");
        let expected = [("halligan_a::", BTreeSet::from(["D"])), ("halligan_a::b::", BTreeSet::from(["Big", "Small"]))];
        assert_eq!(imports, BTreeMap::from(expected));
    }

    #[test]
    fn wide_code_is_broken_at_brackets() {
        let numbers = (100..130).map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
        let mut out = String::new();
        lay_out(&format!("let x = Big {{ name: \"}},{{\", list: vec![{numbers}], last: Small(1, 2) }};"), 0, &mut out);
        let expected = "\
let x = Big {
    name: \"},{\",
    list: vec![
        100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117,
        118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129,
    ],
    last: Small(1, 2),
};";
        assert_eq!(out, expected);
    }
}
