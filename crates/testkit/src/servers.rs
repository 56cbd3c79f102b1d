//! A PostgreSQL and a Redis that belong to this test process and end with it, however it ends: a shell
//! that waits for the end of its standard input kills them and removes their folder.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use tempfile::TempDir;

static SERVERS: OnceLock<(PostgresServer, RedisServer)> = OnceLock::new();

/// This process's PostgreSQL and Redis, started when first asked for.
pub fn servers() -> &'static (PostgresServer, RedisServer) {
    SERVERS.get_or_init(|| {
        let redis = std::thread::spawn(RedisServer::start);
        (PostgresServer::start(), redis.join().expect("redis starts"))
    })
}

/// Starts this process's servers with durability on, for measurements; before anything asks for them.
pub fn start_durable() {
    SERVERS.get_or_init(|| (PostgresServer::durable(), RedisServer::start()));
}

/// A private PostgreSQL on a Unix socket. Durability is off: the machine does not fail in a test.
pub struct PostgresServer {
    socket: PathBuf,
    _guard: Guard,
}

/// A private Redis on a Unix socket.
pub struct RedisServer {
    socket: PathBuf,
    guard: Guard,
}

/// Keeps a server alive; its standard input closes with the process.
struct Guard {
    shell: Child,
    folder: TempDir,
}

impl Guard {
    fn end(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.end();
    }
}

impl PostgresServer {
    /// Makes a cluster and starts it.
    pub fn start() -> Self {
        Self::with(&[
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
        ])
    }

    /// The same with durability on, for measurements.
    pub fn durable() -> Self {
        Self::with(&[])
    }

    fn with(options: &[&str]) -> Self {
        let folder = TempDir::with_prefix("kulanz-postgres-").expect("a folder");
        let bin = postgres_bin();
        let run_as = if is_root() {
            run("chown", &["postgres", &folder.path().to_string_lossy()]);
            "setpriv --reuid=postgres --regid=postgres --init-groups "
        } else {
            ""
        };
        let (bin, data) = (bin.display(), folder.path().join("data"));
        let data = data.display();
        let socket = folder.path().display();
        let initdb = format!(
            "{run_as}{bin}/initdb -D {data} -A trust -U owner -E UTF8 --locale=C --no-sync >/dev/null"
        );
        run("sh", &["-c", &initdb]);
        let options = options.join(" ");
        let server = format!(
            "exec {run_as}{bin}/postgres -D {data} -k {socket} -c listen_addresses= \
             -c max_connections=600 -c shared_buffers=256MB \
             -c client_connection_check_interval=100 {options} >{socket}/log 2>&1"
        );
        let socket_file = folder.path().join(".s.PGSQL.5432");
        let socket = folder.path().to_owned();
        let guard = guard(&server, "INT", folder);
        wait_for(&socket_file, || {
            let url = socket.to_string_lossy().into_owned();
            quiet(&format!("{bin}/pg_isready"), &["-h", &url, "-q"])
        });
        Self { socket, _guard: guard }
    }

    /// The URL for `role`; `{service}` in it stays for the configuration to fill in.
    pub fn url(&self, role: &str) -> String {
        format!("postgres://{role}@localhost/postgres?host={}", self.socket.display())
    }
}

impl RedisServer {
    /// Starts it, empty.
    pub fn start() -> Self {
        Self::start_in(TempDir::with_prefix("kulanz-redis-").expect("a folder"))
    }

    /// Stops it and starts it again on the same socket, with what it held.
    #[must_use]
    pub fn restart(self, while_away: impl FnOnce()) -> Self {
        let Self { mut guard, .. } = self;
        guard.end();
        while_away();
        let folder = std::mem::replace(&mut guard.folder, TempDir::new().expect("a folder"));
        Self::start_in(folder)
    }

    fn start_in(folder: TempDir) -> Self {
        let socket = folder.path().join("redis.sock");
        let server = format!(
            "exec redis-server --port 0 --unixsocket {} --dir {} --save '' --appendonly yes \
             --appendfsync everysec >/dev/null 2>&1",
            socket.display(),
            folder.path().display()
        );
        let guard = guard(&server, "TERM", folder);
        let path = socket.to_string_lossy().into_owned();
        wait_for(&socket, || quiet("redis-cli", &["-s", &path, "ping"]));
        Self { socket, guard }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }
}

fn guard(server: &str, signal: &str, folder: TempDir) -> Guard {
    let script = format!(
        "({server}) & child=$!; trap '' INT TERM; cat >/dev/null; kill -{signal} $child; wait $child"
    );
    let shell =
        Command::new("sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().expect("sh starts");
    Guard { shell, folder }
}

/// Debian keeps the server's programs out of the path.
fn postgres_bin() -> PathBuf {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop().expect("PostgreSQL is installed: apt-get install postgresql redis-server")
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().expect("the program starts");
    assert!(status.success(), "{program} {arguments:?} failed");
}

fn quiet(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn wait_for(socket: &Path, ready: impl Fn() -> bool) {
    let start = Instant::now();
    while !(socket.exists() && ready()) {
        assert!(start.elapsed() < Duration::from_mins(1), "no server at {}", socket.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
