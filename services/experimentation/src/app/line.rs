//! The questions of one tenant, waiting for their turn.
//!
//! Questions that come while others are being written are answered together, in one transaction: the log is
//! durable before an answer leaves, and one commit serves them all. Many are looked up while those before are being
//! decided, and decided while those before that are still being written; few wait until all that is done, so that
//! more come to share their commit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kulanz_policy::Scratch;
use kulanz_types::TenantId;
use tokio::sync::{Mutex as Turns, MutexGuard as Turn, oneshot};

use super::ask::{Ask, Logged};
use super::batch::{Batch, Before, Written};
use super::desk::Desk;
use crate::error::Error;

/// Questions that are answered in one transaction at most.
const TOGETHER: usize = 512;
/// So many questions are worth a transaction of their own.
const MANY: usize = TOGETHER / 2;

/// The line of a tenant. The turns are taken in this order. Of many questions each ends once the next is held; few take
/// all before they begin. So whoever waits for a turn holds no connection that those before need to go on, not even
/// where there is but one.
#[derive(Default)]
pub struct Line {
    waiting: Mutex<Vec<Job>>,
    opening: Turns<()>,
    deciding: Turns<Scratch>,
    writing: Turns<()>,
}

/// Questions of one call, and where their answers go.
struct Job {
    asks: Arc<[Ask]>,
    answers: oneshot::Sender<Answers>,
}

type Answers = Result<Vec<Logged>, Error>;

impl Line {
    /// Answers the questions in their order. One asked before gets the answer it got then.
    pub async fn decide(&self, desk: &Desk, tenant: TenantId, asks: Vec<Ask>) -> Answers {
        let asks = Arc::<[Ask]>::from(asks);
        loop {
            let (answers, mut answered) = oneshot::channel();
            self.waiting().push(Job { asks: Arc::clone(&asks), answers });
            let answer = loop {
                tokio::select! {
                    biased;
                    answer = &mut answered => break answer,
                    turn = self.opening.lock(), if self.is_waiting(&asks) => {
                        self.serve(desk, tenant, &asks, turn).await;
                    }
                }
            };
            // Where whoever had our questions in hand was cancelled, we ask again, under the same ids.
            if let Ok(answer) = answer {
                return answer;
            }
        }
    }

    /// Answers the first of the line, or nobody if somebody else has `own` questions in hand.
    async fn serve(&self, desk: &Desk, tenant: TenantId, own: &Arc<[Ask]>, opening: Turn<'_, ()>) {
        if !self.is_waiting(own) {
            return;
        }
        let last = if self.is_long() { None } else { Some(self.last_turns().await) };
        let before = if last.is_some() { Before::Written } else { Before::UnderWay };
        let mut jobs = self.take();
        let asks: Vec<&Ask> = jobs.iter().flat_map(|job| job.asks.iter()).collect();
        let batch = Batch::open(desk, tenant, &asks, before).await;
        let (mut deciding, writing) = match last {
            Some((deciding, writing)) => (deciding, Some(writing)),
            None => (self.deciding.lock().await, None),
        };
        drop(opening);
        let batch = decide(batch, &mut deciding).await;
        let writing = match writing {
            Some(writing) => writing,
            None => self.writing.lock().await,
        };
        drop(deciding);
        let written = write(batch).await;
        drop(writing);
        match written {
            Ok(written) => hand_out(desk, jobs, written).await,
            Err(error) if jobs.len() == 1 && before == Before::Written => {
                let _ = jobs.remove(0).answers.send(Err(error));
            }
            Err(_) => self.one_by_one(desk, tenant, jobs).await,
        }
    }

    /// Answers each job on its own, where together or ahead they failed: a faulty question of one caller is
    /// not another's.
    async fn one_by_one(&self, desk: &Desk, tenant: TenantId, jobs: Vec<Job>) {
        for job in jobs {
            let written = {
                let _opening = self.opening.lock().await;
                let (mut deciding, _writing) = self.last_turns().await;
                let asks: Vec<&Ask> = job.asks.iter().collect();
                let batch = Batch::open(desk, tenant, &asks, Before::Written).await;
                write(decide(batch, &mut deciding).await).await
            };
            match written {
                Ok(written) => hand_out(desk, vec![job], written).await,
                Err(error) => _ = job.answers.send(Err(error)),
            }
        }
    }

    /// The turns behind the first: once both are held, nothing is under way.
    async fn last_turns(&self) -> (Turn<'_, Scratch>, Turn<'_, ()>) {
        (self.deciding.lock().await, self.writing.lock().await)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Job>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_waiting(&self, asks: &Arc<[Ask]>) -> bool {
        self.waiting().iter().any(|job| Arc::ptr_eq(&job.asks, asks))
    }

    fn is_long(&self) -> bool {
        self.waiting().iter().map(|job| job.asks.len()).sum::<usize>() >= MANY
    }

    /// Takes the jobs that go into one transaction: one at least.
    fn take(&self) -> Vec<Job> {
        let mut waiting = self.waiting();
        let mut asks = 0;
        let too_many = waiting.iter().position(|job| {
            asks += job.asks.len();
            asks > TOGETHER
        });
        let count = too_many.map_or(waiting.len(), |position| position.max(1));
        waiting.drain(..count).collect()
    }
}

async fn decide<'a>(
    batch: Result<Batch<'a>, Error>,
    scratch: &mut Scratch,
) -> Result<Batch<'a>, Error> {
    let mut batch = batch?;
    batch.decide(scratch).await?;
    Ok(batch)
}

async fn write(batch: Result<Batch<'_>, Error>) -> Result<Written, Error> {
    batch?.write().await
}

/// Gives each job its answers, and tells the database how long the log is once nobody waits for that.
async fn hand_out(desk: &Desk, jobs: Vec<Job>, written: Written) {
    let mut answers = written.answers.into_iter();
    for job in jobs {
        let own = answers.by_ref().take(job.asks.len()).collect();
        let _ = job.answers.send(Ok(own));
    }
    if written.has_grown {
        desk.know_sizes().await;
    }
}
