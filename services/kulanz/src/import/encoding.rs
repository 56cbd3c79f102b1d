use std::borrow::Cow;

use serde::Deserialize;

/// How the bytes of a file stand for text. All four keep ASCII as it is, so that lines can be cut
/// before they are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// Latin-1. The range 0x80 to 0x9F holds no letters; a row that has such bytes is rejected, or
    /// repaired where they are UTF-8 that went through Latin-1 once.
    #[serde(rename = "ISO-8859-1")]
    Iso8859_1,
    /// Latin-9: Latin-1 with the euro sign.
    #[serde(rename = "ISO-8859-15")]
    Iso8859_15,
    /// What Windows calls "ANSI" in western Europe.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// The mark that some programs put before UTF-8 text.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Encoding {
    /// The name in mapping files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Iso8859_1 => "ISO-8859-1",
            Self::Iso8859_15 => "ISO-8859-15",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The bytes of `text`; characters that the encoding lacks as numeric references.
    pub fn encode(self, text: &str) -> Cow<'_, [u8]> {
        let table = match self {
            Self::Utf8 => return Cow::Borrowed(text.as_bytes()),
            Self::Iso8859_1 if encoding_rs::mem::is_str_latin1(text) => {
                return encoding_rs::mem::encode_latin1_lossy(text);
            }
            Self::Iso8859_15 => encoding_rs::ISO_8859_15,
            // What Latin-1 has no place for, Windows may have.
            Self::Iso8859_1 | Self::Windows1252 => encoding_rs::WINDOWS_1252,
        };
        table.encode(text).0
    }

    /// The text of `bytes`, or `None` if they are not text in this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        if bytes.contains(&0) {
            return None;
        }
        let table = match self {
            // The WHATWG table called ISO-8859-1 is that of windows-1252.
            Self::Iso8859_1 => return Some(encoding_rs::mem::decode_latin1(bytes)),
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Iso8859_15 => encoding_rs::ISO_8859_15,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        };
        table.decode_without_bom_handling_and_without_replacement(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    #[test]
    fn umlauts_read_alike_in_every_encoding() {
        assert_eq!(Encoding::Utf8.decode("Öhm".as_bytes()).as_deref(), Some("Öhm"));
        for latin in [Encoding::Iso8859_1, Encoding::Iso8859_15, Encoding::Windows1252] {
            assert_eq!(latin.decode(b"\xD6hm").as_deref(), Some("Öhm"), "{}", latin.name());
        }
    }

    #[test]
    fn what_is_not_utf_8_or_holds_a_zero_byte_is_no_text() {
        assert_eq!(Encoding::Utf8.decode(b"\xD6hm"), None);
        assert_eq!(Encoding::Windows1252.decode(b"a\0b"), None);
    }

    #[test]
    fn the_euro_sign_of_windows_is_text_only_there() {
        assert_eq!(Encoding::Windows1252.decode(b"\x80").as_deref(), Some("€"));
        assert_eq!(Encoding::Iso8859_15.decode(b"\xA4").as_deref(), Some("€"));
        assert_eq!(Encoding::Iso8859_1.decode(b"\x80").as_deref(), Some("\u{80}"));
    }
}
