//! Numbers as the contract writes them.

/// A decimal number: an optional minus, digits, and at most one point with digits on both sides. Anything
/// else, such as `NaN`, `1e5` or the empty text, is none.
pub fn decimal(text: &str) -> Option<f64> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let sound = match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    };
    sound.then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimals_are_numbers() {
        assert_eq!(decimal("-12.50"), Some(-12.5));
        for text in ["", "-", ".5", "5.", "1e5", "NaN", "inf", "1,5", " 1", "+1", "1.2.3"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(number in -1e9f64..1e9) {
            let number = (number * 1e4).round() / 1e4;
            prop_assert_eq!(decimal(&number.to_string()), Some(number));
        }
    }
}
