//! What must be kept though a person is erased, and for how long.
//!
//! A duty to keep records goes before erasure (Art. 17 Abs. 3 lit. b GDPR). What it keeps here names no
//! person: amounts, dates and numbers of vouchers under ids that lead to nobody any more.

use chrono::{Datelike as _, NaiveDate};

/// What a record is to the laws on keeping books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Books and records: the claim account.
    Book,
    /// A voucher: the claim with its number, dates and amount.
    Voucher,
    /// A commercial letter received or sent.
    Letter,
}

/// A duty to keep records of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    /// What is kept.
    pub class: Class,
    /// From when the duty is as long as it says.
    pub valid_from: NaiveDate,
    /// How many years, from the end of the calendar year (§ 147 Abs. 4 AO, § 257 Abs. 5 HGB).
    pub years: i32,
    /// The norm.
    pub norm: &'static str,
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => NaiveDate::MIN,
    }
}

/// The duties by class, the newest of a class last. A shorter duty applies to whatever is still kept when
/// it begins; the eight years of vouchers did so on 2025-01-01.
pub const DUTIES: [Duty; 4] = [
    Duty {
        class: Class::Book,
        valid_from: NaiveDate::MIN,
        years: 10,
        norm: "§ 147 Abs. 1 Nr. 1, Abs. 3 AO; § 257 Abs. 1 Nr. 1, Abs. 4 HGB",
    },
    Duty {
        class: Class::Voucher,
        valid_from: NaiveDate::MIN,
        years: 10,
        norm: "§ 147 Abs. 1 Nr. 4, Abs. 3 AO; § 257 Abs. 1 Nr. 4, Abs. 4 HGB",
    },
    Duty {
        class: Class::Voucher,
        valid_from: day(2025, 1, 1),
        years: 8,
        norm: "§ 147 Abs. 1 Nr. 4, Abs. 3 AO; § 257 Abs. 1 Nr. 4, Abs. 4 HGB",
    },
    Duty {
        class: Class::Letter,
        valid_from: NaiveDate::MIN,
        years: 6,
        norm: "§ 147 Abs. 1 Nr. 2, 3, Abs. 3 AO; § 257 Abs. 1 Nr. 2, 3, Abs. 4 HGB",
    },
];

/// The duty in force on a day.
pub fn duty(class: Class, on: NaiveDate) -> Duty {
    let mut found = DUTIES[0];
    for duty in DUTIES.iter().filter(|duty| duty.class == class && duty.valid_from <= on) {
        found = *duty;
    }
    found
}

impl Duty {
    /// The last day of the duty for what came to be on a day.
    pub fn until(&self, made: NaiveDate) -> NaiveDate {
        day(made.year().saturating_add(self.years), 12, 31)
    }
}

/// The first day on which nothing keeps the person's own data any more, once all of their claims are
/// closed: after the duty for letters, the longest one that names people. Claims against the agency for
/// what it did are barred before: three years from the end of the year (§§ 195, 199 BGB).
pub fn person_may_go(closed: NaiveDate, on: NaiveDate) -> NaiveDate {
    let last = duty(Class::Letter, on).until(closed);
    last.succ_opt().unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_kept_to_the_end_of_its_year() {
        let (today, made) = (day(2026, 11, 16), day(2026, 3, 2));
        let until = |class| duty(class, today).until(made);
        assert_eq!(until(Class::Letter), day(2032, 12, 31));
        assert_eq!(until(Class::Voucher), day(2034, 12, 31));
        assert_eq!(until(Class::Book), day(2036, 12, 31));
    }

    #[test]
    fn vouchers_were_kept_ten_years_before_2025() {
        assert_eq!(duty(Class::Voucher, day(2024, 12, 31)).years, 10);
        assert_eq!(duty(Class::Voucher, day(2025, 1, 1)).years, 8);
    }

    #[test]
    fn a_person_may_go_on_the_first_day_after_the_letters() {
        assert_eq!(person_may_go(day(2026, 1, 1), day(2026, 1, 1)), day(2033, 1, 1));
        assert_eq!(person_may_go(day(2026, 12, 31), day(2026, 12, 31)), day(2033, 1, 1));
    }

    #[test]
    fn every_duty_cites_both_laws() {
        assert!(DUTIES.iter().all(|duty| duty.norm.contains("AO") && duty.norm.contains("HGB")));
    }
}
