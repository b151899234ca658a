// The browser's side of passkeys (WebAuthn Level 3). Loaded where a passkey is used, after the page itself. Options, credentials
// and failures are JSON texts. A failure is {"error": name}, with the name that the browser or the server gives it.

const toBytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), letter => letter.charCodeAt(0));
const toText = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const failure = error => JSON.stringify({ error });

// What a browser without parse…FromJSON needs: the same options, with bytes instead of base64url.
const decoded = options => {
  const withBytes = list => list?.map(it => ({ ...it, id: toBytes(it.id) }));
  const { user, excludeCredentials, allowCredentials } = options;
  return {
    ...options,
    challenge: toBytes(options.challenge),
    ...(user && { user: { ...user, id: toBytes(user.id) } }),
    ...(excludeCredentials && { excludeCredentials: withBytes(excludeCredentials) }),
    ...(allowCredentials && { allowCredentials: withBytes(allowCredentials) }),
  };
};

// By hand, because toJSON throws for the credentials of some password managers.
const encoded = credential => {
  const { response } = credential;
  const id = toText(credential.rawId);
  const members = {};
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (response[name]) members[name] = toText(response[name]);
  }
  if (response.getTransports) members.transports = response.getTransports();
  const { credProps } = credential.getClientExtensionResults();
  const clientExtensionResults = credProps ? { credProps: { rk: credProps.rk } } : {};
  return JSON.stringify({ id, rawId: id, type: credential.type, response: members, clientExtensionResults });
};

