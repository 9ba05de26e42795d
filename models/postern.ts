// Wire types of the gateway protocol, generated from schemas/ by scripts/models.sh. Do not edit.

/**
 * How a device came to be approved.
 */
export type ApprovedVia = "local" | "operator" | "setup-code";
/**
 * What a connection is: a person's control plane, or a device that does things.
 */
export type Role = "operator" | "node";
export type ScopeSet = string[];
export type ArrayOfPresenceEntry = PresenceEntry[];
/**
 * How a connection authenticated.
 */
export type AuthMethod = "none" | "token" | "password" | "device-token" | "bootstrap-token";
/**
 * How the gateway authenticates callers.
 */
export type AuthMode = "none" | "token" | "password";
/**
 * `connect.client.mode`.
 */
export type ClientMode = "webchat" | "cli" | "ui" | "backend" | "node" | "probe" | "test" | "worker";
/**
 * How a request ended.
 */
export type Decision = "approved" | "rejected";
/**
 * A person's name for a device.
 */
export type DeviceLabel = string;
/**
 * A device as it is written in params: lower-case hex of 32 bytes for every
 * device that the gateway paired itself.
 */
export type DeviceRef = string;
/**
 * Whether the new token is in the answer.
 */
export type TokenDelivery = "in-band" | "withheld-cross-device";
/**
 * The few codes of `error.code`.
 */
export type ErrorCode =
  | "INVALID_REQUEST"
  | "UNAVAILABLE"
  | "NOT_PAIRED"
  | "NOT_LINKED"
  | "AGENT_TIMEOUT"
  | "FORBIDDEN"
  | "APPROVAL_NOT_FOUND";
export type NullableHeartbeat = Heartbeat | null;
/**
 * Names a pairing request while it waits for a decision.
 */
export type RequestId = string;
/**
 * Result of `device.scopes.waitUpgrade`.
 */
export type ScopesUpgradeOutcome =
  | {
      status: "approved";
      /**
       * The request.
       */
      requestId: string;
      /**
       * Token that carries them.
       */
      deviceToken: string;
      /**
       * Scopes of the token.
       */
      scopes: ScopeSet;
    }
  | {
      status: "rejected";
      /**
       * The request.
       */
      requestId: string;
    }
  | {
      status: "expired";
      /**
       * The request.
       */
      requestId: string;
    };
/**
 * What a setup code grants; fixed when it is made.
 */
export type SetupAccess = "full" | "limited" | "node";

/**
 * `{"ok":true}`.
 */
export interface Acknowledged {
  /**
   * Always true; a failure is an error frame.
   */
  ok: boolean;
}
/**
 * One agent in [`HealthSnapshot`].
 */
export interface AgentHealth {
  /**
   * Id of the agent.
   */
  agentId: string;
  /**
   * Name for people.
   */
  name?: string;
  /**
   * Whether bare session keys belong to it.
   */
  isDefault: boolean;
  /**
   * Its heartbeat.
   */
  heartbeat: HeartbeatHealth;
  /**
   * Its sessions.
   */
  sessions: SessionSummary;
}
/**
 * Heartbeat settings in force.
 */
export interface HeartbeatHealth {
  /**
   * Whether it runs.
   */
  enabled: boolean;
  /**
   * Interval as configured, for example `30m`.
   */
  every: string;
  /**
   * Interval in milliseconds; `null` when off.
   */
  everyMs: number | null;
  /**
   * Prompt of a heartbeat run.
   */
  prompt: string;
  /**
   * Where its answer goes.
   */
  target: string;
  /**
   * Longest answer that still counts as "nothing to say".
   */
  ackMaxChars: number;
}
/**
 * How many sessions there are and which were used last.
 */
export interface SessionSummary {
  /**
   * Where they are kept.
   */
  path: string;
  /**
   * How many.
   */
  count: number;
  /**
   * Last used first.
   */
  recent: RecentSession[];
}
/**
 * One session in [`SessionSummary`].
 */
export interface RecentSession {
  /**
   * Canonical key.
   */
  key: string;
  /**
   * Epoch milliseconds; `null` when never used.
   */
  updatedAt: number | null;
  /**
   * Milliseconds since then; `null` when never used.
   */
  age: number | null;
}
/**
 * One agent in [`HeartbeatStatus`].
 */
