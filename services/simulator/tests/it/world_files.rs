use kulanz_simulator::world::{Parameters, World, WorldError};

fn error_of(text: &str) -> String {
    World::read(text).unwrap_err().to_string()
}

#[test]
fn a_file_of_only_a_version_is_the_world_of_the_defaults() {
    let world = World::read("version = 1").unwrap();
    assert_eq!(world.parameters, Parameters { version: 1, ..Parameters::default() });
}

#[test]
fn a_key_that_nobody_knows_is_named_with_its_line() {
    let error = error_of("version = 1\n[cash]\nmedian_eurr = 3");
    assert!(error.contains("median_eurr") && error.contains("line 3"), "{error}");
    assert!(error_of("version = 1\n[weather]\nrain = 1").contains("weather"));
}

#[test]
fn a_value_that_is_no_number_or_out_of_range_is_named_by_its_key() {
    assert_eq!(error_of("version = 1\n[cash]\nsigma = nan"), "cash.sigma: NaN is no value");
    let error = error_of("version = 1\n[reach]\nemail = 1.5");
    assert_eq!(error, "reach.email: 1.5 is not between 0 and 1");
    let error = error_of("version = 1\n[effects.tone.formal]\nmain = inf");
    assert!(error.starts_with("effects.tone.formal.main: inf"), "{error}");
}

#[test]
fn a_level_that_the_catalogue_does_not_have_is_named() {
    let error = error_of("version = 1\n[effects.channel.pigeon]\nmain = 0.1");
    assert_eq!(error, "effects.channel.pigeon: the catalogue has no such level");
    let pair =
        "version = 1\n[[effects.pair]]\nlevels = [\"channel.email\", \"mood.good\"]\nvalue = 1";
    assert_eq!(error_of(pair), "effects.pair.mood.good: the catalogue has no such level");
}

#[test]
fn a_file_of_another_version_or_of_none_is_refused() {
    assert_eq!(World::read("version = 2"), Err(WorldError::Version { found: 2, known: 1 }));
    assert!(error_of("").contains("version"));
}

#[test]
fn keys_that_contradict_each_other_are_named() {
    let error = error_of("version = 1\n[delay]\nsame_day = 0.8\npayday = 0.3");
    assert!(error.starts_with("delay.payday"), "{error}");
    let loadings = "version = 1\n[traits]\ndigital_hardship = 0.8\ndigital_modernity = 0.8";
    assert!(error_of(loadings).starts_with("traits.digital_modernity"));
}

#[test]
fn a_numbered_world_written_as_a_file_reads_back_as_itself() {
    for number in 1..=5 {
        let world = World::numbered(number).unwrap();
        assert_eq!(World::read(&world.parameters.to_toml().unwrap()).unwrap(), world);
    }
}

#[test]
fn more_than_half_of_the_effects_of_wording_are_exactly_zero() {
    let (mut zero, mut all) = (0, 0);
    for number in 1..=50 {
        let effects = World::numbered(number).unwrap().parameters.effects;
        all += 14;
        let wording = effects.tone.values().chain(effects.motive.values());
        zero += 14 - wording.filter(|effect| effect.main != 0.0).count();
    }
    let share = f64::from(u32::try_from(zero).unwrap()) / f64::from(all);
    assert!((0.5..=0.7).contains(&share), "{share}");
}

#[test]
fn the_documentation_names_every_key_with_its_default() {
    let page = include_str!("../../../../docs/simulation.md");
    for (section, keys) in Parameters::schema() {
        for key in keys {
            let row = format!("| `{section}.{}` | {} |", key.name, key.default);
            assert!(page.contains(&row), "docs/simulation.md lacks {row}");
        }
    }
}
