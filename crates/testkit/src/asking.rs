use chrono::TimeDelta;
use kulanz_chassis::{
    DebtorScope, Grant, Role,
    auth::{CLAIMS, OPERATOR},
    outgoing_as,
};
use kulanz_types::{DebtorId, TenantId};

use crate::House;

impl House {
    /// A token of the test's tenant with `role`.
    pub fn token(&self, role: Role) -> String {
        self.token_of(self.tenant(), role)
    }

    /// A token of `tenant` with `role`, valid for a year of business time.
    pub fn token_of(&self, tenant: TenantId, role: Role) -> String {
        let (tenant, year) = (Some(tenant), TimeDelta::days(365));
        // Only services may say that they are one.
        let (name, grant) = match role {
            Role::Service => ("messaging", Grant::service("messaging", tenant, year)),
            role => (OPERATOR, Grant::user("test", tenant, &[role], year)),
        };
        let issuer = self.constellation().issuer(name).expect("keys in memory");
        issuer.mint(&grant).expect("a token")
    }

    /// `message` as the test's tenant asks it with `role`.
    pub fn ask<T>(&self, role: Role, message: T) -> tonic::Request<T> {
        outgoing_as(&self.token(role), message)
    }

    /// `message` as another tenant asks it with `role`.
    pub fn ask_as_other<T>(&self, role: Role, message: T) -> tonic::Request<T> {
        outgoing_as(&self.token_of(self.other_tenant(), role), message)
    }

    /// `message` as a debtor's own session of the portal asks it.
    pub fn ask_as_debtor<T>(&self, debtor_id: DebtorId, message: T) -> tonic::Request<T> {
        let scope = DebtorScope { debtor_id, purpose: "portal".to_owned() };
        let grant = Grant::debtor(self.tenant(), scope, TimeDelta::days(30));
        let issuer = self.constellation().issuer(CLAIMS).expect("keys in memory");
        outgoing_as(&issuer.mint(&grant).expect("a token"), message)
    }
}
