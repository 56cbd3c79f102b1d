//! What people read, German and English side by side.

mod access;
mod arrangement;
mod claim;
mod frame;
mod objection;
mod protection;
mod report;
mod service;

pub(crate) use access::Access;
pub(crate) use arrangement::Arranging;
pub(crate) use claim::Claims;
pub(crate) use frame::{Frame, Problems};
pub(crate) use objection::Objections;
pub(crate) use protection::Protections;
pub(crate) use report::Reports;
pub(crate) use service::Services;

/// Declares a group of texts: each line is a name, the German and the English text.
macro_rules! texts {
    ($(#[$doc:meta])* $group:ident { $($name:ident: $german:literal, $english:literal;)+ }) => {
        $(#[$doc])*
        pub(crate) struct $group {
            $(pub(crate) $name: &'static str,)+
        }

        impl $group {
            const GERMAN: Self = Self { $($name: $german,)+ };
            const ENGLISH: Self = Self { $($name: $english,)+ };

            /// The texts in one language.
            pub(crate) fn of(language: crate::language::Language) -> &'static Self {
                match language {
                    crate::language::Language::German => &Self::GERMAN,
                    crate::language::Language::English => &Self::ENGLISH,
                }
            }
        }
    };
}
use texts;
