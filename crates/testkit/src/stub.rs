use std::net::SocketAddr;

use axum::{Router, routing::post};
use futures::{
    future::{Ready, ready},
    stream,
};
use prost::Message;
use tonic::{
    Request, Response, Status,
    body::Body,
    server::{Grpc, ServerStreamingService, UnaryService},
};
use tonic_prost::ProstCodec;

use crate::serve_peer;

/// A neighbour of which a test answers a few calls; every other call is UNIMPLEMENTED.
#[derive(Default)]
pub struct Stub(Router);

impl Stub {
    /// Answers `path` (`/kulanz.claims.v1.ClaimsService/GetTenant`) with `answer`.
    #[must_use]
    pub fn on<Asked, Answered, F>(self, path: &str, answer: F) -> Self
    where
        Asked: Message + Default + 'static,
        Answered: Message + Default + 'static,
        F: Fn(Asked) -> Result<Answered, Status> + Clone + Send + Sync + 'static,
    {
        let call = move |request: http::Request<axum::body::Body>| {
            let unary = Unary { answer: answer.clone(), asked: std::marker::PhantomData::<Asked> };
            async move {
                let mut grpc = Grpc::new(ProstCodec::<Answered, Asked>::default());
                let response: http::Response<Body> = grpc.unary(unary, request).await;
                response
            }
        };
        Self(self.0.route(path, post(call)))
    }

    /// Answers `path` with a stream of what `answer` gives.
    #[must_use]
    pub fn streaming<Asked, Answered, F>(self, path: &str, answer: F) -> Self
    where
        Asked: Message + Default + 'static,
        Answered: Message + Default + 'static,
        F: Fn(Asked) -> Result<Vec<Answered>, Status> + Clone + Send + Sync + 'static,
    {
        let call = move |request: http::Request<axum::body::Body>| {
            let streaming =
                Streaming { answer: answer.clone(), asked: std::marker::PhantomData::<Asked> };
            async move {
                let mut grpc = Grpc::new(ProstCodec::<Answered, Asked>::default());
                let response: http::Response<Body> =
                    grpc.server_streaming(streaming, request).await;
                response
            }
        };
        Self(self.0.route(path, post(call)))
    }

    /// Serves it until the test ends.
    pub async fn serve(self) -> SocketAddr {
        serve_peer(self.0.into()).await
    }
}

struct Unary<Asked, F> {
    answer: F,
    asked: std::marker::PhantomData<Asked>,
}

impl<Asked, Answered, F> UnaryService<Asked> for Unary<Asked, F>
where
    Answered: Message,
    F: Fn(Asked) -> Result<Answered, Status>,
{
    type Response = Answered;
    type Future = Ready<Result<Response<Answered>, Status>>;

    fn call(&mut self, request: Request<Asked>) -> Self::Future {
        ready((self.answer)(request.into_inner()).map(Response::new))
    }
}

struct Streaming<Asked, F> {
    answer: F,
    asked: std::marker::PhantomData<Asked>,
}

impl<Asked, Answered, F> ServerStreamingService<Asked> for Streaming<Asked, F>
where
    Answered: Message + 'static,
    F: Fn(Asked) -> Result<Vec<Answered>, Status>,
{
    type Response = Answered;
    type ResponseStream = stream::Iter<std::vec::IntoIter<Result<Answered, Status>>>;
    type Future = Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Asked>) -> Self::Future {
        let answers = (self.answer)(request.into_inner());
        ready(answers.map(|all| {
            let all: Vec<_> = all.into_iter().map(Ok).collect();
            Response::new(stream::iter(all))
        }))
    }
}
