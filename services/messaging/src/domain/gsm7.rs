//! The GSM default alphabet (3GPP TS 23.038): normalising text into it and counting parts.

/// Characters of the default alphabet that are not ASCII letters, digits or space.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Characters of the extension table: two septets each.
const EXTENDED: &str = "^{}\\[~]|€";
/// Septets of a single message.
const SINGLE: usize = 160;
/// Septets of each part of a longer message, the rest being its header.
const PART: usize = 153;

/// Septets of one character; `None` when the alphabet lacks it.
fn septets(character: char) -> Option<usize> {
    if character.is_ascii_alphanumeric() || character == ' ' || BASIC.contains(character) {
        Some(1)
    } else if EXTENDED.contains(character) {
        Some(2)
    } else {
        None
    }
}

/// Replaces what the alphabet lacks or charges double by what everybody reads the same way.
pub fn normalise(text: &str) -> String {
    text.chars().map(replacement).collect()
}

fn replacement(character: char) -> String {
    match character {
        '€' => "EUR".to_owned(),
        '„' | '“' | '”' | '«' | '»' => "\"".to_owned(),
        '‚' | '‘' | '’' | '`' | '´' => "'".to_owned(),
        '–' | '—' | '‑' => "-".to_owned(),
        '…' => "...".to_owned(),
        '\u{a0}' | '\u{202f}' | '\t' => " ".to_owned(),
        other if septets(other).is_some() => other.to_string(),
        other => folded(other).to_string(),
    }
}

/// The base letter of common accented letters outside the alphabet, a question mark otherwise.
const fn folded(character: char) -> char {
    match character {
        'á' | 'â' | 'ã' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ê' | 'ë' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'í' | 'î' | 'ï' | 'ı' => 'i',
        'ł' => 'l',
        'ń' | 'ň' => 'n',
        'ó' | 'ô' | 'õ' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' => 's',
        'ú' | 'û' | 'ů' => 'u',
        'ý' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        _ => '?',
    }
}

/// Parts that the text takes; `None` when it is not in the alphabet. An escape pair is never
/// split between parts.
pub fn parts(text: &str) -> Option<usize> {
    let costs: Vec<usize> = text.chars().map(septets).collect::<Option<_>>()?;
    if costs.iter().sum::<usize>() <= SINGLE {
        return Some(1);
    }
    let mut parts = 1;
    let mut used = 0;
    for cost in costs {
        if used + cost > PART {
            parts += 1;
            used = 0;
        }
        used += cost;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn umlauts_and_the_section_sign_cost_one_septet() {
        assert_eq!(parts(&"ä".repeat(160)), Some(1));
        assert_eq!(parts(&"§".repeat(161)), Some(2));
    }

    #[test]
    fn one_euro_sign_in_160_characters_makes_two_parts() {
        let text = format!("{}€", "a".repeat(159));
        assert_eq!(parts(&text), Some(2));
    }

    #[test]
    fn typographic_quotes_are_no_gsm_text_until_normalised() {
        assert_eq!(parts("„Guten Tag“"), None);
        assert_eq!(normalise("„249,90\u{a0}€“ – …"), "\"249,90 EUR\" - ...");
    }

    #[test]
    fn an_escape_pair_is_never_split() {
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!(parts(&text), Some(3));
    }

    proptest! {
        #[test]
        fn normalised_text_is_always_gsm_text(text in "\\PC{0,400}") {
            prop_assert!(parts(&normalise(&text)).is_some());
        }

        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,200}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once.clone());
        }
    }
}
