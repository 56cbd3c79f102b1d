use chrono::NaiveDate;
use kulanz_law::{AmountLine, LimitationTimeline, Rule};

use super::Explanation;
use super::words::{self, Words};
use crate::law::args::Lang;

/// The explanation in lines of text.
pub fn render(found: &Explanation, lang: Lang) -> Vec<String> {
    let mut text = Text { lang, lines: Vec::new() };
    text.head(found);
    text.section(&words::INTEREST, &found.interest);
    text.section(&words::COSTS, &found.costs);
    if let Some(reason) = &found.costs_refused {
        text.push(format!("  {}: {reason}", words::NO_COSTS.say(lang)));
    }
    text.payments(found);
    text.open(found);
    text.limitation(found);
    text.lines
}

struct Text {
    lang: Lang,
    lines: Vec<String>,
}

impl Text {
    fn push(&mut self, line: String) {
        self.lines.push(line);
    }

    fn say(&self, words: &Words) -> &'static str {
        words.say(self.lang)
    }

    fn head(&mut self, found: &Explanation) {
        self.push(format!("{} {}", self.say(&words::TITLE), found.as_of));
        if let Some(from) = found.provisional_from {
            self.push(format!("{} {from} (§ 247 BGB)", self.say(&words::PROVISIONAL)));
        }
        self.push(format!("{}  {}", self.say(&words::PRINCIPAL), found.principal));
        let default = match &found.default {
            Some(begun) => format!(
                "{}, {} {}  {}{}",
                self.say(&words::reason(begun.start.reason)),
                self.say(&words::SINCE),
                begun.start.first_day,
                begun.norm,
                self.say(&words::mark(begun.mark))
            ),
            None => self.say(&words::NO_DEFAULT).to_owned(),
        };
        self.push(format!("{}  {default}", self.say(&words::DEFAULT)));
    }

    fn section(&mut self, title: &Words, lines: &[AmountLine]) {
        if lines.is_empty() {
            return;
        }
        self.push(String::new());
        self.push(self.say(title).to_owned());
        for line in lines {
            self.amount(line);
        }
    }

    fn amount(&mut self, line: &AmountLine) {
        let input = |name: &str| {
            line.inputs.iter().find(|input| input.name == name).map(|input| input.value.as_str())
        };
        let what = match (input("from"), input("to")) {
            (Some(from), Some(to)) => format!("{from} – {to}"),
            _ => self.say(&words::line(line.rule)).to_owned(),
        };
        // The norm of the rate speaks of points over the base rate of § 247 BGB.
        let base = input("base").map_or("", |_| ", § 247 BGB");
        let provisional = line
            .provisional_from
            .map_or_else(String::new, |from| format!("  {} {from}", self.say(&words::PROVISIONAL)));
        let mark = self.say(&words::mark(line.mark));
        let (amount, formula, norm) = (line.amount.to_decimal(), &line.formula, line.norm);
        self.push(format!("  {amount:>12}  {what}  {formula}  {norm}{base}{mark}{provisional}"));
    }

    fn payments(&mut self, found: &Explanation) {
        if found.payments.is_empty() {
            return;
        }
        self.push(String::new());
        self.push(self.say(&words::PAYMENTS).to_owned());
        for paid in &found.payments {
            let amount = paid.amount.to_decimal();
            self.push(format!("  {amount:>12}  {}  {}  {}", paid.date, paid.formula, paid.norm));
        }
    }

    fn open(&mut self, found: &Explanation) {
        self.push(String::new());
        self.push(self.say(&words::OPEN).to_owned());
        for (words, amount) in [
            (&words::COSTS, found.open.costs),
            (&words::INTEREST, found.open.interest),
            (&words::PRINCIPAL, found.open.principal),
            (&words::TOTAL, found.total),
        ] {
            self.push(format!("  {:>12}  {}", amount.to_decimal(), self.say(words)));
        }
        if found.overpaid.is_positive() {
            let amount = found.overpaid.to_decimal();
            self.push(format!("  {amount:>12}  {}", self.say(&words::OVERPAID)));
        }
    }

    fn limitation(&mut self, found: &Explanation) {
        self.push(String::new());
        self.push(self.say(&words::LIMITATION).to_owned());
        for step in &found.limitation.steps {
            self.push(format!(
                "  {}  {}  → {}  {}{}",
                step.on,
                self.say(&words::effect(step.effect)),
                self.end(step.expires_on),
                step.norm,
                self.say(&words::mark(step.mark))
            ));
        }
        self.barred(self.say(&words::PRINCIPAL).to_owned(), &found.limitation);
        for year in &found.interest_limitation {
            let what = format!("{} {}", self.say(&words::INTEREST_OF), year.year);
            self.barred(what, &year.timeline);
        }
    }

    fn barred(&mut self, what: String, timeline: &LimitationTimeline) {
        let norm = timeline.steps.last().map_or("", |step| step.norm);
        let filing = timeline.last_timely_filing.map_or_else(String::new, |day| {
            format!(", {} {day} ({})", self.say(&words::FILING), Rule::LastTimelyFiling.norm())
        });
        let end = self.end(timeline.expires_on);
        self.push(format!("  {what}: {} {end} ({norm}){filing}", self.say(&words::EXPIRES)));
    }

    fn end(&self, day: Option<NaiveDate>) -> String {
        day.map_or_else(|| self.say(&words::SUSPENDED).to_owned(), |day| day.to_string())
    }
}
