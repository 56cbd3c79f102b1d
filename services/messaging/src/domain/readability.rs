//! How hard a text is to read: LIX and the first Wiener Sachtextformel (Bamberger and Vanecek).

/// Figures of one text. Shares are per cent, lengths are words per sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Readability {
    /// Words.
    pub words: usize,
    /// Mean words per sentence.
    pub sentence_length: f64,
    /// LIX: sentence length plus share of words with more than six letters.
    pub lix: f64,
    /// First Wiener Sachtextformel: about the school year that understands the text.
    pub wiener_sachtext: f64,
}

/// Measures a text; `None` when it has no words.
pub fn measure(text: &str) -> Option<Readability> {
    let words: Vec<&str> = text.split_whitespace().filter_map(word).collect();
    if words.is_empty() {
        return None;
    }
    let count = as_real(words.len());
    let share = |wanted: &dyn Fn(&str) -> bool| {
        100.0 * as_real(words.iter().filter(|word| wanted(word)).count()) / count
    };
    let sentence_length = count / as_real(sentences(text).max(1));
    let long = share(&|word| word.chars().count() > 6);
    let heavy = share(&|word| syllables(word) >= 3);
    let single = share(&|word| syllables(word) == 1);
    Some(Readability {
        words: words.len(),
        sentence_length,
        lix: sentence_length + long,
        wiener_sachtext: 0.1935 * heavy + 0.1672 * sentence_length + 0.1297 * long
            - 0.0327 * single
            - 0.875,
    })
}

/// The letters of a token; links, codes, numbers and amounts are no words.
fn word(token: &str) -> Option<&str> {
    let trimmed = token.trim_matches(|character: char| !character.is_alphabetic());
    let plain = trimmed.chars().all(|character| character.is_alphabetic() || character == '-');
    (plain && !trimmed.is_empty() && !token.contains("://")).then_some(trimmed)
}

/// Sentences: ends of lines and of clauses that stop a reader.
fn sentences(text: &str) -> usize {
    text.split(['.', '!', '?', ':', '\n'])
        .filter(|part| part.split_whitespace().any(|token| word(token).is_some()))
        .count()
}

/// Syllables of a German word: groups of vowels, at least one.
fn syllables(word: &str) -> usize {
    let lower = word.to_lowercase();
    let mut groups = 0;
    let mut inside = false;
    for character in lower.chars() {
        let vowel = "aeiouyäöü".contains(character);
        groups += usize::from(vowel && !inside);
        inside = vowel;
    }
    groups.max(1)
}

#[expect(clippy::cast_precision_loss, reason = "texts have far fewer than 2^52 words")]
const fn as_real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_in_short_sentences_read_easily() {
        let easy = measure("Wir helfen Ihnen gern. Rufen Sie uns an.").unwrap();
        assert!(easy.lix < 30.0, "{easy:?}");
        assert!((easy.sentence_length - 4.0).abs() < 1e-9);
    }

    #[test]
    fn a_dunning_sentence_reads_hard() {
        let hard = measure(
            "Unter Bezugnahme auf die vorgenannte Forderungsangelegenheit fordern wir Sie \
             letztmalig zur unverzüglichen Zahlung des ausstehenden Gesamtbetrages auf",
        )
        .unwrap();
        assert!(hard.lix > 50.0 && hard.wiener_sachtext > 10.0, "{hard:?}");
    }

    #[test]
    fn links_and_amounts_are_no_words() {
        assert_eq!(measure("https://example.org/l/abc 249,90 12.12.2026"), None);
    }
}
