//! A TCP reverse proxy that adds headers to the upgrade request: the official client cannot set any on plain ws://.
import { connect, createServer } from "node:net";

/** Listens on a free port and forwards to `port`, inserting `headers` after the request line. */
export async function forwarder(port, headers) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
    client.once("data", (head) => {
      upstream.write(head.toString("latin1").replace("\r\n", `\r\n${lines}`), "latin1");
      client.pipe(upstream);
    });
    upstream.pipe(client);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    close() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
