//! What the derives draw, and their attributes.

use std::marker::PhantomData;
use std::rc::Rc;

use halligan_generators::*;

const LIMITS: std::ops::RangeInclusive<i32> = -3..=3;

#[derive(Clone, Debug, PartialEq, Generate, Code)]
struct Settings<T> {
    #[generate(range = LIMITS)]
    level: i32,
    #[generate(range = 'a'..='e')]
    letter: char,
    #[generate(with = choose((constant(80), range(1024..))))]
    r#type: u16,
    #[generate(skip)]
    cache: Option<String>,
    #[generate(skip)]
    kind: PhantomData<T>,
    value: T,
}

#[derive(Clone, Debug, PartialEq, Generate)]
enum Event {
    #[generate(skip)]
    Before,
    Unit,
    #[generate(weight = 6)]
    Tuple(u8, #[generate(with = bytes(1..=2))] Vec<u8>),
    #[generate(skip)]
    Between {
        unnameable: Unnameable,
    },
    Named {
        on: bool,
    },
}

/// Has no generator; a skipped variant may hold it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Unnameable;

fn again<T: Generated>(value: &T) -> Result<T, Unreflected> {
    let mut tape = Tape::new();
    value.reflect_to(&mut tape)?;
    Ok(T::draw_from(&mut Source::tape(&tape)))
}

#[test]
fn fields_are_drawn_as_their_attributes_say() {
    let drawn = laws(&Settings::<u8>::generator(), 5000);
    assert!(drawn.iter().all(|settings| LIMITS.contains(&settings.level) && settings.letter <= 'e'));
    assert!(
        drawn.iter().all(|settings| settings.cache.is_none() && (settings.r#type == 80 || settings.r#type >= 1024))
    );
    assert!(drawn.iter().any(|settings| settings.level == 3) && drawn.iter().any(|settings| settings.letter == 'e'));
    let mut code = String::new();
    drawn[drawn.len() - 1].code(&mut code).unwrap();
    let fields = "level: -3, letter: 'a', r#type: 80, cache: None, kind: std::marker::PhantomData, value: 0";
    assert_eq!(code, format!("derive::Settings {{ {fields} }}"));
}

#[test]
fn what_is_skipped_is_not_reflected_unless_it_is_the_default() {
    let settings = Settings::<u8>::draw_from(&mut Source::bytes(&[1, 2]));
    assert_eq!(again(&settings), Ok(settings.clone()));
    assert!(again(&Settings { cache: Some(String::new()), ..settings }).is_err());
    assert_eq!(again(&Event::Before), Err(Unreflected("a variant that is skipped")));
    assert!(again(&Event::Between { unnameable: Unnameable }).is_err());
}

#[test]
fn variants_are_drawn_by_weight() {
    let drawn = laws(&Event::generator(), 4000);
    let share = |is: fn(&Event) -> bool| drawn.iter().filter(|event| is(event)).count() as f64 / drawn.len() as f64;
    assert!((0.5..0.8).contains(&share(|event| matches!(event, Event::Tuple(..)))));
    assert!(
        share(|event| matches!(event, Event::Unit)) > 0.1 && share(|event| matches!(event, Event::Named { .. })) > 0.05
    );
    assert_eq!(share(|event| matches!(event, Event::Before | Event::Between { .. })), 0.0);
}

#[derive(Clone, Debug, Default, PartialEq, Generate)]
enum Expression {
    #[default]
    Zero,
    Negative(Box<Expression>),
    Sum(Vec<Expression>),
    Product(Rc<Expression>, Box<Expression>),
}

impl Expression {
    fn depth(&self) -> usize {
        match self {
            Self::Zero => 0,
            Self::Negative(inner) => 1 + inner.depth(),
            Self::Sum(terms) => 1 + terms.iter().map(Self::depth).max().unwrap_or(0),
            Self::Product(left, right) => 1 + left.depth().max(right.depth()),
        }
    }
}

#[test]
fn types_that_hold_themselves_end() {
    laws(&Expression::generator(), 5000);
    for byte in [1, 2, 3, 0xff] {
        let deepest = Expression::draw_from(&mut Source::bytes(&vec![byte; 1_000_000]));
        assert_eq!(deepest.depth(), 257, "{byte}");
        assert_eq!(again(&deepest).as_ref(), Ok(&deepest));
    }
    let deep = (0..257).fold(Expression::Zero, |inner, _| Expression::Negative(Box::new(inner)));
    assert!(again(&deep).is_ok());
    assert_eq!(again(&Expression::Negative(Box::new(deep))), Err(Unreflected("nested too deep")));
}
