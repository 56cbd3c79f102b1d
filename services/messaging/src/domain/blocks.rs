//! Authored text: blocks of whole sentences, one per part of a message, level, language and form
//! of address. A block never joins another inside a sentence, so that every combination reads.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::catalogue::{Motive, Offer, Salutation, Tone};

/// Language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
}

impl Language {
    /// BCP 47 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The language of a BCP 47 tag; German where no block speaks it.
    pub fn of(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("en") { Self::En } else { Self::De }
    }
}

/// Where in a message a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Subject line.
    Subject,
    /// Greeting line.
    Greeting,
    /// First paragraph, by tone.
    Opening,
    /// First paragraph of a service message, by topic.
    Topic,
    /// What we understood a person to say against a claim, by what it was.
    Understood,
    /// Why somebody else than the person gets this.
    OnBehalf,
    /// That nothing is asked for until a challenge is decided, and by when it is.
    Silence,
    /// How a challenge was decided, by outcome.
    Outcome,
    /// Why, in the words of whoever decided.
    Reason,
    /// What happens after a decision.
    Next,
    /// How to object again, and where to complain.
    Complaint,
    /// One line per claim, without its amount.
    Case,
    /// One line per claim.
    Claim,
    /// The sum of the claims.
    Total,
    /// Where to transfer the money.
    Payment,
    /// The reason to act, by motive.
    Motive,
    /// What comes first among the ways to settle, by offer.
    Offer,
    /// The link to the portal.
    Action,
    /// What to do when it is paid already.
    AlreadyPaid,
    /// What to do when the person disagrees or is the wrong one.
    Dispute,
    /// Where to find free debt advice.
    DebtAdvice,
    /// How to reach the agency.
    Contact,
    /// How to end persuasive messages.
    OptOut,
    /// How to check that the message is genuine.
    Proof,
    /// Closing line.
    SignOff,
    /// Heading of the statements of § 13a RDG.
    LegalLead,
    /// Short pointer for SMS and the like, by tone.
    Pointer,
    /// Half a line of motive inside a pointer.
    PointerMotive,
    /// Link and code inside a pointer.
    PointerAction,
}

impl Part {
    /// The part of this name.
    pub fn parse(name: &str) -> Option<Self> {
        let name = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
        Self::deserialize(name).ok()
    }

    /// The factor whose level selects among blocks of this part.
    pub const fn factor(self) -> Option<&'static str> {
        match self {
            Self::Greeting | Self::Opening | Self::SignOff | Self::Pointer => Some(Tone::FACTOR),
            Self::Motive | Self::PointerMotive => Some(Motive::FACTOR),
            Self::Offer => Some(Offer::FACTOR),
            _ => None,
        }
    }
}

/// Why authored content cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The file is not what the format expects.
    #[error("content does not parse: {0}")]
    Parse(#[from] toml::de::Error),
    /// A block has no text.
    #[error("block {0} lacks a text")]
    Incomplete(String),
    /// No such part of a message.
    #[error("there is no part {0}")]
    UnknownPart(String),
    /// A placeholder has no closing brace or no name.
    #[error("block {0} has a broken placeholder")]
    Placeholder(String),
}

/// One block as written in a content file or by a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Stable key, unique within a language.
    pub key: String,
    /// Where it stands.
    pub part: Part,
    /// Level of the factor that selects it; empty when every level uses it.
    #[serde(default)]
    pub level: String,
    /// Version, raised with every change of wording.
    #[serde(default = "first_version")]
    pub version: u32,
    /// Text with formal address.
    #[serde(default)]
    pub sie: Option<String>,
    /// Text with informal address.
    #[serde(default)]
    pub du: Option<String>,
    /// Text that addresses nobody, or English.
    #[serde(default)]
    pub neutral: Option<String>,
}

const fn first_version() -> u32 {
    1
}

impl Block {
    /// The text for a form of address; empty when the block has none.
    pub fn text(&self, salutation: Salutation) -> &str {
        let own = match salutation {
            Salutation::Sie => self.sie.as_deref(),
            Salutation::Du => self.du.as_deref(),
        };
        own.or(self.neutral.as_deref()).unwrap_or_default()
    }

    /// Whether the block has a text, and only well-formed placeholders.
    pub fn check(&self) -> Result<(), ContentError> {
        let texts: Vec<&str> = Salutation::ALL
            .iter()
            .map(|one| self.text(*one))
            .filter(|text| has_words(text))
            .collect();
        if texts.is_empty() {
            return Err(ContentError::Incomplete(self.key.clone()));
        }
        if texts.iter().any(|text| placeholders(text).is_none()) {
            return Err(ContentError::Placeholder(self.key.clone()));
        }
        Ok(())
    }
}

