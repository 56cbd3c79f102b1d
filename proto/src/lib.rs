//! Kulanz's gRPC contracts, compiled without protoc
