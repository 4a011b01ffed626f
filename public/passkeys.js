// Passkeys (WebAuthn Level 3). What a browser cannot do is not there: nothing asks which browser it is.
const OPTIONS = '/api/auth/passkey/options';
const OWN = '/api/users/me/passkeys';
const SIGN_UP = '/api/auth/signup/passkey';
// A question is good for five minutes; an open page asks again before.
const RENEWAL = 4 * 60 * 1000;
// How long somebody who is signed in waits until their picker is told what there is.
const SIGNAL_TIMEOUT = 1000;

const Key = window.PublicKeyCredential;
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

const post = async (path, body) => {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const json = await answer.json();
  if (answer.ok) return json.data ?? json;
  // Not `code`, which errors of browsers have: a number.
  throw Object.assign(new Error(json.error.code), { refusal: json.error.code });
};

// As `toJSON()` gives it, which older browsers lack.
const written = ({ id, rawId, type, response, authenticatorAttachment, getClientExtensionResults }, key) => {
  const parts = {};
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
    if (response[name]) parts[name] = text(response[name]);
  if (response.getTransports) parts.transports = response.getTransports();
  const clientExtensionResults = getClientExtensionResults ? key.getClientExtensionResults() : {};
  return { id, rawId: text(rawId), type, response: parts, authenticatorAttachment, clientExtensionResults };
};

// Pickers are told what there is, so that they offer nothing else.
const signal = (name, says) => Promise.resolve(Key[name]?.(says)).catch(() => {});
const tellKeys = (rpId, userId, ids) =>
  signal('signalAllAcceptedCredentials', { rpId, userId, allAcceptedCredentialIds: ids });

const tellOwn = async (rpId, userId) => {
  if (!Key.signalAllAcceptedCredentials) return;
  const own = await fetch(OWN).then((answer) => answer.json());
  const ids = own.data.filter(({ usable }) => usable).map((known) => known.credential_id);
  await tellKeys(rpId, userId, ids);
};

const say = (place, what) => {
  const alert = place.querySelector('[role=alert]');
  alert.textContent = what ?? '';
  alert.hidden = !what;
};

// Somebody who says no knows that, and one request that gives way to another is nothing to tell.
const isSilent = ({ name }) => name === 'NotAllowedError' || name === 'AbortError';

const signIn = async (place, mediation, control) => {
  const { ceremony, publicKey } = await post(OPTIONS, {});
  const key = await navigator.credentials.get({
    mediation,
    signal: control.signal,
    publicKey: { ...publicKey, challenge: bytes(publicKey.challenge) },
  });
  control.picked = true;
  const credential = written(key, key);
  try {
    const { next } = await post('/api/auth/signin/passkey', {
      ceremony,
      credential,
      return_to: place.dataset.returnTo,
    });
    // Whatever becomes of that: they are signed in.
    await Promise.race([
      tellOwn(publicKey.rpId, credential.response.userHandle).catch(() => {}),
      new Promise((goOn) => setTimeout(goOn, SIGNAL_TIMEOUT)),
    ]);
    location.assign(next);
  } catch (error) {
    if (error.refusal === 'PASSKEY_UNKNOWN')
      signal('signalUnknownCredential', { rpId: publicKey.rpId, credentialId: credential.id });
    throw error;
  }
};

const login = (place) => {
  let control;
  const ask = async (mediation) => {
    // What was picked is being sent: a second sign-in would replace the cookie of the first, whose answer leads away from here.
    if (control?.picked) return;
    control?.abort();
    control = new AbortController();
    const mine = control;
    try {
      await signIn(place, mediation, mine);
    } catch (error) {
      const { picked } = mine;
      mine.picked = false;
      // Of what the field does by itself, nobody is told before they picked a passkey.
      if (mine !== control || !(picked || mediation === 'optional')) return;
      if (!isSilent(error)) say(place, place.dataset[error.refusal === 'PASSKEY_UNKNOWN' ? 'unknown' : 'failed']);
      // The field offers passkeys again after the button did; after the field itself, it would go round and round.
      if (mediation === 'optional') offer();
    }
  };
  let asked = 0;
  const offer = async () => {
    if (!document.querySelector('[autocomplete~=webauthn]') || !(await Key.isConditionalMediationAvailable?.())) return;
    asked = Date.now();
    ask('conditional');
  };
  const renew = () => {
    if (asked && !document.hidden && Date.now() - asked >= RENEWAL) offer();
  };
  place.querySelector('button').addEventListener('click', () => {
    if (control?.picked) return;
    asked = 0;
    say(place);
    ask('optional');
  });
  // The page as it was left, when somebody comes back to it.
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    control = undefined;
    offer();
  });
  place.hidden = false;
  setInterval(renew, 1000);
  offer();
};

const make = async (path, asks) => {
  const { ceremony, publicKey } = await post(path, asks);
  const key = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: (publicKey.excludeCredentials ?? []).map((known) => ({ ...known, id: bytes(known.id) })),
    },
  });
  return { ceremony, credential: written(key, key) };
};

const signUp = (place) => {
  place.addEventListener('submit', async (event) => {
    event.preventDefault();
    say(place);
    try {
      const made = await make(`${SIGN_UP}/options`, { nickname: place.elements.nickname.value });
      const { next } = await post(SIGN_UP, { ...made, return_to: place.dataset.returnTo });
      location.assign(next);
    } catch (error) {
      if (!isSilent(error))
        say(place, place.dataset[error.refusal === 'VALIDATION_FAILED' ? 'nickname' : 'failed']);
    }
  });
  place.hidden = false;
  document.getElementById('passkey-none').hidden = true;
};

const add = async (place) => {
  const { at, added, over } = place.dataset;
  say(place);
  try {
    const { next } = await post(at, await make(`${at}/options`, {}));
    location.assign(next ?? added);
  } catch (error) {
    if (['FRESH_SIGN_IN_NEEDED', 'SECOND_FACTOR_OVER'].includes(error.refusal)) location.assign(over);
    else if (!isSilent(error))
      say(place, place.dataset[{ InvalidStateError: 'known', PASSKEY_LIMIT: 'limit' }[error.refusal ?? error.name] ?? 'failed']);
  }
};

const offerToAdd = (place) => {
  const button = place.querySelector('button[type=button]');
  button.addEventListener('click', () => add(place));
  button.hidden = place.hidden = false;
};

const own = (place) => {
  const { rp, user, name, nickname, keys } = place.dataset;
  tellKeys(rp, user, keys ? keys.split(' ') : []);
  signal('signalCurrentUserDetails', { rpId: rp, userId: user, name, displayName: nickname });
  offerToAdd(place);
};

const find = (id, act) => {
  const place = document.getElementById(id);
  if (place) act(place);
};

if (Key && navigator.credentials) {
  find('passkey-login', login);
  find('passkeys', own);
  find('passkey-set-up', offerToAdd);
  find('passkey-sign-up', signUp);
  find('passkey-offer', async (place) => {
    place.hidden = !(await Key.isUserVerifyingPlatformAuthenticatorAvailable?.());
  });
} else {
  find('passkey-missing', (place) => {
    place.hidden = false;
  });
}
