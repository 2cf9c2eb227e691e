use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Fields, LitStr, parse_quote};

use crate::shape::{Constructor, bounded, constructors};

pub fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let path = path(input)?;
    let constructors = constructors(input)?;
    let arms = constructors.iter().map(|constructor| arm(constructor, &path));
    let name = &input.ident;
    let generics = bounded(&input.generics, &parse_quote!(::halligan_generators::Code));
    let (implemented, types, conditions) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #implemented ::halligan_generators::Code for #name #types #conditions {
            fn code(&self, out: &mut dyn ::core::fmt::Write) -> ::core::fmt::Result {
                match self { #(#arms)* }
            }
        }
    })
}

/// The path of the type, as an expression for its text.
fn path(input: &DeriveInput) -> syn::Result<TokenStream> {
    let name = input.ident.to_string();
    let mut path = quote!(::core::concat!(::core::module_path!(), "::", #name));
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("code")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("path") {
                return Err(meta.error("expected `path`"));
            }
            let literal: LitStr = meta.value()?.parse()?;
            path = quote!(#literal);
            Ok(())
        })?;
    }
    Ok(path)
}

/// The match arm that writes one constructor.
fn arm(constructor: &Constructor<'_>, path: &TokenStream) -> TokenStream {
    let pattern = constructor.pattern();
    let variant = constructor.variant.map(|name| format!("::{name}")).unwrap_or_default();
    let (open, close) = match constructor.fields {
        Fields::Named(_) => (" { ", " }"),
        Fields::Unnamed(_) => ("(", ")"),
        Fields::Unit => ("", ""),
    };
    let fields = constructor.members().enumerate().map(|(index, (member, variable, _))| {
        let comma = if index > 0 { ", " } else { "" };
        let before = match member {
            syn::Member::Named(name) => format!("{comma}{name}: "),
            syn::Member::Unnamed(_) => comma.to_owned(),
        };
        quote! {
            out.write_str(#before)?;
            ::halligan_generators::Code::code(#variable, out)?;
        }
    });
    quote! {
        #pattern => {
            out.write_str(::core::concat!(#path, #variant, #open))?;
            #(#fields)*
            out.write_str(#close)
        }
    }
}
