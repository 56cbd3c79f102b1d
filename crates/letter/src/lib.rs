//! Letters as PDF: DIN 5008 form B, tagged for screen readers (PDF/UA-1), the same bytes for the same
//! letter.
//!
//! The typesetter is Typst. Its program is `letter.typ`, which stands in this crate; what a letter says
//! comes to it as data and is never read as a program. Nothing is loaded from the machine or the network:
//! the fonts are inside. Typesetting takes a core for tens of milliseconds: callers run it beside their
//! requests and not too often at once.

mod code;
mod letter;
mod world;

use std::sync::Mutex;

use chrono::{DateTime, Datelike, Timelike, Utc};
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

pub use letter::{Labels, Letter, Row, Section, Sum, Table};

/// Why a letter cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// Its data cannot be written down for the typesetter.
    #[error("the letter cannot be written down")]
    Json(#[from] serde_json::Error),
    /// The typesetter refuses; what it says names its program, not the letter.
    #[error("the letter cannot be typeset: {0}")]
    Typesetting(String),
    /// The thread that set it ended before it was done.
    #[error("the typesetter stopped")]
    Stopped,
}

/// How many letters are set before the typesetter forgets what it kept of earlier ones.
const KEPT: usize = 8;

/// Sets a letter; `created` is written into the document as the time of its making.
pub fn pdf(letter: &Letter, created: DateTime<Utc>) -> Result<Vec<u8>, LetterError> {
    let world = world::World::of(letter)?;
    let set = typst::compile::<PagedDocument>(&world).output;
    let document =
        set.map_err(|errors| refused(errors.first().map(|error| error.message.as_str())))?;
    let options = PdfOptions {
        ident: Smart::Custom(letter.identifier.clone()),
        creator: Smart::Custom(Some("Kulanz".to_owned())),
        timestamp: timestamp(created),
        standards: PdfStandards::new(&[PdfStandard::Ua_1])
            .map_err(|error| refused(Some(error.message().as_str())))?,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options)
        .map_err(|errors| refused(errors.first().map(|error| error.message.as_str())));
    forget();
    bytes
}

fn refused(message: Option<&str>) -> LetterError {
    LetterError::Typesetting(message.unwrap_or("no reason given").to_owned())
}

fn timestamp(at: DateTime<Utc>) -> Option<Timestamp> {
    let small = |number: u32| u8::try_from(number).ok();
    let (month, day) = (small(at.month())?, small(at.day())?);
    let (hour, minute, second) = (small(at.hour())?, small(at.minute())?, small(at.second())?);
    let at = Datetime::from_ymd_hms(at.year(), month, day, hour, minute, second)?;
    Some(Timestamp::new_utc(at))
}

/// Lets go of what the typesetter remembers of letters, so that memory does not grow with their number.
fn forget() {
    static SINCE: Mutex<usize> = Mutex::new(0);
    let mut since = SINCE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *since += 1;
    if *since >= KEPT {
        *since = 0;
        comemo::evict(1);
    }
}
