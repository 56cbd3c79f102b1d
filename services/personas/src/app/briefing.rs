//! What an agent should know before talking to a debtor: a hypothesis with its reasons, never a verdict.

use super::assigned::Assigned;
use crate::domain::catalogue;
use crate::domain::typology::{Persona, Reason};

/// The language of a briefing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// The default.
    German,
    /// For everyone else.
    English,
}

impl Language {
    /// From a BCP 47 tag; empty means German.
    pub fn of(tag: &str) -> Self {
        let german = tag.is_empty() || tag == "de" || tag.starts_with("de-");
        if german { Self::German } else { Self::English }
    }

    fn pick<'a, T: ?Sized>(self, german: &'a T, english: &'a T) -> &'a T {
        match self {
            Self::German => german,
            Self::English => english,
        }
    }
}

/// Short paragraphs in order: who, why, how likely payment is, how to talk, what to do and not to do.
pub fn paragraphs(assigned: &Assigned, language: Language) -> Vec<String> {
    let Some(persona) = catalogue().typology.get(assigned.content.persona_id) else {
        return Vec::new();
    };
    let probability = assigned.content.probabilities.get(&persona.key).copied().unwrap_or(0.0);
    let list = |german: &[String], english: &[String]| language.pick(german, english).join(" · ");
    let labelled = |german: &str, english: &str, text: String| {
        format!("{}: {text}", language.pick(german, english))
    };
    let mut paragraphs = vec![who(persona, probability, language)];
    paragraphs.extend(why(&assigned.content.reasons, language));
    paragraphs.push(labelled(
        "Zahlung innerhalb von 30 Tagen",
        "Payment within 30 days",
        percent(assigned.content.propensity),
    ));
    let (tips, tips_en) = (&persona.talk_tips_de, &persona.talk_tips_en);
    paragraphs.push(labelled("Im Gespräch", "In the talk", list(tips, tips_en)));
    paragraphs.push(labelled("Hilft", "Helps", list(&persona.do_de, &persona.do_en)));
    paragraphs.push(labelled("Vermeiden", "Avoid", list(&persona.dont_de, &persona.dont_en)));
    paragraphs
}

fn who(persona: &Persona, probability: f64, language: Language) -> String {
    let name = language.pick(&persona.name_de, &persona.name_en);
    let description = language.pick(&persona.description_de, &persona.description_en);
    let guess = language.pick("Vermutung", "A guess");
    format!("{guess}: {name} ({}). {description}", percent(probability))
}

fn why(reasons: &[Reason], language: Language) -> Option<String> {
    let (favour, against): (Vec<_>, Vec<_>) = reasons.iter().partition(|r| r.contribution > 0.0);
    let words = |reasons: Vec<&Reason>| {
        reasons.into_iter().filter_map(|reason| label(reason, language)).collect::<Vec<_>>()
    };
    let (favour, against) = (words(favour), words(against));
    let mut text = format!("{}: {}", language.pick("Dafür", "For it"), favour.join("; "));
    if !against.is_empty() {
        let heading = language.pick("Dagegen", "Against it");
        text = format!("{text}. {heading}: {}", against.join("; "));
    }
    (!favour.is_empty()).then_some(text)
}

/// A reason in words.
pub fn label(reason: &Reason, language: Language) -> Option<String> {
    let band = catalogue().registry.get(&reason.feature)?.band_named(&reason.band)?;
    Some(language.pick(&band.label_de, &band.label_en).clone())
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn german_is_spoken_unless_another_language_is_asked_for() {
        assert_eq!(["", "de", "de-AT"].map(Language::of), [Language::German; 3]);
        assert_eq!(["en", "tr", "den"].map(Language::of), [Language::English; 3]);
    }
}
