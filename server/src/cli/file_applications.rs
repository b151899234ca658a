//! The applications in the settings file, which `postern serve` imports into the database.

use anyhow::Context;

use super::app::read_icon;
use crate::applications::{Application, Definition};
use crate::clock::UnixTime;
use crate::config::{ApplicationSettings, Config};
use crate::ids::ApplicationId;
use crate::store::events::Act;
use crate::store::{Db, accounts, transactions};

/// Replaces the applications that came from the settings file with those that are in it now. Nothing is imported while there are
/// no accounts: the first account is created in the browser.
pub(super) async fn take_over(db: &Db, config: &Config, now: UnixTime) -> anyhow::Result<()> {
    if !config.applications.is_empty() && accounts::none_exist(db).await? {
        tracing::warn!("the applications in the settings file are added at the next start: there is no account yet");
        return Ok(());
    }
    let definition = |(index, settings)| definition(settings).with_context(|| format!("application[{index}].icon"));
    let definitions = config.applications.iter().enumerate().map(definition).collect::<anyhow::Result<Vec<_>>>()?;
    let act = Act::of_operator(now);
    transactions::take_over_applications(db, &act, &definitions).await.context("[[application]] in the settings file")
}

fn definition(settings: &ApplicationSettings) -> anyhow::Result<Definition> {
    let application = Application {
        id: ApplicationId::random(),
        name: settings.name.clone(),
        url: settings.url.as_str().to_owned(),
        origin: settings.url.origin().clone(),
        rules: settings.rules.clone(),
        two_factor: settings.two_factor,
        max_age_s: settings.max_age_s,
        excluded_networks: settings.exclude_networks.clone(),
    };
    let icon = settings.icon.as_deref().map(read_icon).transpose()?;
    Ok(Definition { application, icon, accounts: settings.accounts.clone() })
}
