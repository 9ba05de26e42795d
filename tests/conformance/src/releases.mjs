//! A server of releases on this machine: the signed list that updates come from, and the file it names.
import { createHash, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";

const { privateKey } = generateKeyPairSync("ed25519");
const ARCHITECTURES = ["x86_64", "aarch64"];
const SYSTEMS = ["linux", "linux-musl", "macos", "windows"];

/** Serves what was published; `asked` holds the paths that were asked for. */
export class Releases {
  #files = new Map();
  #server;
  asked = [];

  static async start() {
    const releases = new Releases();
    releases.#server = createServer((request, response) => {
      releases.asked.push(request.url);
      const body = releases.#files.get(request.url);
      response.writeHead(body ? 200 : 404, { "content-length": body?.length ?? 0 }).end(body);
    });
    await new Promise((resolve) => releases.#server.listen(0, "127.0.0.1", resolve));
    return releases;
  }

  /** The `update` section of a gateway that looks here and does nothing by itself. */
  config() {
    const { x } = createPublicKey(privateKey).export({ format: "jwk" });
    const url = `http://127.0.0.1:${this.#server.address().port}/{channel}.json`;
    return { update: { url, publicKeys: [x], auto: "off" } };
  }

  /** Makes `program` the newest release; `served` is what its address really gives. */
  publish(version, program, served = program) {
    const file = { url: `postern-${version}`, size: program.length, sha256: createHash("sha256").update(program).digest("hex") };
    const names = ARCHITECTURES.flatMap((architecture) => SYSTEMS.map((system) => `${architecture}-${system}`));
    const platforms = Object.fromEntries(names.map((name) => [name, file]));
    const list = { product: "postern", version, channel: "stable", notes: `What is new in ${version}.`, publishedAt: 1_700_000_000_000, platforms };
    this.serve("/stable.json", Buffer.from(JSON.stringify(list)));
    this.serve(`/postern-${version}`, served);
  }

  /** Serves a list under its signature. */
  serve(path, body) {
    this.#files.set(path, body);
    if (path.endsWith(".json")) this.#files.set(`${path}.sig`, Buffer.from(sign(null, body, privateKey).toString("base64url")));
  }

  /** Serves a signature that no key made. */
  forge() {
    this.#files.set("/stable.json.sig", Buffer.from("A".repeat(86)));
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
