use std::sync::OnceLock;

use kulanz_proto::FILE_DESCRIPTOR_SET;
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};

use crate::error::Error;

/// A message as JSON under the field names of its contract (the JSON form of protobuf, with original names).
pub fn of_message<M: Message + Name>(message: &M) -> Result<String, Error> {
    let unreadable = || Error::Store(kulanz_store::StoreError::Unreadable { what: "a contract" });
    let descriptor = pool()
        .ok_or_else(unreadable)?
        .get_message_by_name(&M::full_name())
        .ok_or_else(unreadable)?;
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())
        .map_err(|_| unreadable())?;
    let mut serializer = serde_json::Serializer::new(Vec::new());
    let options = SerializeOptions::new().use_proto_field_name(true);
    dynamic.serialize_with_options(&mut serializer, &options)?;
    String::from_utf8(serializer.into_inner()).map_err(|_| unreadable())
}

fn pool() -> Option<&'static DescriptorPool> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).ok()).as_ref()
}
