//! Records every message the gateway sends, below the official clients: they drop what they do not understand, this does not.
import { WebSocket } from "ws";

/**
 * One entry per socket: `{url, protocol, frames, requests, binary, malformed}`; `protocol` is the negotiated one, 0 before
 * hello-ok, `frames` what the gateway sent, `requests` what the client sent, by id.
 */
export const sockets = [];
const bySocket = new WeakMap();

const emit = WebSocket.prototype.emit;
WebSocket.prototype.emit = function (event, ...args) {
  if (event === "message") record(this, args[0], args[1]);
  return emit.call(this, event, ...args);
};

const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data, ...args) {
  const request = JSON.parse(data.toString("utf8"));
  entryOf(this).requests.set(request.id, request);
  return send.call(this, data, ...args);
};

function entryOf(socket) {
  let entry = bySocket.get(socket);
  if (!entry) {
    entry = { url: socket.url, protocol: 0, frames: [], requests: new Map(), binary: 0, malformed: [] };
    bySocket.set(socket, entry);
    sockets.push(entry);
  }
  return entry;
}

function record(socket, data, isBinary) {
  const entry = entryOf(socket);
  if (isBinary) entry.binary += 1;
  const text = data.toString("utf8");
  try {
    const frame = JSON.parse(text);
    entry.frames.push(frame);
    if (frame?.payload?.type === "hello-ok") entry.protocol = frame.payload.protocol;
  } catch {
    entry.malformed.push(text.slice(0, 200));
  }
}