export interface AgentHeartbeat {
  /**
   * Id of the agent.
   */
  agentId: string;
  /**
   * Whether it runs.
   */
  enabled: boolean;
  /**
   * Interval as configured.
   */
  every: string;
  /**
   * Interval in milliseconds; `null` when off.
   */
  everyMs: number | null;
}
/**
 * Sessions of one agent.
 */
export interface AgentSessions {
  /**
   * Id of the agent.
   */
  agentId: string;
  /**
   * Where they are kept.
   */
  path: string;
  /**
   * How many.
   */
  count: number;
  /**
   * Last used first.
   */
  recent: RecentSession[];
}
/**
 * One client, node or the gateway itself, as others see it.
 */
export interface PresenceEntry {
  /**
   * Host or display name.
   */
  host?: string;
  /**
   * Address; left out for loopback.
   */
  ip?: string;
  /**
   * Version of the client.
   */
  version?: string;
  /**
   * Operating system.
   */
  platform?: string;
  /**
   * Family of the device.
   */
  deviceFamily?: string;
  /**
   * Hardware model.
   */
  modelIdentifier?: string;
  /**
   * `gateway`, or the mode of the client.
   */
  mode?: string;
  /**
   * Seconds since somebody used the device.
   */
  lastInputSeconds?: number;
  /**
   * `self`, `connect`, `disconnect`, `node-connected`, `periodic`, …
   */
  reason?: string;
  /**
   * Free words.
   */
  tags?: string[];
  /**
   * A line for people.
   */
  text?: string;
  /**
   * Last update, epoch milliseconds.
   */
  ts: number;
  /**
   * Device behind it.
   */
  deviceId?: string;
  /**
   * Roles in use.
   */
  roles?: Role[];
  /**
   * Scopes in force.
   */
  scopes?: ScopeSet;
  /**
   * Instance of the client.
   */
  instanceId?: string;
}
/**
 * `connect.client`.
 */
export interface ClientInfo {
  /**
   * Which client; unknown ids are served like `gateway-client`.
   */
  id: string;
  /**
   * How it is used.
   */
  mode: ClientMode;
  /**
   * Its version.
   */
  version: string;
  /**
   * Operating system as the client words it.
   */
  platform: string;
  /**
   * Name for people.
   */
  displayName?: string | null;
  /**
   * For example `Mac`, `iPhone`, `Android`, `Windows`, `Linux`.
   */
  deviceFamily?: string | null;
  /**
   * Hardware model.
   */
  modelIdentifier?: string | null;
  /**
   * Tells two instances of one client apart.
   */
  instanceId?: string | null;
  /**
   * Build of the client.
   */
  buildId?: string | null;
  /**
   * IANA zone.
   */
  timeZone?: string | null;
}
/**
 * `connect.auth`. `Debug` shows which fields are set, never their values.
 */
export interface ConnectAuth {
  /**
   * Gateway token, or a device token from older clients.
   */
  token?: string | null;
  /**
   * Gateway password.
   */
  password?: string | null;
  /**
   * Token issued to this device.
   */
  deviceToken?: string | null;
  /**
   * Token of a setup code.
   */
  bootstrapToken?: string | null;
}
/**
 * Payload of `connect.challenge`, the first frame on every socket.
 */
export interface ConnectChallenge {
  /**
   * UUID v4, this socket's only.
   */
  nonce: string;
  /**
   * Gateway time in epoch milliseconds; protocol 4 clients sign with it.
   */
  ts: number;
}
/**
 * Params of `connect`.
 */
export interface ConnectParams {
  /**
   * Oldest generation the client speaks.
   */
  minProtocol: number;
  /**
   * Newest generation the client speaks.
   */
  maxProtocol: number;
  /**
   * What program connects.
   */
  client: ClientInfo;
  /**
   * `operator` (default) or `node`.
   */
  role?: string | null;
  /**
   * Scopes asked for, signed in this order.
   */
  scopes?: string[] | null;
  /**
   * What the client can do or show.
   */
  caps?: string[] | null;
  /**
   * Commands a node offers.
   */
  commands?: string[] | null;
  /**
   * A node's permissions of its operating system.
   */
  permissions?: {
    [k: string]: boolean;
  } | null;
  /**
   * A node's PATH.
   */
  pathEnv?: string | null;
  /**
   * Proof of the device's identity.
   */
  device?: DeviceProof | null;
  /**
   * Credentials.
   */
  auth?: ConnectAuth | null;
  /**
   * Informational.
   */
  locale?: string | null;
  /**
   * Informational.
   */
  userAgent?: string | null;
}
/**
 * `connect.device`.
 */
