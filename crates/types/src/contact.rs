//! When two spellings mean one address: what was disowned or must not be used again is recognised
//! however somebody writes it.

/// Mailboxes of this provider ignore dots and whatever follows a plus sign; it has two domains.
const DOTLESS: [&str; 2] = ["gmail.com", "googlemail.com"];

/// The form in which two spellings of one e-mail address are equal. RFC 5321 lets the part before the
/// `@` tell upper from lower case; no provider in use does, and being silent once too often is the
/// smaller mistake. Dots and plus signs count, except where the provider is known to ignore them.
pub fn email_key(address: &str) -> String {
    let address: String = address.chars().filter(|one| !one.is_whitespace()).collect();
    let address = address.to_lowercase();
    let Some((mailbox, domain)) = address.rsplit_once('@') else { return address };
    let domain = domain.trim_end_matches('.');
    if DOTLESS.contains(&domain) {
        let mailbox = mailbox.split('+').next().unwrap_or_default().replace('.', "");
        return format!("{mailbox}@{}", DOTLESS[0]);
    }
    format!("{mailbox}@{domain}")
}

/// The form in which two spellings of one telephone number are equal: E.164; a number without its
/// country is German.
pub fn phone_key(number: &str) -> String {
    let international = number.trim_start().starts_with('+');
    let digits: String = number.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    if international {
        return format!("+{digits}");
    }
    match (digits.strip_prefix("00"), digits.strip_prefix('0')) {
        (Some(rest), _) => format!("+{rest}"),
        (None, Some(rest)) => format!("+49{rest}"),
        (None, None) => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_do_not_make_another_mailbox() {
        for spelling in ["erika@example.org", " Erika@Example.ORG ", "ERIKA@example.org."] {
            assert_eq!(email_key(spelling), "erika@example.org", "{spelling}");
        }
    }

    #[test]
    fn dots_and_plus_signs_count_except_where_the_provider_ignores_them() {
        assert_eq!(email_key("E.Beispiel+bank@GoogleMail.com"), "ebeispiel@gmail.com");
        assert_ne!(email_key("e.beispiel@example.org"), email_key("ebeispiel@example.org"));
        assert_ne!(email_key("e+bank@example.org"), email_key("e@example.org"));
    }

    #[test]
    fn a_number_is_the_same_with_and_without_its_country() {
        for spelling in
            ["+49 1522 8817386", "0049 1522 8817386", "01522/8817386", "+49 (0) 1522 8817386"]
        {
            assert_eq!(phone_key(spelling), "+4915228817386", "{spelling}");
        }
    }
}
