//! A run repeats exactly.

use kulanz_testkit::Backend;
use kulanz_tests::World;

use crate::{tables, walk};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_walk_leaves_the_same_rows_in_every_table() {
    let mut dumps = Vec::new();
    for _ in 0..2 {
        let world = World::open(Backend::Embedded).await;
        walk::walk(&world).await;
        dumps.push(tables::dump(&world.house).await);
        world.house.stop().await;
    }
    let (first, second) = (&dumps[0], &dumps[1]);
    assert!(first.keys().eq(second.keys()));
    for (table, rows) in first {
        assert_eq!(rows, &second[table], "{table}");
    }
    let filled = first.values().filter(|rows| !rows.is_empty()).count();
    assert!(filled >= 20, "only {filled} tables hold anything");
}