export interface DeviceProof {
  /**
   * Hex SHA-256 of the raw public key.
   */
  id: string;
  /**
   * Base64url of the raw key; standard base64 and SPKI PEM are read too.
   */
  publicKey: string;
  /**
   * Base64url signature over the payload of `handshake.md §4`.
   */
  signature: string;
  /**
   * Epoch milliseconds.
   */
  signedAt: number;
  /**
   * The challenge's nonce.
   */
  nonce?: string | null;
}
/**
 * Connections by role.
 */
export interface ConnectionCount {
  /**
   * Operators.
   */
  operators: number;
  /**
   * Nodes.
   */
  nodes: number;
}
/**
 * Devices by state.
 */
export interface DeviceCount {
  /**
   * Approved.
   */
  paired: number;
  /**
   * Waiting for a decision.
   */
  pending: number;
}
/**
 * Result of `device.pair.approve`.
 */
export interface DevicePairApproveResult {
  /**
   * The request.
   */
  requestId: string;
  /**
   * The device as it now stands.
   */
  device: PairedDevice;
}
/**
 * A paired device.
 */
export interface PairedDevice {
  /**
   * Hex SHA-256 of its key.
   */
  deviceId: string;
  /**
   * Base64url of the raw key.
   */
  publicKey: string;
  /**
   * Name it gave itself.
   */
  displayName?: string;
  /**
   * Name a person gave it.
   */
  label?: string;
  /**
   * Operating system, pinned at approval.
   */
  platform?: string;
  /**
   * Family, pinned at approval.
   */
  deviceFamily?: string;
  /**
   * Client it used last.
   */
  clientId?: string;
  /**
   * Mode it used last.
   */
  clientMode?: string;
  /**
   * First approved role, for clients that read one.
   */
  role: Role;
  /**
   * Approved roles.
   */
  roles: Role[];
  /**
   * Approved scopes.
   */
  scopes: ScopeSet;
  /**
   * Where it connected from last.
   */
  remoteIp?: string;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Epoch milliseconds of the last approval.
   */
  approvedAtMs: number;
  /**
   * How the last approval came about.
   */
  approvedVia: ApprovedVia;
  /**
   * Whether it is connected at this moment.
   */
  connected: boolean;
  /**
   * Epoch milliseconds.
   */
  lastSeenAtMs?: number;
  /**
   * `connect` or `disconnect`.
   */
  lastSeenReason?: string;
  /**
   * Its tokens, without their values.
   */
  tokens: TokenSummary[];
}
/**
 * A token of a paired device, without its value.
 */
export interface TokenSummary {
  /**
   * Role it is good for.
   */
  role: Role;
  /**
   * Scopes it carries.
   */
  scopes: ScopeSet;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Epoch milliseconds of the last rotation.
   */
  rotatedAtMs?: number;
  /**
   * Epoch milliseconds of its revocation.
   */
  revokedAtMs?: number;
  /**
   * Epoch milliseconds of its last use.
   */
  lastUsedAtMs?: number;
}
/**
 * Result of `device.pair.list`.
 */
export interface DevicePairListResult {
  /**
   * Requests, first seen first.
   */
  pending: PairingRequest[];
  /**
   * Devices, last approved first.
   */
  paired: PairedDevice[];
}
/**
 * A pairing request that waits; also event `device.pair.requested`.
 */
