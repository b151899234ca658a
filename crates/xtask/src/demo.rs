//! A demonstration account, so that people can log in right away.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result};

use crate::server_process::{Server, command_line};

/// The file with the demonstration users and their passwords, in the data directory, readable only by its owner.
const USERS_FILE: &str = "demo-users.txt";

/// The users: e-mail, name, and further arguments.
const USERS: [(&str, &str, &[&str]); 2] =
    [("ada@example.com", "Ada L.", &["--admin"]), ("bo@example.com", "Bo K.", &[])];

/// Creates the demonstration account if the data directory does not exist yet, and prints its users.
pub(crate) fn ensure(binary: &Path, data_dir: &Path) -> Result<()> {
    if !data_dir.exists() {
        // Created under another name first, and removed on failure, so that it is never incomplete.
        let parent = data_dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unfinished = tempfile::Builder::new()
            .prefix(".postern-data-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        create(binary, unfinished.path())?;
        fs::rename(unfinished.keep(), data_dir)?;
    }
    if let Ok(users) = fs::read_to_string(data_dir.join(USERS_FILE)) {
        println!("{users}");
    }
    Ok(())
}

fn create(binary: &Path, data_dir: &Path) -> Result<()> {
    // Only a server creates a database.
    let _server = Server::start_in(binary, data_dir, None)?;
    command_line(binary, data_dir, &["account", "add", "Demo"], "")?;
    command_line(binary, data_dir, &["account", "require-2fa", "Demo", "on"], "")?;
    let mut text = String::from("Demonstration users (two-factor authentication required):\n");
    for (email, name, admin) in USERS {
        // Passed in, because a password that the portal generates must be replaced at the first log-in.
        let password = random_password()?;
        let mut arguments =
            vec!["user", "add", email, "--account", "Demo", "--name", name, "--active", "--password-stdin"];
        arguments.extend(admin);
        command_line(binary, data_dir, &arguments, &password)?;
        let role = if admin.is_empty() { "user" } else { "administrator" };
        text += &format!("  {email:<16}  {password}  {role}\n");
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(data_dir.join(USERS_FILE))?;
    file.write_all(text.as_bytes()).context("keeping the demonstration users")
}

/// 20 hexadecimal digits from the system's random numbers.
fn random_password() -> Result<String> {
    let mut bytes = [0; 10];
    File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes)).context("drawing a password")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
