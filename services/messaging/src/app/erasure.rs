//! The end of a person's data (Art. 17 GDPR): her key is destroyed, what stands outside of sealed
//! columns is removed or blanked, and what the law keeps stays without anything readable.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kulanz_store::Work;
use kulanz_types::{DebtorId, berlin_date};

use super::{DISPATCH, PLAN_OUTREACH, REFRESH_CONTACTS, RESOLVE_ATTEMPT};
use crate::error::Error;
use crate::store::contacts::suppression::Reason;
use crate::store::contacts::{self, preference};
use crate::store::messages::{self, receipt};
use crate::store::{claims, inbox, people};

/// Letters sent are kept for six years from the end of the calendar year (§ 257 Abs. 4 HGB, § 147
/// Abs. 3 AO): here as proof that one was sent, when, how and with which hash.
const LETTERS: &str = "§ 257 Abs. 1 Nr. 3 HGB, § 147 Abs. 1 Nr. 3 AO";
const LETTER_YEARS: i32 = 6;
/// Whoever disowned an address, or complained, is owed silence whosever data is erased.
const SILENCE: &str = "Art. 21 Abs. 3 DSGVO, § 7 Abs. 1 UWG";

/// What stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retained {
    /// What it is.
    pub kind: &'static str,
    /// The duty.
    pub norm: &'static str,
    /// How many.
    pub count: u64,
    /// Last day of the duty, where it has one.
    pub until: Option<NaiveDate>,
}

/// Destroys what is held about the person and tells what stays. The second time it changes nothing and
/// tells the same.
///
/// A suppression of an address that was disowned or complained about survives as a keyed hash: it names
/// nobody and cannot be turned back into the address, and without it the next file of a creditor would
/// send mail to someone who has said that it is not theirs. One that only says that nothing arrives
/// there is about this person's own address and goes.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<Vec<Retained>, Error> {
    if people::erase(work, debtor).await? {
        let silent = forget_addresses(work, debtor).await?;
        forget_answers(work, debtor).await?;
        forget_messages(work, debtor).await?;
        work.unschedule(PLAN_OUTREACH, debtor).await?;
        work.unschedule(REFRESH_CONTACTS, debtor).await?;
        preference::erase(work, debtor).await?;
        claims::erase(work, debtor).await?;
        inbox::erase(work, debtor).await?;
        people::keep_silences(work, debtor, silent).await?;
        work.destroy_keys(debtor).await?;
    }
    retained(work, debtor).await
}

/// Remembered answers that show the person or their messages go.
async fn forget_answers(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    let messages = messages::all_of_debtor(work, debtor).await?;
    let mut ids: Vec<String> = messages.iter().map(|message| message.id.to_string()).collect();
    ids.push(debtor.to_string());
    work.forget_answers(&ids).await?;
    Ok(())
}

/// The contact points go; how many suppressions stay.
async fn forget_addresses(work: &Work, debtor: DebtorId) -> Result<i64, Error> {
    let mut silent = 0;
    for known in contacts::known(work, debtor).await? {
        match known.suppressed.map(|(reason, _)| reason) {
            Some(Reason::Disowned | Reason::Complained) => silent += 1,
            Some(Reason::Bounced) => {
                contacts::suppression::lift(work, known.kind, &known.blind, Reason::Bounced)
                    .await?;
            }
            None => {}
        }
    }
    contacts::erase(work, debtor).await?;
    Ok(silent)
}

/// What was never handed over goes; what was, or may have been, stays as proof that it was.
async fn forget_messages(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    for message in messages::all_of_debtor(work, debtor).await? {
        let id = message.id;
        work.unschedule(DISPATCH, id).await?;
        work.unschedule(RESOLVE_ATTEMPT, id).await?;
        let kept = messages::strip(work, message).await?;
        receipt::erase(work, id, kept).await?;
    }
    Ok(())
}

/// The period begins with the end of the calendar year of the letter (§ 257 Abs. 5 HGB).
fn last_day(sent_at: DateTime<Utc>) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(berlin_date(sent_at).year() + LETTER_YEARS, 12, 31)
}

async fn retained(work: &Work, debtor: DebtorId) -> Result<Vec<Retained>, Error> {
    let letters = messages::all_of_debtor(work, debtor).await?;
    let silent = people::kept_silences(work, debtor).await?;
    let until = letters.iter().filter_map(|letter| letter.sent_at).max().and_then(last_day);
    let all = [
        Retained { kind: "message", norm: LETTERS, count: letters.len() as u64, until },
        Retained { kind: "suppression", norm: SILENCE, count: silent, until: None },
    ];
    Ok(all.into_iter().filter(|one| one.count > 0).collect())
}