export interface PairingRequest {
  /**
   * Names the request until it is decided or expires.
   */
  requestId: string;
  /**
   * Device that asks.
   */
  deviceId: string;
  /**
   * Its key, base64url of the raw 32 bytes.
   */
  publicKey: string;
  /**
   * Its name for people.
   */
  displayName?: string;
  /**
   * Its operating system.
   */
  platform?: string;
  /**
   * Its family.
   */
  deviceFamily?: string;
  /**
   * Which client runs on it.
   */
  clientId?: string;
  /**
   * How it is used.
   */
  clientMode?: string;
  /**
   * Role asked for.
   */
  role?: Role;
  /**
   * The same as a list, for clients that read lists.
   */
  roles?: Role[];
  /**
   * Scopes asked for.
   */
  scopes?: ScopeSet;
  /**
   * Where it connected from.
   */
  remoteIp?: string;
  /**
   * Whether it may be approved without asking anybody.
   */
  silent?: boolean;
  /**
   * Whether the device was paired before.
   */
  isRepair?: boolean;
  /**
   * Origin header of a browser.
   */
  browserOrigin?: string;
  /**
   * First seen, epoch milliseconds.
   */
  ts: number;
}
/**
 * Result of `device.pair.reject`.
 */
export interface DevicePairRejectResult {
  /**
   * The request.
   */
  requestId: string;
  /**
   * Its device.
   */
  deviceId: string;
}
/**
 * Result of `device.pair.remove`.
 */
export interface DevicePairRemoveResult {
  /**
   * The device that is gone.
   */
  deviceId: string;
}
/**
 * Params of `device.pair.rename`.
 */
export interface DevicePairRenameParams {
  /**
   * The device.
   */
  deviceId: DeviceRef;
  /**
   * Its new name.
   */
  label: DeviceLabel;
}
/**
 * Result of `device.pair.rename`.
 */
export interface DevicePairRenameResult {
  /**
   * The device.
   */
  deviceId: string;
  /**
   * Its name now.
   */
  label: string;
}
/**
 * Params that name a device.
 */
export interface DeviceParams {
  /**
   * The device.
   */
  deviceId: DeviceRef;
}
/**
 * Params of `device.token.revoke`.
 */
export interface DeviceTokenRevokeParams {
  /**
   * The device.
   */
  deviceId: DeviceRef;
  /**
   * Role of the token.
   */
  role: Role;
}
/**
 * Result of `device.token.revoke`.
 */
export interface DeviceTokenRevokeResult {
  /**
   * The device.
   */
  deviceId: string;
  /**
   * Role of the token.
   */
  role: Role;
  /**
   * When, epoch milliseconds.
   */
  revokedAtMs: number;
}
/**
 * Params of `device.token.rotate`.
 */
export interface DeviceTokenRotateParams {
  /**
   * The device.
   */
  deviceId: DeviceRef;
  /**
   * Role of the token.
   */
  role: Role;
  /**
   * Scopes of the new token; never more than the device was approved for.
   */
  scopes?: string[] | null;
}
/**
 * Result of `device.token.rotate`.
 */
export interface DeviceTokenRotateResult {
  /**
   * The device.
   */
  deviceId: string;
  /**
   * Role of the token.
   */
  role: Role;
  /**
   * Scopes it carries.
   */
  scopes: ScopeSet;
  /**
   * When, epoch milliseconds.
   */
  rotatedAtMs: number;
  /**
   * The token, for its own device only.
   */
  token?: string;
  /**
   * Whether the token is above.
   */
  tokenDelivery: TokenDelivery;
}
/**
 * Event `device.pair.changed`: reload `device.pair.list`.
 */
export interface DevicesChanged {
  /**
   * The device that was renamed, removed or given another token.
   */
  deviceId: string;
  /**
   * When, epoch milliseconds.
   */
  ts: number;
}
/**
 * `error` of a response frame. Absent fields are left out, never `null`.
 */
export interface ErrorShape {
  /**
   * Which kind of refusal.
   */
  code: ErrorCode;
  /**
   * What happened and what to do, for people.
   */
  message: string;
  /**
   * Facts for programs, `details.code` first.
   */
  details?: {
    [k: string]: unknown;
  };
  /**
   * Whether the same request may succeed later.
   */
  retryable?: boolean;
  /**
   * Milliseconds to wait before trying again.
   */
  retryAfterMs?: number;
}
export interface EventFrame {
  type: "event";
  event: string;
  payload?: unknown;
  seq?: number;
  stateVersion?: StateVersion;
}
/**
 * Versions of the two pieces of state that clients cache.
 */
