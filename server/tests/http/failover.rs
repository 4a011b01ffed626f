//! The database's primary dies, and another server takes its address: one with its data, or its replica.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cluster::Cluster;
use crate::database_link::DatabaseLink;
use crate::process::free_port;

/// A MariaDB of this test's own, that may be killed.
struct Primary {
    folder: tempfile::TempDir,
    /// Among those that replicate each other.
    number: u32,
    port: u16,
    child: Option<Child>,
}

impl Primary {
    /// Starts one; `None` where there is no MariaDB.
    async fn start() -> Option<Self> {
        let primary = Self::numbered(1).await?;
        // No root: a server that is read-only takes writes of root.
        primary.say(
            "CREATE DATABASE daemun; CREATE USER daemun@'127.0.0.1' IDENTIFIED BY 'daemun'; \
             GRANT ALL ON daemun.* TO daemun@'127.0.0.1'",
        );
        Some(primary)
    }

    async fn numbered(number: u32) -> Option<Self> {
        std::env::var_os("DAEMUN_TEST_MYSQL_URL")?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        let mut install = Command::new("mariadb-install-db");
        install.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
        install.arg(format!("--datadir={}", folder.path().join("db").display())).env("TMPDIR", folder.path());
        install.stdout(Stdio::null()).stderr(Stdio::null());
        if !install.status().is_ok_and(|status| status.success()) {
            return None;
        }
        let mut primary = Self { folder, number, port: free_port(), child: None };
        primary.take_the_address().await;
        Some(primary)
    }

    /// What the server answers to root.
    fn say(&self, statement: &str) -> String {
        let mut client = Command::new("mariadb");
        client.args(["--no-defaults", "--batch", "--skip-column-names"]);
        client.arg(format!("--socket={}", self.path("socket").display()));
        let output = client.args(["-e", statement]).output().unwrap();
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Follows `primary` from now on, and takes no writes but its own.
    fn follow(&self, primary: &Self) {
        self.say("SET GLOBAL read_only = 1");
        self.say(&format!(
            "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {}, MASTER_USER = 'root', \
             MASTER_PASSWORD = '', MASTER_USE_GTID = slave_pos; START SLAVE",
            primary.port
        ));
    }

    /// Waits until it has all that `primary` has.
    fn catch_up(&self, primary: &Self) {
        let position = primary.say("SELECT @@gtid_binlog_pos");
        assert_eq!(self.say(&format!("SELECT MASTER_GTID_WAIT('{position}', 30)")), "0");
    }

    /// Is the primary from now on.
    fn lead(&self) {
        self.say("STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("mysql://daemun:daemun@127.0.0.1:{}/daemun", self.port)
    }

    /// A server with everything that was confirmed, at the same address.
    async fn take_the_address(&mut self) {
        let path = |name: &str| self.path(name).display().to_string();
        let mut server = Command::new("mariadbd");
        server
            .args(["--no-defaults", "--bind-address=127.0.0.1", "--innodb-log-file-size=32M"])
            .arg(format!("--datadir={}", path("db")))
            .arg(format!("--tmpdir={}", path("tmp")))
            .arg(format!("--socket={}", path("socket")))
            .arg(format!("--pid-file={}", path("pid")))
            .arg(format!("--user={}", user()))
            .arg(format!("--port={}", self.port))
            .args(["--log-bin=log", &format!("--server-id={}", self.number)])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.path("log")).unwrap());
        self.child = Some(server.spawn().unwrap());
        let began = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            let log = || std::fs::read_to_string(self.path("log")).unwrap();
            assert!(began.elapsed() < Duration::from_secs(60), "it did not start:\n{}", log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn die(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Primary {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn user() -> String {
    let user = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(user.stdout).unwrap().trim().to_owned()
}

/// Asks each replica for a service until all of them answered with `status`; whatever else they answer in between must be
/// one of `also`.
async fn until(cluster: &Cluster, cookie: &str, status: u16, also: &[u16]) {
    let began = Instant::now();
    for replica in 0..cluster.places.len() {
        loop {
            let answer = cluster.get(replica, "/service/x", cookie).send().await.unwrap();
            let answered = answer.status().as_u16();
            if answered == status {
                break;
            }
            assert!(also.contains(&answered), "replica {replica}: {answered}");
            assert_eq!(answer.headers().get("set-cookie"), None, "nobody is signed out");
            assert!(began.elapsed() < Duration::from_secs(60), "replica {replica} goes on with {answered}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn a_failover_of_the_primary_loses_no_session_and_is_503_in_between() {
    let Some(mut primary) = Primary::start().await else { return };
    let settings = [("DAEMUN_TOKENS__ACCESS_TTL", "2s"), ("DAEMUN_DATABASE__CONNECT_TIMEOUT", "1s")];
    let cluster = Cluster::start(2, &primary.url(), &settings).await;
    let cookies = [cluster.sign_in().await, cluster.sign_in().await, cluster.sign_in().await];
    for _ in 0..2 {
        for cookie in &cookies {
            until(&cluster, cookie, 200, &[]).await;
        }
        primary.die();
        // What is in memory is good for a moment; then nobody can say.
        until(&cluster, &cookies[0], 503, &[200]).await;
        let stranger = format!("daemun={}", "A".repeat(43));
        until(&cluster, &stranger, 503, &[]).await;
        primary.take_the_address().await;
        for cookie in &cookies {
            until(&cluster, cookie, 200, &[503]).await;
        }
    }
    cluster.sign_out(0, &cookies[0]).await;
    until(&cluster, &cookies[0], 401, &[200]).await;
    until(&cluster, &cookies[1], 200, &[]).await;
}

#[tokio::test]
async fn a_replica_that_is_promoted_takes_over_with_every_session_and_nothing_is_written_before() {
    let Some(mut primary) = Primary::start().await else { return };
    let replica = Primary::numbered(2).await.unwrap();
    replica.follow(&primary);
    let link = DatabaseLink::to(&primary.url()).await;
    let settings = [("DAEMUN_TOKENS__ACCESS_TTL", "2s"), ("DAEMUN_DATABASE__CONNECT_TIMEOUT", "1s")];
    let cluster = Cluster::start(2, &link.url(&primary.url()), &settings).await;
    let cookies = [cluster.sign_in().await, cluster.sign_in().await];
    let gone = cluster.sign_in().await;
    cluster.sign_out(0, &gone).await;
    for cookie in &cookies {
        until(&cluster, cookie, 200, &[]).await;
    }
    replica.catch_up(&primary);
    primary.die();
    until(&cluster, &cookies[0], 503, &[200]).await;

    // The address leads to the replica before it may be written to: it can be read there who is signed in, and nobody is signed out.
    link.lead_to(&replica.url());
    let began = Instant::now();
    while cluster.get(0, "/api/auth/session", &cookies[0]).send().await.unwrap().status() != 200 {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing can be read");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let url = format!("http://{}/api/auth/signout", cluster.places[0].address());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let refused = client.post(url).header("cookie", &cookies[0]);
    let refused = refused.header("sec-fetch-site", "same-origin").header("accept", "application/json");
    let refused = refused.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers().get("set-cookie")), (503, None));

    replica.lead();
    for cookie in &cookies {
        until(&cluster, cookie, 200, &[503]).await;
    }
    until(&cluster, &gone, 401, &[503]).await;
    let newcomer = cluster.sign_in().await;
    until(&cluster, &newcomer, 200, &[503]).await;
    cluster.sign_out(0, &cookies[0]).await;
    until(&cluster, &cookies[0], 401, &[200]).await;
    until(&cluster, &cookies[1], 200, &[]).await;
}
