//! Three ways to add many rows under row-level security, which refuses COPY, beside the COPY that it
//! refuses: the figures of the decision in docs/adr.

use std::{io::Read as _, time::Instant};

use kulanz_claims::DEFINITION as CLAIMS;
use kulanz_testkit::{Backend, House, servers};
use kulanz_tests::{World, rows};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use crate::import::copy_out;

const ROWS: usize = 20_000;
const CHUNK: usize = 1_000;
const TABLES: [&str; 3] = ["claim", "entry", "import_row"];

/// Prints rows per second of each way and table.
pub async fn run() {
    let builder = House::build(Backend::Server, &[CLAIMS]).without_background();
    let world = World::found(builder).await;
    world.import(rows(ROWS)).await;
    let (schema, tenant) = (world.house.schema("claims"), world.tenant.to_string());
    world.house.stop().await;
    for name in TABLES {
        let mut table = Table::read(&schema, name, &tenant).await;
        for _ in 0..2 {
            let copy = table.copy().await;
            let placeholders = table.guarded(Way::Placeholders).await;
            let arrays = table.guarded(Way::Arrays).await;
            let staged = table.guarded(Way::Staged).await;
            println!(
                "{name}: COPY {copy:.0}, rows of placeholders {placeholders:.0}, \
                 arrays {arrays:.0}, COPY into a temporary table {staged:.0} rows/s"
            );
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    Placeholders,
    Arrays,
    Staged,
}

struct Table {
    name: String,
    tenant: String,
    schema: String,
    columns: Vec<(String, String)>,
    lines: Vec<String>,
    owner: PgConnection,
    role: PgConnection,
}

impl Table {
    async fn read(schema: &str, name: &str, tenant: &str) -> Self {
        let pool = sqlx::PgPool::connect(&servers().0.url("owner")).await.unwrap();
        let mut text = String::new();
        let mut file = copy_out(&pool, &format!("{schema}.{name}")).await;
        file.read_to_string(&mut text).unwrap();
        let lines = text.lines().map(str::to_owned).collect();
        let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns \
                   WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position";
        let found = sqlx::query(sql).bind(schema).bind(name).fetch_all(&pool).await.unwrap();
        let columns = found.iter().map(|row| (row.get(0), row.get(1))).collect();
        let owner = PgConnection::connect(&servers().0.url("owner")).await.unwrap();
        let role = PgConnection::connect(&servers().0.url("kulanz_claims")).await.unwrap();
        let (name, tenant, schema) = (name.to_owned(), tenant.to_owned(), schema.to_owned());
        Self { name, tenant, schema, columns, lines, owner, role }
    }

    /// An empty table of the same shape.
    async fn make(&mut self) -> String {
        let (schema, name) = (&self.schema, &self.name);
        let own = "tenant_id = current_setting('app.tenant_id')";
        let sql = format!(
            "DROP TABLE IF EXISTS {schema}.bench; \
             CREATE TABLE {schema}.bench (LIKE {schema}.{name} INCLUDING ALL EXCLUDING IDENTITY); \
             ALTER TABLE {schema}.bench ENABLE ROW LEVEL SECURITY; \
             ALTER TABLE {schema}.bench FORCE ROW LEVEL SECURITY; \
             CREATE POLICY tenant ON {schema}.bench USING ({own}) WITH CHECK ({own}); \
             GRANT ALL ON {schema}.bench TO kulanz_claims; \
             GRANT TEMPORARY ON DATABASE postgres TO kulanz_claims; CHECKPOINT"
        );
        for statement in sql.split("; ") {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut self.owner).await.unwrap();
        }
        format!("{schema}.bench")
    }

    async fn copy(&mut self) -> f64 {
        let table = self.make().await;
        let start = Instant::now();
        for lines in self.lines.chunks(CHUNK) {
            let statement = format!("COPY {table} FROM STDIN");
            let mut copy = self.owner.copy_in_raw(&statement).await.unwrap();
            copy.send(text(lines).as_bytes()).await.unwrap();
            copy.finish().await.unwrap();
        }
        self.rate(start)
    }

    async fn guarded(&mut self, way: Way) -> f64 {
        let table = self.make().await;
        let start = Instant::now();
        let lines = std::mem::take(&mut self.lines);
        for lines in lines.chunks(CHUNK) {
            let scope = "SELECT set_config('app.tenant_id', $1, true)";
            let mut transaction = self.role.begin().await.unwrap();
            let set = sqlx::query(scope).bind(&self.tenant);
            set.execute(&mut *transaction).await.unwrap();
            match way {
                Way::Placeholders => {
                    for lines in lines.chunks(500) {
                        placeholders(&mut transaction, &table, &self.columns, lines).await;
                    }
                }
                Way::Arrays => arrays(&mut transaction, &table, &self.columns, lines).await,
                Way::Staged => staged(&mut transaction, &table, &self.columns, lines).await,
            }
            transaction.commit().await.unwrap();
        }
        self.lines = lines;
        self.rate(start)
    }

    fn rate(&self, start: Instant) -> f64 {
        self.lines.len() as f64 / start.elapsed().as_secs_f64()
    }
}

fn text(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn cell(text: &str) -> Option<String> {
    (text != "\\N").then(|| text.replace("\\\\", "\\"))
}

async fn placeholders(
    connection: &mut PgConnection,
    table: &str,
    columns: &[(String, String)],
    lines: &[String],
) {
    let places = |row: usize| {
        let all: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(index, (_, kind))| format!("${}::text::{kind}", row * columns.len() + index + 1))
            .collect();
        format!("({})", all.join(", "))
    };
    let rows: Vec<String> = (0..lines.len()).map(places).collect();
    let sql = format!("INSERT INTO {table} VALUES {}", rows.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for line in lines {
        for text in line.split('\t') {
            query = query.bind(cell(text));
        }
    }
    query.execute(connection).await.unwrap();
}

async fn arrays(
    connection: &mut PgConnection,
    table: &str,
    columns: &[(String, String)],
    lines: &[String],
) {
    let mut sources = Vec::new();
    let mut values = Vec::new();
    for (index, (_, kind)) in columns.iter().enumerate() {
        let passed = if kind == "bigint" { "bigint" } else { "text" };
        sources.push(format!("${}::{passed}[]", index + 1));
        values.push(if passed == kind { format!("c{index}") } else { format!("c{index}::{kind}") });
    }
    let names: Vec<String> = (0..columns.len()).map(|index| format!("c{index}")).collect();
    let (values, sources, names) = (values.join(", "), sources.join(", "), names.join(", "));
    let sql =
        format!("INSERT INTO {table} SELECT {values} FROM unnest({sources}) AS given ({names})");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    let cells: Vec<Vec<&str>> = lines.iter().map(|line| line.split('\t').collect()).collect();
    for (index, (_, kind)) in columns.iter().enumerate() {
        let column = cells.iter().map(|line| cell(line[index]));
        query = if kind == "bigint" {
            query.bind(
                column.map(|cell| cell.map(|n| n.parse().unwrap())).collect::<Vec<Option<i64>>>(),
            )
        } else {
            query.bind(column.collect::<Vec<Option<String>>>())
        };
    }
    query.execute(connection).await.unwrap();
}

async fn staged(
    connection: &mut PgConnection,
    table: &str,
    columns: &[(String, String)],
    lines: &[String],
) {
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(", ");
    let make = format!(
        "CREATE TEMPORARY TABLE bulk ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"
    );
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut *connection).await.unwrap();
    let statement = format!("COPY bulk ({names}) FROM STDIN");
    let mut copy = connection.copy_in_raw(&statement).await.unwrap();
    copy.send(text(lines).as_bytes()).await.unwrap();
    copy.finish().await.unwrap();
    let insert = format!("INSERT INTO {table} ({names}) SELECT {names} FROM bulk");
    sqlx::raw_sql(AssertSqlSafe(insert)).execute(connection).await.unwrap();
}
