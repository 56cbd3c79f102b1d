//! What the arms of an experiment do to decisions.

use std::collections::BTreeSet;

use kulanz_policy::Factor;

use super::super::effect::Effect;
use super::{Design, Flaw, NamespaceSlice, flaw};

/// What stands for the choice of a policy among the factors.
const POLICY: &str = "policy_version";

impl Design {
    /// Whether an arm does anything to the decisions under a policy key.
    pub fn steers(&self, policy_key: &str) -> bool {
        self.policy_key == policy_key && self.arms.iter().any(|arm| arm.effect.steers())
    }

    /// What this experiment and another one would both decide about the same people: a factor, or the policy.
    /// Whether conditions keep people apart cannot be told; slices of one namespace do.
    pub fn conflict(&self, other: &Self) -> Option<String> {
        let apart = |slice: &NamespaceSlice| {
            let theirs = other.namespace.as_ref();
            theirs.is_some_and(|theirs| theirs.name == slice.name && !theirs.overlaps(slice))
        };
        if self.policy_key != other.policy_key || self.namespace.as_ref().is_some_and(apart) {
            return None;
        }
        self.steered().intersection(&other.steered()).next().map(|what| (*what).to_owned())
    }

    fn steered(&self) -> BTreeSet<&str> {
        let effects = || self.arms.iter().map(|arm| &arm.effect);
        let chooses = |effect: &Effect| effect.policy_version.is_some();
        effects()
            .flat_map(Effect::factors)
            .chain(effects().any(chooses).then_some(POLICY))
            .collect()
    }

    /// What contradicts itself in the arms, and names that no log row could hold.
    pub(super) fn flaws_of_arms(&self) -> Vec<Flaw> {
        let mut flaws = self.of_each_arm(Effect::flaws);
        let steers = self.arms.iter().any(|arm| arm.effect.steers());
        if steers && !self.arms.iter().all(|arm| arm.key.chars().all(may_stand_in_a_log)) {
            let text = "a-z, 0-9, - and _ where an arm steers decisions";
            flaws.extend(flaw("arms.key", text));
        }
        flaws
    }

    /// What the arms cannot do over the factors that are known.
    pub fn impossible(&self, known: &[Factor]) -> Vec<Flaw> {
        self.of_each_arm(|effect| effect.impossible(known))
    }

    fn of_each_arm(&self, flaws: impl Fn(&Effect) -> Vec<Flaw>) -> Vec<Flaw> {
        let of_arm = |(place, effect): (usize, &Effect)| {
            let named = move |(field, text): Flaw| (format!("arms[{place}].{field}"), text);
            flaws(effect).into_iter().map(named).collect::<Vec<_>>()
        };
        self.arms.iter().map(|arm| &arm.effect).enumerate().flat_map(of_arm).collect()
    }
}

const fn may_stand_in_a_log(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_')
}
