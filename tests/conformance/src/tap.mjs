//! Records every message the gateway sends, below the official clients: they drop what they do not understand, this does not.
import { WebSocket } from "ws";

/** One entry per socket: `{url, protocol, frames, binary, malformed}`; `protocol` is the negotiated one, 0 before hello-ok. */
export const sockets = [];
const bySocket = new WeakMap();

const emit = WebSocket.prototype.emit;
WebSocket.prototype.emit = function (event, ...args) {
  if (event === "message") record(this, args[0], args[1]);
  return emit.call(this, event, ...args);
};

function record(socket, data, isBinary) {
  let entry = bySocket.get(socket);
  if (!entry) {
    entry = { url: socket.url, protocol: 0, frames: [], binary: 0, malformed: [] };
    bySocket.set(socket, entry);
    sockets.push(entry);
  }
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
