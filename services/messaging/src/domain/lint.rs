//! The linter: a gate that every text passes before it may reach a person. Each refusal names its
//! rule.

mod phrases;

use super::answer::ChallengeAnswer;
use super::blocks::Language;
use super::catalogue::{Channel, Salutation};
use super::compose::Draft;
use super::readability::measure;
use super::{format, gsm7};

/// Whether a finding refuses the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The text must not go out.
    Blocking,
    /// The text may go out, but could be better.
    Advice,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable rule id.
    pub rule: &'static str,
    /// Whether it refuses the text.
    pub severity: Severity,
    /// The words that were found, or the figure; never a value of the person.
    pub excerpt: String,
    /// What to do.
    pub hint: &'static str,
}

/// A text with what the rules need to know about it.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// Subject line, may be empty.
    pub subject: &'a str,
    /// The whole text.
    pub text: &'a str,
    /// The text without statements whose wording the law fixes.
    pub own_words: &'a str,
    /// Channel it goes out on.
    pub channel: Channel,
    /// Its language.
    pub language: Language,
    /// Expected form of address.
    pub salutation: Option<Salutation>,
    /// Whether the person can decline such messages.
    pub persuasive: bool,
}

/// The values that a finished message must contain, and values whose words are not ours.
#[derive(Debug, Clone, Default)]
pub struct Required {
    /// Creditor, reference, amount and contact of a full message; agency and link of a pointer.
    pub values: Vec<(&'static str, String)>,
    /// Values that a pointer must not contain.
    pub secrets: Vec<String>,
    /// Names and references, left out when wording is judged.
    pub foreign: Vec<String>,
    /// Dates that may be named as a deadline, as written in the text.
    pub deadlines: Vec<String>,
    /// Clauses that this message can do without, by their rules.
    pub exempt: Vec<&'static str>,
}

impl Required {
    /// What a draft requires.
    pub fn of(draft: &Draft<'_>) -> Self {
        let mut required =
            Self { deadlines: deadlines(draft), exempt: exempt(draft), ..Self::default() };
        let agency = draft.agency;
        required.foreign.extend([
            draft.link.to_owned(),
            agency.verify_page.clone(),
            agency.contact.clone(),
            draft.code.to_string(),
            agency.name.clone(),
            draft.recipient.name.clone(),
        ]);
        if let Some(answer) = draft.challenge {
            required.foreign.push(answer.authority.clone());
            required.foreign.extend(answer.on_behalf_of.clone());
        }
        for claim in draft.claims {
            let amount = format::amount(claim.amount, draft.language);
            let facts = [claim.creditor.clone(), claim.reference.clone(), amount];
            let named = if names_amounts(draft) { 3 } else { 2 };
            required.foreign.extend(facts.iter().cloned());
            if let Some(transfer) = &claim.transfer {
                required.foreign.extend([transfer.holder.clone(), transfer.iban.clone()]);
                required.foreign.push(transfer.reference.clone());
            }
            if is_pointer(draft.treatment.channel) {
                required.secrets.extend(facts);
            } else {
                let rules = [
                    "content.missing.creditor",
                    "content.missing.reference",
                    "content.missing.amount",
                ];
                required.values.extend(rules.into_iter().zip(facts).take(named));
            }
        }
        if !is_pointer(draft.treatment.channel) {
            required.values.push(("content.missing.contact", agency.contact.clone()));
        }
        required.values.push(("content.missing.sender", agency.name.clone()));
        required.values.push(("content.missing.link", draft.link.to_owned()));
        required.values.push(("content.missing.code", draft.code.to_string()));
        if draft.treatment.channel == Channel::Sms {
            required.normalise();
        }
        required
    }

