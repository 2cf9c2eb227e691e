//! What is hard for shrinkers, from the collection at <https://github.com/jlink/shrinking-challenge>.

use halligan_generators::{Generate, any, array, fix, list, range};

use super::minimal;

#[test]
fn bound5() {
    let wrapping = |lists: &[Vec<i16>; 5]| lists.concat().iter().fold(0i16, |sum, value| sum.wrapping_add(*value));
    let small = |list: &Vec<i16>| list.iter().map(|value| i32::from(*value)).sum::<i32>() < 256;
    let fails = move |lists: &[Vec<i16>; 5]| lists.iter().all(small) && wrapping(lists) >= 5 * 256;
    let generator = array::<_, 5>(list(any::<i16>()).average(1));
    minimal(&generator, fails, &[vec![], vec![], vec![], vec![], vec![-1, i16::MIN]], 192);
}

#[test]
fn large_union_list() {
    let distinct = |lists: &Vec<Vec<i32>>| {
        let mut all = lists.concat();
        all.sort_unstable();
        all.dedup();
        all.len()
    };
    minimal(&list(list(any::<i32>())), |lists| distinct(lists) >= 5, &vec![vec![0, -1, 1, -2, 2]], 261);
}

#[test]
fn reverse() {
    let fails = |list: &Vec<i32>| list.iter().rev().ne(list);
    minimal(&list(any::<i32>()), fails, &vec![0, -1], 44);
}

#[test]
fn calculator() {
    let fails = |expression: &Expression| expression.no_literal_zero() && expression.value().is_none();
    let zero = || Box::new(Expression::Literal(0));
    let minimum = Expression::Divide(zero(), Box::new(Expression::Add(zero(), zero())));
    minimal(&expression(), fails, &minimum, 121);
}

#[test]
fn length_list() {
    let lists = range(1usize..=100)
        .bind(|len| list(range(0u16..=1000)).max(*len).min(*len).average(1), |list: &Vec<u16>| Some(list.len()));
    minimal(&lists, |list| list.iter().max() >= Some(&900), &vec![900], 62);
}

#[test]
fn difference() {
    let pair = || (range(1u32..=100), range(1u32..=100));
    minimal(&pair(), |(x, y)| *x >= 10 && x == y, &(10, 10), 32);
    minimal(&pair(), |(x, y)| *x >= 10 && (1..=4).contains(&x.abs_diff(*y)), &(10, 6), 216);
    minimal(&pair(), |(x, y)| *x >= 10 && x.abs_diff(*y) == 1, &(10, 9), 722);
}

#[test]
fn coupling() {
    let valid = |list: &Vec<usize>| list.iter().all(|value| *value < list.len());
    let fails =
        move |list: &Vec<usize>| valid(list) && list.iter().enumerate().any(|(at, to)| *to != at && list[*to] == at);
    minimal(&list(range(0usize..=10)).average(6), fails, &vec![1, 0], 346);
}

#[test]
fn deletion() {
    let fails = |(list, value): &(Vec<u8>, u8)| list.iter().filter(|other| *other == value).count() > 1;
    minimal(&(list(range(0u8..=20)).average(20), range(0u8..=20)), fails, &(vec![0, 0], 0), 30);
}

#[test]
fn distinct() {
    let fails = |list: &Vec<i32>| {
        let mut list = list.clone();
        list.sort_unstable();
        list.dedup();
        list.len() >= 3
    };
    minimal(&list(any::<i32>()), fails, &vec![0, -1, 1], 91);
}

#[test]
fn nested_lists() {
    let fails = |lists: &Vec<Vec<i32>>| lists.concat().len() > 10;
    minimal(&list(list(any::<i32>())), fails, &vec![vec![0; 11]], 49);
}

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Literal(i32),
    Add(Box<Expression>, Box<Expression>),
    Divide(Box<Expression>, Box<Expression>),
}

impl Expression {
    /// Nothing where something is divided by zero.
    fn value(&self) -> Option<i32> {
        match self {
            Self::Literal(value) => Some(*value),
            Self::Add(left, right) => Some(left.value()?.wrapping_add(right.value()?)),
            Self::Divide(left, right) => left.value()?.checked_div(right.value()?),
        }
    }

    fn no_literal_zero(&self) -> bool {
        match self {
            Self::Literal(_) => true,
            Self::Divide(_, right) if **right == Self::Literal(0) => false,
            Self::Add(left, right) | Self::Divide(left, right) => left.no_literal_zero() && right.no_literal_zero(),
        }
    }
}

fn expression() -> impl Generate<Value = Expression> {
    let literal = any::<i32>().iso(Expression::Literal, |expression| match expression {
        Expression::Literal(value) => Some(*value),
        _ => None,
    });
    fix(literal, |again| {
        Box::new((any::<bool>(), again, again).iso(
            |(divide, left, right)| {
                let (left, right) = (Box::new(left), Box::new(right));
                if divide { Expression::Divide(left, right) } else { Expression::Add(left, right) }
            },
            |expression| match expression {
                Expression::Literal(_) => None,
                Expression::Add(left, right) => Some((false, (**left).clone(), (**right).clone())),
                Expression::Divide(left, right) => Some((true, (**left).clone(), (**right).clone())),
            },
        ))
    })
}
