//! `kulanz migrate`.

use kulanz_chassis::{Settings, constellation};
use kulanz_types::Seeds;

use crate::{house, terminal};

/// Brings the tables of all services up to date.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let applied =
        constellation::migrate(settings, &house::definitions(), &Seeds::from_os()).await?;
    terminal::line(match applied {
        0 => "the databases are up to date".to_owned(),
        applied => format!("{} applied", terminal::count(applied as u64, "migration")),
    });
    Ok(())
}
