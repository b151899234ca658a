// A web application around `passport-openidconnect`, an older client: no discovery, no PKCE, no check of signatures, and the secret in
// the body.

import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { ClientSite, register, SCOPE, show } from '../relying-parties.js';
import type { Portal } from '../portal.js';

/** What the application keeps of its user. */
interface Known {
  profile: passport.Profile;
  idToken: string | object;
  refreshToken: string;
}

/** A running application. */
export interface PassportSite {
  url: string;
  stop: () => Promise<void>;
}

/** Its refresh is that of the library below it, as the packages for refreshing do. */
class Strategy extends OpenIDConnectStrategy {
  refresh(token: string): Promise<{ refreshToken: string; answer: { id_token: string } }> {
    return new Promise((resolve, reject) => {
      this._oauth2.getOAuthAccessToken(token, { grant_type: 'refresh_token' }, (error, _access, refreshToken, answer) =>
        error ? reject(new Error(JSON.stringify(error))) : resolve({ refreshToken: refreshToken!, answer }),
      );
    });
  }
}

function verify(
  _issuer: string,
  profile: passport.Profile,
  _context: object,
  idToken: string | object,
  _accessToken: string | object,
  refreshToken: string,
  done: OpenIDConnectStrategy.VerifyCallback,
): void {
  done(null, { profile, idToken, refreshToken } satisfies Known);
}

/** Starts the application. `options` are those of `postern client add`. */
export async function startPassport(portal: Portal, ...options: string[]): Promise<PassportSite> {
  const site = await ClientSite.start();
  const { issuer, id, secret } = await register(portal, site.url, ...options);
  const strategy = new Strategy(
    {
      issuer,
      authorizationURL: `${issuer}/oidc/authorize`,
      tokenURL: `${issuer}/oidc/token`,
      userInfoURL: `${issuer}/oidc/userinfo`,
      clientID: id,
      clientSecret: secret,
      callbackURL: `${site.url}/callback`,
      scope: SCOPE,
      nonce: 'yes',
      skipUserProfile: false,
    },
    verify,
  );
  const authenticator = new passport.Authenticator();
  authenticator.use('postern', strategy);
  authenticator.serializeUser((user, done) => done(null, user));
  authenticator.deserializeUser((user: Express.User, done) => done(null, user));
  site.app.use(authenticator.session());

  site.app.get('/log-in', authenticator.authenticate('postern'));
  site.app.get('/callback', authenticator.authenticate('postern', { successRedirect: '/', failureRedirect: '/failed', failureMessage: true }));
  site.app.get('/failed', (request, response) => show(response, { failed: request.session }));
  site.app.get('/', (request, response) => show(response, { user: request.user ?? null }));

  site.app.get('/refresh', async (request, response) => {
    const known = request.user as Known;
    const { refreshToken, answer } = await strategy.refresh(known.refreshToken);
    show(response, { before: known, refreshToken, idToken: answer.id_token });
  });

  // Its users leave with the id of the client, and without an id token.
  site.app.get('/log-out', (request, response, next) => {
    const parameters = new URLSearchParams({ client_id: id, post_logout_redirect_uri: `${site.url}/` });
    request.logout((error) => (error ? next(error) : response.redirect(`${issuer}/oidc/sign-out?${parameters}`)));
  });

  site.showFailures();
  return { url: site.url, stop: () => site.stop() };
}
