//! What both derives need to know of a type: its constructors and their fields.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, Field, Fields, GenericParam, Generics, Ident, Member, Path, parse_quote,
};

/// A struct, or a variant of an enum.
pub struct Constructor<'a> {
    /// `Self` or `Self::Variant`.
    pub path: TokenStream,
    /// The variant's name.
    pub variant: Option<&'a Ident>,
    pub attributes: &'a [Attribute],
    pub fields: &'a Fields,
}

impl<'a> Constructor<'a> {
    /// Each field, with the member that names it and the variable that [`pattern`](Self::pattern) binds it to.
    pub fn members(&self) -> impl Iterator<Item = (Member, Ident, &'a Field)> {
        self.fields.members().zip(self.fields).map(|(member, field)| {
            let variable = match &member {
                Member::Named(name) => format_ident!("field_{}", name),
                Member::Unnamed(index) => format_ident!("field_{}", index.index),
            };
            (member, variable, field)
        })
    }

    /// A pattern that binds every field.
    pub fn pattern(&self) -> TokenStream {
        let path = &self.path;
        let bindings = self.members().map(|(member, variable, _)| quote!(#member: #variable));
        quote!(#path { #(#bindings),* })
    }
}

pub fn constructors(input: &DeriveInput) -> syn::Result<Vec<Constructor<'_>>> {
    match &input.data {
        Data::Struct(data) => {
            Ok(vec![Constructor { path: quote!(Self), variant: None, attributes: &[], fields: &data.fields }])
        }
        Data::Enum(data) if data.variants.is_empty() => {
            Err(Error::new_spanned(&input.ident, "an enum without variants has no values"))
        }
        Data::Enum(data) => Ok(data
            .variants
            .iter()
            .map(|variant| {
                let name = &variant.ident;
                Constructor {
                    path: quote!(Self::#name),
                    variant: Some(name),
                    attributes: &variant.attrs,
                    fields: &variant.fields,
                }
            })
            .collect()),
        Data::Union(_) => Err(Error::new_spanned(&input.ident, "unions cannot be derived")),
    }
}

/// The generics with `bound` added to every type parameter.
pub fn bounded(generics: &Generics, bound: &Path) -> Generics {
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(#bound));
        }
    }
    generics
}
