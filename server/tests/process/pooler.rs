//! Two servers whose connections to PostgreSQL come from a pooler, `PgBouncer`, which lends one to each session.

use std::fs::{Permissions, set_permissions, write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use postern::auth::token::random_id;
use postern_testkit::{ADA, Database, Installation, eventually, within};
use tempfile::TempDir;
use tokio::net::TcpStream;
use url::Url;

/// A pooler that was started. Dropping it ends the program.
struct Pooler {
    program: Child,
    port: u16,
    _settings: TempDir,
}

impl Pooler {
    async fn start(server: &Url) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = TempDir::new().unwrap();
        // The pooler refuses to be root, and reads its settings as somebody else.
        set_permissions(settings.path(), Permissions::from_mode(0o755)).unwrap();
        let file = settings.path().join("pgbouncer.ini");
        let (host, at, user) = (server.host_str().unwrap(), server.port().unwrap_or(5432), server.username());
        // A password may be empty, which pgbouncer writes as nothing between quotes.
        let password = server.password().unwrap_or_default();
        let text = format!(
            "[databases]\n* = host={host} port={at} user={user} password='{password}'\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = session\nmax_client_conn = 200\ndefault_pool_size = 100\n\
             ignore_startup_parameters = extra_float_digits\n"
        );
        write(&file, text).unwrap();
        let mut command = Command::new("pgbouncer");
        command.env("PATH", "/usr/sbin:/usr/bin:/bin").stderr(Stdio::null()).arg("--quiet");
        if rustix::process::geteuid().is_root() {
            command.args(["--user", "nobody"]);
        }
        let program = command.arg(file).spawn().unwrap();
        eventually("the pooler listens", async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        Self { program, port, _settings: settings }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_a_lock_at_one_process_is_true_at_the_other_within_two_seconds() {
    let server = Url::parse(&postern_testkit::postgres_server()).unwrap();
    let pooler = Pooler::start(&server).await;
    let name = format!("test_{}", random_id());
    let url = format!("postgres://{}@127.0.0.1:{}/{name}", server.username(), pooler.port);
    let portal = Installation::on(Database::postgres_by(&name, url).await).with_ada();
    let servers = [portal.start().await, portal.start().await];
    let (mut browser, _) = servers[0].set_up(ADA).await;
    let mut moved = browser.moved_to(&servers[1]);
    assert_eq!((browser.step().await, moved.step().await), ("signed_in".to_owned(), "signed_in".to_owned()));
    portal.run(&["user", "lock", ADA]);
    for browser in [&mut browser, &mut moved] {
        let is_out = async || browser.step().await == "credentials";
        within("the lock counts", Duration::from_secs(2), is_out).await;
    }
}
