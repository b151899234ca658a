//! The container files, and the image where there is an engine.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::shown;
use crate::packaging::container::Image;
use crate::setup::proxies;
use crate::setup::wheels::LINTERS;
use crate::{paths, process};

/// Reads the compose file by the Compose Specification.
const READ_COMPOSE: &str =
    "import sys, compose_spec; print(*compose_spec.PyCompose.from_yaml(sys.stdin.read()).service_names())";

/// Lints the files without an engine.
pub(super) fn lint() -> Result<()> {
    let packaging = paths::root().join("packaging");
    let linters = LINTERS.dir()?;
    process::read(Command::new(linters.join("bin/hadolint")).arg(packaging.join("Containerfile")))?;
    let mut compose = Command::new("sh");
    compose.args(["-c", "exec python3 -c \"$0\" < \"$1\"", READ_COMPOSE]).arg(packaging.join("compose.yaml"));
    let services = process::read(compose.env("PYTHONPATH", &linters))?;
    let mut names: Vec<&str> = services.split_whitespace().collect();
    names.sort_unstable();
    ensure!(names == ["caddy", "postern"], "compose.yaml has the services {names:?}");
    shown("the Containerfile has no lint, and compose.yaml follows the Compose Specification");
    let mut caddy = Command::new(proxies::dir()?.join("bin/caddy"));
    caddy.args(["validate", "--adapter=caddyfile", "--config"]).arg(packaging.join("Caddyfile"));
    process::read(caddy.env("POSTERN_HOST", "login.example.com"))?;
    shown("Caddy accepts the Caddyfile of compose.yaml");
    Ok(())
}

/// Starts an image on a new volume, and waits until it says itself that it is healthy.
pub(crate) fn container(image: &Image) -> Result<()> {
    let run = ["run", "--detach", "--read-only", "--cap-drop=ALL", "--volume=/data", &image.name];
    let id = process::read(Command::new(image.engine).args(run))?;
    let healthy = wait_until_healthy(image.engine, id.trim());
    process::read(Command::new(image.engine).args(["rm", "--force", "--volumes", id.trim()]))?;
    healthy?;
    shown("the container starts without privileges, and is healthy");
    Ok(())
}

fn wait_until_healthy(engine: &str, id: &str) -> Result<()> {
    for _ in 0..60 {
        if process::read(Command::new(engine).args(["exec", id, "/usr/bin/postern", "health"])).is_ok() {
            return Ok(());
        }
        process::sleep(Duration::from_millis(500))?;
    }
    let log = process::read(Command::new(engine).args(["logs", id]))?;
    None.with_context(|| format!("the container is not healthy:\n{log}"))
}
