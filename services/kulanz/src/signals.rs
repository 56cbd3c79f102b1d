//! The signals that end a process.

use std::future::Future;

use kulanz_chassis::server::Signal;
use tokio::signal::unix::{SignalKind, signal};

/// Listens from now on; resolves with the first signal. A second one ends the process at once.
pub fn ending() -> std::io::Result<impl Future<Output = Signal> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let first = tokio::select! {
            _ = terminate.recv() => Signal::Terminate,
            _ = interrupt.recv() => Signal::Interrupt,
        };
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(1);
        });
        first
    })
}
