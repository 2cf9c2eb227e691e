use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, DeriveInput, Error, Expr, LitInt, parse_quote};

use crate::shape::{Constructor, bounded, constructors};

pub fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    each(&input.attrs, |meta| Err(meta.error("`generate` belongs to a field or to a variant")))?;
    let constructors = constructors(input)?;
    let mut draws = Vec::new();
    let mut reflections = Vec::new();
    let mut skipped = Vec::new();
    let mut total = 0u64;
    for constructor in &constructors {
        let (first, path, pattern) = (total, &constructor.path, constructor.pattern());
        let (members, generators, variables) = fields(constructor)?;
        let Some(weight) = weight(constructor.attributes)? else {
            skipped.push(quote!(#path { .. }));
            continue;
        };
        total += weight;
        let last = total - 1;
        draws.push(quote! {
            #first..=#last => #path {
                #(#members: ::halligan_generators::Generate::draw(&(#generators), source)),*
            }
        });
        reflections.push((
            first,
            quote!(#pattern),
            quote!(#(::halligan_generators::Generate::reflect(&(#generators), #variables, tape)?;)*),
        ));
    }
    let Some(max) = total.checked_sub(1) else {
        return Err(Error::new_spanned(&input.ident, "all variants are skipped: there is nothing to draw"));
    };
    let reflections = reflections
        .into_iter()
        .map(|(ticket, pattern, fields)| quote!(#pattern => { tape.integer(#ticket, #max); #fields }));

    let name = &input.ident;
    let generics = bounded(&input.generics, &parse_quote!(::halligan_generators::Generated));
    let (implemented, types, conditions) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #implemented ::halligan_generators::Generated for #name #types #conditions {
            #[inline]
            fn draw_from(source: &mut ::halligan_generators::Source<'_>) -> Self {
                source.span(::halligan_generators::Label::of::<Self>(), |source| match source.integer(#max) {
                    #(#draws,)*
                    _ => unreachable!("drawn above the maximum"),
                })
            }

            #[inline]
            fn reflect_to(
                &self,
                tape: &mut ::halligan_generators::Tape,
            ) -> ::core::result::Result<(), ::halligan_generators::Unreflected> {
                tape.span(::halligan_generators::Label::of::<Self>(), |tape| {
                    match self {
                        #(#reflections)*
                        #(#skipped => return Err(::halligan_generators::Unreflected("a variant that is skipped")),)*
                    }
                    Ok(())
                })
            }
        }

        #[automatically_derived]
        impl #implemented #name #types #conditions {
            /// The generator of this type.
            #[must_use]
            pub const fn generator() -> ::halligan_generators::Any<Self> {
                ::halligan_generators::any()
            }
        }
    })
}

/// The members of a constructor, their generators, and the variables of its pattern.
fn fields(constructor: &Constructor<'_>) -> syn::Result<(Vec<syn::Member>, Vec<TokenStream>, Vec<syn::Ident>)> {
    let mut lists = (Vec::new(), Vec::new(), Vec::new());
    for (member, variable, field) in constructor.members() {
        lists.0.push(member);
        lists.1.push(generator(field)?);
        lists.2.push(variable);
    }
    Ok(lists)
}

/// The expression for the generator of a field.
fn generator(field: &syn::Field) -> syn::Result<TokenStream> {
    let ty = &field.ty;
    let mut given = None;
    each(&field.attrs, |meta| {
        let generator = if meta.path.is_ident("with") {
            let generator: Expr = meta.value()?.parse()?;
            quote!(#generator)
        } else if meta.path.is_ident("range") {
            let range: Expr = meta.value()?.parse()?;
            quote!(::halligan_generators::range::<#ty>(#range))
        } else if meta.path.is_ident("skip") {
            quote!(::halligan_generators::constant(<#ty as ::core::default::Default>::default()))
        } else {
            return Err(meta.error("a field takes `with = GENERATOR`, `range = LOW..=HIGH` or `skip`"));
        };
        match given.replace(generator) {
            None => Ok(()),
            Some(_) => Err(meta.error("a field takes one of `with`, `range` and `skip`, once")),
        }
    })?;
    Ok(given.unwrap_or_else(|| quote!(::halligan_generators::any::<#ty>())))
}

/// The weight of a variant, or nothing where it is skipped.
fn weight(attributes: &[Attribute]) -> syn::Result<Option<u64>> {
    let mut given = None;
    each(attributes, |meta| {
        let weight = if meta.path.is_ident("weight") {
            let literal: LitInt = meta.value()?.parse()?;
            match literal.base10_parse::<u32>()? {
                0 => return Err(Error::new_spanned(literal, "a weight is at least 1; `skip` leaves the variant out")),
                weight => Some(weight.into()),
            }
        } else if meta.path.is_ident("skip") {
            None
        } else {
            return Err(meta.error("a variant takes `weight = NUMBER` or `skip`"));
        };
        match given.replace(weight) {
            None => Ok(()),
            Some(_) => Err(meta.error("a variant takes one of `weight` and `skip`, once")),
        }
    })?;
    Ok(given.unwrap_or(Some(1)))
}

/// Visits what the `#[generate(..)]` attributes hold.
fn each(
    attributes: &[Attribute],
    mut visit: impl FnMut(syn::meta::ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("generate"))
        .try_for_each(|attribute| attribute.parse_nested_meta(&mut visit))
}
