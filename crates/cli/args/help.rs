//! Parts of the help text that are longer than a command.

/// What the environment says.
pub(super) const VARIABLES_HELP: &str = "\
Environment (OPENCLAW_… is read too, where that ecosystem has the variable):
  POSTERN_PROFILE              same as --profile
  POSTERN_STATE_DIR            state folder, instead of ~/.postern or ~/.postern-NAME
  POSTERN_CONFIG_PATH          configuration, default postern.json in the state folder
  POSTERN_GATEWAY_URL          same as --url
  POSTERN_GATEWAY_TOKEN        same as --token, and not visible in the process list
  POSTERN_GATEWAY_PASSWORD     same as --password
  POSTERN_TLS_FINGERPRINT      same as --tls-fingerprint
  POSTERN_GATEWAY_PORT, _BIND  where `postern gateway` listens; commands look there
  POSTERN_CONFIG_READONLY      1: nothing writes the configuration, neither commands nor the gateway
  POSTERN_CREDENTIALS          auto, keychain or file: where secrets are kept
  POSTERN_LOG                  what `postern gateway` logs: info, postern_gateway=debug, …
  POSTERN_HANDSHAKE_TIMEOUT_MS, POSTERN_MAX_PREAUTH_CONNECTIONS_PER_IP,
  POSTERN_TICK_INTERVAL_MS     limits of `postern gateway`
  POSTERN_DISABLE_BONJOUR      1: the network is never told of the gateway, whatever discovery.mdns.mode says
  POSTERN_MDNS_HOSTNAME, _TAILNET_DNS, _SSH_PORT   what it is told, instead of what the machine says
  POSTERN_SKIP_CANVAS_HOST     1: no canvas is served; POSTERN_CANVAS_HOST_PORT is the port it has for itself
  POSTERN_ALLOW_PLAINTEXT      1: talk ws:// to other machines, readable for all on the way
  NO_COLOR                     no colours";

/// Which port belongs to which profile.
pub(super) const PORTS_HELP: &str = "\
Ports: the default profile has 18789. Any other has its own, computed from its name: the same
on every start, 20 apart, from 18809 to 26789. `gateway.port` in its configuration,
POSTERN_GATEWAY_PORT and --port win over both.";

/// Exit codes that only `postern gateway` has.
pub(super) const GATEWAY_CODES: &str = "
Here also: 73 state folder not writable or disk full, 75 port or state folder in use,
77 keychain demanded but missing, 78 configuration invalid (--check)";
