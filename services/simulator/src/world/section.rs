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

/// Declares a section: a struct of numbers with defaults, ranges and documentation in one place.
macro_rules! section {
    ($(#[$meta:meta])* $name:ident = $section:literal {
        $($(#[doc = $doc:literal])+ $field:ident = $default:literal in $low:literal to $high:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name { $($(#[doc = $doc])+ pub $field: f64,)+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $name {
            /// Name of the section in a world file.
            pub const SECTION: &'static str = $section;
            /// Its keys.
            pub const KEYS: &'static [crate::world::section::Key] = &[$(crate::world::section::Key {
                name: stringify!($field),
                default: $default,
                low: $low,
                high: $high,
                about: concat!($($doc),+),
            },)+];

            pub(super) fn check(&self) -> Result<(), crate::world::error::WorldError> {
                $(crate::world::section::check(
                    concat!($section, ".", stringify!($field)), self.$field, $low, $high)?;)+
                Ok(())
            }
        }
    };
}

pub(super) use section;
