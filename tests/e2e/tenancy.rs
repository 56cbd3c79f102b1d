//! A stranger's token reads and changes nothing: every call there is, generated from the descriptors,
//! filled with the ids of somebody else's tenant.

use std::collections::BTreeMap;

use bytes::{Buf as _, BufMut as _, Bytes};
use kulanz_chassis::Role;
use kulanz_proto::FILE_DESCRIPTOR_SET;
use kulanz_testkit::Backend;
use kulanz_tests::{World, calls};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    Value,
};
use tonic::{
    Code, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use crate::{tables, walk};

/// Messages as bytes, so that one client speaks every contract.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// One value for each field name that carries an id of the victim.
type Planted = BTreeMap<&'static str, String>;

/// A request in which every id is the victim's and everything else is plausible.
fn request(descriptor: &MessageDescriptor, planted: &Planted, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        // Of a oneof only its first field is set.
        let first_of_oneof = field
            .containing_oneof()
            .is_none_or(|oneof| oneof.fields().next().is_some_and(|first| first == field));
        if first_of_oneof && let Some(value) = value(&field, planted, depth) {
            message.set_field(&field, value);
        }
    }
    message
}

fn value(field: &FieldDescriptor, planted: &Planted, depth: usize) -> Option<Value> {
    let name = field.name().trim_end_matches('s');
    let single = match field.kind() {
        Kind::String => Value::String(planted.get(name).cloned().unwrap_or_else(|| "1".into())),
        Kind::Message(descriptor) if depth < 4 && !field.is_map() => {
            Value::Message(request(&descriptor, planted, depth + 1))
        }
        Kind::Enum(_) => Value::EnumNumber(1),
        Kind::Int32 | Kind::Int64 if field.name().contains("page_size") => return None,
        Kind::Int32 => Value::I32(1),
        Kind::Int64 => Value::I64(1),
        _ => return None,
    };
    if field.name() == "page_token" {
        return None;
    }
    Some(if field.is_list() { Value::List(vec![single]) } else { single })
}

async fn call(
    address: std::net::SocketAddr,
    method: &MethodDescriptor,
    token: &str,
    body: Bytes,
) -> Result<Vec<Bytes>, Status> {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = tonic::client::Grpc::new(endpoint.connect_lazy());
    client.ready().await.unwrap();
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let mut request = tonic::Request::new(tokio_stream::once(body));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request.set_timeout(std::time::Duration::from_secs(2));
    let mut stream = client.streaming(request, path.parse().unwrap(), Raw).await?.into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = stream.message().await? {
        answers.push(answer);
    }
    Ok(answers)
}

async fn plant(world: &World) -> Planted {
    let walked = walk::walk(world).await;
    let message = calls::messages(world, &walked.erika.debtor_id).await.remove(0);
    Planted::from([
        ("debtor_id", walked.erika.debtor_id),
        ("claim_id", walked.erika.claim_id),
        ("creditor_id", world.creditor_id.clone()),
        ("decision_id", walked.erika.decision_id),
        ("message_id", message.message_id),
        ("tenant_id", world.tenant.to_string()),
        ("request_id", world.house.request_id()),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_token_reads_and_changes_nothing() {
    let world = World::open(Backend::Embedded).await;
    let mut planted = plant(&world).await;
    let rival = world.found_rival().await;
    world.house.settle().await;
    let before = tables::dump(&world.house).await;
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let mut called = 0;
    for service in pool.services().filter(|service| service.full_name().starts_with("kulanz.")) {
        if service.full_name().starts_with("kulanz.testing.") {
            continue;
        }
        for method in service.methods() {
            for role in [Role::Admin, Role::Agent, Role::Analyst, Role::Integration, Role::Service]
            {
                planted.insert("request_id", world.house.request_id());
                let body = request(&method.input(), &planted, 0).encode_to_vec().into();
                let token = world.house.token_of(rival, role);
                let answer =
                    call(world.house.constellation().address(), &method, &token, body).await;
                assert_nothing_leaked(&method, &planted, answer);
                called += 1;
            }
        }
    }
    assert!(called > 300, "only {called} calls were made");
    world.house.settle().await;
    assert_unchanged(&before, &tables::dump(&world.house).await, &world.tenant.to_string());
}

fn assert_nothing_leaked(
    method: &MethodDescriptor,
    planted: &Planted,
    answer: Result<Vec<Bytes>, Status>,
) {
    let name = method.full_name();
    match answer {
        Ok(answers) => {
            for answer in answers {
                let text = String::from_utf8_lossy(&answer);
                for secret in ["Erika", "Beispiel Inkasso", "example.org", "RE-1"] {
                    assert!(!text.contains(secret), "{name} answers with {secret}");
                }
                let tenant = &planted["tenant_id"];
                assert!(!text.contains(tenant.as_str()), "{name} answers with the tenant");
            }
        }
        Err(status) => {
            let code = status.code();
            let broken = [Code::Internal, Code::Unknown, Code::DataLoss];
            assert!(!broken.contains(&code), "{name} fails with {code:?}: {}", status.message());
        }
    }
}

/// The victim's rows are all there as they were; the rival may have made rows of its own.
fn assert_unchanged(before: &tables::Dump, after: &tables::Dump, tenant: &str) {
    for (table, rows) in before {
        let of_victim = |rows: &[String]| -> Vec<String> {
            rows.iter().filter(|row| row.contains(tenant)).cloned().collect()
        };
        assert_eq!(of_victim(rows), of_victim(&after[table]), "{table}");
    }
}