export interface StateVersion {
  /**
   * Grows by one with each change of presence.
   */
  presence: number;
  /**
   * Grows by one with each refresh of health.
   */
  health: number;
}
/**
 * `hello-ok.features`.
 */
export interface Features {
  /**
   * Methods that exist.
   */
  methods: string[];
  /**
   * Events that exist.
   */
  events: string[];
}
/**
 * Result of `gateway.identity.get`.
 */
export interface GatewayIdentity {
  /**
   * Hex SHA-256 of the key.
   */
  deviceId: string;
  /**
   * Base64url of the raw key.
   */
  publicKey: string;
}
/**
 * Params of `health`.
 */
export interface HealthParams {
  /**
   * Take a new snapshot instead of the cached one.
   */
  probe?: boolean | null;
}
/**
 * The health object; also the payload of event `health`.
 */
export interface HealthSnapshot {
  /**
   * Always true: a gateway that answers is up.
   */
  ok: boolean;
  /**
   * When it was taken, epoch milliseconds.
   */
  ts: number;
  /**
   * Milliseconds it took.
   */
  durationMs: number;
  /**
   * Messaging channels by id.
   */
  channels: {
    [k: string]: unknown;
  };
  /**
   * Ids in display order.
   */
  channelOrder: string[];
  /**
   * Names for people by id.
   */
  channelLabels: {
    [k: string]: string;
  };
  /**
   * Heartbeat of the default agent in seconds; 0 when off.
   */
  heartbeatSeconds: number;
  /**
   * Agent that owns bare session keys.
   */
  defaultAgentId: string;
  /**
   * Every configured agent.
   */
  agents: AgentHealth[];
  /**
   * Sessions of the default agent.
   */
  sessions: SessionSummary;
}
/**
 * Event `heartbeat`.
 */
export interface Heartbeat {
  /**
   * When it ran, epoch milliseconds.
   */
  ts: number;
  /**
   * `sent`, `ok-empty`, `ok-token`, `skipped` or `failed`.
   */
  status: string;
  /**
   * Receiver.
   */
  to?: string;
  /**
   * Start of the answer.
   */
  preview?: string;
  /**
   * Milliseconds it took.
   */
  durationMs?: number;
  /**
   * Why it was skipped or failed.
   */
  reason?: string;
  /**
   * Channel used.
   */
  channel?: string;
}
/**
 * Heartbeats in [`StatusResult`].
 */
export interface HeartbeatStatus {
  /**
   * Agent that owns bare session keys.
   */
  defaultAgentId: string;
  /**
   * One row per agent.
   */
  agents: AgentHeartbeat[];
}
/**
 * `hello-ok.auth`.
 */
export interface HelloAuth {
  /**
   * Role of the connection.
   */
  role: Role;
  /**
   * Scopes in force: requested and granted.
   */
  scopes: ScopeSet;
  /**
   * How the connection authenticated (protocol 4).
   */
  method?: AuthMethod;
  /**
   * Token to use next time.
   */
  deviceToken?: string;
  /**
   * When that token was issued, epoch milliseconds.
   */
  issuedAtMs?: number;
  /**
   * Tokens for further roles that a setup code granted.
   */
  deviceTokens?: RoleToken[];
}
/**
 * A device token for one role.
 */
export interface RoleToken {
  /**
   * The token.
   */
  deviceToken: string;
  /**
   * Role it is good for.
   */
  role: Role;
  /**
   * Scopes it carries.
   */
  scopes: ScopeSet;
  /**
   * When it was issued, epoch milliseconds.
   */
  issuedAtMs: number;
}
/**
 * Payload of a successful `connect`.
 */
export interface HelloOk {
  /**
   * Always `hello-ok`.
   */
  type: string;
  /**
   * Generation this connection is served in.
   */
  protocol: number;
  /**
   * Who answers.
   */
  server: ServerInfo;
  /**
   * What can be called and received.
   */
  features: Features;
  /**
   * State at this moment.
   */
  snapshot: Snapshot;
  /**
   * What was granted. Protocol 3: only when a device token was issued.
   */
  auth?: HelloAuth;
  /**
   * Limits.
   */
  policy: Policy;
}
/**
 * `hello-ok.server`.
 */
