use super::*;
use crate::schema::situation::SituationError;
use proptest::prelude::*;

const CONTEXT: Context =
    Context { balance: 100.0, age_days: 140.0, contacts: 5.0, open_claims: 1.0 };

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

fn portfolio(values: &[(f64, f64)]) -> Vec<Context> {
    values
        .iter()
        .map(|(balance, age_days)| Context { balance: *balance, age_days: *age_days, ..CONTEXT })
        .collect()
}

#[test]
fn edges_put_a_third_of_a_portfolio_into_each_bucket_as_nearly_as_its_values_allow() {
    let many: Vec<(f64, f64)> = (0..900)
        .map(|n| {
            (
                f64::from(n) * 10.0,
                [180.0, 720.0, 1_800.0][usize::from(n >= 360) + usize::from(n >= 660)],
            )
        })
        .collect();
    let edges = Edges::of_portfolio(&portfolio(&many));
    let (balance, age) = ([3_000.0, 6_000.0], [720.0, 1_800.0]);
    assert_eq!(edges, Edges { balance, age, ..Edges::default() });
    for alike in [vec![], vec![(5.0, 9.0); 50], vec![(5.0, 9.0), (6.0, 9.0), (f64::NAN, 9.0)]] {
        assert_eq!(Edges::of_portfolio(&portfolio(&alike)), Edges::default());
    }
}

#[test]
fn other_edges_are_another_feature_version_and_must_rise() {
    let edges = Edges { balance: [1_000.0, 3_000.0], ..Edges::default() };
    let schema = Schema { edges, ..Schema::default() };
    assert_ne!(schema.version(), Schema::default().version());
    let bucket = |schema: &Schema, balance| {
        let context = Context { balance, ..CONTEXT };
        let situation = schema.situation(&BTreeMap::new(), &context).unwrap();
        let names = schema.feature_names();
        let held = |name: &str| situation.terms.iter().any(|(term, _)| names[*term] == name);
        ["small", "middling", "large"].map(|third| held(&format!("person at balance {third}")))
    };
    assert_eq!(bucket(&schema, 2_000.0), [false, true, false]);
    assert_eq!(bucket(&Schema::default(), 2_000.0), [false, false, true]);
    for wrong in [[3.0, 3.0], [4.0, 3.0], [f64::NAN, 3.0], [1.0, f64::INFINITY]] {
        let schema = Schema { edges: Edges { age: wrong, ..edges }, ..Schema::default() };
        assert_eq!(schema.check(), Err(SpaceError::Edges("age".to_owned())), "{wrong:?}");
    }
}

proptest! {
    #[test]
    fn edges_of_any_portfolio_rise(values in prop::collection::vec((-1e9..1e9_f64, 0.0..20.0_f64), 0..60)) {
        let values: Vec<_> = values.into_iter().map(|(balance, age)| (balance, age.floor())).collect();
        let schema = Schema { edges: Edges::of_portfolio(&portfolio(&values)), ..Schema::default() };
        prop_assert_eq!(schema.check(), Ok(()));
    }
}
