//! Services of paper: one fixed answer for each call, and a record of what was asked.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http_body_util::{BodyExt, Full};
use prost::Message;
use tonic::transport::server::TcpIncoming;
use tonic_types::{ErrorDetails, StatusExt};

/// What a call is answered with.
#[derive(Clone)]
enum Reply {
    Message(Vec<u8>),
    Refusal(tonic::Status),
}

/// Method, bearer token and message of one call.
type Asked = (String, Option<String>, Vec<u8>);

/// Answers by method name; what is not scripted is UNIMPLEMENTED.
#[derive(Clone, Default)]
pub(super) struct Backend {
    replies: HashMap<String, Reply>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Backend {
    pub(super) fn answers(mut self, method: &str, message: &impl Message) -> Self {
        self.replies.insert(method.to_owned(), Reply::Message(message.encode_to_vec()));
        self
    }

    pub(super) fn refuses(mut self, method: &str, code: tonic::Code, reason: &str) -> Self {
        let details = ErrorDetails::with_error_info(reason, "test.kulanz.dev", []);
        let status = tonic::Status::with_error_details(code, "refused", details);
        self.replies.insert(method.to_owned(), Reply::Refusal(status));
        self
    }

    /// The requests of this method so far.
    pub(super) fn requests<M: Message + Default>(&self, method: &str) -> Vec<M> {
        let asked = self.asked.lock().unwrap();
        let of_method = asked.iter().filter(|(name, ..)| name == method);
        of_method.map(|(_, _, body)| M::decode(body.as_slice()).unwrap()).collect()
    }

    /// The bearer tokens that this method was called with.
    pub(super) fn tokens(&self, method: &str) -> Vec<Option<String>> {
        let asked = self.asked.lock().unwrap();
        let of_method = asked.iter().filter(|(name, ..)| name == method);
        of_method.map(|(_, token, _)| token.clone()).collect()
    }

    /// Serves on a free port of the loopback interface until the test ends.
    pub(super) fn serve(&self) -> String {
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = incoming.local_addr().unwrap();
        let backend = self.clone();
        let router = Router::new().fallback(move |request: Request| backend.clone().reply(request));
        let server = tonic::transport::Server::builder().add_routes(router.into());
        tokio::spawn(server.serve_with_incoming(incoming));
        format!("http://{address}")
    }

    async fn reply(self, request: Request) -> Response {
        let method = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let token = request.headers().get("authorization");
        let token = token.map(|value| value.to_str().unwrap().to_owned());
        let body = request.into_body().collect().await.unwrap().to_bytes();
        self.asked.lock().unwrap().push((method.clone(), token, body[5..].to_vec()));
        match self.replies.get(&method) {
            Some(Reply::Message(message)) => framed(message),
            Some(Reply::Refusal(status)) => status.clone().into_http(),
            None => tonic::Status::unimplemented("not scripted").into_http(),
        }
    }
}

/// One message as gRPC puts it on the wire.
fn framed(message: &[u8]) -> Response {
    let mut bytes = vec![0];
    bytes.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    bytes.extend(message);
    let trailers = http::HeaderMap::from_iter([("grpc-status".parse().unwrap(), 0.into())]);
    let body = Full::from(bytes).with_trailers(async { Some(Ok::<_, Infallible>(trailers)) });
    let response = Response::builder().header("content-type", "application/grpc");
    response.body(Body::new(body)).unwrap()
}
