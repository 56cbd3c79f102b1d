use std::sync::Arc;

use async_trait::async_trait;
use kulanz_bus::{Envelope, EventHandler, HandlerError, publish};
use kulanz_chassis::{Definition, Descriptors, MethodRule, Module, ModuleContext, Role};
use kulanz_store::Work;
use kulanz_types::TenantId;
use prost::{Message, Name};

use crate::House;

/// A service of which only the outbox exists: a test publishes from it what the real one would, with
/// [`House::publish`]. Its calls are not mounted.
pub fn stand_in(name: &'static str) -> Definition {
    let descriptors = Descriptors::load().expect("the contracts load");
    let rule = |path: &str| MethodRule::new(String::leak(path.to_owned()), &[Role::Admin]);
    let access: Vec<_> = descriptors.methods_of(&format!("kulanz.{name}.v1")).map(rule).collect();
    Definition { name, migrations: &[], access: Vec::leak(access), log: None, module }
}

fn module(_: &ModuleContext) -> Module {
    Module {
        register: Box::new(|_| {}),
        events: Some(Arc::new(Deaf)),
        due: Vec::new(),
        pages: None,
    }
}

/// Hears nothing, and so counts as having heard everything.
struct Deaf;

#[async_trait]
impl EventHandler for Deaf {
    fn subscriptions(&self) -> &'static [&'static str] {
        &[]
    }

    async fn handle(&self, _: &Work, _: &Envelope) -> Result<(), HandlerError> {
        Ok(())
    }
}

impl House {
    /// Publishes `message` from the outbox of `service`, as if `tenant` had caused it there.
    pub async fn publish_as<M: Message + Name>(
        &self,
        service: &str,
        tenant: TenantId,
        debtor_id: &str,
        message: &M,
    ) {
        let store = self.constellation().store(service).expect("the service runs");
        let work = store.begin(tenant).await.expect("a transaction");
        publish(&work, debtor_id, debtor_id, 1, message).await.expect("an outbox row");
        work.commit().await.expect("a commit");
    }

    /// [`House::publish_as`] for the test's tenant.
    pub async fn publish<M: Message + Name>(&self, service: &str, debtor_id: &str, message: &M) {
        self.publish_as(service, self.tenant(), debtor_id, message).await;
    }
}