    /// Values as a short message writes them.
    fn normalise(&mut self) {
        let values = self.values.iter_mut().map(|(_, value)| value);
        for value in values.chain(&mut self.secrets).chain(&mut self.foreign) {
            *value = gsm7::normalise(value);
        }
    }
}

fn deadlines(draft: &Draft<'_>) -> Vec<String> {
    ["promised_on", "due_on", "consequence_date", "answer_by"]
        .iter()
        .filter_map(|name| draft.values.get(name).cloned())
        .collect()
}

/// An answer to a challenge names what is open only where that is asked for again.
fn names_amounts(draft: &Draft<'_>) -> bool {
    draft.challenge.is_none_or(ChallengeAnswer::names_amounts)
}

/// A receipt or answer asks for nothing and so needs none of what whoever asks must say; how to disagree
/// stands in it wherever there is something to disagree with.
fn exempt(draft: &Draft<'_>) -> Vec<&'static str> {
    let Some(answer) = draft.challenge else { return Vec::new() };
    let mut exempt = vec!["content.missing.already_paid"];
    if !answer.names_amounts() {
        exempt.push("content.missing.debt_advice");
    }
    if !answer.may_be_objected_to() {
        exempt.push("content.missing.dispute");
    }
    exempt
}

const fn is_pointer(channel: Channel) -> bool {
    matches!(channel, Channel::Sms | Channel::Whatsapp | Channel::PortalPush)
}

/// Applies every rule. Without `required`, only wording is judged, as for a single block.
pub fn lint(text: &Text<'_>, required: Option<&Required>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let own = own_words(text, required);
    forbidden(&own, &mut findings);
    deadline(text, required, &mut findings);
    shouting(&own, &mut findings);
    form(text, &mut findings);
    address(&own, text, &mut findings);
    readability(&own, text, &mut findings);
    if let Some(required) = required {
        elements(text, required, &mut findings);
        disclosure(text, required, &mut findings);
    }
    findings
}

/// Subject and own words without the names and references that others chose.
fn own_words(text: &Text<'_>, required: Option<&Required>) -> String {
    let mut own = format!("{}\n{}", text.subject, text.own_words);
    let mut foreign: Vec<&String> =
        required.into_iter().flat_map(|required| &required.foreign).collect();
    foreign.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in foreign.into_iter().filter(|value| !value.is_empty()) {
        own = own.replace(value.as_str(), " ");
    }
    own
}

fn push(findings: &mut Vec<Finding>, rule: &'static str, excerpt: &str, hint: &'static str) {
    findings.push(Finding {
        rule,
        severity: Severity::Blocking,
        excerpt: excerpt.to_owned(),
        hint,
    });
}

fn forbidden(own: &str, findings: &mut Vec<Finding>) {
    let flat = own.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    for group in phrases::FORBIDDEN {
        for phrase in group.phrases.iter().filter(|phrase| flat.contains(**phrase)) {
            push(findings, group.rule, phrase, group.hint);
        }
    }
}

/// A deadline may only be a date that was really agreed or decided.
fn deadline(text: &Text<'_>, required: Option<&Required>, findings: &mut Vec<Finding>) {
    let allowed = required.map_or(&[][..], |required| &required.deadlines);
    for lead in phrases::DEADLINE_LEADS {
        for (place, _) in text.own_words.match_indices(lead) {
            let rest = text.own_words[place + lead.len()..].trim_start();
            let dated = rest.starts_with(|character: char| character.is_ascii_digit());
            if dated && !allowed.iter().any(|date| rest.starts_with(date.as_str())) {
                let hint = "Name only a deadline that was agreed or decided.";
                push(findings, "content.invented_deadline", lead.trim(), hint);
            }
        }
    }
}

fn shouting(own: &str, findings: &mut Vec<Finding>) {
    for token in own.split(|character: char| !character.is_alphanumeric()) {
        let letters = token.chars().filter(|character| character.is_alphabetic()).count();
        let loud = letters >= 4
            && letters == token.chars().count()
            && token.chars().all(char::is_uppercase)
            && !phrases::ABBREVIATIONS.contains(&token);
        if loud {
            push(findings, "content.capitals", token, "Write words in normal letters.");
        }
    }
    if own.contains("!!") {
        push(findings, "content.exclamation", "!!", "One mark at most; better none.");
    }
}

fn form(text: &Text<'_>, findings: &mut Vec<Finding>) {
    if text.text.contains('{') || text.text.contains('}') {
        push(findings, "content.placeholder", "{", "Every placeholder needs a value.");
    }
    if text.own_words.contains("  ") || text.own_words.contains("..") {
        push(findings, "content.punctuation", "..", "Double blanks or points show a broken join.");
    }
}

fn address(own: &str, text: &Text<'_>, findings: &mut Vec<Finding>) {
    if text.language != Language::De {
        return;
    }
    let informal = phrases::informal(own);
    let formal = phrases::formal(own);
    let mixed = match text.salutation {
        Some(Salutation::Sie) => informal,
        Some(Salutation::Du) => formal,
        None => informal.filter(|_| formal.is_some()),
    };
    if let Some(word) = mixed {
        push(findings, "content.mixed_address", word, "Use one form of address throughout.");
    }
}

/// LIX, first Wiener Sachtextformel and words per sentence that a text may reach.
const LIMITS: (f64, f64, f64) = (40.0, 7.0, 12.0);

fn readability(own: &str, text: &Text<'_>, findings: &mut Vec<Finding>) {
    let Some(figures) = measure(own).filter(|figures| figures.words >= 20) else { return };
    let (lix, school_year, length) = LIMITS;
    let hint = "Use shorter words and sentences.";
    if figures.lix > lix {
        push(findings, "content.readability.lix", &format!("{:.1}", figures.lix), hint);
    }
    if text.language == Language::De && figures.wiener_sachtext > school_year {
        let figure = format!("{:.1}", figures.wiener_sachtext);
        push(findings, "content.readability.wiener_sachtext", &figure, hint);
    }
    if figures.sentence_length > length {
        let figure = format!("{:.1}", figures.sentence_length);
        push(findings, "content.readability.sentence_length", &figure, hint);
    }
}

fn elements(text: &Text<'_>, required: &Required, findings: &mut Vec<Finding>) {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let whole = flat(text.text);
    for (rule, value) in &required.values {
        if value.is_empty() || !whole.contains(&flat(value)) {
            push(findings, rule, "", "A required value is missing.");
        }
    }
    if is_pointer(text.channel) {
        return;
    }
    let lower = whole.to_lowercase();
    for (rule, markers) in phrases::REQUIRED {
        let exempt = required.exempt.contains(rule)
            || (*rule == "content.missing.opt_out" && !text.persuasive);
        if !exempt && !markers.iter().any(|marker| lower.contains(marker)) {
            push(findings, rule, "", "A required clause is missing.");
        }
    }
}

fn disclosure(text: &Text<'_>, required: &Required, findings: &mut Vec<Finding>) {
    if !is_pointer(text.channel) {
        return;
    }
    // Link and code are random: a short reference may stand in them by chance.
    let shown = required
        .values
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .fold(text.text.to_owned(), |shown, (_, value)| shown.replace(value.as_str(), " "));
    for secret in required.secrets.iter().filter(|secret| !secret.is_empty()) {
        if names(&shown, secret) {
            push(findings, "content.pointer_discloses", "", "A pointer carries no detail.");
        }
    }
    let lower = own_words(text, Some(required)).to_lowercase();
    for word in phrases::DEBT_WORDS.iter().filter(|word| lower.contains(**word)) {
        push(findings, "content.pointer_discloses", word, "A pointer never speaks of debt.");
    }
}

/// Whether a value stands in a text by itself and not as a part of a word.
fn names(text: &str, value: &str) -> bool {
    text.match_indices(value).any(|(place, _)| {
        let before = text[..place].chars().next_back();
        let after = text[place + value.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
