/* The organiser's side: documents come and go, builds take them up, feedback is read. */

import { language, say } from "./server.js";
import "./colours.js";

const at = (id) => document.getElementById(id);
const POLL = 700;
let limits = { size: Infinity, count: Infinity };
let shownBuild = null;
let replaced = "";

/* Speaking with the server */

const address = (path, parameters = {}) => `organiser/${path}?${new URLSearchParams({ lang: language, ...parameters })}`;

async function send(path, body, parameters = {}) {
  const request = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(address(path, parameters), request);
  if (response.status === 401 || response.status === 403) throw new Error(say("session_over"));
  if (response.status >= 500) throw new Error(await response.text());
  return response;
}

async function told(work) {
  try {
    return await work();
  } catch (error) {
    announce(error instanceof TypeError ? say("lost") : error.message);
    return null;
  }
}

function announce(words) {
  at("announcer").textContent = words;
  at("pending").textContent = words;
}

/* Uploads, one after the other */

const waiting = [];
let uploading = false;

function add(files, replace = "") {
  for (const file of files) {
    const line = document.createElement("li");
    const name = document.createElement("bdi");
    const state = document.createElement("span");
    state.className = "facts";
    name.textContent = file.name;
    state.textContent = say("upload_waiting");
    line.append(name, state);
    at("uploads").append(line);
    waiting.push({ file, replace, line, state });
  }
  if (!uploading) next();
}

async function next() {
  uploading = true;
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    const { words, good } = await upload(one);
    one.state.textContent = words;
    one.line.dataset.state = good ? "taken" : "failed";
    at("announcer").textContent = `${one.file.name}: ${words}`;
  }
  uploading = false;
  told(refresh);
}

function upload({ file, replace, state }) {
  if (file.size > limits.size * 1e6) return { words: say("upload_too_large", limits), good: false };
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("upload", { name: file.name, replace }));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      state.textContent = loaded < total ? say("upload_sent", { percent: Math.floor((100 * loaded) / total) }) : say("upload_checking");
    });
    request.addEventListener("load", () => {
      const ended = request.status === 401 || request.status === 403;
      resolve({ words: ended ? say("session_over") : request.responseText, good: request.status === 200 });
    });
    request.addEventListener("error", () => resolve({ words: say("upload_lost"), good: false }));
    request.send(file);
  });
}

at("choose").addEventListener("click", () => at("files").click());
for (const [field, target] of [["files", () => ""], ["replacement", () => replaced]]) {
  at(field).addEventListener("change", () => {
    add([...at(field).files], target());
    at(field).value = "";
  });
}

const drop = at("drop");
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    drop.toggleAttribute("data-over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") add([...event.dataTransfer.files]);
  });
}

/* Documents */

at("documents").addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (!button) return;
  if (button.dataset.action === "replace") {
    replaced = button.dataset.name;
    at("replacement").click();
  } else if (confirm(say("delete_sure", { name: button.dataset.name }))) {
    told(() => remove(button.dataset.name));
  }
});

async function remove(name) {
  const response = await send("delete", { name });
  at("announcer").textContent = await response.text();
  await refresh();
  at("documents-title").focus();
}

/* Builds */

for (const [button, rebuild] of [[at("build"), false], [at("rebuild"), true]]) {
  button.addEventListener("click", () => told(async () => {
    await send("build", { rebuild });
    await watch();
  }));
}

async function watch() {
  const state = await (await send("state")).json();
  limits = { size: state.size, count: state.count };
  at("limits").textContent = say("upload_limits", limits);
  at("building").hidden = !state.running;
  at("build").disabled = at("rebuild").disabled = state.running;
  const pending = state.pending ? say("index_pending", { count: state.pending }) : say("index_fresh");
  at("pending").textContent = state.running ? "" : pending;
  if (state.running) {
    showProgress(state);
    setTimeout(() => told(watch), POLL);
    return;
  }
  if (state.number !== shownBuild) {
    const first = shownBuild === null;
    shownBuild = state.number;
    at("report").innerHTML = await (await send("report")).text();
    at("documents").innerHTML = await (await send("documents")).text();
    if (!first) at("announcer").textContent = at("report").firstElementChild.textContent;
  }
}

function showProgress({ stage, done, total }) {
  const bar = at("bar");
  at("stage").textContent = total ? say("progress", { stage: say(`stage_${stage}`), done, total }) : `${say(`stage_${stage}`)} …`;
  if (total) {
    bar.max = total;
    bar.value = done;
  } else bar.removeAttribute("value");
}

async function refresh() {
  at("documents").innerHTML = await (await send("documents")).text();
  await watch();
}

async function begin() {
  at("documents-title").tabIndex = -1;
  await watch();
  at("feedback").innerHTML = await (await send("feedback")).text();
}

told(begin);
