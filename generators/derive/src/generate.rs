use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, DeriveInput, Expr, LitInt, parse_quote};

use crate::shape::{Constructor, bounded, constructors};

pub fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let constructors = constructors(input)?;
    let mut draws = Vec::new();
    let mut reflections = Vec::new();
    let mut total = 0u64;
    for constructor in &constructors {
        let (first, weight) = (total, weight(constructor.attributes)?);
        total += weight;
        let (last, path, pattern) = (total - 1, &constructor.path, constructor.pattern());
        let (members, generators, variables) = fields(constructor)?;
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
    let max = total - 1;
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
                    match self { #(#reflections)* }
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
    let mut generator = quote!(::halligan_generators::any::<#ty>());
    each(&field.attrs, |meta| {
        let value: Expr = meta.value()?.parse()?;
        if meta.path.is_ident("with") {
            generator = quote!(#value);
        } else if meta.path.is_ident("range") {
            generator = quote!(::halligan_generators::range::<#ty>(#value));
        } else {
            return Err(meta.error("expected `with` or `range`"));
        }
        Ok(())
    })?;
    Ok(generator)
}

/// The weight of a variant.
fn weight(attributes: &[Attribute]) -> syn::Result<u64> {
    let mut weight = 1;
    each(attributes, |meta| {
        if !meta.path.is_ident("weight") {
            return Err(meta.error("expected `weight`"));
        }
        let literal: LitInt = meta.value()?.parse()?;
        weight = u64::from(literal.base10_parse::<u32>()?);
        if weight == 0 { Err(meta.error("a weight is at least 1")) } else { Ok(()) }
    })?;
    Ok(weight)
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
