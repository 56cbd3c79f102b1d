//! What every contract keeps to, read from the descriptors.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use kulanz_proto::{FILE_DESCRIPTOR_SET, UNDELIVERED};
use prost_reflect::{DescriptorPool, MethodDescriptor};

/// Calls that change nothing that a repeat could change twice.
const READING: [&str; 14] = [
    "Get", "List", "BatchGet", "Watch", "Check", "Count", "Preview", "Lint", "Verify", "Predict",
    "Analyze", "Evaluate", "Assign", "Export",
];

/// Writes whose idempotency key has another name: the caller's decision id, the provider's event
/// id, the link's own attempts.
const OTHER_KEY: [&str; 4] = ["Decide", "DecideBatch", "ReportProviderEvent", "OpenAccess"];

fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let services = pool.services().filter(|service| service.name() != "ClockService");
    services.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// True if the request or a message directly inside it has the field.
fn has_field(method: &MethodDescriptor, name: &str) -> bool {
    let request = method.input();
    request.get_field_by_name(name).is_some()
        || request.fields().any(|field| {
            let inner = field.kind();
            inner.as_message().is_some_and(|message| message.get_field_by_name(name).is_some())
        })
}

#[test]
fn every_write_carries_a_request_id() {
    for method in methods() {
        let name = method.name();
        let reads = READING.iter().any(|verb| name.starts_with(verb));
        if !reads && !OTHER_KEY.contains(&name) {
            assert!(has_field(&method, "request_id"), "{}", path(&method));
        }
    }
}

#[test]
fn no_request_names_its_tenant() {
    let makes_tenants = ["CreateTenant", "UpdateTenant"];
    for method in methods().iter().filter(|method| !makes_tenants.contains(&method.name())) {
        assert!(!has_field(method, "tenant_id"), "{}", path(method));
    }
}

#[test]
fn every_unary_list_is_paged() {
    let lists = |method: &&MethodDescriptor| {
        method.name().starts_with("List") && !method.is_server_streaming()
    };
    // The ways to pay are few and belong together.
    for method in methods().iter().filter(lists).filter(|it| it.name() != "ListPaymentOptions") {
        assert!(has_field(method, "page_size") && has_field(method, "page_token"));
        assert!(method.output().get_field_by_name("next_page_token").is_some(), "{}", path(method));
    }
}

#[test]
fn what_is_listed_as_undelivered_exists_and_stands_there_once() {
    let known: Vec<String> = methods().iter().map(path).collect();
    for (place, call) in UNDELIVERED.iter().enumerate() {
        assert!(known.iter().any(|path| path == call), "{call}");
        assert!(!UNDELIVERED[..place].contains(call), "{call} stands there twice");
    }
}

#[test]
fn events_carry_no_personal_fields() {
    let personal = ["name", "email", "phone", "address", "birth", "iban", "text", "explanation"];
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let events = pool.all_messages().filter(|it| it.package_name() == "kulanz.events.v1");
    for field in events.flat_map(|event| event.fields().collect::<Vec<_>>()) {
        let name = field.name();
        // A keyed hash of an address tells nothing to whoever lacks the key.
        let tells = name.split('_').any(|word| personal.contains(&word)) && name != "address_hash";
        assert!(!tells, "{}", field.full_name());
    }
}
