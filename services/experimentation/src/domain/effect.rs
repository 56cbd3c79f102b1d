//! What an arm of an experiment does to decisions about its persons. It only ever takes levels away: what law,
//! consent or a wish forbids, no arm permits.

use std::collections::BTreeSet;

use kulanz_policy::{Factor, LevelExclusion, LevelName};
use serde::{Deserialize, Serialize};

/// Names the static policy, whatever its version.
pub const STATIC: &str = "static";

/// What begins so is the rule of an arm: `experiment.key.arm`.
const RULES: &str = "experiment.";

/// What an arm does; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The version that decides, or [`STATIC`]; `None` for whichever decides without the experiment.
    pub policy_version: Option<String>,
    /// Of each factor that is named here, only these levels are left.
    pub fixed: Vec<LevelName>,
    /// Levels that are taken away.
    pub excluded: Vec<LevelName>,
}

/// A field of the effect and what is wrong with it.
pub type EffectFlaw = (String, &'static str);

impl Effect {
    /// Whether it does anything.
    pub fn steers(&self) -> bool {
        self.policy_version.is_some() || !self.fixed.is_empty() || !self.excluded.is_empty()
    }

    /// The factors whose levels it takes away.
    pub fn factors(&self) -> impl Iterator<Item = &str> {
        self.fixed.iter().chain(&self.excluded).map(|name| name.factor.as_str())
    }

    /// What contradicts itself.
    pub fn flaws(&self) -> Vec<EffectFlaw> {
        let lists = [("fixed_levels", &self.fixed), ("excluded_levels", &self.excluded)];
        let mut seen = BTreeSet::new();
        let mut flaws = Vec::new();
        for (list, names) in lists {
            for (place, name) in names.iter().enumerate() {
                if !seen.insert(name) {
                    let text = "is named twice: a level is fixed or excluded, and once";
                    flaws.push((format!("{list}[{place}]"), text));
                }
            }
        }
        flaws
    }

    /// What cannot be done over the factors that are known: levels that none has, and factors of which nothing
    /// would be left.
    pub fn impossible(&self, known: &[Factor]) -> Vec<EffectFlaw> {
        let lists = [("fixed_levels", &self.fixed), ("excluded_levels", &self.excluded)];
        let mut flaws = Vec::new();
        for (list, names) in lists {
            for (place, name) in names.iter().enumerate() {
                let field = || format!("{list}[{place}]");
                let factor = known.iter().find(|factor| factor.name == name.factor);
                match factor {
                    Some(factor) if factor.levels.contains(&name.level) => {
                        if self.exclusions_of(factor, "").len() == factor.levels.len() {
                            flaws.push((field(), "leaves no level of the factor"));
                        }
                    }
                    _ => flaws.push((field(), "is no level of the catalogue")),
                }
            }
        }
        flaws
    }

    /// What it takes away from a space; `None` where the space lacks a factor that is to be fixed.
    pub fn exclusions(&self, space: &[Factor], rule_id: &str) -> Option<Vec<LevelExclusion>> {
        let has = |name: &LevelName| space.iter().any(|factor| factor.name == name.factor);
        self.fixed
            .iter()
            .all(has)
            .then(|| space.iter().flat_map(|factor| self.exclusions_of(factor, rule_id)).collect())
    }

    fn exclusions_of(&self, factor: &Factor, rule_id: &str) -> Vec<LevelExclusion> {
        let names = |list: &[LevelName], level: &str| {
            list.iter().any(|name| name.factor == factor.name && name.level == level)
        };
        let fixes = self.fixed.iter().any(|name| name.factor == factor.name);
        let goes =
            |level: &&String| names(&self.excluded, level) || fixes && !names(&self.fixed, level);
        let exclusion = |level: &String| LevelExclusion {
            level: LevelName::new(&factor.name, level),
            rule_id: rule_id.to_owned(),
        };
        factor.levels.iter().filter(goes).map(exclusion).collect()
    }
}

/// The rule under which an arm takes levels away.
pub fn rule_of(key: &str, arm: &str) -> String {
    format!("{RULES}{key}.{arm}")
}

/// Whether a rule is that of an arm.
pub fn is_rule_of_arm(rule_id: &str) -> bool {
    rule_id.starts_with(RULES)
}

#[cfg(test)]
mod tests {
    use kulanz_policy::{Action, Mask, Masked, Space};
    use proptest::prelude::*;

    use super::*;

    fn factors() -> Vec<Factor> {
        let factor = |name: &str, levels: &[&str]| Factor {
            name: name.to_owned(),
            levels: levels.iter().map(ToString::to_string).collect(),
        };
        vec![factor("channel", &["email", "sms", "letter"]), factor("tone", &["plain", "friendly"])]
    }

    fn names(pairs: &[(&str, &str)]) -> Vec<LevelName> {
        pairs.iter().map(|(factor, level)| LevelName::new(factor, level)).collect()
    }

    fn effect(fixed: &[(&str, &str)], excluded: &[(&str, &str)]) -> Effect {
        Effect { policy_version: None, fixed: names(fixed), excluded: names(excluded) }
    }

    fn taken(effect: &Effect) -> Option<Vec<String>> {
        let taken = effect.exclusions(&factors(), "experiment.tone.warm")?;
        Some(taken.into_iter().map(|it| it.level.level).collect())
    }

    #[test]
    fn an_arm_takes_away_what_it_does_not_fix_and_what_it_excludes() {
        assert_eq!(taken(&effect(&[("tone", "friendly")], &[])).unwrap(), ["plain"]);
        assert_eq!(taken(&effect(&[], &[("channel", "letter")])).unwrap(), ["letter"]);
        let two = effect(&[("channel", "email"), ("channel", "sms")], &[("tone", "plain")]);
        assert_eq!(taken(&two).unwrap(), ["letter", "plain"]);
        assert!(taken(&Effect::default()).unwrap().is_empty());
    }

    #[test]
    fn an_arm_that_fixes_what_a_space_lacks_cannot_act_there() {
        assert_eq!(taken(&effect(&[("offer", "choice")], &[])), None);
        let unknown = taken(&effect(&[("tone", "stern")], &[])).unwrap();
        assert_eq!(unknown, ["plain", "friendly"], "nothing of the factor is left");
        assert!(taken(&effect(&[], &[("offer", "choice")])).unwrap().is_empty());
    }

    #[test]
    fn what_contradicts_itself_or_leaves_nothing_is_named() {
        let fields = |flaws: Vec<EffectFlaw>| flaws.into_iter().map(|it| it.0).collect::<Vec<_>>();
        let both = effect(&[("tone", "plain")], &[("tone", "plain")]);
        assert_eq!(fields(both.flaws()), ["excluded_levels[0]"]);
        let twice = effect(&[("tone", "plain"), ("tone", "plain")], &[]);
        assert_eq!(fields(twice.flaws()), ["fixed_levels[1]"]);
        let strangers = effect(&[("tone", "stern")], &[("offer", "choice")]);
        assert!(strangers.flaws().is_empty());
        assert_eq!(
            fields(strangers.impossible(&factors())),
            ["fixed_levels[0]", "excluded_levels[0]"]
        );
        let nothing = effect(&[], &[("tone", "plain"), ("tone", "friendly")]);
        assert_eq!(
            fields(nothing.impossible(&factors())),
            ["excluded_levels[0]", "excluded_levels[1]"]
        );
    }

    #[test]
    fn the_rule_of_an_arm_is_told_from_those_of_others() {
        assert_eq!(rule_of("tone-2026q4", "warm"), "experiment.tone-2026q4.warm");
        assert!(is_rule_of_arm(&rule_of("tone", "warm")) && !is_rule_of_arm("law.uwg5"));
    }

    fn any_names() -> impl Strategy<Value = Vec<LevelName>> {
        let all: Vec<LevelName> = factors()
            .iter()
            .flat_map(|factor| {
                factor.levels.iter().map(|level| LevelName::new(&factor.name, level))
            })
            .collect();
        prop::sample::subsequence(all.clone(), 0..=all.len())
    }

    proptest! {
        #[test]
        fn an_arm_never_permits_what_is_forbidden_and_leaves_what_it_does_not_name(
            forbidden in any_names(), fixed in any_names(), excluded in any_names(),
        ) {
            let space = Space::new(factors()).unwrap();
            let exclusion = |level: &LevelName| LevelExclusion { level: level.clone(), rule_id: "law".to_owned() };
            let mask = Mask { levels: forbidden.iter().map(exclusion).collect(), pairs: Vec::new() };
            let masked = Masked::new(&space, &mask).unwrap();
            let effect = Effect { policy_version: None, fixed: fixed.clone(), excluded: excluded.clone() };
            let taken = effect.exclusions(space.factors(), "experiment.tone.warm").unwrap();
            let narrowed = masked.narrowed(&space, taken.iter().map(|it| &it.level));
            for channel in 0..3 {
                for tone in 0..2 {
                    let action = Action::new(&[channel, tone]).unwrap();
                    let of_arm = space.names(&action).all(|(factor, level)| {
                        let name = LevelName::new(factor, level);
                        let of_factor = fixed.iter().any(|it| it.factor == factor);
                        !excluded.contains(&name) && (!of_factor || fixed.contains(&name))
                    });
                    let expected = masked.permits(&action) && of_arm;
                    prop_assert_eq!(narrowed.permits(&action), expected);
                }
            }
        }
    }
}
