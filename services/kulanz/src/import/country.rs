use super::field::Field;
use super::problem::{Problem, ProblemCode};

/// ISO 3166-1 alpha-2.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ \
    BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE \
    DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR \
    GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP \
    KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT \
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG \
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co \
    cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi \
    ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw \
    ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc \
    oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv \
    sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

fn lists(list: &str, code: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == code)
}

/// The country, if it is one.
pub(super) fn country(code: &str, problems: &mut Vec<Problem>) -> Option<String> {
    if lists(COUNTRIES, code) {
        return Some(code.to_owned());
    }
    let reason = format!("\"{}\" is no ISO 3166 country code", shortened(code));
    problems.push(Problem::of(Field::Country, ProblemCode::CountryUnknown, reason));
    None
}

/// The language, if it is one.
pub(super) fn language(code: &str, problems: &mut Vec<Problem>) -> Option<String> {
    if code.is_empty() || lists(LANGUAGES, code) {
        return (!code.is_empty()).then(|| code.to_owned());
    }
    let reason =
        format!("\"{}\" is no ISO 639-1 language; the default language is used", shortened(code));
    problems.push(Problem::of(Field::Language, ProblemCode::LanguageUnknown, reason));
    None
}

/// The postcode in the shape of its country. Other countries' shapes are not checked.
pub(super) fn postcode(text: &str, country: &str, problems: &mut Vec<Problem>) -> String {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match (country, digits.then_some(text.len())) {
        ("DE", Some(5)) | ("AT" | "CH", Some(4)) => text.to_owned(),
        ("DE", Some(4)) => {
            let reason = "four digits for DE: the leading zero was lost and is put back";
            problems.push(Problem::of(Field::Postcode, ProblemCode::PostcodeLeadingZero, reason));
            format!("0{text}")
        }
        ("DE" | "AT" | "CH", _) => {
            let reason = format!("not the shape of a postcode of {country}");
            problems.push(Problem::of(Field::Postcode, ProblemCode::PostcodeInvalid, reason));
            text.to_owned()
        }
        _ => text.to_owned(),
    }
}

/// A value short enough to stand in a report; a long one is more likely a person's data that
/// slipped into the wrong column than a code.
pub(super) fn shortened(value: &str) -> String {
    if value.chars().count() <= 12 { value.to_owned() } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{country, language, postcode};
    use crate::import::problem::{Problem, ProblemCode};

    fn codes(problems: &[Problem]) -> Vec<ProblemCode> {
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn a_lost_leading_zero_is_put_back_with_a_warning() {
        let mut problems = Vec::new();
        assert_eq!(postcode("6108", "DE", &mut problems), "06108");
        assert_eq!(codes(&problems), [ProblemCode::PostcodeLeadingZero]);
    }

    #[test]
    fn each_country_has_its_shape_of_postcode() {
        let mut problems = Vec::new();
        for (text, land) in [("04109", "DE"), ("1010", "AT"), ("8001", "CH"), ("SW1A 1AA", "GB")] {
            assert_eq!(postcode(text, land, &mut problems), text);
        }
        assert_eq!(codes(&problems), []);
        postcode("D-04109", "DE", &mut problems);
        postcode("04109", "AT", &mut problems);
        assert_eq!(codes(&problems), [ProblemCode::PostcodeInvalid; 2]);
    }

    #[test]
    fn countries_and_languages_are_those_of_iso() {
        let mut problems = Vec::new();
        assert_eq!(country("AT", &mut problems).as_deref(), Some("AT"));
        assert_eq!(language("uk", &mut problems).as_deref(), Some("uk"));
        assert_eq!(language("", &mut problems), None);
        assert_eq!(codes(&problems), []);
        assert_eq!(country("D", &mut problems), None);
        assert_eq!(language("deu", &mut problems), None);
        assert_eq!(codes(&problems), [ProblemCode::CountryUnknown, ProblemCode::LanguageUnknown]);
    }
}
