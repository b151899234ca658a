//! Applications of a portal in this process.

use postern::applications::{Application, ApplicationUrl, Definition, Icon, Rules};
use postern::display_name::DisplayName;
use postern::ids::ApplicationId;
use postern::store::transactions;

use crate::portal::Portal;

/// An icon in SVG.
pub const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><path d=\"M0 0h8v8z\"/></svg>";

impl Portal {
    /// The definition of an application with an icon, for all users of an account.
    #[must_use]
    pub fn application(&self, account: &str, name: &str, url: &str, rules: &[&str]) -> Definition {
        let url = ApplicationUrl::parse(url).unwrap();
        let application = Application {
            id: ApplicationId::random(),
            name: DisplayName::parse(name).unwrap(),
            url: url.as_str().to_owned(),
            origin: url.origin().clone(),
            rules: Rules::parse(rules).unwrap(),
            two_factor: false,
            max_age_s: None,
            excluded_networks: Vec::new(),
        };
        let icon = Some(Icon::parse(ICON.as_bytes().to_vec()).unwrap());
        Definition { application, icon, accounts: vec![account.to_owned()] }
    }

    /// Adds an application as `postern app add` does; returns its id.
    pub async fn add_application(&self, definition: &Definition) -> String {
        transactions::add_application(&self.state.db, &self.operator(), definition).await.unwrap();
        definition.application.id.to_string()
    }
}
