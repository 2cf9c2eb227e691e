//! What the derives say of types that they cannot derive for.

use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_quote};

/// Why an expansion fails.
fn error(expanded: syn::Result<TokenStream>) -> String {
    expanded.expect_err("it cannot be derived").to_string()
}

macro_rules! refused {
    ($($name:ident: $message:literal, $expand:path: { $($item:tt)+ })+) => {$(
        #[test]
        fn $name() {
            let input: DeriveInput = parse_quote!($($item)+);
            assert_eq!(error($expand(&input)), $message);
        }
    )+};
}

refused! {
    an_empty_enum: "an enum without variants has no values", crate::generate::expand: { enum Never {} }
    a_union: "unions cannot be derived", crate::generate::expand: { union Either { one: u8, other: i8 } }
    nothing_to_draw: "all variants are skipped: there is nothing to draw", crate::generate::expand: {
        enum Hidden { #[generate(skip)] One, #[generate(skip)] Other }
    }
    an_attribute_of_the_type: "`generate` belongs to a field or to a variant", crate::generate::expand: {
        #[generate(weight = 2)] struct Weighed(u8);
    }
    an_unknown_attribute_of_a_field: "a field takes `with = GENERATOR`, `range = LOW..=HIGH` or `skip`",
    crate::generate::expand: { struct Odd { #[generate(weight = 2)] field: u8 } }
    an_unknown_attribute_of_a_variant: "a variant takes `weight = NUMBER` or `skip`", crate::generate::expand: {
        enum Odd { #[generate(range = 1..=2)] Variant }
    }
    two_generators: "a field takes one of `with`, `range` and `skip`, once", crate::generate::expand: {
        struct Both(#[generate(range = 1..=2, skip)] u8);
    }
    two_generators_apart: "a field takes one of `with`, `range` and `skip`, once", crate::generate::expand: {
        struct Both(#[generate(range = 1..=2)] #[generate(with = constant(1))] u8);
    }
    two_weights: "a variant takes one of `weight` and `skip`, once", crate::generate::expand: {
        enum Both { #[generate(weight = 1, skip)] Variant, Other }
    }
    no_weight: "a weight is at least 1; `skip` leaves the variant out", crate::generate::expand: {
        enum Light { #[generate(weight = 0)] Variant, Other }
    }
    a_weight_that_is_no_number: "expected integer literal", crate::generate::expand: {
        enum Heavy { #[generate(weight = "much")] Variant, Other }
    }
    no_range: "expected `=`", crate::generate::expand: { struct Bare(#[generate(range)] u8); }
    an_attribute_of_a_skipped_variant: "a field takes `with = GENERATOR`, `range = LOW..=HIGH` or `skip`",
    crate::generate::expand: { enum Odd { #[generate(skip)] Variant(#[generate(weight = 1)] u8), Other } }
    code_of_a_union: "unions cannot be derived", crate::code::expand: { union Either { one: u8, other: i8 } }
    an_unknown_attribute_of_code: "expected `path`", crate::code::expand: { #[code(name = "a::B")] struct Named; }
}