fn has_words(text: &str) -> bool {
    !text.trim().is_empty()
}

/// Names of the placeholders in a text; `None` when a brace is left open.
pub fn placeholders(text: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (name, after) = rest[start + 1..].split_once('}')?;
        let valid = !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        names.push(valid.then_some(name)?);
        rest = after;
    }
    (!rest.contains('}')).then_some(names)
}

/// Fills the placeholders; the error is the name of the first one that has no value.
pub fn fill(text: &str, values: &BTreeMap<&'static str, String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(|| after.to_owned())?;
        filled.push_str(before);
        filled.push_str(values.get(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContentFile {
    block: Vec<Block>,
}

/// All blocks that may be used, by language.
#[derive(Debug, Clone, Default)]
pub struct Library {
    blocks: BTreeMap<Language, Vec<Block>>,
}

impl Library {
    /// The blocks shipped with the service.
    pub fn authored() -> Result<Self, ContentError> {
        let mut library = Self::default();
        library.read(Language::De, include_str!("../../content/de.toml"))?;
        library.read(Language::En, include_str!("../../content/en.toml"))?;
        Ok(library)
    }

    fn read(&mut self, language: Language, file: &str) -> Result<(), ContentError> {
        for block in toml::from_str::<ContentFile>(file)?.block {
            self.add(language, block)?;
        }
        Ok(())
    }

    /// Adds a block; one of the same key takes the place of the older.
    pub fn add(&mut self, language: Language, block: Block) -> Result<(), ContentError> {
        block.check()?;
        let blocks = self.blocks.entry(language).or_default();
        blocks.retain(|other| other.key != block.key);
        blocks.push(block);
        Ok(())
    }

    /// The alternatives for a part: those of the level, else those for every level.
    pub fn alternatives(
        &self,
        language: Language,
        part: Part,
        level: &str,
        salutation: Salutation,
    ) -> Vec<&Block> {
        let of = |wanted: &str| -> Vec<&Block> {
            let blocks = self.blocks.get(&language).into_iter().flatten();
            blocks
                .filter(|block| block.part == part && block.level == wanted)
                .filter(|block| has_words(block.text(salutation)))
                .collect()
        };
        let own = of(level);
        if own.is_empty() { of("") } else { own }
    }

    /// One of the alternatives, the same for the same seed.
    pub fn pick(
        &self,
        language: Language,
        part: Part,
        level: &str,
        salutation: Salutation,
        seed: u64,
    ) -> Option<&Block> {
        let alternatives = self.alternatives(language, part, level, salutation);
        // The part takes part in the choice: alternatives of different parts vary independently.
        let mixed = seed.rotate_left(part as u32).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let count = u64::try_from(alternatives.len()).ok().filter(|count| *count > 0)?;
        alternatives.get(usize::try_from(mixed % count).ok()?).copied()
    }

    /// Every block of a language.
    pub fn of(&self, language: Language) -> &[Block] {
        self.blocks.get(&language).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authored_content_is_complete_in_both_languages() {
        let library = Library::authored().unwrap();
        let keys = |language| -> Vec<(Part, String)> {
            let mut keys: Vec<_> =
                library.of(language).iter().map(|block| (block.part, block.key.clone())).collect();
            keys.sort();
            keys
        };
        assert!(keys(Language::De).len() >= 25);
        for language in [Language::De, Language::En] {
            for block in library.of(language) {
                assert!(Salutation::ALL.iter().all(|one| has_words(block.text(*one))));
            }
        }
        assert_eq!(keys(Language::De), keys(Language::En));
    }

    #[test]
    fn an_undefined_placeholder_is_an_error_and_never_an_empty_place() {
        let values = BTreeMap::from([("agency", "Kulanz".to_owned())]);
        assert_eq!(fill("Wir sind {agency}.", &values), Ok("Wir sind Kulanz.".to_owned()));
        assert_eq!(fill("Es sind {amount}.", &values), Err("amount".to_owned()));
    }

    #[test]
    fn broken_placeholders_are_found_before_use() {
        assert_eq!(placeholders("{agency} und {link}"), Some(vec!["agency", "link"]));
        assert_eq!(placeholders("{agency"), None);
        assert_eq!(placeholders("agency}"), None);
        assert_eq!(placeholders("{Agency}"), None);
    }
}