export interface ServerInfo {
  /**
   * Version of the gateway.
   */
  version: string;
  /**
   * UUID of this connection.
   */
  connId: string;
  /**
   * Host name (protocol 3).
   */
  host?: string;
  /**
   * Changes with every start of the process (protocol 4).
   */
  bootId?: string;
}
/**
 * `hello-ok.snapshot`.
 */
export interface Snapshot {
  /**
   * Who is there; empty for protocol 4 nodes.
   */
  presence: ArrayOfPresenceEntry;
  /**
   * Last health object.
   */
  health: HealthSnapshot;
  /**
   * Versions of both.
   */
  stateVersion: StateVersion;
  /**
   * Milliseconds since the gateway started.
   */
  uptimeMs: number;
  /**
   * Path of the configuration file (protocol 4: admins only).
   */
  configPath?: string;
  /**
   * Path of the state folder (protocol 4: admins only).
   */
  stateDir?: string;
  /**
   * Where a chat without a key goes.
   */
  sessionDefaults?: SessionDefaults;
  /**
   * Authentication mode of the gateway (protocol 4).
   */
  authMode?: AuthMode;
}
/**
 * `hello-ok.snapshot.sessionDefaults`.
 */
export interface SessionDefaults {
  /**
   * Agent that owns bare session keys.
   */
  defaultAgentId: string;
  /**
   * Name of an agent's main session.
   */
  mainKey: string;
  /**
   * Canonical key of the default agent's main session.
   */
  mainSessionKey: string;
}
/**
 * `hello-ok.policy`.
 */
export interface Policy {
  /**
   * Largest frame accepted from the client, bytes.
   */
  maxPayload: number;
  /**
   * Unsent bytes at which a slow client loses events or its connection.
   */
  maxBufferedBytes: number;
  /**
   * Milliseconds between ticks; a client that hears nothing for two of them
   * reconnects.
   */
  tickIntervalMs: number;
}
/**
 * Params of a method that takes none; any object is accepted.
 */
export interface NoParams {}
/**
 * Params of `device.pair.approve` and `device.pair.reject`.
 */
export interface PairingDecisionParams {
  /**
   * The request.
   */
  requestId: RequestId;
  /**
   * Device id that the approver saw; refused when it is not the request's.
   */
  deviceId?: DeviceRef | null;
}
/**
 * Event `device.pair.resolved`.
 */
export interface PairingResolved {
  /**
   * The request.
   */
  requestId: string;
  /**
   * Its device.
   */
  deviceId: string;
  /**
   * The outcome.
   */
  decision: Decision;
  /**
   * When, epoch milliseconds.
   */
  ts: number;
}
/**
 * Event `presence`.
 */
export interface PresenceChanged {
  /**
   * Everybody who is there, newest first, and who has just left.
   */
  presence: ArrayOfPresenceEntry;
}
export interface RequestFrame {
  type: "req";
  id: string;
  method: string;
  params?: {} | null;
}
export interface ResponseFrame {
  type: "res";
  id: string;
  ok: boolean;
  payload?: unknown;
  error?: ErrorShape;
}
/**
 * Params of `device.scopes.requestUpgrade`.
 */
export interface ScopesUpgradeParams {
  /**
   * Scopes asked for.
   *
   * @minItems 1
   * @maxItems 8
   */
  scopes:
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string];
}
/**
 * Result of `device.scopes.requestUpgrade`.
 */
export interface ScopesUpgradeRequested {
  /**
   * The pairing request that an approver now sees.
   */
  requestId: string;
}
/**
 * Params of `device.scopes.waitUpgrade`.
 */
export interface ScopesWaitParams {
  /**
   * The request.
   */
  requestId: RequestId;
}
/**
 * Model defaults; `null` until a model is configured.
 */
export interface SessionModelDefaults {
  /**
   * Model id.
   */
  model: string | null;
  /**
   * Its context window in tokens.
   */
  contextTokens: number | null;
}
/**
 * Sessions in [`StatusResult`].
 */
export interface SessionsStatus {
  /**
   * Where they are kept.
   */
  paths: string[];
  /**
   * How many.
   */
  count: number;
  /**
   * Model of a session that names none.
   */
  defaults: SessionModelDefaults;
  /**
   * Last used first.
   */
  recent: RecentSession[];
  /**
   * The same by agent.
   */
  byAgent: AgentSessions[];
}
/**
 * Params of `device.pair.setupCode`.
 */
