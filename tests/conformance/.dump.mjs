import * as o from "@openclaw/gateway-protocol/schema";
for (const n of process.argv.slice(2)) console.log(n, JSON.stringify(o[n+"Schema"]));
