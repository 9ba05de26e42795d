//! What a second device sees: refused with a request id, then let in. Driven by second_device.sh in a network namespace of
//! its own, with the official client SDK. Prints one JSON line per step.
import { newIdentity, TokenStore } from "../conformance/src/identity.mjs";
import { Operator } from "../conformance/src/operator.mjs";
import { until } from "../conformance/src/until.mjs";

const [url, token] = process.argv.slice(2);
const say = (step, facts) => console.log(JSON.stringify({ step, ...facts }));
const options = { url, token, deviceIdentity: newIdentity(), store: new TokenStore(), scopes: ["operator.read"] };

const { operator, error } = await Operator.refused(options);
say("refused", { message: error.message, code: error.gatewayCode, requestId: error.details.requestId });
// The same client keeps retrying by itself until somebody approves it.
await until("approval", () => operator.hellos.length > 0, 60_000);
const health = await operator.request("health", {});
say("connected", { scopes: operator.hello.auth.scopes, token: operator.hello.auth.deviceToken.length, ok: health.ok });
process.exit(0);
