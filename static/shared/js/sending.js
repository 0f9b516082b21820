// How a queue (queue.js) sends to a JSON endpoint that wants a token against forged requests.
//
// Every failure is an Error with a `reason`: offline, signed-out, refused, too-large or server; `after` is how many
// milliseconds the server wants to be left in peace.

const ANSWER_WITHIN = 25000;
const [SIGNED_OUT, FORBIDDEN, TOO_LARGE, TOO_MANY, BROKEN] = [401, 403, 413, 429, 500];

export function notSent(reason, after = 0) {
  return Object.assign(new Error(reason), { reason, after });
}

// Fetch, and say in one word that there is no network, or none worth the name.
export async function reached(url, options) {
  const hurry = new AbortController();
  const timer = setTimeout(() => hurry.abort(), ANSWER_WITHIN);
  try {
    return await fetch(url, { credentials: "same-origin", redirect: "manual", ...options, signal: hurry.signal });
  } catch {
    throw notSent("offline");
  } finally {
    clearTimeout(timer);
  }
}

// Return what a JSON answer says; every other answer is a failure. A redirection leads to the page for signing in.
export async function readJson(response) {
  if (response.type === "opaqueredirect" || response.status === SIGNED_OUT) {
    throw notSent("signed-out");
  }
  if (response.status === TOO_LARGE) {
    throw notSent("too-large");
  }
  if (response.status === TOO_MANY || response.status >= BROKEN) {
    throw notSent("server", 1000 * (Number(response.headers.get("Retry-After")) || 0));
  }
  if (!response.ok) {
    throw notSent("refused");
  }
  try {
    return await response.json();
  } catch {
    throw notSent("offline"); // broken off on the way, or a page of the network's own in its place
  }
}

// Return a function that sends batches. `token()` gets a fresh token; it is asked anew when the server takes the old one
// no more, so a session that ran out meanwhile costs nothing but signing in.
export function sendTo({ url, token }) {
  let known = "";

  async function post(batch) {
    known = known || (await token());
    return reached(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": known },
      body: JSON.stringify(batch),
    });
  }

  return async (batch) => {
    let response = await post(batch);
    if (response.status === FORBIDDEN) {
      known = "";
      response = await post(batch);
    }
    const { results } = await readJson(response);
    if (!Array.isArray(results)) {
      throw notSent("server");
    }
    return results;
  };
}
