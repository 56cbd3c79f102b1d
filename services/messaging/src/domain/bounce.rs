//! What a failed delivery says about the address: gone for good, or only not reached this time.

/// What a provider's code means for the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounce {
    /// There is no such mailbox, or no such place: nothing will ever arrive there.
    Hard,
    /// A full mailbox, a filter, a server in trouble: another message may arrive.
    Soft,
}

/// So many soft bounces in a row mean that nothing arrives there either.
pub const SOFT_BOUNCES: usize = 3;

impl Bounce {
    /// Reads a provider's code: an enhanced status code (RFC 3463) where there is one, else an SMTP
    /// reply code, else nothing is known but that the provider gave up for good.
    pub fn of(code: &str) -> Self {
        let hard = match (enhanced_code(code), reply_code(code)) {
            // Address does not exist, moved or is malformed; mailbox disabled; no route to the domain.
            (Some(found), _) => {
                matches!(found, (5, 1, 0..=4 | 6 | 9 | 10) | (5, 2, 1) | (5, 4, 4))
            }
            // Mailbox unavailable, not local, name not allowed; domain takes no mail (RFC 7504).
            (None, Some(reply)) => matches!(reply, 521 | 550 | 551 | 553 | 556),
            (None, None) => true,
        };
        if hard { Self::Hard } else { Self::Soft }
    }
}

/// The first `class.subject.detail` in a text.
pub fn enhanced_code(text: &str) -> Option<(u16, u16, u16)> {
    words(text).find_map(|word| {
        let mut parts = word.split('.').map(|part| part.parse::<u16>().ok().filter(|n| *n < 1000));
        let found = (parts.next()??, parts.next()??, parts.next()??);
        (parts.next().is_none() && matches!(found.0, 2 | 4 | 5)).then_some(found)
    })
}

fn reply_code(text: &str) -> Option<u16> {
    words(text).find_map(|word| word.parse().ok().filter(|code| (400..600).contains(code)))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|one: char| !one.is_ascii_digit() && one != '.').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_does_not_exist_is_gone_for_good() {
        for code in ["5.1.1", "SMTP 550 5.1.1", "SMTP 550", "5.2.1", "bounced", "5.1.10", ""] {
            assert_eq!(Bounce::of(code), Bounce::Hard, "{code}");
        }
    }

    #[test]
    fn a_full_mailbox_or_a_filter_says_nothing_about_the_address() {
        for code in ["4.2.2", "5.2.2", "SMTP 550 5.7.1", "SMTP 554", "452", "SMTP 552"] {
            assert_eq!(Bounce::of(code), Bounce::Soft, "{code}");
        }
    }

    #[test]
    fn a_code_is_found_within_a_text() {
        assert_eq!(enhanced_code("550 5.1.1 <x@192.0.2.1>: unknown"), Some((5, 1, 1)));
        assert_eq!(enhanced_code("no code"), None);
    }
}
