//! What the contracts say about each method, read once from the compiled descriptor set.

use std::collections::HashMap;

use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

/// How a method moves its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MethodShape {
    /// The caller sends a stream.
    pub client_streaming: bool,
    /// The server answers with a stream.
    pub server_streaming: bool,
}

impl MethodShape {
    /// One request, one answer.
    pub fn is_unary(self) -> bool {
        !self.client_streaming && !self.server_streaming
    }
}

/// The methods of all contracts by path.
#[derive(Clone, Debug, Default)]
pub struct Descriptors {
    methods: HashMap<String, MethodShape>,
}

/// The embedded descriptor set cannot be read: the build is broken.
#[derive(Debug, thiserror::Error)]
#[error("the descriptor set cannot be read")]
pub struct DescriptorError(#[from] prost::DecodeError);

impl Descriptors {
    /// The methods of the contracts that this binary was built with.
    pub fn load() -> Result<Self, DescriptorError> {
        let set = FileDescriptorSet::decode(kulanz_proto::FILE_DESCRIPTOR_SET)?;
        Ok(Self { methods: set.file.iter().flat_map(methods_of_file).collect() })
    }

    /// Whether the contracts name this path.
    pub fn contains(&self, path: &str) -> bool {
        self.methods.contains_key(path)
    }

    /// How the method moves its messages; unary for an unknown path.
    pub fn shape(&self, path: &str) -> MethodShape {
        self.methods.get(path).copied().unwrap_or_default()
    }

    /// Whether the path is a known unary method, the only kind that is ever sent twice.
    pub fn is_known_unary(&self, path: &str) -> bool {
        self.methods.get(path).is_some_and(|shape| shape.is_unary())
    }

    /// The paths of all methods of a package.
    pub fn methods_of<'a>(&'a self, package: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let prefix = format!("/{package}.");
        self.methods.keys().filter(move |path| path.starts_with(&prefix)).map(String::as_str)
    }

    #[cfg(test)]
    pub(crate) fn of_paths(paths: &[&str]) -> Self {
        let methods = paths.iter().map(|path| ((*path).to_owned(), MethodShape::default()));
        Self { methods: methods.collect() }
    }
}

fn methods_of_file(file: &FileDescriptorProto) -> Vec<(String, MethodShape)> {
    let mut methods = Vec::new();
    for service in &file.service {
        for method in &service.method {
            let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
            let shape = MethodShape {
                client_streaming: method.client_streaming(),
                server_streaming: method.server_streaming(),
            };
            methods.push((path, shape));
        }
    }
    methods
}
