//! The form of a message about what a person said against a claim. It asks for nothing: no motive, no offer,
//! no account to pay to.

use super::{ComposeError, Section, Writer};
use crate::domain::answer::{ChallengeAnswer, Decided};
use crate::domain::blocks::Part;
use crate::domain::compose::Topic;

impl Writer<'_> {
    /// The sections of a receipt or an answer.
    pub(super) fn challenge(
        &mut self,
        answer: &ChallengeAnswer,
    ) -> Result<Vec<Section>, ComposeError> {
        let tone = self.draft.treatment.tone.level();
        let decided = answer.decided.as_ref();
        let topic = decided.map_or(Topic::ChallengeReceived, |_| Topic::ChallengeAnswered).name();
        self.values.insert("authority", answer.authority.clone());
        let mut sections = vec![self.write(Part::Greeting, tone)?];
        if let Some(person) = &answer.on_behalf_of {
            self.values.insert("debtor", person.clone());
            sections.push(self.write(Part::OnBehalf, "")?);
        }
        sections.push(self.write(Part::Topic, topic)?);
        sections.push(self.write(Part::Understood, answer.said)?);
        sections.extend(self.cases(answer.names_amounts())?);
        match decided {
            Some(decided) => sections.extend(self.decided(decided)?),
            None => sections.push(self.write(Part::Silence, "")?),
        }
        if answer.may_be_objected_to() {
            sections.push(self.write(Part::Complaint, "")?);
        }
        if answer.names_amounts() {
            sections.push(self.write(Part::DebtAdvice, "")?);
        }
        for part in [Part::Action, Part::Contact, Part::Proof] {
            sections.push(self.write(part, "")?);
        }
        sections.push(self.write(Part::SignOff, tone)?);
        Ok(sections)
    }

    fn decided(&mut self, decided: &Decided) -> Result<[Section; 3], ComposeError> {
        self.values.insert("reason", decided.reason.clone());
        Ok([
            self.write(Part::Outcome, decided.outcome.level())?,
            self.write(Part::Reason, "")?,
            self.write(Part::Next, decided.next.level())?,
        ])
    }

    /// The claims, with what is open where that is asked for again.
    fn cases(&mut self, with_amounts: bool) -> Result<Vec<Section>, ComposeError> {
        let claims = self.draft.claims;
        let part = if with_amounts { Part::Claim } else { Part::Case };
        let mut sections = Vec::with_capacity(claims.len() + 1);
        for claim in claims {
            self.name(claim);
            sections.push(self.write(part, "")?);
        }
        if with_amounts && claims.len() > 1 {
            sections.push(self.write(Part::Total, "")?);
        }
        Ok(sections)
    }
}
