//! Each name of Crowbar's interface (`crowbar.mli`), by what stands for it here. The table of them is in the guide.

use halligan_generators::*;

/// Looks at values; gives what was looked at.
fn holds(property: &Property<'_>) -> Statistics {
    run_seed(property, 1, 1000).unwrap_or_else(|fault| panic!("{}: {fault}", property.name()))
}

/// Why a property does not hold.
fn fault(property: &Property<'_>) -> String {
    run_seed(property, 1, 1000).expect_err(property.name()).to_string()
}

#[test]
fn integers_floats_and_characters() {
    holds(&property!("int", any::<i64>(), |_| Ok(())));
    holds(&property!("uint8 to int64", any::<(u8, i8, u16, i16, i32, i64)>(), |_| Ok(())));
    holds(&property!("float, char, uchar, bool", any::<(f64, u8, char, bool)>(), |_| Ok(())));
    holds(&property!("range ~min:3 4", range(3..3 + 4), |number| check((3..7).contains(number))));
}

#[test]
fn strings_and_lists() {
    holds(&property!("bytes", bytes(0..=1000), |string| check(string.len() <= 1000)));
    holds(&property!("bytes_fixed", bytes_of(4), |string| check_eq(string.len(), 4)));
    holds(&property!("list, array", any::<Vec<u8>>(), |_| Ok(())));
    holds(&property!("list1, array1", list(any::<u8>()).min(1), |list| check(!list.is_empty())));
    holds(&property!("shuffle", shuffle([1, 2, 3]), |list| check_eq(list.iter().sum::<i32>(), 6)));
    let sentence = concat(constant(", ".to_owned()), [string(range('a'..='c')), string(range('d'..='f'))]);
    holds(&property!("concat_gen_list", sentence, |text| check(text.contains(", "))));
}

#[test]
fn generators_of_generators() {
    #[derive(Clone, Debug, PartialEq)]
    enum A {
        Int(i32),
        Itself(Box<A>),
    }
    let int = any::<i32>().iso(A::Int, |a| if let A::Int(int) = a { Some(*int) } else { None });
    let nested = fix(int, |again| {
        let inner = |a: &A| if let A::Itself(inner) = a { Some((**inner).clone()) } else { None };
        Box::new(again.iso(|a| A::Itself(Box::new(a)), inner))
    });
    let statistics = holds(&property!("fix, choose", nested, |a| {
        if matches!(a, A::Itself(_)) {
            label!("deep");
        }
        Ok(())
    }));
    assert!(statistics.count("deep") > 200);
    holds(&property!("const, unlazy", lazy(|| constant(1)), |one| check_eq(*one, 1)));
    holds(&property!("choose", choose([range(0..2), range(5..7)]), |number| check([0, 1, 5, 6].contains(number))));
    holds(&property!("option, result, pair", any::<(Option<u8>, Result<u8, i8>)>(), |_| Ok(())));
    holds(&property!("map", any::<(u8, u8)>().map(|(a, b)| u16::from(a) + u16::from(b)), |sum| check(*sum <= 510)));
    let within = range(1usize..9).bind(|len| bytes_of(*len), |string: &Vec<u8>| Some(string.len()));
    holds(&property!("dynamic_bind", within, |string| check((1..9).contains(&string.len()))));
}

#[test]
fn values_that_do_not_count() {
    let even = property!("guard", any::<u8>(), |number| {
        guard(number % 2 == 0)?;
        check(number % 2 == 0)
    });
    assert!(holds(&even).rejected() > 300);
    let none = property!("nonetheless", any::<Option<u8>>(), |some| {
        nonetheless(some.as_ref())?;
        Ok(())
    });
    assert!(holds(&none).rejected() > 100);
    let message = "the guard rejected 1000 of 1000 values: loosen it, or draw values that pass it";
    assert_eq!(fault(&property!("bad_test", any::<u8>(), |_| bad_test())), message);
}

#[test]
fn failures() {
    assert!(
        fault(&property!("fail, failf", any::<u8>(), |byte| fail(format!("{byte} is no good"))))
            .contains("0 is no good")
    );
    assert!(fault(&property!("check", any::<u8>(), |byte| check(*byte < 9))).starts_with("9\n"));
    assert!(fault(&property!("check_eq", any::<u8>(), |byte| check_eq(*byte, 0))).contains("1 is not 0"));
    let near = |one: &u8, other: &u8| one.abs_diff(*other) < 5;
    assert!(fault(&property!("check_eq ~eq", any::<u8>(), |byte| check_eq_by(*byte, 0, near))).contains("5 is not 0"));
    let port = with_printer(any::<u16>(), |port, f| write!(f, "port {port}"));
    assert!(fault(&property!("with_printer", port, |port| check(**port < 80))).starts_with("port 80\n"));
}

#[test]
fn lists_are_long_now_and_then() {
    let statistics = holds(&property!("lists", any::<Vec<u8>>(), |list| {
        label!("{}", list.len().max(1).ilog10());
        Ok(())
    }));
    // Of one digit, two and three.
    assert!(["0", "1", "2"].iter().all(|digits| statistics.count(digits) > 20), "{statistics}");
}
