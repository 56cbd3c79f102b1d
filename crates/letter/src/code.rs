//! The code that banking apps read.

use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder, Version};

/// The QR code of an EPC069-12 payload as a drawing: error correction M, at most version 13. None for an
/// empty or oversized payload.
pub fn svg(payload: &str) -> Option<String> {
    if payload.is_empty() {
        return None;
    }
    let code = QRBuilder::new(payload).ecl(ECL::M).build().ok()?;
    let fits = code.version.is_some_and(|version| version as usize <= Version::V13 as usize);
    fits.then(|| SvgBuilder::default().margin(0).to_str(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_is_drawn_and_what_does_not_fit_is_not() {
        assert!(
            svg("BCD\n002\n1\nSCT\n\nM\nDE89370400440532013000\nEUR1.00")
                .unwrap()
                .starts_with("<svg")
        );
        assert_eq!(svg(""), None);
        assert_eq!(svg(&"x".repeat(332)), None);
    }
}
