//! `#[derive(Generate)]` and `#[derive(Code)]` for `halligan-generators`, which documents and re-exports them.

mod code;
mod generate;
mod shape;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Gives a struct or an enum a generator: implements `Generated`, and adds `T::generator()`.
///
/// Fields are drawn in order, each by the generator of its type. An enum chooses a variant first; the first is the
/// simplest. Attributes:
/// - on a field, `#[generate(with = GENERATOR)]`: draw it from this generator;
/// - on a field, `#[generate(range = 1..=9)]`: the same as `with = range(1..=9)`;
/// - on a field, `#[generate(skip)]`: it is always its default, the same as `with = constant(Default::default())`;
/// - on a variant, `#[generate(weight = 8)]`: how likely the variant is; 1 if not given;
/// - on a variant, `#[generate(skip)]`: it is never drawn.
///
/// A type may hold itself, by `Box`, `Rc`, `Arc` or a collection: 256 of them deep the simplest value ends the recursion.
///
/// ```
/// use halligan_generators::{Generate, Source, bytes};
///
/// #[derive(Debug, PartialEq, Generate)]
/// enum Message {
///     #[generate(weight = 3)]
///     Ping { #[generate(range = 1..=9)] hops: u8 },
///     Data(#[generate(with = bytes(0..=16))] Vec<u8>, #[generate(skip)] Option<u32>),
///     #[generate(skip)]
///     Unknown(u8),
/// }
///
/// let draw = |bytes: &[u8]| Message::generator().draw(&mut Source::bytes(bytes));
/// assert_eq!(draw(&[2, 4]), Message::Ping { hops: 5 });
/// assert_eq!(draw(b"\x03\x02hi"), Message::Data(b"hi".to_vec(), None));
/// ```
#[proc_macro_derive(Generate, attributes(generate))]
pub fn derive_generate(input: TokenStream) -> TokenStream {
    expand(generate::expand, &parse_macro_input!(input as DeriveInput))
}

/// Writes a struct or an enum as the Rust expression that rebuilds it: implements `Code`.
///
/// The path is that of the module that defines the type; give another, public one with `#[code(path = "a::b::Type")]`.
///
/// ```
/// use halligan_generators::Code;
///
/// #[derive(Code)]
/// #[code(path = "shape::Point")]
/// struct Point { x: u8, y: Option<u8> }
///
/// let mut text = String::new();
/// Point { x: 1, y: Some(2) }.code(&mut text).unwrap();
/// assert_eq!(text, "shape::Point { x: 1, y: Some(2) }");
/// ```
#[proc_macro_derive(Code, attributes(code))]
pub fn derive_code(input: TokenStream) -> TokenStream {
    expand(code::expand, &parse_macro_input!(input as DeriveInput))
}

fn expand(by: fn(&DeriveInput) -> syn::Result<proc_macro2::TokenStream>, input: &DeriveInput) -> TokenStream {
    by(input).unwrap_or_else(syn::Error::into_compile_error).into()
}
