use super::*;
use crate::schema::situation::SituationError;

const CONTEXT: Context =
    Context { balance: 100.0, age_days: 40.0, contacts: 5.0, open_claims: 1.0 };

fn memberships(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|(persona, share)| ((*persona).to_owned(), *share)).collect()
}

#[test]
fn the_default_schema_spans_the_catalogue_with_1165_weights() {
    let schema = Schema::default();
    schema.check().unwrap();
    assert_eq!(schema.dimension(), 1_165);
    assert_eq!(schema.groups().len(), schema.dimension());
    let names = schema.feature_names();
    let distinct: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), schema.dimension());
    let actions: usize = (0..6).map(|factor| schema.levels_of(factor)).product();
    assert_eq!(actions, 34_560);
}

#[test]
fn features_are_named_as_they_are_counted() {
    let schema = Schema::default();
    let people = memberships(&[("planner", 0.7), ("busy", 0.01), ("stranger", 0.2)]);
    let situation = schema.situation(&people, &CONTEXT).unwrap();
    let levels = [("channel", "sms"), ("offer", "promise"), ("tone", "unheard_of")];
    let features = schema.features(&situation, levels);
    let names = schema.feature_names();
    let found: Vec<&str> =
        features.terms.iter().map(|(feature, _)| names[*feature].as_str()).collect();
    assert!(features.terms.is_sorted_by_key(|(feature, _)| *feature));
    assert_eq!(found.len(), 6 * 4 + 1);
    let expected = ["person for planner", "contact at age months", "channel=sms at contacts many"];
    assert!(expected.iter().all(|name| found.contains(name)), "{found:?}");
    assert_eq!(found.last(), Some(&"channel=sms with offer=promise"));
    assert_eq!(schema.features(&situation, []).terms.len(), 6);
}

#[test]
fn numbers_that_are_none_are_refused_by_name() {
    let schema = Schema::default();
    let broken = Context { age_days: f64::NAN, ..CONTEXT };
    let no_number = schema.situation(&BTreeMap::new(), &broken);
    assert_eq!(no_number, Err(SituationError::NotFinite("age".to_owned())));
    let share = |share| schema.situation(&memberships(&[("planner", share)]), &CONTEXT);
    assert_eq!(share(f64::INFINITY), Err(SituationError::NotFinite("planner".to_owned())));
    assert_eq!(share(-0.1), Err(SituationError::OutOfRange("planner".to_owned())));
    let both = memberships(&[("planner", 0.7), ("busy", 0.7)]);
    assert_eq!(schema.situation(&both, &CONTEXT), Err(SituationError::TooManyMemberships));
}

#[test]
fn a_grown_catalogue_is_another_version_that_keeps_every_feature() {
    let schema = Schema::default();
    let factor =
        |name: &str, level: &str| Factor { name: name.to_owned(), levels: vec![level.to_owned()] };
    let space = Space::new(vec![factor("channel", "fax"), factor("paper", "recycled")]).unwrap();
    let wider = schema.extended(&space);
    wider.check().unwrap();
    assert_ne!(wider.version(), schema.version());
    let names = wider.feature_names();
    assert!(schema.feature_names().iter().all(|name| names.contains(name)));
    assert!(names.contains(&"channel=fax".to_owned()));
    assert!(names.contains(&"paper=recycled for busy".to_owned()));
    assert_eq!(wider.extended(&space), wider);
}
