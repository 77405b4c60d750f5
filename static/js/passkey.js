// Passkeys: asks the shop for a challenge, the device for its signature, and hands the answer back.
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const opened = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...["excludeCredentials", "allowCredentials"].reduce((all, name) => {
      if (options[name]) all[name] = options[name].map((key) => ({ ...key, id: bytes(key.id) }));
      return all;
    }, {}),
  });
  const closed = (credential) => {
    const { response } = credential;
    const told = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (response[name]) told[name] = text(response[name]);
    if (response.getTransports) told.transports = response.getTransports();
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: told };
  };
  const post = async (place, url, body) => {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": place.dataset.token },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error?.message || "");
    return told;
  };

  let waiting = null;
  const ceremony = async (place, name, more) => {
    waiting?.abort();
    const own = (waiting = new AbortController());
    const options = opened(await post(place, place.dataset.options, {}));
    const way = name === "registration" ? "create" : "get";
    const credential = await navigator.credentials[way]({ publicKey: options, signal: own.signal, ...more });
    const done = await post(place, place.dataset.answer, { credential: closed(credential), ...(place.dataset.next && { next: place.dataset.next }) });
    const next = new URL(done.url, location);
    location.assign(next);
    if (next.pathname === location.pathname) location.reload();
  };

  for (const button of document.querySelectorAll("[data-passkey]")) {
    const place = button.closest("[data-options]");
    const says = place.querySelector("[data-passkey-says]");
    place.hidden = false;
    button.addEventListener("click", async () => {
      says.textContent = "";
      button.disabled = true;
      try {
        await ceremony(place, button.dataset.passkey, {});
      } catch (failed) {
        says.textContent = failed instanceof DOMException ? place.dataset.failed : failed.message || place.dataset.failed;
      } finally {
        button.disabled = false;
      }
    });
  }

  // Where the browser can, keys are offered in the address field itself; whatever goes wrong there goes unsaid.
  const entrance = document.getElementById("passkey-sign-in");
  if (entrance && PublicKeyCredential.isConditionalMediationAvailable) {
    PublicKeyCredential.isConditionalMediationAvailable()
      .then((can) => can && ceremony(entrance, "sign-in", { mediation: "conditional" }))
      .catch(() => {});
  }
})();