export interface SetupCodeParams {
  /**
   * Address the phone should use instead of the one the gateway knows.
   */
  publicUrl?: string | null;
  /**
   * Whether to draw the code as a PNG QR image.
   */
  includeQr?: boolean | null;
  /**
   * What the code grants; absent means full.
   */
  bootstrapProfile?: SetupAccess | null;
  /**
   * Whether to write the code as an `oc-pair://` link too.
   */
  joinUrl?: boolean | null;
}
/**
 * Result of `device.pair.setupCode`. `Debug` hides the code.
 */
export interface SetupCodeResult {
  /**
   * Names the code in `device.pair.setupStatus`.
   */
  setupId: string;
  /**
   * Base64url of `{url, urls?, bootstrapToken, expiresAtMs}`.
   */
  setupCode: string;
  /**
   * The same as a link.
   */
  joinUrl?: string;
  /**
   * PNG data URL.
   */
  qrDataUrl?: string;
  /**
   * Address in the code.
   */
  gatewayUrl: string;
  /**
   * All addresses, when there is more than one.
   */
  gatewayUrls?: string[];
  /**
   * `token` or `password`.
   */
  auth: string;
  /**
   * Where the address came from: `publicUrl`, `bind`, `loopback`.
   */
  urlSource: string;
  /**
   * What the code grants.
   */
  access: SetupAccess;
  /**
   * Until when it works, epoch milliseconds; at most 10 minutes ahead.
   */
  expiresAtMs: number;
}
/**
 * Event `device.pair.setup.completed`; also the answer of
 * `device.pair.setupStatus` once the code was used.
 */
export interface SetupCompleted {
  /**
   * The setup code's id.
   */
  setupId: string;
  /**
   * Device that used it.
   */
  deviceId: string;
  /**
   * Its name for people.
   */
  deviceName?: string;
  /**
   * What it was given.
   */
  access: SetupAccess;
  /**
   * When, epoch milliseconds.
   */
  ts: number;
}
/**
 * Params of `device.pair.setupStatus`.
 */
export interface SetupStatusParams {
  /**
   * The code's id.
   */
  setupId: RequestId;
}
/**
 * Result of `device.pair.setupStatus`; empty while the code waits, and for
 * codes that are unknown or expired.
 */
export interface SetupStatusResult {
  /**
   * Who used it.
   */
  completion?: SetupCompleted;
}
/**
 * Event `shutdown`.
 */
export interface Shutdown {
  /**
   * Why the gateway stops.
   */
  reason: string;
  /**
   * Milliseconds until it should be back.
   */
  restartExpectedMs?: number;
}
/**
 * Result of `status`.
 */
export interface StatusResult {
  /**
   * Version of the gateway.
   */
  runtimeVersion: string;
  /**
   * Milliseconds since it started.
   */
  uptimeMs: number;
  /**
   * Authenticated connections at this moment.
   */
  connections: ConnectionCount;
  /**
   * Devices that are paired, and requests that wait.
   */
  devices: DeviceCount;
  /**
   * Heartbeats by agent.
   */
  heartbeat: HeartbeatStatus;
  /**
   * One line per messaging channel.
   */
  channelSummary: string[];
  /**
   * System events that wait for the main session.
   */
  queuedSystemEvents: string[];
  /**
   * Sessions.
   */
  sessions: SessionsStatus;
  /**
   * What needs attention, for people: safe mode, missing keychain and the like.
   */
  warnings: string[];
}
/**
 * Params of `system-event`.
 */
