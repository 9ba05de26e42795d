//! Talking to an agent through the official client: say something, wait for the end, look at the events between.
import { randomUUID } from "node:crypto";
import { expect } from "./validate.mjs";

/** States of a `chat` event after which nothing more comes for its run. */
const TERMINAL = ["final", "aborted", "error"];

/** Starts a run; resolves with its id once the gateway has accepted it. */
export async function say(operator, sessionKey, message, extra = {}) {
  const idempotencyKey = randomUUID();
  const sent = await operator.request("chat.send", { sessionKey, message, idempotencyKey, ...extra });
  expect(sent.runId === idempotencyKey && sent.status === "started", `chat.send answered ${JSON.stringify(sent)}`);
  return idempotencyKey;
}

/** The payloads of a run's `chat` events so far. */
export function chats(operator, runId) {
  return operator.events.filter((e) => e.event === "chat" && e.payload.runId === runId).map((e) => e.payload);
}

/** The payloads of a run's `agent` events of one stream so far. */
export function agentEvents(operator, runId, stream) {
  const own = (e) => e.event === "agent" && e.payload.runId === runId && e.payload.stream === stream;
  return operator.events.filter(own).map((e) => e.payload);
}

/** Waits for the last `chat` event of a run. */
export async function ended(operator, runId) {
  const isEnd = (e) => e.event === "chat" && e.payload.runId === runId && TERMINAL.includes(e.payload.state);
  return (await operator.event(`end of run ${runId}`, isEnd)).payload;
}

/** Says something and waits for the answer; resolves with its id, its last event and all its `chat` events. */
export async function converse(operator, sessionKey, message, extra) {
  const runId = await say(operator, sessionKey, message, extra);
  const last = await ended(operator, runId);
  return { runId, last, events: chats(operator, runId) };
}

/** The text of a message. */
export function textOf(message) {
  return typeof message.content === "string" ? message.content : message.content.map((block) => block.text ?? "").join("");
}

/** What protocol 4 clients show: the new pieces put together; `replace` begins anew. */
export function assembled(deltas) {
  return deltas.reduce((text, { deltaText, replace }) => (replace ? deltaText : text + deltaText), "");
}
