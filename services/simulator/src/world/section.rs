//! What every section of a world file is: keys with a default and the range that they must lie in.

use super::error::WorldError;

/// One key of a world file, as its documentation lists it.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name within the section.
    pub name: &'static str,
    /// Its value where a file leaves it out.
    pub default: f64,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// What it means, with its unit.
    pub about: &'static str,
}

/// Refuses a value that is no number or outside its range, naming the key.
pub(super) fn check(key: &str, value: f64, low: f64, high: f64) -> Result<(), WorldError> {
    if value.is_nan() {
        return Err(WorldError::NotANumber { key: key.to_owned() });
    }
    if value < low || value > high {
        return Err(WorldError::OutOfRange { key: key.to_owned(), value, low, high });
    }
    Ok(())
}

/// Declares the sections: for each a struct of numbers, with defaults, ranges and documentation in one place,
/// and the file that has them all.
macro_rules! sections {
    ($($(#[doc = $about:literal])+ $section:ident: $name:ident {
        $($(#[doc = $doc:literal])+ $field:ident = $default:literal in $low:literal to $high:literal,)+
    })+) => {
        $(
            $(#[doc = $about])+
            #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields, default)]
            pub struct $name { $($(#[doc = $doc])+ pub $field: f64,)+ }

            impl Default for $name {
                fn default() -> Self {
                    Self { $($field: $default,)+ }
                }
            }
        )+

        /// A world as its file states it. What a file leaves out has the documented default.
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Parameters {
            /// Version of the schema; must be stated.
            pub version: i64,
            /// What the world is called.
            #[serde(default)]
            pub name: String,
            /// Seed of everything that happens by chance.
            #[serde(default)]
            pub seed: u64,
            $($(#[doc = $about])+ #[serde(default)] pub $section: $name,)+
            /// What treatments do.
            #[serde(default)]
            pub effects: crate::world::EffectsFile,
        }

        impl Parameters {
            /// Every section with its keys, in the order of the file.
            pub const fn schema()
            -> [(&'static str, &'static [crate::world::Key]); [$(stringify!($section)),+].len()] {
                [$((stringify!($section), &[$(crate::world::Key {
                    name: stringify!($field),
                    default: $default,
                    low: $low,
                    high: $high,
                    about: concat!($($doc),+),
                },)+]),)+]
            }

            /// Refuses the first value that is no number or outside its range.
            pub(super) fn check_ranges(&self) -> Result<(), crate::world::WorldError> {
                $($(crate::world::section::check(
                    concat!(stringify!($section), ".", stringify!($field)),
                    self.$section.$field, $low, $high)?;)+)+
                Ok(())
            }
        }
    };
}

pub(super) use sections;
