//! A number that was drawn first goes down with what it counts.

use halligan_generators::{Generate, Source, Tape, Unreflected, bytes_of, list, range};

use super::minimal;

/// As many integers as it says.
struct Many(usize);

impl Generate for Many {
    type Value = Vec<u16>;

    fn draw(&self, source: &mut Source<'_>) -> Vec<u16> {
        (0..self.0).map(|_| range(0u16..=2000).draw(source)).collect()
    }

    fn reflect(&self, value: &Vec<u16>, tape: &mut Tape) -> Result<(), Unreflected> {
        if value.len() != self.0 {
            return Err(Unreflected("a list of another length"));
        }
        value.iter().try_for_each(|value| range(0u16..=2000).reflect(value, tape))
    }
}

fn counted() -> impl Generate<Value = Vec<u16>> {
    range(0usize..=20).bind(|len| Many(*len), |list: &Vec<u16>| Some(list.len()))
}

#[test]
fn one_of_many() {
    minimal(&counted(), |list| list.iter().any(|value| *value >= 1000), &vec![1000], 34);
}

#[test]
fn two_of_many() {
    let falls = |list: &Vec<u16>| list.windows(2).any(|pair| pair[0] > pair[1]);
    minimal(&counted(), falls, &vec![1, 0], 63);
}

#[test]
fn the_first_and_another() {
    let fails = |list: &Vec<u16>| list.first().is_some_and(|first| *first >= 1000) && list.contains(&5);
    minimal(&counted(), fails, &vec![1000, 5], 334);
}

#[test]
fn a_bind_in_a_bind() {
    let line = || range(0usize..=9).bind(|len| bytes_of(*len), |line: &Vec<u8>| Some(line.len()));
    let max = range(0usize..=5);
    let generator = max.bind(move |max| list(line()).max(*max), |lines: &Vec<_>| Some(lines.len()));
    let fails = |lines: &Vec<Vec<u8>>| lines.iter().any(|line| line.len() >= 3 && line[2] >= b'a');
    minimal(&generator, fails, &vec![b"\0\0a".to_vec()], 27);
}
