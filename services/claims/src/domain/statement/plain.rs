//! A whole statement in plain words: short sentences, and why each amount is owed.

use std::fmt::{self, Display, Write as _};

use chrono::NaiveDate;

use super::words::listed;
use super::{Line, LineKind, Statement, Working};
use crate::domain::language::Language;

/// What the claim is about, as the statement tells it.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// The creditor's name.
    pub creditor: &'a str,
    /// What the contract was about; may be empty.
    pub subject: &'a str,
    /// When it was made.
    pub contract_date: Option<NaiveDate>,
    /// The invoice's number.
    pub reference: &'a str,
    /// Its date.
    pub invoice_date: Option<NaiveDate>,
    /// When it fell due.
    pub due_date: NaiveDate,
    /// The agency's reference.
    pub case_reference: &'a str,
    /// What happens with it.
    pub outlook: Outlook,
}

/// What happens next with a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// It is to be paid.
    Payable,
    /// An arrangement runs.
    Arranged,
    /// It rests: nothing is asked for.
    Resting,
    /// It is paid.
    Settled,
    /// It is not pursued any more.
    Ended,
}

impl Statement {
    /// The statement in plain words.
    pub fn plain_text(&self, language: Language, occasion: &Occasion<'_>) -> String {
        let mut text =
            Text { language, out: String::with_capacity(2_048 + 128 * self.lines.len()) };
        text.about(occasion);
        text.open(self);
        text.interest(self);
        text.costs(self);
        text.money(self);
        text.outlook(self, occasion.outlook);
        text.objection();
        text.out
    }
}

struct Text {
    language: Language,
    out: String,
}

impl Text {
    fn head(&mut self, german: &str, english: &str) {
        if !self.out.is_empty() {
            self.out.push_str("\n\n");
        }
        self.out.push_str(self.language.choose(german, english));
        self.out.push('\n');
    }

    fn say(&mut self, german: &str, english: &str) {
        let said = self.language.choose(german, english);
        self.add(said);
    }

    fn add(&mut self, sentence: &str) {
        if !self.out.ends_with('\n') {
            self.out.push(' ');
        }
        self.out.push_str(sentence);
    }

    fn item(&mut self, item: impl Display) {
        self.out.push_str(if self.out.ends_with('\n') { "- " } else { "\n- " });
        // A text takes whatever is written.
        let _ = write!(self.out, "{item}");
    }

    fn about(&mut self, occasion: &Occasion<'_>) {
        self.head("Worum es geht", "What this is about");
        let Occasion { creditor, subject, reference, case_reference, .. } = occasion;
        let language = self.language;
        self.add(&match language {
            Language::German => format!("{creditor} hat eine Forderung gegen Sie."),
            Language::English => format!("{creditor} has a claim against you."),
        });
        if !subject.is_empty() {
            let made = occasion.contract_date.map(|day| match language {
                Language::German => format!(", Vertrag vom {}", language.date(day)),
                Language::English => format!(", contract of {}", language.date(day)),
            });
            let made = made.unwrap_or_default();
            self.add(&format!("{}: {subject}{made}.", language.choose("Grund", "Reason")));
        }
        let due = language.date(occasion.due_date);
        let issued = occasion.invoice_date.map(|day| match language {
            Language::German => format!(" vom {}", language.date(day)),
            Language::English => format!(" of {}", language.date(day)),
        });
        let issued = issued.unwrap_or_default();
        self.add(&match language {
            Language::German => format!("Rechnung {reference}{issued}, fällig am {due}."),
            Language::English => format!("Invoice {reference}{issued}, due on {due}."),
        });
        self.add(&format!(
            "{}: {case_reference}.",
            language.choose("Unser Aktenzeichen", "Our reference")
        ));
    }

    fn open(&mut self, statement: &Statement) {
        self.head("Was offen ist", "What is open");
        let (language, totals) = (self.language, statement.totals);
        let day = language.date(statement.as_of);
        if totals.total.is_negative() {
            let beyond = language.amount(totals.total);
            return self.add(&match language {
                Language::German => {
                    format!("Am {day} ist nichts mehr offen. Sie haben {beyond} zu viel gezahlt. Das Geld gehört Ihnen.")
                }
                Language::English => {
                    format!("On {day} nothing is open any more. You have paid {beyond} too much. That money is yours.")
                }
            });
        }
        if totals.total.is_zero() {
            return self.add(&match language {
                Language::German => format!("Am {day} ist nichts mehr offen."),
                Language::English => format!("On {day} nothing is open any more."),
            });
        }
        let total = language.money(totals.total);
        let parts = [
            (language.choose("Hauptforderung", "main claim"), totals.principal),
            (language.choose("Zinsen", "interest"), totals.interest),
            (language.choose("Kosten", "costs"), totals.costs),
        ];
        let parts = listed(&parts, language);
        self.add(&match language {
            Language::German => format!("Am {day} sind {total} offen: {parts}."),
            Language::English => format!("On {day} {total} is open: {parts}."),
        });
    }

