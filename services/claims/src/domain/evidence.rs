//! Files that people show: which are taken, told by their bytes and never by their names.

/// Most bytes of a file: ten photographs of a telephone, or any letter that was ever scanned.
pub const LARGEST_FILE: usize = 10 * 1024 * 1024;
/// Most bytes of one message of an upload, and of one piece as it is kept.
pub const LARGEST_PIECE: usize = 1024 * 1024;
/// So many bytes tell a type.
pub const TELLING: usize = 16;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// PDF.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// Plain text in UTF-8.
    Text,
}

impl MediaType {
    /// The name as it is kept and told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Text => "text/plain",
        }
    }
}

/// What the first bytes of a file say, none for what is never taken: whatever is neither document nor
/// picture and cannot be text either. Text is known only when all of it was read: see [`media_type`].
pub fn sniff(head: &[u8]) -> Option<MediaType> {
    if head.starts_with(b"%PDF-") {
        return Some(MediaType::Pdf);
    }
    if head.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Some(MediaType::Jpeg);
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(MediaType::Png);
    }
    // Programs, archives and scripts begin so; some of them are valid text.
    let barred: [&[u8]; 4] = [b"MZ", b"PK", b"#!", b"\x7fELF"];
    let plain = |byte: &u8| !byte.is_ascii_control() || b"\t\r\n".contains(byte);
    let text = head.iter().all(plain) && !barred.iter().any(|start| head.starts_with(start));
    text.then_some(MediaType::Text)
}

/// What a whole file is, none for what is not taken. Text must be UTF-8 without control characters and
/// without markup: a page that a browser runs is no letter.
pub fn media_type(bytes: &[u8]) -> Option<MediaType> {
    let found = sniff(&bytes[..bytes.len().min(TELLING)])?;
    if found != MediaType::Text {
        return Some(found);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_ascii_lowercase();
    let markup = text.starts_with('<')
        || ["<script", "<html", "<!doctype", "<svg", "<?php"].iter().any(|tag| lower.contains(tag));
    let plain = text.chars().all(|letter| !letter.is_control() || "\t\r\n\u{c}".contains(letter));
    (plain && !markup && !text.is_empty()).then_some(MediaType::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_pictures_and_plain_text_are_taken() {
        assert_eq!(media_type(b"%PDF-1.7\n..."), Some(MediaType::Pdf));
        assert_eq!(media_type(&[0xFF, 0xD8, 0xFF, 0xE0, 1, 2]), Some(MediaType::Jpeg));
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n...."), Some(MediaType::Png));
        assert_eq!(media_type("Überwiesen am 3. März.\n".as_bytes()), Some(MediaType::Text));
    }

    #[test]
    fn programs_scripts_archives_and_pages_are_not() {
        let files: [&[u8]; 12] = [
            b"MZ\x90\x00\x03",
            b"MZ is how programs begin",
            b"\x7fELF\x02\x01",
            b"#!/bin/sh\nrm -r /\n",
            b"PK\x03\x04\x14\x00",
            b"<!DOCTYPE html><p>x</p>",
            b"  <svg onload=alert(1)>",
            b"hello <script>alert(1)</script>",
            b"GIF89a\x01\x00",
            b"\xff\xfeH\x00i\x00",
            b"caf\xe9",
            b"",
        ];
        for file in files {
            assert_eq!(media_type(file), None, "{file:?}");
        }
    }

    #[test]
    fn the_first_bytes_already_tell_programs_and_archives() {
        for head in [b"MZ\x90\x00".as_slice(), b"PK\x03\x04", b"\x7fELF\x02", b"#!/bin/sh"] {
            assert_eq!(sniff(head), None, "{head:?}");
        }
    }
}
