//! What the typesetter sees: its program, the letter's data, the fonts. Nothing else exists.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use crate::{Letter, LetterError};

/// The family of every letter: Libertinus Serif, under the SIL Open Font License 1.1.
const FAMILY: &str = "Libertinus Serif";

/// What is the same for every letter.
struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    program: Option<Source>,
    data: Option<FileId>,
    code: Option<FileId>,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let fonts: Vec<Font> = typst_assets::fonts()
        .flat_map(|data| Font::iter(Bytes::new(data)))
        .filter(|font| font.info().family == FAMILY)
        .collect();
    Shared {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        program: file("/letter.typ")
            .map(|id| Source::new(id, include_str!("letter.typ").to_owned())),
        data: file("/letter.json"),
        code: file("/code.svg"),
    }
});

fn file(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// The world of one letter.
pub struct World {
    main: FileId,
    data: Bytes,
    code: Option<Bytes>,
}

impl World {
    /// The world in which this letter is set.
    pub fn of(letter: &Letter) -> Result<Self, LetterError> {
        let code = crate::code::svg(&letter.code);
        let mut data = serde_json::to_value(letter)?;
        if let Some(fields) = data.as_object_mut() {
            fields.insert("code".to_owned(), code.is_some().into());
        }
        let missing = || LetterError::Typesetting("the program is missing".to_owned());
        Ok(Self {
            main: SHARED.program.as_ref().map(Source::id).ok_or_else(missing)?,
            data: Bytes::new(serde_json::to_vec(&data)?),
            code: code.map(|svg| Bytes::new(svg.into_bytes())),
        })
    }
}

impl typst::World for World {
    fn library(&self) -> &LazyHash<Library> {
        &SHARED.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &SHARED.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let program = SHARED.program.as_ref().filter(|program| program.id() == id);
        program.cloned().ok_or_else(|| nothing(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if SHARED.data == Some(id) {
            return Ok(self.data.clone());
        }
        let code = self.code.as_ref().filter(|_| SHARED.code == Some(id));
        code.cloned().ok_or_else(|| nothing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        SHARED.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn nothing(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_without_slash().into())
}
