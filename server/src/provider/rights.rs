//! Whether the user behind a grant may still use the application, and what the client may learn.

use crate::applications::{Admission, Application, Grant, admit};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::oidc::claims::{Person, UserClaims, groups_in};
use crate::oidc::scope::{Scope, Scopes};
use crate::state::AppState;
use crate::store::oidc_grants::LiveGrant;
use crate::store::{Result, applications, grants, oidc_access_tokens, oidc_grants};

/// A grant whose session is live, and whose user may use the application now.
#[derive(Debug)]
pub struct Entitled {
    /// The grant.
    pub grant: LiveGrant,
    /// The application.
    pub application: Application,
    grants: Vec<Grant>,
}

impl Entitled {
    /// Checks a live grant by the rules of its application; `None` if the user has lost the right to use it.
    pub async fn check(app: &AppState, grant: LiveGrant) -> Result<Option<Self>> {
        let Some(application) = applications::find(&app.db, &grant.application_id).await? else { return Ok(None) };
        let grants = grants::grants(&app.db, &grant.user_id, &application.id).await?;
        let visitor = grant.visitor(grants);
        let admission = admit(&application, grant.address(), app.clock.now(), &visitor);
        let grants = visitor.grants;
        Ok((admission == Admission::Admitted).then_some(Self { grant, application, grants }))
    }

    /// The grant of an access token, and what the token is good for; `None` if it does not work.
    pub async fn of_access_token(app: &AppState, token: &str) -> Result<Option<(Self, AccessToken)>> {
        let now = app.clock.now();
        let hash = TokenHash::of_text(token);
        let Some(stored) = oidc_access_tokens::find(&app.db, &hash, now).await? else { return Ok(None) };
        let grant = oidc_grants::live(&app.db, &stored.grant_id, now, app.config.sessions.idle_s).await?;
        let Some(grant) = grant else { return Ok(None) };
        let token = AccessToken { scopes: Scopes::parse(&stored.scope), expires_at: stored.expires_at };
        Ok(Self::check(app, grant).await?.map(|entitled| (entitled, token)))
    }

    /// What the client may learn of the user with these scopes.
    pub async fn user_claims(&self, app: &AppState, scopes: &Scopes) -> Result<UserClaims> {
        let groups = if scopes.contain(Scope::Groups) { self.groups(app).await? } else { Vec::new() };
        let LiveGrant { email, name, .. } = &self.grant;
        let person = Person { email, is_email_verified: self.grant.is_email_verified(), name, groups };
        Ok(UserClaims::of(person, scopes))
    }

    /// The accounts through which the user may use the application, and the role in each.
    async fn groups(&self, app: &AppState) -> Result<Vec<String>> {
        let at = app.clock.now();
        let accounts = grants::accounts_of(&app.db, &self.grant.user_id).await?;
        let has_shown_factor = self.grant.has_shown_factor();
        let counts = |grant: &&Grant| {
            grant.is_chosen && grant.allows(self.grant.address(), at) && (!grant.needs_factor || has_shown_factor)
        };
        let through: Vec<_> = self.grants.iter().filter(counts).map(|grant| &grant.account_id).collect();
        let accounts = accounts.into_iter().filter(|account| through.contains(&&account.id));
        Ok(accounts.flat_map(|account| groups_in(&account.name, account.admin_since.is_some())).collect())
    }
}

/// What is known of an access token that works.
#[derive(Debug)]
pub struct AccessToken {
    /// What it is good for.
    pub scopes: Scopes,
    /// When it expires.
    pub expires_at: UnixTime,
}
