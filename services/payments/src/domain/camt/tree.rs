//! An XML file as a tree of local names: what every version of camt.053 has in common.
//!
//! Namespaces and prefixes differ by version and by bank and are read only once, at the root, to
//! learn the version. A file that ends early, carries a document type or refers to entities that
//! XML does not define is refused as a whole.

use quick_xml::Reader;
use quick_xml::errors::{Error as XmlError, IllFormedError};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::error::{CamtError, CamtFault};

/// Deeper nesting than any camt version has; bounds recursion on hostile files.
const DEEPEST: usize = 64;
/// Largest file taken, in bytes: a day of a large collection account stays far below.
pub const LARGEST_FILE: usize = 64 * 1024 * 1024;

/// One element: its local name, its text and its children in order.
#[derive(Debug, Default, Clone)]
pub struct Element {
    /// Local name, without prefix.
    pub name: String,
    /// Character data directly inside, trimmed at the end of parsing.
    pub text: String,
    /// `Ccy` attribute of amounts.
    pub currency: Option<String>,
    /// Default namespace or the namespace bound to this element's prefix, where declared here.
    pub namespace: Option<String>,
    /// 1-based line of the start tag.
    pub line: usize,
    /// Child elements in document order.
    pub children: Vec<Element>,
}

impl Element {
    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first descendant along a path of first children.
    pub fn path(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The non-empty text at a path.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.path(path).map(|element| element.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The element at a path, or `Missing` at that path.
    pub fn required(&self, path: &[&str]) -> Result<&Self, CamtError> {
        self.path(path).ok_or_else(|| CamtError::at(CamtFault::Missing, path.join("/"), self.line))
    }
}

/// Parses a whole file; the document element is returned.
pub fn parse(bytes: &[u8]) -> Result<Element, CamtError> {
    if bytes.len() > LARGEST_FILE {
        return Err(CamtError::at(CamtFault::TooLarge, "", 1));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Builder::new(text).build()
}

/// A file cut inside a character is truncated, any other odd byte is another encoding.
fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> CamtError {
    let line = 1 + lines_in(&bytes[..error.valid_up_to()]);
    let fault = if error.error_len().is_none() { CamtFault::Truncated } else { CamtFault::NotUtf8 };
    CamtError::at(fault, "", line)
}

fn lines_in(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count().saturating_sub(1)
}

struct Builder<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    open: Vec<Element>,
    root: Option<Element>,
    line: usize,
    counted_to: usize,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let reader = Reader::from_str(text);
        Self { text, reader, open: Vec::new(), root: None, line: 1, counted_to: 0 }
    }

    fn build(mut self) -> Result<Element, CamtError> {
        loop {
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.refuse(fault_of(&error))),
            };
            self.count_lines();
            if matches!(event, Event::Eof) {
                return self.finish();
            }
            self.take(event)?;
        }
    }

    fn take(&mut self, event: Event<'a>) -> Result<(), CamtError> {
        match event {
            Event::Start(start) => self.start(&start)?,
            Event::Empty(start) => {
                self.start(&start)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.append(&text.xml10_content())?,
            Event::CData(text) => self.append(&text.xml10_content())?,
            Event::GeneralRef(reference) => self.reference(&reference)?,
            Event::DocType(_) => return Err(self.refuse(CamtFault::NotWellFormed)),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), CamtError> {
        if self.root.is_some() {
            return Err(self.refuse(CamtFault::NotWellFormed));
        }
        if self.open.len() >= DEEPEST {
            return Err(self.refuse(CamtFault::TooLarge));
        }
        let name = start.name();
        let binding = name.prefix().map(|prefix| format!("xmlns:{}", prefix.into_inner()));
        let currency = self.attribute(start, "Ccy")?;
        let namespace = self.attribute(start, binding.as_deref().unwrap_or("xmlns"))?;
        let name = name.local_name().into_inner().to_owned();
        let line = self.line;
        self.open.push(Element { name, currency, namespace, line, ..Element::default() });
        Ok(())
    }

    fn attribute(&self, start: &BytesStart<'_>, name: &str) -> Result<Option<String>, CamtError> {
        let found = start.try_get_attribute(name);
        let found = found.map_err(|_| self.refuse(CamtFault::NotWellFormed))?;
        Ok(found.map(|attribute| attribute.value.trim().to_owned()))
    }

    fn end(&mut self) {
        let Some(mut element) = self.open.pop() else { return };
        if element.text.trim().len() != element.text.len() {
            element.text = String::from(element.text.trim());
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn append(&mut self, text: &str) -> Result<(), CamtError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(self.refuse(CamtFault::NotWellFormed)),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), CamtError> {
        match reference.resolve_char_ref() {
            Ok(Some(character)) => self.append(character.encode_utf8(&mut [0; 4])),
            Ok(None) => match resolve_predefined_entity(reference) {
                Some(text) => self.append(text),
                None => Err(self.refuse(CamtFault::NotWellFormed)),
            },
            Err(_) => Err(self.refuse(CamtFault::NotWellFormed)),
        }
    }

    fn finish(self) -> Result<Element, CamtError> {
        if !self.open.is_empty() {
            return Err(self.refuse(CamtFault::Truncated));
        }
        let line = self.line;
        self.root.ok_or_else(|| CamtError::at(CamtFault::Truncated, "", line))
    }

    fn count_lines(&mut self) {
        let end = usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len());
        let passed = self.text.as_bytes().get(self.counted_to..end).unwrap_or_default();
        self.line += lines_in(passed);
        self.counted_to = end.max(self.counted_to);
    }

    fn refuse(&self, fault: CamtFault) -> CamtError {
        let path: Vec<&str> = self.open.iter().map(|element| element.name.as_str()).collect();
        CamtError::at(fault, path.join("/"), self.line)
    }
}

/// A syntax error of this reader is always markup that does not end; the rest is malformed.
fn fault_of(error: &XmlError) -> CamtFault {
    match error {
        XmlError::Syntax(_) | XmlError::IllFormed(IllFormedError::MissingEndTag(_)) => {
            CamtFault::Truncated
        }
        _ => CamtFault::NotWellFormed,
    }
}
