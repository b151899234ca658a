// A web application around `openid-client`. Its log-out tokens are checked with `jose`, which has the same author.

import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { ClientSite, register, SCOPE, show, type Registered } from '../relying-parties.js';
import type { Portal } from '../portal.js';

declare module 'express-session' {
  interface SessionData {
    checks: client.AuthorizationCodeGrantChecks;
    tokens: { access: string; refresh: string; id: string; claims: client.IDToken };
  }
}

/** A running application. */
export interface OpenIdClient {
  url: string;
  /** Its view of the portal. */
  config: client.Configuration;
  /** Log-out tokens that it has accepted. */
  logOuts: unknown[];
  stop: () => Promise<void>;
}

/** Starts an application with a secret. */
export async function startOpenIdClient(portal: Portal): Promise<OpenIdClient> {
  const site = await ClientSite.start();
  const registered = await register(portal, site.url, '--back-channel-uri', `${site.url}/back-channel`);
  return start(site, registered, client.ClientSecretBasic(registered.secret));
}

/** Starts a program on the user's machine, without a secret. It listens at any port (RFC 8252, section 7.3). */
export async function startNativeOpenIdClient(portal: Portal): Promise<OpenIdClient> {
  const site = await ClientSite.start();
  return start(site, await register(portal, 'http://127.0.0.1', '--public'), client.None());
}

async function start(site: ClientSite, { issuer, id }: Registered, authentication: client.ClientAuth): Promise<OpenIdClient> {
  const config = await client.discovery(new URL(issuer), id, undefined, authentication, { execute: [client.allowInsecureRequests] });
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri!));
  const logOuts: unknown[] = [];
  const ended = new Set<unknown>();

  site.app.get('/log-in', async (request, response) => {
    const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() };
    request.session.checks = { ...checks, maxAge: 3600, idTokenExpected: true };
    const parameters = {
      redirect_uri: `${site.url}/callback`,
      scope: SCOPE,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      max_age: '3600',
    };
    response.redirect(client.buildAuthorizationUrl(config, parameters).href);
  });

  site.app.get('/callback', async (request, response) => {
    const tokens = await client.authorizationCodeGrant(config, new URL(request.originalUrl, site.url), request.session.checks);
    request.session.tokens = { access: tokens.access_token, refresh: tokens.refresh_token!, id: tokens.id_token!, claims: tokens.claims()! };
    response.redirect('/');
  });

  site.app.get('/', async (request, response) => {
    const { tokens } = request.session;
    if (tokens === undefined || ended.has(tokens.claims.sid)) return show(response, { user: null });
    show(response, { user: await client.fetchUserInfo(config, tokens.access, tokens.claims.sub), tokens });
  });

  site.app.get('/refresh', async (request, response) => {
    const old = request.session.tokens!;
    const tokens = await client.refreshTokenGrant(config, old.refresh);
    request.session.tokens = { access: tokens.access_token, refresh: tokens.refresh_token!, id: tokens.id_token!, claims: tokens.claims()! };
    response.redirect('/');
  });

  site.app.get('/log-out', (request, response) => {
    const { id } = request.session.tokens!;
    delete request.session.tokens;
    const parameters = { id_token_hint: id, post_logout_redirect_uri: `${site.url}/`, state: 'bye' };
    response.redirect(client.buildEndSessionUrl(config, parameters).href);
  });

  site.app.post('/back-channel', async (request, response) => {
    const { payload } = await jwtVerify(request.body.logout_token, keys, {
      issuer,
      audience: id,
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'exp', 'jti', 'events', 'sid', 'sub'],
    });
    logOuts.push(payload);
    ended.add(payload.sid);
    response.set('Cache-Control', 'no-store').end();
  });

  site.showFailures();
  return { url: site.url, config, logOuts, stop: () => site.stop() };
}
