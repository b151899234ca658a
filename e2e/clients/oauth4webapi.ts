// A web application around `oauth4webapi`, which leaves every step to its caller and checks each strictly. Its answers come by a form
// that the browser posts, its tokens are signed with ES256, and its access tokens are JWTs that an API checks by itself.

import * as oauth from 'oauth4webapi';
import { ClientSite, register, SCOPE, show } from '../relying-parties.js';
import type { Portal } from '../portal.js';

const INSECURE = { [oauth.allowInsecureRequests]: true };

/** A running application. */
export interface OAuth4WebApi {
  url: string;
  stop: () => Promise<void>;
}

/** A log-in that has begun. */
interface Begun {
  verifier: string;
  nonce: string;
}

/** Starts the application. Parameters of `/log-in` are passed on to the portal. `/api` accepts access tokens. */
export async function startOAuth4WebApi(portal: Portal): Promise<OAuth4WebApi> {
  const site = await ClientSite.start();
  const { issuer, id, secret } = await register(portal, site.url, '--pkce', '--es256', '--jwt');
  const discovered = await oauth.discoveryRequest(new URL(issuer), INSECURE);
  const as = await oauth.processDiscoveryResponse(new URL(issuer), discovered);
  const client: oauth.Client = { client_id: id, id_token_signed_response_alg: 'ES256' };
  const authentication = oauth.ClientSecretPost(secret);
  // By state, not in a cookie: browsers send none with a form of another site.
  const begun = new Map<string, Begun>();

  site.app.get('/log-in', async (request, response) => {
    const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
    begun.set(state, { verifier, nonce });
    const parameters = new URLSearchParams({
      client_id: id,
      redirect_uri: `${site.url}/callback`,
      response_type: 'code',
      response_mode: 'form_post',
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(request.query as Record<string, string>),
    });
    response.redirect(`${as.authorization_endpoint}?${parameters}`);
  });

  site.app.post('/callback', async (request, response) => {
    const answer = new URLSearchParams(request.body);
    const { verifier, nonce } = begun.get(answer.get('state') ?? '')!;
    const parameters = oauth.validateAuthResponse(as, client, answer, answer.get('state')!);
    const redirectUri = `${site.url}/callback`;
    const redeemed = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, redirectUri, verifier, INSECURE);
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed, { expectedNonce: nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(as, redeemed, INSECURE);
    const claims = oauth.getValidatedIdTokenClaims(tokens)!;
    const userInfo = await oauth.userInfoRequest(as, client, tokens.access_token, INSECURE);
    const user = await oauth.processUserInfoResponse(as, client, claims.sub, userInfo);
    show(response, { user, claims, access: tokens.access_token, refresh: tokens.refresh_token });
  });

  site.app.get('/api', async (request, response) => {
    const headers = new Headers({ authorization: request.headers.authorization! });
    const asked = new Request(`${site.url}/api`, { headers });
    response.json(await oauth.validateJwtAccessToken(as, asked, 'https://wiki.example.com', { ...INSECURE, signingAlgorithms: ['ES256'] }));
  });

  site.showFailures();
  return { url: site.url, stop: () => site.stop() };
}