export interface SystemEventParams {
  /**
   * The line to show; must hold more than white space.
   */
  text?: string;
  /**
   * Device that speaks.
   */
  deviceId?: string | null;
  /**
   * Instance that speaks.
   */
  instanceId?: string | null;
  /**
   * Its host name.
   */
  host?: string | null;
  /**
   * Its address.
   */
  ip?: string | null;
  /**
   * Its mode.
   */
  mode?: string | null;
  /**
   * Its version.
   */
  version?: string | null;
  /**
   * Its operating system.
   */
  platform?: string | null;
  /**
   * Its family.
   */
  deviceFamily?: string | null;
  /**
   * Its model.
   */
  modelIdentifier?: string | null;
  /**
   * Seconds since somebody used it.
   */
  lastInputSeconds?: number | null;
  /**
   * Why it speaks.
   */
  reason?: string | null;
  /**
   * Its roles.
   */
  roles?: Role[] | null;
  /**
   * Its scopes.
   */
  scopes?: ScopeSet | null;
  /**
   * Free words.
   */
  tags?: string[] | null;
}
/**
 * Result of `system.info`.
 */
export interface SystemInfoResult {
  /**
   * Name of the machine for people.
   */
  machineName: string;
  /**
   * Host name.
   */
  hostname: string;
  /**
   * `linux`, `macos`, `windows`.
   */
  platform: string;
  /**
   * Kernel or system release.
   */
  release: string;
  /**
   * Processor architecture.
   */
  arch: string;
  /**
   * Operating system for people.
   */
  osLabel: string;
  /**
   * Address in the local network.
   */
  lanAddress?: string;
  /**
   * Port of the gateway.
   */
  port?: number;
  /**
   * Runtime version; clients expect the key, ours names the gateway.
   */
  nodeVersion: string;
  /**
   * Process id.
   */
  pid: number;
  /**
   * Milliseconds since the gateway started.
   */
  uptimeMs: number;
  /**
   * Logical processors.
   */
  cpuCount: number;
  /**
   * Bytes.
   */
  memoryTotalBytes: number;
  /**
   * Bytes.
   */
  memoryFreeBytes: number;
  /**
   * Bytes of the file system with the state folder.
   */
  diskTotalBytes?: number;
  /**
   * Bytes free there.
   */
  diskAvailableBytes?: number;
  /**
   * Where that file system is mounted.
   */
  diskPath?: string;
}
/**
 * Event `tick`.
 */
export interface Tick {
  /**
   * Epoch milliseconds.
   */
  ts: number;
}

/** One message of the wire, told apart by its type. */
export type GatewayFrame = RequestFrame | ResponseFrame | EventFrame;

/** Params and result of each method. */
export interface Methods {
  "connect": { params: NoParams; result: Acknowledged };
  "device.pair.approve": { params: PairingDecisionParams; result: DevicePairApproveResult };
  "device.pair.list": { params: NoParams; result: DevicePairListResult };
  "device.pair.reject": { params: PairingDecisionParams; result: DevicePairRejectResult };
  "device.pair.remove": { params: DeviceParams; result: DevicePairRemoveResult };
  "device.pair.rename": { params: DevicePairRenameParams; result: DevicePairRenameResult };
  "device.pair.setupCode": { params: SetupCodeParams; result: SetupCodeResult };
  "device.pair.setupStatus": { params: SetupStatusParams; result: SetupStatusResult };
  "device.scopes.requestUpgrade": { params: ScopesUpgradeParams; result: ScopesUpgradeRequested };
  "device.scopes.waitUpgrade": { params: ScopesWaitParams; result: ScopesUpgradeOutcome };
  "device.token.revoke": { params: DeviceTokenRevokeParams; result: DeviceTokenRevokeResult };
  "device.token.rotate": { params: DeviceTokenRotateParams; result: DeviceTokenRotateResult };
  "gateway.identity.get": { params: NoParams; result: GatewayIdentity };
  "health": { params: HealthParams; result: HealthSnapshot };
  "last-heartbeat": { params: NoParams; result: NullableHeartbeat };
  "status": { params: NoParams; result: StatusResult };
  "system-event": { params: SystemEventParams; result: Acknowledged };
  "system-presence": { params: NoParams; result: ArrayOfPresenceEntry };
  "system.info": { params: NoParams; result: SystemInfoResult };
}

/** Payload of each event. */
export interface Events {
  "connect.challenge": ConnectChallenge;
  "device.pair.changed": DevicesChanged;
  "device.pair.requested": PairingRequest;
  "device.pair.resolved": PairingResolved;
  "device.pair.setup.completed": SetupCompleted;
  "health": HealthSnapshot;
  "presence": PresenceChanged;
  "shutdown": Shutdown;
  "tick": Tick;
}
