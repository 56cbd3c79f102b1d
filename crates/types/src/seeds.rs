use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng, rngs::SysRng};
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

/// The only source of ids and randomness beside `Clock`: seeded from the operating system in
/// production, from a number where a run must repeat exactly.
#[derive(Clone)]
pub struct Seeds(Arc<Mutex<State>>);

struct State {
    random: ChaCha20Rng,
    /// Orders the ids of one millisecond: a virtual clock stands still for thousands of them.
    counter: u64,
    last_millis: u64,
}

impl Seeds {
    /// Randomness nobody can foresee.
    ///
    /// # Panics
    /// Where the operating system has no randomness to give: nothing that Kulanz does is safe then.
    pub fn from_os() -> Self {
        #[expect(clippy::expect_used, reason = "without system randomness no secret can be made")]
        let random = ChaCha20Rng::try_from_rng(&mut SysRng).expect("system randomness");
        Self::with(random)
    }

    /// Randomness that repeats: the same number gives the same ids and bytes in the same order.
    pub fn fixed(seed: u64) -> Self {
        Self::with(ChaCha20Rng::seed_from_u64(seed))
    }

    fn with(random: ChaCha20Rng) -> Self {
        Self(Arc::new(Mutex::new(State { random, counter: 0, last_millis: 0 })))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random.fill_bytes(&mut out);
        out
    }

    /// A `UUIDv7` (RFC 9562) of `now`; a counter fills the bits behind the milliseconds, so that ids
    /// of one process sort by creation.
    pub(crate) fn uuid_v7(&self, now: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if millis > state.last_millis {
            state.last_millis = millis;
            state.counter = 0;
        }
        state.counter += 1;
        let high = (u128::from(state.counter) >> 30) & 0xfff;
        let low = u128::from(state.counter) & 0x3fff_ffff;
        let tail = u128::from(state.random.next_u32());
        Uuid::from_u128(
            u128::from(state.last_millis) << 80 | 7 << 76 | high << 64 | 2 << 62 | low << 32 | tail,
        )
    }
}
