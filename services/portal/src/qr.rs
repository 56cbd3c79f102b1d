//! The QR code that banking apps read.

use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder, Version};

/// The QR code of an EPC069-12 payload as inline SVG: error correction M, at most version 13, as
/// the guideline wants it. `None` for an empty or oversized payload.
pub(crate) fn epc_svg(payload: &str) -> Option<String> {
    if payload.is_empty() {
        return None;
    }
    let code = QRBuilder::new(payload).ecl(ECL::M).build().ok()?;
    let version = code.version?;
    if version as usize > Version::V13 as usize {
        return None;
    }
    Some(SvgBuilder::default().margin(4).to_str(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_becomes_a_drawing() {
        let payload = "BCD\n002\n1\nSCT\n\nMuster Inkasso GmbH\nDE89370400440532013000\nEUR139.75\n\nRF04INK2026000123";
        let svg = epc_svg(payload).unwrap();
        assert!(svg.starts_with("<svg"), "{}", &svg[..40]);
        assert!(svg.len() < 30_000, "{} bytes", svg.len());
    }

    #[test]
    fn what_does_not_fit_into_version_13_is_not_drawn() {
        assert_eq!(epc_svg(&"x".repeat(332)), None);
        assert_eq!(epc_svg(""), None);
    }
}