// Why no passkey can be used here; undefined if one can.
export const obstacle = () => {
  if (!isSecureContext || /^[\d.]+$|^\[/.test(location.hostname)) return failure('SecurityError');
  return self.PublicKeyCredential && navigator.credentials ? undefined : failure('NotSupportedError');
};

// A browser has at most one request for credentials. A new one ends the one before it, and begins when that has ended.
let controller;
let ended = Promise.resolve();

export const abort = () => controller?.abort();

const alone = (purpose, begin) => {
  if (obstacle()) return Promise.reject(obstacle());
  abort();
  controller = new AbortController();
  const { signal } = controller;
  const answer = ended.then(() => begin(signal)).then(encoded).catch(error => {
    if (signal.aborted) return undefined;
    // Extensions of password managers reject with anything, or nothing.
    const name = error?.name ?? 'UnknownError';
    throw failure(name === 'NotAllowedError' ? purpose : name);
  });
  ended = answer.catch(() => {});
  return answer;
};

// Makes a passkey.
export const create = text => alone('not_created', signal => {
  const options = JSON.parse(text).public_key;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON?.(options) ?? decoded(options);
  return navigator.credentials.create({ publicKey, signal });
});

// Uses a passkey. With the mediation "conditional", it is among the suggestions of a field: undefined where the browser has none.
export const get = async (text, mediation) => {
  if (mediation && !(await self.PublicKeyCredential?.isConditionalMediationAvailable?.())) return undefined;
  return alone('not_shown', signal => {
    const options = JSON.parse(text).public_key;
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON?.(options) ?? decoded(options);
    return navigator.credentials.get({ publicKey, mediation, signal });
  });
};

// Tells the passkey provider what the portal knows, where the browser can, for example by signalAllAcceptedCredentials.
export const signal = (name, text) => {
  self.PublicKeyCredential?.[name]?.(JSON.parse(text))?.catch(() => {});
};

const WORDS = {
  __proto__: null,
  offline: 'The server cannot be reached. Check your connection, then try again.',
  not_shown: 'No passkey was used. If you did not cancel: your device may need a PIN, fingerprint or face recognition first, or may no longer have the passkey. Try again, or use another method.',
  not_created: 'No passkey was added. If you did not cancel: your device may need a PIN, fingerprint or face recognition first. Set one up in its settings, then try again.',
  InvalidStateError: 'This device already has a passkey for you. Use that one, or choose another device.',
  SecurityError: 'Passkeys do not work at this address. Open the portal by its name, with https.',
  NotSupportedError: 'This browser cannot use passkeys. If another app has opened this page, open it in your browser instead.',
  unknown_passkey: 'The portal does not know this passkey: it may have been removed. Use another one, or log in another way.',
  invalid_passkey: 'This passkey was not accepted. Try again, or use another method.',
  passkey_expired: 'That took too long. Try again.',
  passkey_counter: 'This passkey was refused, because there may be a copy of it. Try again. If it happens again, log in another way, remove it under “My security”, and add this passkey again.',
  passkey_changed: 'This passkey has changed: it can no longer be backed up. Log in another way, remove it under “My security”, and add this passkey again.',
  passkey_not_verified: 'Your device did not check that it was you. Set up its PIN, fingerprint or face recognition, then try again.',
  passkey_wrong_origin: 'This page was opened at an address that is not the portal’s own. Open {public_url} and try again there.',
  passkey_not_allowed: 'This passkey is not allowed here. Log in with your password first, or use another method.',
  passkey_exists: 'This passkey is already registered. Choose another device.',
  no_passkey: 'You have no passkey. Use another method.',
  too_many_passkeys: 'You have {most} passkeys, which is the maximum. Remove one first.',
  last_factor: 'This is your only second factor that works, and you need one. Add another one first.',
};

// What went wrong, and what to do. If the portal does not know a passkey, its provider need not offer it again.
export const words = text => {
  const told = JSON.parse(text);
  if (told.error === 'unknown_passkey') {
    signal('signalUnknownCredential', JSON.stringify({ rpId: told.rp_id, credentialId: told.credential_id }));
  }
  const sentence = WORDS[told.error] ?? `This browser could not use the passkey (${told.error}). Try again, or use another method.`;
  return sentence.replace(/{(\w+)}/, (_, name) => told[name]);
};

// Sends a request of the log-in page. A refusal is for the program to read, or a sentence if it is about passkeys.
const send = async (path, body) => {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(path, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    const { error } = JSON.parse(text);
    return response.ok ? { answer: text } : { refusal: error in WORDS ? words(text) : text };
  } catch {
    return { refusal: WORDS.offline };
  }
};

// Options are replaced before they expire, which is after five minutes.
const FRESH_MS = 240_000;
const CHECKED_EVERY_MS = 10_000;
// If there are none, because of too many requests or no connection, they are asked for again.
const AGAIN_MS = 30_000;

// The log-in page: a passkey instead of e-mail and password, by the button, or from the suggestions of the e-mail field. Then the
// form is submitted with data-passkey: empty after a log-in, otherwise what went wrong. Options are fetched before they are needed,
// because some browsers offer passkeys only right after a click.
export const offer = (form, button) => {
  const page = document.documentElement;
  const submit = form.querySelector('#log-in-submit');
  let options;
  let askedAt = 0;
  let asks = false;
  let chooses = false;
  let suggests = false;
  const isShown = () => page.dataset.session === 'none';
  const isFree = () => isShown() && !('busy' in submit.dataset);
  const isStale = () => Date.now() - askedAt > (options ? FRESH_MS : AGAIN_MS);
  const isClicked = () => 'busy' in button.dataset;

  const submitWith = outcome => {
    delete button.dataset.busy;
    form.dataset.passkey = outcome;
    form.requestSubmit();
  };
  const ask = async () => {
    asks = true;
    const { answer, refusal } = await send('/api/sign-in/passkey/options', '{}');
    asks = false;
    askedAt = Date.now();
    options = answer;
    if (options) proceed();
    // Somebody who did not ask for a passkey need not know.
    else if (isClicked()) submitWith(refusal);
  };
  const logIn = async credential => {
    options = undefined;
    button.dataset.busy = '';
    asks = true;
    const { refusal } = await send('/api/sign-in/passkey', `{"credential":${credential}}`);
    asks = false;
    submitWith(refusal ?? '');
    if (refusal) proceed();
  };
  const choose = async () => {
    chooses = true;
    const { credential, why } = await get(options).then(credential => ({ credential }), why => ({ why }));
    chooses = false;
    if (credential) return logIn(credential);
    delete button.dataset.busy;
    if (why) submitWith(words(why));
    proceed();
  };
  const suggest = async () => {
    suggests = true;
    const credential = await get(options, 'conditional').catch(() => {});
    suggests = false;
    if (credential) logIn(credential);
    else if (isStale()) proceed();
  };
  const proceed = () => {
    if (asks || chooses || !isFree()) return;
    if (!options || isStale()) ask();
    else if (isClicked()) choose();
    else if (!suggests) suggest();
  };

  if (obstacle()) {
    button.hidden = true;
    return;
  }
  button.addEventListener('click', () => {
    if (!isFree()) return;
    button.dataset.busy = '';
    proceed();
  });
  // Begins when the form is shown, and again after every attempt.
  const look = () => {
    if (isShown()) proceed();
    else abort();
  };
  const observer = new MutationObserver(look);
  observer.observe(page, { attributeFilter: ['data-session'] });
  observer.observe(submit, { attributeFilter: ['data-busy'] });
  setInterval(() => {
    if (!isFree() || document.hidden || !isStale() || isClicked()) return;
    if (suggests) abort();
    else proceed();
  }, CHECKED_EVERY_MS);
  look();
};
