//! Who may call what: one static rule per method, checked against the descriptors at start.

use std::collections::HashMap;

use tonic::{Code, Status};

use crate::caller::{Caller, Role};
use crate::descriptors::Descriptors;
use crate::error::{CHASSIS_DOMAIN, Fault};

/// The rule of one method.
#[derive(Clone, Copy, Debug)]
pub struct MethodRule {
    /// The path on the wire, `/kulanz.claims.v1.ClaimsService/GetClaim`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without a token; the call finds its tenant from a signed code.
    Public,
    /// Callers with at least one of these roles.
    Roles(&'static [Role]),
}

impl MethodRule {
    /// A method for callers with one of `roles`.
    pub const fn new(path: &'static str, roles: &'static [Role]) -> Self {
        Self { path, access: Access::Roles(roles) }
    }

    /// A method that needs no token.
    pub const fn public(path: &'static str) -> Self {
        Self { path, access: Access::Public }
    }
}

/// The rules of every method that one server mounts.
#[derive(Clone, Debug, Default)]
pub struct AccessTable {
    rules: HashMap<&'static str, Access>,
}

/// Rules and methods do not match; every mismatch is named.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the access rules do not match the methods: {}", problems.join("; "))]
pub struct AccessError {
    /// One sentence per mismatch.
    pub problems: Vec<String>,
}

impl AccessTable {
    /// The table of the mounted modules, each given as its short name (`claims` for the package
    /// `kulanz.claims.v1`) and its rules.
    pub fn new(
        descriptors: &Descriptors,
        modules: &[(&str, &[MethodRule])],
    ) -> Result<Self, AccessError> {
        let mut rules = HashMap::new();
        let mut problems = Vec::new();
        for (name, module_rules) in modules {
            for rule in *module_rules {
                if rules.insert(rule.path, rule.access).is_some() {
                    problems.push(format!("two rules for {}", rule.path));
                }
                if !descriptors.contains(rule.path) {
                    problems.push(format!("no method for the rule {}", rule.path));
                }
            }
            let methods = descriptors.methods_of(&format!("kulanz.{name}.v1"));
            problems.extend(
                methods
                    .filter(|path| !rules.contains_key(path))
                    .map(|path| format!("no rule for {path}")),
            );
        }
        problems.sort();
        if problems.is_empty() { Ok(Self { rules }) } else { Err(AccessError { problems }) }
    }

    /// The rule of a path, `None` for a method that is not mounted here.
    pub fn rule(&self, path: &str) -> Option<Access> {
        self.rules.get(path).copied()
    }

    /// Whether this caller may call this method. One that is not mounted here is `UNIMPLEMENTED`,
    /// whoever calls; the house's own methods, such as closed reflection, are denied.
    pub fn authorise(&self, path: &str, caller: &Caller) -> Result<(), Status> {
        let method = path.trim_start_matches('/');
        match self.rule(path) {
            Some(Access::Public) => Ok(()),
            Some(Access::Roles(roles)) if roles.iter().any(|role| caller.is(*role)) => Ok(()),
            None if !path.starts_with("/grpc.") => {
                Err(Fault::new(Code::Unimplemented, "UNIMPLEMENTED")
                    .meta("method", method)
                    .into_status(CHASSIS_DOMAIN, "this server has no such method"))
            }
            _ => Err(Fault::new(Code::PermissionDenied, "CALL_NOT_ALLOWED")
                .meta("method", method)
                .into_status(CHASSIS_DOMAIN, "the caller's roles do not allow this call")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "/kulanz.claims.v1.ClaimsService/GetClaim";

    #[test]
    fn a_method_without_a_rule_is_named() {
        let descriptors =
            Descriptors::of_paths(&[SERVICE, "/kulanz.claims.v1.ClaimsService/ListClaims"]);
        let rules = [MethodRule::new(SERVICE, &[Role::Agent])];
        let error = AccessTable::new(&descriptors, &[("claims", &rules)]).unwrap_err();
        assert_eq!(error.problems, ["no rule for /kulanz.claims.v1.ClaimsService/ListClaims"]);
    }

    #[test]
    fn a_method_that_is_not_mounted_is_unimplemented() {
        let seeds = kulanz_types::Seeds::fixed(1);
        let tenant = kulanz_types::TenantId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
        let caller = Caller::for_test(tenant, "user:anna", &[Role::Operator]);
        let code = |path| AccessTable::default().authorise(path, &caller).unwrap_err().code();
        assert_eq!(code(SERVICE), Code::Unimplemented);
        assert_eq!(code("/grpc.reflection.v1.ServerReflection/Info"), Code::PermissionDenied);
    }

    #[test]
    fn a_rule_without_a_method_is_named() {
        let rules = [MethodRule::public("/kulanz.claims.v1.ClaimsService/Gone")];
        let error =
            AccessTable::new(&Descriptors::of_paths(&[]), &[("claims", &rules)]).unwrap_err();
        assert_eq!(error.problems, ["no method for the rule /kulanz.claims.v1.ClaimsService/Gone"]);
    }
}
