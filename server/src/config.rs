//! stub
use std::net::SocketAddr;
use std::path::PathBuf;
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}
#[derive(Debug, Clone)]
pub struct PublicUrl(String);
impl PublicUrl {
    pub fn origin(&self) -> &str {
        &self.0
    }
    pub fn is_https(&self) -> bool {
        false
    }
}
#[derive(Debug, Clone, Copy)]
pub enum LogFormat {
    Human,
    Json,
}
#[derive(Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: PublicUrl,
    pub data_dir: PathBuf,
    pub database: DatabaseUrl,
    pub product_name: String,
    pub issuer: String,
    pub trusted_proxies: Vec<ipnet::IpNet>,
    pub totp_window: u8,
    pub session_idle: i64,
    pub session_absolute: i64,
    pub password_hash_memory_kib: u32,
    pub password_hash_iterations: u32,
    pub hash_concurrency: usize,
    pub log_format: LogFormat,
    pub log_level: String,
}
impl Config {
    pub fn defaults(data_dir: PathBuf, database: DatabaseUrl) -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            public_url: PublicUrl("http://localhost:8080".into()),
            data_dir,
            database,
            product_name: "Postern".into(),
            issuer: "Postern".into(),
            trusted_proxies: vec![],
            totp_window: 1,
            session_idle: 3600,
            session_absolute: 86400,
            password_hash_memory_kib: 19456,
            password_hash_iterations: 2,
            hash_concurrency: 2,
            log_format: LogFormat::Human,
            log_level: "info".into(),
        }
    }
    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join("postern.key")
    }
}
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    #[arg(long)]
    pub config: Option<PathBuf>,
}
#[derive(Debug, clap::Args)]
pub struct ServeSettings {
    #[arg(long)]
    pub listen: Option<String>,
}
pub fn config_table() -> String {
    String::new()
}
pub fn load(_: &ConfigArgs, _: Option<&ServeSettings>) -> anyhow::Result<Config> {
    todo!()
}
