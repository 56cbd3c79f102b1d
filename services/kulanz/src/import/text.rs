use super::field::Field;
use super::problem::{Problem, ProblemCode};

/// The text of a cell as it may be used: trimmed, on one line, repaired if it went through the
/// wrong encoding once. What cannot be used is a problem of the row.
pub(super) fn clean(field: Field, cell: &str, problems: &mut Vec<Problem>) -> String {
    let repaired = undo_double_encoding(cell);
    if repaired.is_some() {
        problems.push(Problem::of(
            field,
            ProblemCode::TextDoubleEncoded,
            "the text is UTF-8 that was once read as Latin-1; it is imported repaired",
        ));
    }
    let text = on_one_line(field, repaired.as_deref().unwrap_or(cell));
    if let Some(problem) = unusable(field, &text) {
        problems.push(problem);
    }
    text
}

fn on_one_line(field: Field, text: &str) -> String {
    let separator = if field == Field::Street { ", " } else { " " };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let joined = lines.join(separator);
    // Tabs and no-break spaces come with copied text and mean a space.
    joined.replace(['\t', '\u{a0}'], " ").trim().to_owned()
}

fn unusable(field: Field, text: &str) -> Option<Problem> {
    if text.chars().any(is_invisible) {
        let reason = "control or invisible characters; if there are many, check `encoding`";
        return Some(Problem::of(field, ProblemCode::ControlCharacter, reason));
    }
    if text.chars().count() > field.longest() {
        let reason = format!("longer than {} characters", field.longest());
        return Some(Problem::of(field, ProblemCode::TextTooLong, reason));
    }
    has_markup(text).then(|| {
        let reason = "the text contains markup; it is shown as written, never interpreted";
        Problem::of(field, ProblemCode::MarkupInText, reason)
    })
}

/// Control characters, and those that change how the text around them is shown.
fn is_invisible(c: char) -> bool {
    let formatting = matches!(c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{fffd}');
    c.is_control() || formatting
}

fn has_markup(text: &str) -> bool {
    text.char_indices().any(|(at, c)| {
        let next = text[at + c.len_utf8()..].chars().next();
        c == '<' && next.is_some_and(|n| n.is_ascii_alphabetic() || matches!(n, '/' | '!' | '?'))
    })
}

/// `Büttner` for `BÃ¼ttner`. Letters above ASCII whose bytes happen to be valid UTF-8 do not occur
/// in words, so the repair is no guess.
fn undo_double_encoding(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes = if encoding_rs::mem::is_str_latin1(text) {
        encoding_rs::mem::encode_latin1_lossy(text).into_owned()
    } else {
        let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
        if unmappable {
            return None;
        }
        bytes.into_owned()
    };
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::clean;
    use crate::import::field::Field;
    use crate::import::problem::ProblemCode;

    fn cleaned(text: &str) -> (String, Vec<ProblemCode>) {
        let mut problems = Vec::new();
        let text = clean(Field::Street, text, &mut problems);
        (text, problems.into_iter().map(|problem| problem.code).collect())
    }

    #[test]
    fn text_that_was_encoded_twice_is_repaired_with_a_warning() {
        let warned = vec![ProblemCode::TextDoubleEncoded];
        assert_eq!(cleaned("BÃ¼ttnerweg"), ("Büttnerweg".to_owned(), warned.clone()));
        assert_eq!(cleaned("StraÃ\u{9f}e"), ("Straße".to_owned(), warned.clone()));
        assert_eq!(cleaned("Ãœberweg"), ("Überweg".to_owned(), warned));
    }

    #[test]
    fn foreign_letters_are_no_fault() {
        for text in ["Æneas-Straße 3", "Çelik", "Łódź 4", "Öztürk", "Café à la d'Aubert"]
        {
            assert_eq!(cleaned(text), (text.to_owned(), vec![]));
        }
    }

    #[test]
    fn line_breaks_of_an_address_become_commas() {
        assert_eq!(cleaned(" 12 High Street\r\n Flat 3\n").0, "12 High Street, Flat 3");
    }

    #[test]
    fn what_cannot_be_seen_rejects_and_markup_warns() {
        assert_eq!(cleaned("a\u{7}b").1, [ProblemCode::ControlCharacter]);
        assert_eq!(cleaned("a\u{202e}b").1, [ProblemCode::ControlCharacter]);
        assert_eq!(cleaned("<b>Weg</b> 1").1, [ProblemCode::MarkupInText]);
        assert_eq!(cleaned("Kabel <2 m").1, []);
        assert_eq!(cleaned(&"x".repeat(201)).1, [ProblemCode::TextTooLong]);
    }
}