    fn interest(&mut self, statement: &Statement) {
        self.head("Zinsen", "Interest");
        let language = self.language;
        let Some(start) =
            statement.terms.default_start.filter(|_| has(statement, LineKind::Interest))
        else {
            return self.say("Es sind keine Zinsen angefallen.", "No interest has accrued.");
        };
        let (first, reason) = (language.date(start.first_day), start.reason.norm());
        let norm = statement.terms.rate.norm();
        self.add(&match language {
            Language::German => {
                format!("Seit dem {first} fallen Verzugszinsen an ({norm}, Verzug nach {reason}).")
            }
            Language::English => {
                format!("Default interest runs from {first} ({norm}, default under {reason}).")
            }
        });
        for line in of_kind(statement, LineKind::Interest) {
            self.item(period(line, language));
        }
        if statement.interest_per_day.is_positive() {
            let daily = language.money(statement.interest_per_day);
            self.out.push('\n');
            self.add(&match language {
                Language::German => format!("Jeder weitere Tag kostet {daily}."),
                Language::English => format!("Each further day costs {daily}."),
            });
        }
        if let Some(from) = statement.provisional_from {
            let from = language.date(from);
            self.add(&match language {
                Language::German => format!(
                    "Ab dem {from} steht der Basiszinssatz noch nicht fest. Wir rechnen vorläufig mit dem letzten."
                ),
                Language::English => format!(
                    "From {from} the base rate is not known yet. We assume the last one for now."
                ),
            });
        }
    }

    fn costs(&mut self, statement: &Statement) {
        if !has(statement, LineKind::Cost) {
            return;
        }
        self.head("Kosten", "Costs");
        self.say(
            "Weil nicht rechtzeitig gezahlt wurde, sind Kosten entstanden.",
            "Costs arose because payment was late.",
        );
        for line in of_kind(statement, LineKind::Cost) {
            let amount = self.language.money(line.amount);
            let text = line.text(self.language, "");
            self.item(format_args!("{text}: {amount} ({})", line.norm));
        }
    }

    fn money(&mut self, statement: &Statement) {
        let kinds = |line: &&Line| {
            !matches!(line.kind, LineKind::Principal | LineKind::Interest | LineKind::Cost)
        };
        if !statement.lines.iter().any(|line| kinds(&line)) {
            return;
        }
        self.head("Zahlungen und Gutschriften", "Payments and credits");
        let language = self.language;
        for line in statement.lines.iter().filter(kinds) {
            let (day, text) = (language.date(line.from), line.text(language, ""));
            let amount = language.amount(line.amount);
            self.item(format_args!("{day}: {text}, {amount}{}", covered(line, language)));
        }
    }

    fn outlook(&mut self, statement: &Statement, outlook: Outlook) {
        self.head("Wie es weitergeht", "What happens next");
        match outlook {
            Outlook::Payable if statement.totals.total.is_positive() => self.say(
                "Bitte zahlen Sie den offenen Betrag. Sie können auch in Raten oder später zahlen: Sagen Sie uns, was für Sie geht.",
                "Please pay the open amount. You can also pay by instalments or later: tell us what works for you.",
            ),
            Outlook::Settled if statement.totals.total.is_positive() => self.say(
                "Sie haben gezahlt, was vereinbart war, und müssen nichts mehr tun. Den Rest erlassen wir, sobald der Basiszinssatz feststeht.",
                "You have paid what was agreed, and there is nothing more for you to do. We waive the rest as soon as the base rate is known.",
            ),
            Outlook::Payable | Outlook::Settled => {
                self.say("Sie müssen nichts mehr tun.", "There is nothing more for you to do.");
            }
            Outlook::Arranged => self.say(
                "Es gilt, was wir mit Ihnen vereinbart haben.",
                "What we agreed with you holds.",
            ),
            Outlook::Resting => self.say(
                "Die Forderung ruht. Sie müssen jetzt nichts zahlen und bekommen dazu keine Aufforderung.",
                "The claim rests. You need not pay now, and we will not ask you to.",
            ),
            Outlook::Ended => self.say(
                "Wir verfolgen diese Forderung nicht mehr. Sie müssen nichts tun.",
                "We do not pursue this claim any more. There is nothing for you to do.",
            ),
        }
    }

    fn objection(&mut self) {
        self.head("Wenn etwas nicht stimmt", "If something is wrong");
        self.say(
            "Widersprechen Sie: auf Ihrer Seite im Portal, mit einer Nachricht oder mit einem Brief. \
             Ein Grund hilft uns, ist aber nicht nötig. Von Ihrem Widerspruch an schweigen wir zu dieser \
             Forderung, bis er beantwortet ist. Das kostet Sie nichts.",
            "Object: on your page in the portal, by a message or by a letter. A reason helps us but is \
             not needed. From your objection on we keep silent about this claim until it is answered. \
             It costs you nothing.",
        );
    }
}

fn of_kind(statement: &Statement, kind: LineKind) -> impl Iterator<Item = &Line> {
    statement.lines.iter().filter(move |line| line.kind == kind)
}

fn has(statement: &Statement, kind: LineKind) -> bool {
    of_kind(statement, kind).next().is_some()
}

/// What a payment or credit covered, as the end of its sentence.
fn covered(line: &Line, language: Language) -> impl Display {
    fmt::from_fn(move |text| {
        let (formula, norm) = (line.formula(language), &line.norm);
        match language {
            _ if !line.covers() => Ok(()),
            Language::German => write!(text, ". Verrechnet auf: {formula} ({norm})"),
            Language::English => write!(text, ". It covered: {formula} ({norm})"),
        }
    })
}

/// `18.11.2025 bis 31.12.2025: 6,27 % im Jahr auf 1.200,00 €, das sind 9,07 €`.
fn period(line: &Line, language: Language) -> impl Display {
    fmt::from_fn(move |text| {
        let (from, to) = (language.date(line.from), language.date(line.to.unwrap_or(line.from)));
        let (rate, amount) = (language.percent(&line.rate), language.money(line.amount));
        let Working::Interest { principal, .. } = &line.working else { return Ok(()) };
        let principal = language.money(*principal);
        match language {
            Language::German => {
                write!(text, "{from} bis {to}: {rate} im Jahr auf {principal}, das sind {amount}")
            }
            Language::English => {
                write!(text, "{from} to {to}: {rate} a year on {principal}, that is {amount}")
            }
        }
    })
}
