//! `postern serve`.

use std::path::Path;
use std::sync::Arc;

use crate::auth::password::PasswordHasher;
use crate::clock::Clock;
use crate::config::{Config, DatabaseUrl, ServeSettings};
use crate::state::{AppState, open_cipher};
use crate::store::{Db, accounts};
use crate::web::Web;
use crate::{app, housekeeping, listen, logging};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) settings: ServeSettings,
}

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    logging::init(config.log_format, &config.log_level)?;
    let db = Db::connect(&config.database).await?;
    db.migrate(&config.database).await?;
    let cipher = open_cipher(&db, &config.key_file()).await?;
    if accounts::none_exist(&db).await? {
        tracing::warn!("{}", first_steps(&config));
    }
    let hasher =
        PasswordHasher::new(config.password_hash_memory_kib, config.password_hash_iterations, config.hash_concurrency)?;
    let web = Web::load(&config.product_name)?;
    let (listen, public_url) = (config.listen, config.public_url.origin().to_owned());
    let state = AppState::new(config, db.clone(), Clock::system(), cipher, hasher, Arc::new(web));
    let cleaning = tokio::spawn(housekeeping::run(state.clone()));
    let served = listen::serve(app(&state), listen, &public_url).await;
    cleaning.abort();
    db.close().await;
    served
}

/// What to do with an empty database: there are no default users (R34).
fn first_steps(config: &Config) -> String {
    let place = place(config);
    format!(
        "the database is empty: nobody can log in yet. Create the first account and its administrator from another shell\
         {}:\n  \
         postern account add 'My organisation' {place}\n  \
         postern user add you@example.com --account 'My organisation' --admin --active {place}\n  \
         postern account require-2fa 'My organisation' on {place}",
        if matches!(config.database, DatabaseUrl::Postgres(_)) {
            " (with the database's password, if it has one, in PGPASSWORD)"
        } else {
            ""
        }
    )
}

/// The flags that lead another command to the same data, quoted for a shell, without a password.
fn place(config: &Config) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let path = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let database = match &config.database {
        DatabaseUrl::Sqlite(file) => format!("sqlite:{}", path(file)),
        DatabaseUrl::Postgres(url) => url::Url::parse(url).map_or_else(
            |_| "postgres://…".to_owned(),
            |mut url| {
                let _ = url.set_password(None);
                url.to_string()
            },
        ),
    };
    format!("--data-dir {} --database {}", quoted(&path(&config.data_dir)), quoted(&database))
}
