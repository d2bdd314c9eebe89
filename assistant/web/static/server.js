/* What the page says to the server, and the words it says to the reader. */

const words = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang;

export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export async function get(path, parameters = {}) {
  const query = new URLSearchParams({ lang: language });
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, one);
  }
  return answered(await fetch(`web/${path}?${query}`));
}

export async function post(path, body, parameters = {}) {
  const query = new URLSearchParams({ lang: language, ...parameters });
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return answered(await fetch(`web/${path}?${query}`, request));
}

async function answered(response) {
  if (!response.ok) throw new Error(await response.text());
  return response;
}

/* Asks through the endpoint's queue; returns a function that stops it. */
export function ask(question, history, documents, { onAnswer, onFailure, onEnd }) {
  let stream = null;
  let over = false;
  const end = (then) => {
    if (over) return;
    over = true;
    stream?.close();
    then();
  };
  const take = (event) => {
    const frame = JSON.parse(event.data)?.[0];
    if (!frame) return;
    if (frame.error) end(() => onFailure(frame.error));
    else onAnswer(frame);
  };
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ data: [question, history, documents, language] }),
  };
  fetch("gradio_api/call/reply", request)
    .then(answered)
    .then((response) => response.json())
    .then(({ event_id: id }) => {
      if (over) return;
      stream = new EventSource(`gradio_api/call/reply/${id}`);
      stream.addEventListener("generating", take);
      stream.addEventListener("complete", (event) => {
        take(event);
        end(onEnd);
      });
      stream.addEventListener("error", () => end(() => onFailure(say("lost"))));
    })
    .catch(() => end(() => onFailure(say("lost"))));
  return () => end(() => {});
}
