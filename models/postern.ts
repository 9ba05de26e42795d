// Wire types of the gateway protocol, generated from schemas/ by scripts/models.sh. Do not edit.

/**
 * Whether `sessions.abort` stopped anything.
 */
export type AbortStatus = "aborted" | "no-active-run";
/**
 * The only status there is.
 */
export type AcceptedStatus = "accepted";
/**
 * Where the image of an agent is.
 */
export type AvatarStatus = "none" | "local" | "remote" | "data";
/**
 * A session in any form that clients write: `main`, a bare key, `agent:ID:KEY`.
 */
export type SessionKey = string;
/**
 * How bare session keys find their agent.
 */
export type AgentOwnership = "sole" | "legacy" | "explicit";
/**
 * Names one attempt of a side-effecting call; the same key never acts twice.
 */
export type IdempotencyKey = string;
/**
 * What a session is between.
 */
export type SessionKind = "direct" | "group" | "global" | "unknown";
/**
 * How long a model may think before it answers.
 */
export type ThinkingLevel = "off" | "minimal" | "low" | "medium" | "high" | "xhigh";
/**
 * Whether tool calls are shown while a run is under way.
 */
export type VerboseLevel = "off" | "on" | "full";
/**
 * How a wait ended.
 */
export type WaitStatus = "ok" | "error" | "timeout";
/**
 * How a folder went.
 */
export type RemovalMethod = "trash" | "missing";
/**
 * How sessions are told apart.
 */
export type AgentsScope = "per-sender" | "global";
/**
 * The word `all`.
 */
export type AllWord = "all";
/**
 * Which commands run at all.
 */
export type ExecSecurityMode = "deny" | "allowlist" | "full";
/**
 * When somebody is asked about a command.
 */
export type ExecAskMode = "off" | "on-miss" | "always";
/**
 * An approver's answer.
 */
export type ApprovalDecision = "allow-once" | "allow-always" | "deny";
/**
 * Names a command while it waits for an approval, and for a while after.
 */
export type ApprovalId = string;
/**
 * Which kind of approval an event is about.
 */
export type ApprovalKind = "exec";
/**
 * Why a request ended without anybody's answer.
 */
export type TerminalReason = "timeout" | "no-approval-route" | "cancelled";
/**
 * A command as text that somebody is to approve.
 */
export type ApprovalText = string;
/**
 * How a device came to be approved.
 */
export type ApprovedVia = "local" | "operator" | "setup-code" | "trusted-proxy" | "tailscale" | "listed-address";
/**
 * Which sessions, by whether they are put away.
 */
export type ArchivedFilter = boolean | AllWord;
export type ArrayOfAnyValue = unknown[];
export type ArrayOfApprovalRequested = ApprovalRequested[];
/**
 * Who a message is from.
 */
export type MessageRole = "user" | "assistant" | "toolResult" | "system";
/**
 * What a message says.
 */
export type MessageContent = string | ContentBlock[];
/**
 * One piece of a message.
 */
export type ContentBlock =
  | {
      type: "text";
      /**
       * Them.
       */
      text: string;
    }
  | {
      type: "thinking";
      /**
       * Its words.
       */
      thinking: string;
      /**
       * The provider's proof that these are the model's own; opaque.
       */
      thinkingSignature?: string;
    }
  | {
      type: "toolCall";
      /**
       * Id of the call.
       */
      id: string;
      /**
       * Name of the tool.
       */
      name: string;
      /**
       * Its arguments.
       */
      arguments: unknown;
    }
  | {
      type: "image";
      /**
       * Base64 of its bytes; absent when it was left out to keep an answer small.
       */
      data?: string;
      /**
       * Its MIME type.
       */
      mimeType: string;
      /**
       * Where the gateway keeps it.
       */
      mediaId?: string;
      /**
       * Size in bytes.
       */
      sizeBytes?: number;
      /**
       * True when `data` was left out.
       */
      omitted?: boolean;
    };
export type ArrayOfChatMessage = ChatMessage[];
/**
 * What a connection is: a person's control plane, or a device that does things.
 */
export type Role = "operator" | "node";
export type ScopeSet = string[];
export type ArrayOfPresenceEntry = PresenceEntry[];
/**
 * How a connection authenticated.
 */
export type AuthMethod =
  "none" | "token" | "password" | "device-token" | "bootstrap-token" | "desktop" | "tailscale" | "trusted-proxy";
/**
 * How the gateway authenticates callers.
 */
export type AuthMode = "none" | "token" | "password" | "trusted-proxy";
/**
 * Whether a provider's key is there.
 */
export type AuthStatus = "ok" | "static" | "missing" | "expired" | "error";
/**
 * Why a run failed, for programs.
 */
export type ChatErrorKind = "refusal" | "timeout" | "rate_limit" | "context_length" | "unknown";
/**
 * What a `chat` event tells.
 */
export type ChatState = "status" | "delta" | "final" | "aborted" | "error";
/**
 * What is being prepared before the model answers.
 */
export type ChatPhase = "preparing_context" | "starting_model";
/**
 * The word of [`ChatHistoryDelta`].
 */
export type DeltaWord = "delta";
/**
 * Where a conversation of a messaging channel takes place.
 */
export type SessionChatType = "direct" | "group" | "channel";
/**
 * How the last run of a session stands.
 */
export type SessionStatus = "queued" | "running" | "done" | "failed" | "killed" | "timeout";
/**
 * Whether the model's thoughts are shown.
 */
export type ReasoningLevel = "off" | "on" | "stream";
/**
 * Whether commands may run outside the usual limits.
 */
export type ElevatedLevel = "off" | "on" | "ask" | "full";
/**
 * What becomes of a message while the agent still answers an earlier one.
 */
export type QueueMode = "followup" | "steer" | "collect" | "interrupt";
/**
 * Who chose the model of a session.
 */
export type ModelOverrideSource = "user";
/**
 * Who may see a session.
 */
export type SessionVisibility = "shared";
/**
 * What the caller may do with a session.
 */
export type SessionSharingRole = "admin";
/**
 * What becomes of a message that waits.
 */
export type PendingState = "queued" | "cancelled" | "interrupted";
/**
 * Why a model cannot be asked.
 */
export type UnavailableReason = "missing-auth" | "auth-failed";
/**
 * What a model reads.
 */
export type ModelInput = "text" | "image";
/**
 * What a command belongs to.
 */
export type CommandCategory = "session" | "options" | "status" | "management" | "media" | "tools";
/**
 * Who brings a command.
 */
export type CommandSource = "native" | "skill" | "plugin";
/**
 * Where a command works.
 */
export type CommandScope = "text" | "native" | "both";
/**
 * What an argument looks like.
 */
export type CommandArgKind = "string" | "number" | "boolean";
/**
 * The word of [`ChatHistoryReset`].
 */
export type ResetWord = "reset";
/**
 * Result of `chat.history`: without a cursor the newest messages, with one
 * what came after it.
 */
export type ChatHistoryResult = ChatHistoryDelta | ChatHistoryReset | ChatHistoryPage;
/**
 * Why a message cannot be shown.
 */
export type MessageUnavailable = "not_found" | "oversized" | "not_visible";
/**
 * Result of `chat.send`: a run, or for `/stop` and stop words what was stopped.
 */
export type ChatSendResult = SentRun | ChatAbortResult;
/**
 * What became of a run.
 */
export type SendStatus = "started" | "in_flight" | "ok" | "error";
/**
 * `connect.client.mode`.
 */
export type ClientMode = "webchat" | "cli" | "ui" | "backend" | "node" | "probe" | "test" | "worker";
/**
 * When a changed setting takes effect.
 */
export type ConfigReloadKind = "hot" | "restart";
/**
 * How a request ended.
 */
export type Decision = "approved" | "rejected";
/**
 * What a desktop app can offer as a node.
 */
export type DesktopNodeCapability =
  "browser" | "camera" | "canvas" | "fs" | "location" | "notifications" | "screen" | "system";
/**
 * How the node of a desktop app is.
 */
export type DesktopNodeState = "off" | "connecting" | "connected" | "waiting" | "failed";
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
 * How a check came out.
 */
export type DoctorStatus = "ok" | "warn" | "fail" | "skipped";
/**
 * Where a tool that a conversation gets comes from.
 */
export type ToolSource = "core" | "mcp";
/**
 * What a machine is.
 */
export type EnvironmentKind = "local" | "node";
/**
 * Whether a machine can be used now.
 */
export type EnvironmentStatus = "available" | "unavailable";
/**
 * A machine: `gateway`, or `node:ID`.
 */
export type EnvironmentId = string;
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
/**
 * Result of `exec.approval.request` and `exec.approval.waitDecision`: that it
 * was accepted, or how it was decided.
 */
export type ExecApprovalOutcome = ExecApprovalAccepted | ExecApprovalDecided;
/**
 * A node: the id of its device.
 */
export type NodeRef = string;
/**
 * What safe mode is for.
 */
export type SafeModeReason = "config" | "crashes";
/**
 * Who said what was found.
 */
export type HitRole = "user" | "assistant";
/**
 * Names a call of a command until it ends.
 */
export type InvokeId = string;
/**
 * What a limit counts.
 */
export type LimitUnit = "usd" | "tokens";
/**
 * How a probe ended.
 */
export type ProbeStatus = "ok" | "auth" | "rate_limit" | "billing" | "timeout" | "format" | "unknown" | "no_model";
/**
 * Which models.
 */
export type ModelsView = "default" | "configured" | "provider-config" | "all";
/**
 * How far the commands of a node are approved.
 */
export type NodeApproval = "approved" | "pending-approval" | "pending-reapproval" | "unapproved";
/**
 * A command of a node.
 */
export type NodeCommand = string;
/**
 * How a request ended.
 */
export type NodeDecision = "approved" | "rejected" | "removed";
/**
 * What happened at a node.
 */
export type NodeEventName = string;
/**
 * A part of what goes to or comes from a command.
 */
export type StreamChunk = string;
/**
 * A person's name for a node.
 */
export type NodeName = string;
/**
 * Names a pairing request while it waits for a decision.
 */
export type RequestId = string;
/**
 * What a node shows to be verified.
 */
export type NodeTokenText = string;
/**
 * Names what waits for a node.
 */
export type PendingItemId = string;
/**
 * What a node is to do when it comes back.
 */
export type PendingKind = string;
/**
 * How urgent an item is.
 */
export type PendingPriority = "low" | "normal" | "high";
export type NullableHeartbeat = Heartbeat | null;
/**
 * What takes a while.
 */
export type OperationKind = "compact";
/**
 * Where an operation stands.
 */
export type OperationPhase = "start" | "end";
/**
 * Who a message in short is from.
 */
export type PreviewRole = "user" | "assistant" | "tool" | "system";
/**
 * What `sessions.preview` found.
 */
export type PreviewStatus = "ok" | "empty" | "missing" | "error";
/**
 * From where an address works.
 */
export type RemoteUrlKind = "loopback" | "lan" | "tailnet" | "custom" | "proxy";
/**
 * Why a session begins anew.
 */
export type ResetReason = "new" | "reset";
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
 * Who keeps the gateway running.
 */
export type ServiceManagerKind = "systemd" | "launchd" | "windows" | "none";
/**
 * Whose service it is.
 */
export type ServiceScope = "user" | "system";
/**
 * How careful the gateway is after crashes.
 */
export type StartMode = "normal" | "waiting" | "safe";
/**
 * What is first in a list of sessions.
 */
export type SessionOrder = "updatedAt" | "lastInteractionAt";
/**
 * Result of `sessions.send` and `sessions.steer`: a run, or what was stopped.
 */
export type SessionsSendResult = SentRun | ChatAbortResult;
/**
 * How many days. Everything is bounded by 366 days.
 */
export type UsageRange = "7d" | "30d" | "90d" | "1y" | "all";
/**
 * What a setup code grants; fixed when it is made.
 */
export type SetupAccess = "full" | "limited" | "node";
/**
 * How Tailscale shows the gateway.
 */
export type TailscaleMode = "off" | "serve" | "funnel";
/**
 * How the Tailscale daemon of the gateway's machine is.
 */
export type TailscaleState = "missing" | "starting" | "needs-login" | "needs-approval" | "stopped" | "running";
/**
 * Where a tool of the catalogue comes from.
 */
export type ToolOrigin = "core" | "plugin";
/**
 * The name a tool is called by.
 */
export type ToolName = string;
/**
 * Which program file runs.
 */
export type UpdateSlot = "installed" | "a" | "b";
/**
 * What came of an update.
 */
export type UpdateOutcome = "ok" | "error" | "skipped";
/**
 * How far an update is.
 */
export type UpdatePhase =
  "idle" | "downloaded" | "verified" | "staged" | "trial" | "reverting" | "confirmed" | "reverted";
/**
 * How an update takes effect.
 */
export type UpdateMode = "slots" | "package";
/**
 * A target that is no name.
 */
export type VoiceWakeMode = "current";
/**
 * Who carries out an action.
 */
export type WizardExecutor = "gateway" | "client";
/**
 * What a wizard sets up.
 */
export type WizardMode = "local" | "remote";
/**
 * How a question is asked.
 */
export type WizardStepKind = "note" | "select" | "text" | "confirm" | "multiselect" | "progress" | "action";
/**
 * How far a wizard is.
 */
export type WizardState = "running" | "done" | "cancelled" | "error";

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
 * How an agent is shown.
 */
export interface AgentAppearance {
  /**
   * Its name.
   */
  name?: string;
  /**
   * What it is like.
   */
  theme?: string;
  /**
   * One emoji.
   */
  emoji?: string;
  /**
   * Emoji, address of an image, or a letter.
   */
  avatar?: string;
  /**
   * Address of the image, when there is one.
   */
  avatarUrl?: string;
}
/**
 * Event `agent`.
 */
export interface AgentEvent {
  /**
   * The run.
   */
  runId: string;
  /**
   * Number within the run, from 1.
   */
  seq: number;
  /**
   * `lifecycle`, `assistant`, `thinking`, `tool`, `compaction`, `usage`, …
   */
  stream: string;
  /**
   * Epoch milliseconds.
   */
  ts: number;
  /**
   * What happened; its keys depend on the stream.
   */
  data: unknown;
  /**
   * Session, as in [`ChatEvent`].
   */
  sessionKey?: string;
  /**
   * Id of the session.
   */
  sessionId?: string;
  /**
   * Agent that owns the session.
   */
  agentId?: string;
}
/**
 * A file of an agent.
 */
export interface AgentFile {
  /**
   * One of [`AGENT_FILE_NAMES`].
   */
  name: string;
  /**
   * Where it is.
   */
  path: string;
  /**
   * Whether it is not there.
   */
  missing: boolean;
  /**
   * Bytes.
   */
  size?: number;
  /**
   * When it was written, epoch milliseconds.
   */
  updatedAtMs?: number;
  /**
   * Its text; in lists absent.
   */
  content?: string;
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
 * Result of `agent.identity.get`; protocol 3 is told its id, name and avatar.
 */
export interface AgentIdentity {
  /**
   * The agent's id.
   */
  agentId: string;
  /**
   * Its name.
   */
  name?: string;
  /**
   * Where the name is from: `agent`, `config`, `workspace` (its IDENTITY.md) or `default`.
   */
  nameSource?: string;
  /**
   * Emoji, `https` address, `/avatar/ID`, or a letter.
   */
  avatar?: string;
  /**
   * What was written, when the avatar is an image.
   */
  avatarSource?: string;
  /**
   * Whether the avatar is an image, and from where.
   */
  avatarStatus?: AvatarStatus;
  /**
   * Why a written avatar is not shown.
   */
  avatarReason?: string;
  /**
   * One emoji.
   */
  emoji?: string;
}
/**
 * Params of `agent.identity.get`; without any it is about the default agent.
 */
export interface AgentIdentityParams {
  /**
   * The agent.
   */
  agentId?: string | null;
  /**
   * A session; its agent is meant.
   */
  sessionKey?: SessionKey | null;
}
/**
 * One level of a setting.
 */
export interface AgentLevel {
  /**
   * Its word on the wire.
   */
  id: string;
  /**
   * Its word for people.
   */
  label: string;
}
/**
 * How a run came about.
 */
export interface AgentMeta {
  /**
   * Milliseconds from start to end.
   */
  durationMs: number;
  /**
   * By whom.
   */
  agentMeta: AgentRunMeta;
}
/**
 * Who answered.
 */
export interface AgentRunMeta {
  /**
   * Id of the session.
   */
  sessionId: string;
  /**
   * Provider of the model.
   */
  provider: string;
  /**
   * The model.
   */
  model: string;
  /**
   * What it took.
   */
  usage?: MessageUsage;
}
/**
 * Tokens and cost of one answer.
 */
export interface MessageUsage {
  /**
   * Tokens read.
   */
  input: number;
  /**
   * Tokens written.
   */
  output: number;
  /**
   * Tokens read from the provider's cache.
   */
  cacheRead: number;
  /**
   * Tokens written to it.
   */
  cacheWrite: number;
  /**
   * All of them.
   */
  totalTokens: number;
  /**
   * USD; absent when no price is known.
   */
  cost?: MessageCost;
}
/**
 * Cost of one answer, USD.
 */
export interface MessageCost {
  /**
   * All of it.
   */
  total: number;
}
/**
 * A model, and others when it cannot answer; each `provider/model`.
 */
export interface AgentModel {
  /**
   * Asked first.
   */
  primary: string;
  /**
   * Asked in this order when it cannot answer.
   */
  fallbacks?: string[];
}
/**
 * What a run came to.
 */
export interface AgentOutcome {
  /**
   * What was answered.
   */
  payloads: AgentPayload[];
  /**
   * How.
   */
  meta: AgentMeta;
}
/**
 * One piece of an answer.
 */
export interface AgentPayload {
  /**
   * Words.
   */
  text?: string;
  /**
   * A picture or file.
   */
  mediaUrl?: string;
}
/**
 * Params of `agent`.
 */
export interface AgentParams {
  /**
   * What is said.
   */
  message: string;
  /**
   * Agent that answers. Default: the owner of the session, else the default agent.
   */
  agentId?: string | null;
  /**
   * Session. Default: the agent's main session.
   */
  sessionKey?: SessionKey | null;
  /**
   * Session, by id.
   */
  sessionId?: string | null;
  /**
   * How long the model may think.
   */
  thinking?: string | null;
  /**
   * Model, `provider/model`, or the part after the provider.
   */
  model?: string | null;
  /**
   * Provider of `model`.
   */
  provider?: string | null;
  /**
   * Whether the answer also goes to a channel.
   */
  deliver?: boolean | null;
  /**
   * Channel that the answer goes to.
   */
  channel?: string | null;
  /**
   * Pictures and text files.
   */
  attachments?: Attachment[] | null;
  /**
   * Longest run, seconds.
   */
  timeout?: number | null;
  /**
   * Instructions besides the agent's own.
   */
  extraSystemPrompt?: string | null;
  /**
   * Folder that the agent works in; needs admin.
   */
  cwd?: string | null;
  /**
   * Name given to a session that is made for it.
   */
  label?: string | null;
  /**
   * Session that asks.
   */
  spawnedBy?: string | null;
  /**
   * Names the run; the same key never starts a second one.
   */
  idempotencyKey: IdempotencyKey;
}
/**
 * Something sent with a message.
 */
export interface Attachment {
  /**
   * `image` or `file`; a hint.
   */
  type?: string | null;
  /**
   * Its MIME type.
   */
  mimeType?: string | null;
  /**
   * Its name.
   */
  fileName?: string | null;
  /**
   * Base64 of its bytes, or a `data:` URL.
   */
  content?: string | null;
}
/**
 * Either answer of `agent`.
 */
export interface AgentResult {
  /**
   * The run: the idempotency key.
   */
  runId: string;
  /**
   * `accepted` in the first answer, `ok` in the last.
   */
  status: string;
  /**
   * In the first answer: epoch milliseconds.
   */
  acceptedAt?: number;
  /**
   * In the last answer: `completed`, or how it ended.
   */
  summary?: string;
  /**
   * In the last answer: what was answered.
   */
  result?: AgentOutcome;
}
/**
 * One agent; protocol 3 is told its id, name and identity.
 */
export interface AgentRow {
  /**
   * Its id.
   */
  id: string;
  /**
   * Name that a person gave it.
   */
  name?: string;
  /**
   * How it is shown.
   */
  identity?: AgentAppearance;
  /**
   * Folder with its files.
   */
  workspace?: string;
  /**
   * Model that answers; absent while none is chosen.
   */
  model?: AgentModel;
  /**
   * Levels of thinking that can be chosen.
   */
  thinkingLevels?: AgentLevel[];
  /**
   * The same as labels only.
   */
  thinkingOptions?: string[];
  /**
   * Level when nothing is chosen.
   */
  thinkingDefault?: string;
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
  recent: SessionStatusRow[];
}
/**
 * One session in [`SessionsStatus`].
 */
export interface SessionStatusRow {
  /**
   * Agent that owns it.
   */
  agentId: string;
  /**
   * Canonical key.
   */
  key: string;
  /**
   * What it is between.
   */
  kind: SessionKind;
  /**
   * Its session id.
   */
  sessionId: string;
  /**
   * Epoch milliseconds.
   */
  updatedAt: number;
  /**
   * Milliseconds since then.
   */
  age: number;
  /**
   * How long the model may think.
   */
  thinkingLevel?: ThinkingLevel;
  /**
   * Whether tool calls are shown.
   */
  verboseLevel?: VerboseLevel;
  /**
   * Whether its last run was stopped.
   */
  abortedLastRun?: boolean;
  /**
   * Tokens that models read for it.
   */
  inputTokens?: number;
  /**
   * Tokens that models wrote for it.
   */
  outputTokens?: number;
  /**
   * Tokens of the conversation; `null` until a model answered.
   */
  totalTokens: number | null;
  /**
   * Tokens that are left of the window; `null` when not known.
   */
  remainingTokens: number | null;
  /**
   * Share of the window that is used; `null` when not known.
   */
  percentUsed: number | null;
  /**
   * The model that answers; `null` until there is one.
   */
  model: string | null;
  /**
   * Tokens that it can read and write; `null` when not known.
   */
  contextTokens: number | null;
  /**
   * Settings that differ from the default, for people.
   */
  flags: string[];
}
/**
 * What one agent took.
 */
export interface AgentUsage {
  /**
   * The agent.
   */
  agentId: string;
  /**
   * The sums.
   */
  totals: CostTotals;
}
/**
 * Tokens and money. Money is USD, in steps of a millionth; its four parts
 * divide it by today's prices.
 */
export interface CostTotals {
  /**
   * Tokens read.
   */
  input: number;
  /**
   * Tokens written.
   */
  output: number;
  /**
   * Tokens read from a provider's cache.
   */
  cacheRead: number;
  /**
   * Tokens written to one.
   */
  cacheWrite: number;
  /**
   * All of them.
   */
  totalTokens: number;
  /**
   * USD.
   */
  totalCost: number;
  /**
   * USD for tokens read.
   */
  inputCost: number;
  /**
   * USD for tokens written.
   */
  outputCost: number;
  /**
   * USD for tokens read from a cache.
   */
  cacheReadCost: number;
  /**
   * USD for tokens written to a cache.
   */
  cacheWriteCost: number;
  /**
   * Answers of models without a known price: their tokens are counted, money is not.
   */
  missingCostEntries: number;
}
/**
 * Params of `agent.wait`.
 */
export interface AgentWaitParams {
  /**
   * The run.
   */
  runId: string;
  /**
   * Longest wait, milliseconds. Default 30000.
   */
  timeoutMs?: number | null;
}
/**
 * Result of `agent.wait`.
 */
export interface AgentWaitResult {
  /**
   * The run.
   */
  runId: string;
  /**
   * How the wait ended.
   */
  status: WaitStatus;
  /**
   * Epoch milliseconds.
   */
  startedAt?: number;
  /**
   * Epoch milliseconds.
   */
  endedAt?: number;
  /**
   * What went wrong.
   */
  error?: string;
}
/**
 * Params of `agents.create`.
 */
export interface AgentsCreateParams {
  /**
   * Its name; the id is made from it.
   */
  name: string;
  /**
   * Folder for its files: absolute, or below the state folder.
   */
  workspace?: string | null;
  /**
   * Model that answers, `provider/model`.
   */
  model?: string | null;
  /**
   * One emoji.
   */
  emoji?: string | null;
  /**
   * Emoji, `https` address of an image, or a file of the workspace.
   */
  avatar?: string | null;
}
/**
 * Result of `agents.create`.
 */
export interface AgentsCreateResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * The new agent's id.
   */
  agentId: string;
  /**
   * Its name.
   */
  name: string;
  /**
   * Folder with its files.
   */
  workspace: string;
  /**
   * Its model, when one was chosen.
   */
  model?: string;
}
/**
 * Params of `agents.delete`.
 */
export interface AgentsDeleteParams {
  /**
   * The agent.
   */
  agentId: string;
  /**
   * Whether its folder goes to the trash; absent means it stays.
   */
  deleteFiles?: boolean | null;
}
/**
 * Result of `agents.delete`.
 */
export interface AgentsDeleteResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * The agent that is gone.
   */
  agentId: string;
  /**
   * Routes to it that went with it.
   */
  removedBindings: number;
  /**
   * Folders that were asked to go and are gone.
   */
  removed?: RemovedFolder[];
  /**
   * Folders that were asked to go and stay.
   */
  failed?: KeptFolder[];
}
/**
 * A folder that is gone.
 */
export interface RemovedFolder {
  /**
   * Where it was.
   */
  path: string;
  /**
   * How it went.
   */
  method: RemovalMethod;
}
/**
 * A folder that stays.
 */
export interface KeptFolder {
  /**
   * Where it is.
   */
  path: string;
  /**
   * Why it stays.
   */
  reason: string;
}
/**
 * Params of `agents.files.get`.
 */
export interface AgentsFilesGetParams {
  /**
   * The agent.
   */
  agentId: string;
  /**
   * One of [`AGENT_FILE_NAMES`].
   */
  name: string;
}
/**
 * Result of `agents.files.get`.
 */
export interface AgentsFilesGetResult {
  /**
   * The agent's id.
   */
  agentId: string;
  /**
   * Folder with its files.
   */
  workspace: string;
  /**
   * The file; without `content` when it is missing.
   */
  file: AgentFile;
}
/**
 * Params of `agents.files.list`.
 */
export interface AgentsFilesListParams {
  /**
   * The agent's id, in any case.
   */
  agentId: string;
}
/**
 * Result of `agents.files.list`.
 */
export interface AgentsFilesListResult {
  /**
   * The agent's id.
   */
  agentId: string;
  /**
   * Folder with its files.
   */
  workspace: string;
  /**
   * Every name, also of files that are not there.
   */
  files: AgentFile[];
}
/**
 * Params of `agents.files.set`.
 */
export interface AgentsFilesSetParams {
  /**
   * The agent.
   */
  agentId: string;
  /**
   * One of [`AGENT_FILE_NAMES`].
   */
  name: string;
  /**
   * Its whole text, at most 256 KiB.
   */
  content: string;
}
/**
 * Result of `agents.files.set`.
 */
export interface AgentsFilesSetResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * The agent's id.
   */
  agentId: string;
  /**
   * Folder with its files.
   */
  workspace: string;
  /**
   * The file as it now stands, with its text.
   */
  file: AgentFile;
}
/**
 * Result of `agents.list`.
 */
export interface AgentsListResult {
  /**
   * The agent that answers when nobody else is named.
   */
  defaultId: string;
  /**
   * Whether bare session keys have an owner; protocol 4 only.
   */
  ownership?: AgentOwnership;
  /**
   * Whether a client has to ask which agent is meant; never, since one is the
   * default. Protocol 4 only.
   */
  selectionRequired?: boolean;
  /**
   * Name of the main session.
   */
  mainKey: string;
  /**
   * How sessions are told apart.
   */
  scope: AgentsScope;
  /**
   * Agents: those of the configuration in its order, then the others, oldest first.
   */
  agents: AgentRow[];
}
/**
 * Params of `agents.update`. What is absent stays; an empty text goes back to
 * what the configuration says.
 */
export interface AgentsUpdateParams {
  /**
   * The agent.
   */
  agentId: string;
  /**
   * Its name.
   */
  name?: string | null;
  /**
   * Folder for its files: absolute, or below the state folder.
   */
  workspace?: string | null;
  /**
   * Model that answers, `provider/model`; `null` goes back to what the configuration says.
   */
  model?: string | null;
  /**
   * One emoji.
   */
  emoji?: string | null;
  /**
   * Emoji, `https` address of an image, or a file of the workspace.
   */
  avatar?: string | null;
}
/**
 * Result of `agents.update`.
 */
export interface AgentsUpdateResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * The agent's id.
   */
  agentId: string;
}
/**
 * One day over all conversations.
 */
export interface AggregateDay {
  /**
   * The day in UTC.
   */
  date: string;
  /**
   * Tokens of every kind.
   */
  tokens: number;
  /**
   * USD.
   */
  cost: number;
  /**
   * Answers of models.
   */
  messages: number;
  /**
   * Calls of tools; not counted here, so 0.
   */
  toolCalls: number;
  /**
   * Failures; not counted here, so 0.
   */
  errors: number;
}
/**
 * What a decision is bound to. Whoever executes something else executes
 * something that was not approved.
 */
export interface ApprovalBinding {
  /**
   * Hex SHA-256 over the whole plan: program, arguments, folder, environment,
   * standard input.
   */
  planHash: string;
  /**
   * Program and arguments.
   */
  argv: string[];
  /**
   * Folder.
   */
  cwd: string | null;
  /**
   * Agent.
   */
  agentId: string | null;
  /**
   * Conversation.
   */
  sessionKey: string | null;
  /**
   * Hex SHA-256 over the variables that the command adds; null for none.
   */
  envHash: string | null;
}
/**
 * What is asked: everything an approver needs to judge it, nothing cut.
 */
export interface ApprovalCommand {
  /**
   * The whole command as one line of text.
   */
  command: string;
  /**
   * The same as program and arguments, where it is known.
   */
  commandArgv: string[] | null;
  /**
   * Names of the variables that the command adds to its environment.
   */
  envKeys: string[] | null;
  /**
   * Folder it runs in.
   */
  cwd: string | null;
  /**
   * Where it runs: `gateway`, `node`, or another word of the requester.
   */
  host: string | null;
  /**
   * Which commands run at all, there.
   */
  security: ExecSecurityMode | null;
  /**
   * When somebody is asked, there.
   */
  ask: ExecAskMode | null;
  /**
   * Agent that wants to run it.
   */
  agentId: string | null;
  /**
   * File that is started.
   */
  resolvedPath: string | null;
  /**
   * Conversation it belongs to.
   */
  sessionKey: string | null;
  /**
   * Answers that are possible.
   */
  allowedDecisions: ApprovalDecision[];
  /**
   * Node it runs on.
   */
  nodeId: string | null;
  /**
   * The plan that a node host will execute.
   */
  systemRunPlan: {
    [k: string]: unknown;
  } | null;
  /**
   * What the decision is bound to.
   */
  systemRunBinding: ApprovalBinding | null;
  /**
   * Always null: commands are shown whole, not analysed.
   */
  commandAnalysis: {
    [k: string]: unknown;
  } | null;
  /**
   * What to look out for.
   */
  warningText: string | null;
  /**
   * Session id of the conversation.
   */
  sessionId: string | null;
  /**
   * Run that waits.
   */
  runId: string | null;
  /**
   * Tool call that waits.
   */
  toolCallId: string | null;
  /**
   * Channel of the message that led here.
   */
  turnSourceChannel: string | null;
  /**
   * Its recipient.
   */
  turnSourceTo: string | null;
  /**
   * Its account.
   */
  turnSourceAccountId: string | null;
  /**
   * Its thread.
   */
  turnSourceThreadId: string | null;
}
/**
 * Params that name a request.
 */
export interface ApprovalIdParams {
  /**
   * The request.
   */
  id: ApprovalId;
}
/**
 * What waits for a decision in a session.
 */
export interface ApprovalReplay {
  /**
   * Canonical key.
   */
  sessionKey: string;
  /**
   * Epoch milliseconds.
   */
  updatedAtMs: number;
  /**
   * Oldest first.
   */
  approvals: unknown[];
  /**
   * Whether some were left out.
   */
  truncated: boolean;
}
/**
 * Event `exec.approval.requested`; also the entries of `exec.approval.list`.
 */
export interface ApprovalRequested {
  /**
   * Names the request until it is decided or expires.
   */
  id: string;
  /**
   * Which kind.
   */
  approvalKind: ApprovalKind & string;
  /**
   * What is asked.
   */
  request: ApprovalCommand;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Epoch milliseconds; without an answer by then it counts as denied.
   */
  expiresAtMs: number;
}
/**
 * Event `exec.approval.resolved`.
 */
export interface ApprovalResolved {
  /**
   * The request.
   */
  id: string;
  /**
   * The outcome; `deny` also when nobody answered.
   */
  decision: ApprovalDecision;
  /**
   * Who answered; null when nobody did.
   */
  resolvedBy: string | null;
  /**
   * When, epoch milliseconds.
   */
  ts: number;
  /**
   * What was asked.
   */
  request: ApprovalCommand;
  /**
   * Why it ended without an answer.
   */
  terminalReason?: TerminalReason;
}
/**
 * A message.
 */
export interface ChatMessage {
  /**
   * Who it is from.
   */
  role: MessageRole;
  /**
   * What it says.
   */
  content: MessageContent;
  /**
   * Epoch milliseconds.
   */
  timestamp: number;
  /**
   * Provider of the model that wrote it.
   */
  provider?: string;
  /**
   * The model that wrote it.
   */
  model?: string;
  /**
   * What the provider speaks.
   */
  api?: string;
  /**
   * Why the model ended: `stop`, `toolUse`, `length`, `aborted`, `error`.
   */
  stopReason?: string;
  /**
   * What it took.
   */
  usage?: MessageUsage;
  /**
   * What went wrong.
   */
  errorMessage?: string;
  /**
   * Call that a tool result answers.
   */
  toolCallId?: string;
  /**
   * Tool that answered.
   */
  toolName?: string;
  /**
   * Whether the tool failed.
   */
  isError?: boolean;
  /**
   * `<runId>:user` on the message that began a run.
   */
  idempotencyKey?: string;
  /**
   * Its place; added when it is read.
   */
  __openclaw?: MessagePlace;
}
/**
 * Where a message stands in its transcript.
 */
export interface MessagePlace {
  /**
   * Its id.
   */
  id: string;
  /**
   * Its position, from 1.
   */
  seq: number;
  /**
   * Epoch milliseconds at which it was written down.
   */
  recordTimestampMs?: number;
  /**
   * Run it belongs to.
   */
  runId?: string;
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
 * One key of a provider.
 */
export interface AuthProfile {
  /**
   * `PROVIDER:default`.
   */
  profileId: string;
  /**
   * `api_key`.
   */
  type: string;
  /**
   * Whether it works, as far as is known.
   */
  status: AuthStatus;
}
/**
 * Params of `backup.create`.
 */
export interface BackupCreateParams {
  /**
   * Encrypts the archive. Without one it holds no secrets and says so.
   */
  passphrase?: string | null;
  /**
   * What goes in; absent means everything.
   */
  include?: BackupInclude | null;
}
/**
 * What goes into an archive besides the database and the configuration.
 */
export interface BackupInclude {
  /**
   * Folders of agents. Default true.
   */
  workspaces?: boolean | null;
  /**
   * Keys and tokens; needs a passphrase. Default true with one.
   */
  secrets?: boolean | null;
}
/**
 * Result of `backup.create`.
 */
export interface BackupCreateResult {
  /**
   * Names it in calls.
   */
  id: string;
  /**
   * Its file name.
   */
  name: string;
  /**
   * Its size.
   */
  bytes: number;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Whether a passphrase is needed to read it.
   */
  encrypted: boolean;
  /**
   * Files in it.
   */
  entries: number;
  /**
   * Machine it was made on.
   */
  host: string;
  /**
   * Release it was made by.
   */
  version: string;
  /**
   * Whether it was made by itself; only such are removed when there are too many.
   */
  scheduled: boolean;
  /**
   * Whether keys and tokens are in it.
   */
  hasSecrets: boolean;
  /**
   * What was left out, and why; the first hundred.
   */
  leftOut: BackupLeftOut[];
  /**
   * How much was left out in all.
   */
  leftOutTotal: number;
}
/**
 * Something that did not go into an archive.
 */
export interface BackupLeftOut {
  /**
   * What.
   */
  what: string;
  /**
   * Why.
   */
  why: string;
}
/**
 * What the database of an archive holds.
 */
export interface BackupDatabase {
  /**
   * Paired devices.
   */
  devices: number;
  /**
   * Conversations.
   */
  sessions: number;
  /**
   * Messages.
   */
  messages: number;
  /**
   * Agents that were made or changed at run time.
   */
  agents: number;
}
/**
 * An archive of this gateway.
 */
export interface BackupInfo {
  /**
   * Names it in calls.
   */
  id: string;
  /**
   * Its file name.
   */
  name: string;
  /**
   * Its size.
   */
  bytes: number;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Whether a passphrase is needed to read it.
   */
  encrypted: boolean;
  /**
   * Files in it.
   */
  entries: number;
  /**
   * Machine it was made on.
   */
  host: string;
  /**
   * Release it was made by.
   */
  version: string;
  /**
   * Whether it was made by itself; only such are removed when there are too many.
   */
  scheduled: boolean;
}
/**
 * Result of `backup.list`.
 */
export interface BackupListResult {
  /**
   * Newest first.
   */
  backups: BackupInfo[];
  /**
   * Folder they are in.
   */
  folder: string;
  /**
   * When the next one is made by itself, epoch milliseconds.
   */
  nextAtMs?: number;
  /**
   * Files there that are no archives this release can read.
   */
  unreadable: string[];
  /**
   * Those that are made by themselves carry keys and tokens: `postern backup passphrase` was used.
   */
  scheduledHasSecrets: boolean;
  /**
   * Why the last one that was due was not made.
   */
  problem?: string;
}
/**
 * `backup.progress`: how far an archive that is being made has come.
 */
export interface BackupProgress {
  /**
   * Files written so far.
   */
  files: number;
  /**
   * Bytes read so far.
   */
  bytes: number;
  /**
   * Bytes that are to be read in all.
   */
  totalBytes: number;
  /**
   * Whether it is done, whichever way.
   */
  done: boolean;
}
/**
 * Params of `backup.read`.
 */
export interface BackupReadParams {
  /**
   * The archive.
   */
  id: string;
  /**
   * First byte.
   */
  offset: number;
  /**
   * Most bytes.
   */
  length: number;
}
/**
 * Result of `backup.read`.
 */
export interface BackupReadResult {
  /**
   * The bytes, base64.
   */
  data: string;
  /**
   * Position of the first.
   */
  offset: number;
  /**
   * Size of the archive.
   */
  total: number;
  /**
   * Whether this was the last piece.
   */
  done: boolean;
}
/**
 * Params of `backup.remove`.
 */
export interface BackupRemoveParams {
  /**
   * The archive.
   */
  id: string;
}
/**
 * Result of `backup.remove`.
 */
export interface BackupRemoveResult {
  /**
   * The archive that is gone.
   */
  id: string;
}
/**
 * Result of `backup.restore`: everything is prepared, and the gateway restarts.
 */
export interface BackupRestoreResult {
  /**
   * Always true; a failure is an error frame.
   */
  ok: boolean;
  /**
   * Names it in calls.
   */
  id: string;
  /**
   * Its file name.
   */
  name: string;
  /**
   * Its size.
   */
  bytes: number;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Whether a passphrase is needed to read it.
   */
  encrypted: boolean;
  /**
   * Files in it.
   */
  entries: number;
  /**
   * Machine it was made on.
   */
  host: string;
  /**
   * Release it was made by.
   */
  version: string;
  /**
   * Whether it was made by itself; only such are removed when there are too many.
   */
  scheduled: boolean;
  /**
   * Whether its contents were read; false for an encrypted one without its passphrase.
   */
  opened: boolean;
  /**
   * What its database holds.
   */
  database?: BackupDatabase;
  /**
   * Names of the keys and tokens in it.
   */
  secrets: string[];
  /**
   * Settings that were taken out of the configuration because they are secret.
   */
  redacted: string[];
  /**
   * What was left out when it was made.
   */
  leftOut: BackupLeftOut[];
  /**
   * Agents' folders in it that were not in the state folder.
   */
  workspaces: string[];
  /**
   * Where what is there now will be found.
   */
  movedAside: string;
  /**
   * Whether the gateway restarts by itself now.
   */
  restarting: boolean;
}
/**
 * Params of `backup.upload`.
 */
export interface BackupUploadParams {
  /**
   * File name it should have.
   */
  name: string;
  /**
   * Position of the piece: 0 begins anew, else what was received so far.
   */
  offset: number;
  /**
   * The piece, base64.
   */
  data: string;
  /**
   * Whether this is the last piece.
   */
  done: boolean;
}
/**
 * Result of `backup.upload`.
 */
export interface BackupUploadResult {
  /**
   * Bytes received so far.
   */
  received: number;
  /**
   * The archive, once it is whole.
   */
  backup?: BackupInfo;
}
/**
 * Params of `backup.verify` and `backup.restore`.
 */
export interface BackupVerifyParams {
  /**
   * The archive.
   */
  id: string;
  /**
   * Opens an encrypted one.
   */
  passphrase?: string | null;
}
/**
 * Result of `backup.verify`: the archive is whole, and this is in it.
 */
export interface BackupVerifyResult {
  /**
   * Names it in calls.
   */
  id: string;
  /**
   * Its file name.
   */
  name: string;
  /**
   * Its size.
   */
  bytes: number;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Whether a passphrase is needed to read it.
   */
  encrypted: boolean;
  /**
   * Files in it.
   */
  entries: number;
  /**
   * Machine it was made on.
   */
  host: string;
  /**
   * Release it was made by.
   */
  version: string;
  /**
   * Whether it was made by itself; only such are removed when there are too many.
   */
  scheduled: boolean;
  /**
   * Whether its contents were read; false for an encrypted one without its passphrase.
   */
  opened: boolean;
  /**
   * What its database holds.
   */
  database?: BackupDatabase;
  /**
   * Names of the keys and tokens in it.
   */
  secrets: string[];
  /**
   * Settings that were taken out of the configuration because they are secret.
   */
  redacted: string[];
  /**
   * What was left out when it was made.
   */
  leftOut: BackupLeftOut[];
  /**
   * Agents' folders in it that were not in the state folder.
   */
  workspaces: string[];
}
/**
 * What one messaging channel took.
 */
export interface ChannelUsage {
  /**
   * The channel.
   */
  channel: string;
  /**
   * The sums.
   */
  totals: CostTotals;
}
/**
 * Params of `chat.abort`.
 */
export interface ChatAbortParams {
  /**
   * Session.
   */
  sessionKey: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Only this run.
   */
  runId?: string | null;
}
/**
 * Result of `chat.abort`.
 */
export interface ChatAbortResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Whether anything was stopped.
   */
  aborted: boolean;
  /**
   * What was stopped.
   */
  runIds: string[];
}
/**
 * What holds where a session says nothing.
 */
export interface ChatDefaults {
  /**
   * Provider of the model that answers.
   */
  modelProvider?: string;
  /**
   * The model that answers.
   */
  model?: string;
  /**
   * Tokens that it can read and write.
   */
  contextTokens?: number;
  /**
   * Levels that can be chosen.
   */
  thinkingLevels: ThinkingOption[];
  /**
   * The same, words only.
   */
  thinkingOptions: string[];
  /**
   * Level when none is chosen.
   */
  thinkingDefault?: ThinkingLevel;
}
/**
 * A thinking level that can be chosen.
 */
export interface ThinkingOption {
  /**
   * The wire word.
   */
  id: string;
  /**
   * For people.
   */
  label: string;
}
/**
 * What is known about a failure of a provider.
 */
export interface ChatErrorDetail {
  /**
   * Provider that failed.
   */
  provider?: string;
  /**
   * Its model.
   */
  model?: string;
  /**
   * Status of its HTTP answer.
   */
  httpStatus?: number;
  /**
   * Its own word for the failure.
   */
  providerErrorType?: string;
  /**
   * The beginning of its own text.
   */
  providerErrorMessagePreview?: string;
}
/**
 * Event `chat`.
 */
export interface ChatEvent {
  /**
   * The run.
   */
  runId: string;
  /**
   * Its session: the canonical key; for protocol 3 as the client wrote it.
   */
  sessionKey: string;
  /**
   * Agent that owns the session.
   */
  agentId?: string;
  /**
   * Number of the `agent` event behind it; rises, with holes.
   */
  seq: number;
  /**
   * What it tells.
   */
  state: ChatState;
  /**
   * With `status`: what is being prepared.
   */
  phase?: ChatPhase;
  /**
   * The whole text so far, or the answer. On protocol 4 a delta carries it now
   * and then only, so that an answer costs what it is long.
   */
  message?: ChatMessage;
  /**
   * With `delta` on protocol 4: what is new since the last one.
   */
  deltaText?: string;
  /**
   * With `delta`: `delta_text` is the whole text and replaces what was shown.
   */
  replace?: boolean;
  /**
   * Why the run ended.
   */
  stopReason?: string;
  /**
   * What it took.
   */
  usage?: MessageUsage;
  /**
   * What went wrong, for people.
   */
  errorMessage?: string;
  /**
   * What went wrong, for programs.
   */
  errorKind?: ChatErrorKind;
  /**
   * What is known about it.
   */
  errorDetail?: ChatErrorDetail;
}
/**
 * The messages after a cursor.
 */
export interface ChatHistoryDelta {
  /**
   * `delta`.
   */
  kind: DeltaWord;
  /**
   * Newest last.
   */
  messages: ArrayOfChatMessage;
  /**
   * The next cursor.
   */
  deltaCursor: string;
  /**
   * The session now.
   */
  sessionInfo: SessionRow;
  /**
   * Messages that wait for their turn.
   */
  pendingInputs: PendingInputs;
  /**
   * The run under way.
   */
  inFlightRun?: InFlightRun;
  /**
   * With `chat.startup`.
   */
  metadata?: ChatMetadataResult;
  /**
   * With `chat.startup`.
   */
  agentsList?: AgentsListResult;
}
/**
 * A session as lists show it.
 */
export interface SessionRow {
  /**
   * Canonical key.
   */
  key: string;
  /**
   * What it is between.
   */
  kind: SessionKind;
  /**
   * Agent that owns it.
   */
  agentId: string;
  /**
   * Whether it is its agent's main session.
   */
  isMain: boolean;
  /**
   * Names its transcript; a reset gives a new one.
   */
  sessionId?: string;
  /**
   * A person's name for it.
   */
  label?: string;
  /**
   * Name to show.
   */
  displayName?: string;
  /**
   * Title made of the first thing a person said; on request.
   */
  derivedTitle?: string;
  /**
   * Beginning of the last thing that was said; on request.
   */
  lastMessagePreview?: string;
  /**
   * Messaging channel that it belongs to.
   */
  channel?: string;
  /**
   * Where on that channel it takes place.
   */
  chatType?: SessionChatType;
  /**
   * Epoch milliseconds of the last message or change; `null` when never used.
   */
  updatedAt: number | null;
  /**
   * Epoch milliseconds.
   */
  createdAt?: number;
  /**
   * Put away.
   */
  archived: boolean;
  /**
   * Kept at the top.
   */
  pinned: boolean;
  /**
   * Something in it was not read.
   */
  unread: boolean;
  /**
   * Icon in lists.
   */
  icon?: string;
  /**
   * Colour in lists.
   */
  color?: string;
  /**
   * Group in lists.
   */
  category?: string;
  /**
   * How its last run stands.
   */
  status?: SessionStatus;
  /**
   * Whether a run is under way.
   */
  hasActiveRun: boolean;
  /**
   * Runs under way or waiting, oldest first.
   */
  activeRunIds: string[];
  /**
   * Its last run.
   */
  lastRunId?: string;
  /**
   * What went wrong in it.
   */
  lastRunError?: string;
  /**
   * Whether it was stopped.
   */
  abortedLastRun?: boolean;
  /**
   * Whether the agent has been told who it is.
   */
  systemSent?: boolean;
  /**
   * How long the model may think.
   */
  thinkingLevel?: ThinkingLevel;
  /**
   * Levels that can be chosen.
   */
  thinkingLevels?: ThinkingOption[];
  /**
   * The same, words only.
   */
  thinkingOptions?: string[];
  /**
   * Level when none is chosen.
   */
  thinkingDefault?: ThinkingLevel;
  /**
   * Whether tool calls are shown.
   */
  verboseLevel?: VerboseLevel;
  /**
   * Whether thoughts are shown.
   */
  reasoningLevel?: ReasoningLevel;
  /**
   * Whether commands may run outside the usual limits.
   */
  elevatedLevel?: ElevatedLevel;
  /**
   * `deny` when nothing may be said in it.
   */
  sendPolicy?: string;
  /**
   * When the agent answers in a group.
   */
  groupActivation?: string;
  /**
   * What becomes of a message while a run is under way.
   */
  queueMode?: QueueMode;
  /**
   * Whether answers end with what they took.
   */
  responseUsage?: string;
  /**
   * Where commands run.
   */
  execHost?: string;
  /**
   * Which commands run at all.
   */
  execSecurity?: string;
  /**
   * When somebody is asked.
   */
  execAsk?: string;
  /**
   * Node that runs commands.
   */
  execNode?: string;
  /**
   * Session that made it.
   */
  spawnedBy?: string;
  /**
   * Tokens that models read for it.
   */
  inputTokens?: number;
  /**
   * Tokens that models wrote for it.
   */
  outputTokens?: number;
  /**
   * Tokens of the conversation as the last model read and wrote it.
   */
  totalTokens?: number;
  /**
   * Provider of the model that answers.
   */
  modelProvider?: string;
  /**
   * The model that answers.
   */
  model?: string;
  /**
   * Who chose it, when it was chosen for this session.
   */
  modelOverrideSource?: ModelOverrideSource;
  /**
   * Tokens that it can read and write.
   */
  contextTokens?: number;
  /**
   * Who may see it.
   */
  visibility: SessionVisibility;
  /**
   * What the caller may do with it.
   */
  sharingRole: SessionSharingRole;
}
/**
 * Messages that wait for their turn.
 */
export interface PendingInputs {
  /**
   * Oldest first.
   */
  items: PendingInput[];
  /**
   * How many there are.
   */
  total: number;
}
/**
 * A message that waits for its turn.
 */
export interface PendingInput {
  /**
   * Its id.
   */
  id: string;
  /**
   * Its run.
   */
  runId?: string;
  /**
   * It.
   */
  message: ChatMessage;
  /**
   * Epoch milliseconds.
   */
  acceptedAt: number;
  /**
   * What becomes of it.
   */
  state: PendingState;
}
/**
 * The run under way in a session.
 */
export interface InFlightRun {
  /**
   * Its id.
   */
  runId: string;
  /**
   * What it has said so far.
   */
  text?: string;
  /**
   * Epoch milliseconds.
   */
  startedAt?: number;
}
/**
 * Result of `chat.metadata`.
 */
export interface ChatMetadataResult {
  /**
   * Models that can be chosen.
   */
  models: ModelRow[];
  /**
   * Commands that can be typed.
   */
  commands: CommandEntry[];
}
/**
 * One model. Protocol 3 sees `id, name, provider, contextWindow, reasoning`.
 */
export interface ModelRow {
  /**
   * The provider's name of the model.
   */
  id: string;
  /**
   * Its name for people.
   */
  name: string;
  /**
   * Its provider.
   */
  provider: string;
  /**
   * A short name that may be written instead.
   */
  alias?: string;
  /**
   * `default`, `fallback`, `configured`, `discovered`, `built-in`.
   */
  tags?: string[];
  /**
   * Whether it can be asked.
   */
  available?: boolean;
  /**
   * Why not.
   */
  unavailableReason?: UnavailableReason;
  /**
   * Input and output together, tokens.
   */
  contextWindow?: number;
  /**
   * Whether it can think before it answers.
   */
  reasoning?: boolean;
  /**
   * How much it can be told to think.
   */
  thinkingLevels?: ThinkingChoice[];
  /**
   * What it reads.
   */
  input?: ModelInput[];
  /**
   * What it costs; only where that was asked for and is known.
   */
  cost?: ModelCost;
}
/**
 * One thinking level that a model can be told.
 */
export interface ThinkingChoice {
  /**
   * The wire word.
   */
  id: string;
  /**
   * For people.
   */
  label: string;
}
/**
 * Prices in USD per million tokens.
 */
export interface ModelCost {
  /**
   * Input.
   */
  input: number;
  /**
   * Output.
   */
  output: number;
  /**
   * Input read from the provider's cache.
   */
  cacheRead: number;
  /**
   * Input written to the provider's cache.
   */
  cacheWrite: number;
}
/**
 * One command.
 */
export interface CommandEntry {
  /**
   * Its name, without slash.
   */
  name: string;
  /**
   * Name in menus of a client.
   */
  nativeName?: string;
  /**
   * What can be typed, with slash.
   */
  textAliases?: string[];
  /**
   * What it does.
   */
  description: string;
  /**
   * What it belongs to.
   */
  category?: CommandCategory;
  /**
   * Who brings it.
   */
  source: CommandSource;
  /**
   * Where it works.
   */
  scope: CommandScope;
  /**
   * Whether anything may follow it.
   */
  acceptsArgs: boolean;
  /**
   * What may follow it.
   */
  args?: CommandArg[];
}
/**
 * One argument of a command.
 */
export interface CommandArg {
  /**
   * Its name.
   */
  name: string;
  /**
   * What it means.
   */
  description: string;
  /**
   * What it looks like.
   */
  type: CommandArgKind;
  /**
   * Whether it must be there.
   */
  required?: boolean;
  /**
   * The words that it can be.
   */
  choices?: CommandChoice[];
}
/**
 * A word that an argument can be.
 */
export interface CommandChoice {
  /**
   * What is typed.
   */
  value: string;
  /**
   * What is shown.
   */
  label: string;
}
/**
 * A page of a conversation.
 */
export interface ChatHistoryPage {
  /**
   * The key as it was asked for.
   */
  sessionKey: string;
  /**
   * Id of the session; absent when there is none yet.
   */
  sessionId?: string;
  /**
   * Newest last.
   */
  messages: ArrayOfChatMessage;
  /**
   * How long the model may think.
   */
  thinkingLevel?: ThinkingLevel;
  /**
   * Whether there are older messages.
   */
  hasMore?: boolean;
  /**
   * `offset` of the page before this one.
   */
  nextOffset?: number;
  /**
   * Messages of the session that can be read.
   */
  totalMessages?: number;
  /**
   * To be given as `cursor` later.
   */
  deltaCursor?: string;
  /**
   * Messages that wait for their turn.
   */
  pendingInputs?: PendingInputs;
  /**
   * What holds where the session says nothing.
   */
  defaults?: ChatDefaults;
  /**
   * The session; absent when there is none yet.
   */
  sessionInfo?: SessionRow;
  /**
   * The run under way.
   */
  inFlightRun?: InFlightRun;
  /**
   * With `chat.startup`.
   */
  metadata?: ChatMetadataResult;
  /**
   * With `chat.startup`.
   */
  agentsList?: AgentsListResult;
}
/**
 * Params of `chat.history` and `chat.startup`.
 */
export interface ChatHistoryParams {
  /**
   * Session, in any form.
   */
  sessionKey: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Most messages, 200 when absent.
   */
  limit?: number | null;
  /**
   * Newest messages to leave out.
   */
  offset?: number | null;
  /**
   * Messages around this one.
   */
  messageId?: string | null;
  /**
   * An earlier transcript of the session.
   */
  sessionId?: string | null;
  /**
   * `deltaCursor` of an earlier answer: only what came after it.
   */
  cursor?: string | null;
  /**
   * Longest text, characters; what is longer is cut.
   */
  maxChars?: number | null;
  /**
   * Largest answer, bytes; the gateway has its own limit too.
   */
  maxBytes?: number | null;
}
/**
 * What came after a cursor cannot be told.
 */
export interface ChatHistoryReset {
  /**
   * `reset`.
   */
  kind: ResetWord;
}
/**
 * Params of `chat.inject`.
 */
export interface ChatInjectParams {
  /**
   * Session, in any form; it must exist.
   */
  sessionKey: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * What the note says.
   */
  message: string;
  /**
   * Put in brackets before it.
   */
  label?: string | null;
}
/**
 * Result of `chat.inject`.
 */
export interface ChatInjectResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Id of the note.
   */
  messageId: string;
}
/**
 * Params of `chat.message.get`.
 */
export interface ChatMessageGetParams {
  /**
   * Session, in any form.
   */
  sessionKey: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Id of the message.
   */
  messageId: string;
  /**
   * Longest text, characters; what is longer is cut.
   */
  maxChars?: number | null;
}
/**
 * Result of `chat.message.get`.
 */
export interface ChatMessageGetResult {
  /**
   * Whether the message is here.
   */
  ok: boolean;
  /**
   * It.
   */
  message?: ChatMessage;
  /**
   * Why it is not.
   */
  unavailableReason?: MessageUnavailable;
}
/**
 * Params of `chat.metadata`.
 */
export interface ChatMetadataParams {
  /**
   * Session, in any form.
   */
  sessionKey?: SessionKey | null;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
}
/**
 * Params of `chat.send`.
 */
export interface ChatSendParams {
  /**
   * Session, in any form: `main`, a bare key, or `agent:ID:KEY`.
   */
  sessionKey: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * What is said; may be empty beside an attachment.
   */
  message: string;
  /**
   * How long the model may think, for this run.
   */
  thinking?: string | null;
  /**
   * Whether the answer also goes to the session's channel.
   */
  deliver?: boolean | null;
  /**
   * Pictures and text files.
   */
  attachments?: Attachment[] | null;
  /**
   * Longest run, milliseconds.
   */
  timeoutMs?: number | null;
  /**
   * What to do while another run is under way.
   */
  queueMode?: QueueMode | null;
  /**
   * Names the run; the same key never starts a second one.
   */
  idempotencyKey: IdempotencyKey;
}
/**
 * The run that a message belongs to.
 */
export interface SentRun {
  /**
   * Its id: the idempotency key.
   */
  runId: string;
  /**
   * What became of it.
   */
  status: SendStatus;
  /**
   * With `error`: what went wrong.
   */
  summary?: string;
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
 * Params of `commands.list`.
 */
export interface CommandsListParams {
  /**
   * Agent whose commands are meant; all agents have the same.
   */
  agentId?: string | null;
  /**
   * Session whose commands are meant; all sessions have the same.
   */
  sessionKey?: SessionKey | null;
  /**
   * Only commands for this surface.
   */
  scope?: CommandScope | null;
  /**
   * Whether arguments are described; absent means yes.
   */
  includeArgs?: boolean | null;
}
/**
 * Result of `commands.list`.
 */
export interface CommandsListResult {
  /**
   * Commands in the order in which help shows them.
   */
  commands: CommandEntry[];
}
/**
 * The configuration changed, whoever did it.
 */
export interface ConfigChanged {
  /**
   * Where the file is.
   */
  path: string;
  /**
   * When, epoch milliseconds.
   */
  ts: number;
  /**
   * `hash` of the file now.
   */
  hash: string;
  /**
   * Settings that are written differently now.
   */
  paths: string[];
  /**
   * Sections that wait for the next start.
   */
  restart: string[];
  /**
   * Whether the file is in force; if not, what ran before goes on.
   */
  valid: boolean;
  /**
   * Everything that is wrong with it.
   */
  issues: ConfigIssue[];
}
/**
 * Something that is wrong with a setting.
 */
export interface ConfigIssue {
  /**
   * Its path, empty for the file as a whole.
   */
  path: string;
  /**
   * What is wrong and what to write instead.
   */
  message: string;
  /**
   * Line in the file, from 1.
   */
  line?: number;
}
/**
 * Result of `config.get`.
 */
export interface ConfigGetResult {
  /**
   * Where the file is, or would be.
   */
  path: string;
  /**
   * Whether it is there.
   */
  exists: boolean;
  /**
   * Its text, secrets replaced; null when it cannot be read.
   */
  raw: string | null;
  /**
   * What is written in it, secrets replaced; null when it is no JSON5.
   */
  parsed: unknown;
  /**
   * Whether it can be used.
   */
  valid: boolean;
  /**
   * What is in force, secrets replaced: the file, what wins over it, and defaults that clients ask for.
   */
  config: unknown;
  /**
   * SHA-256 of the text, hex; name it as `baseHash` to change the file.
   */
  hash: string;
  /**
   * Everything that is wrong with the file; empty when it is valid.
   */
  issues: ConfigIssue[];
  /**
   * What is ignored or unwise.
   */
  warnings: ConfigIssue[];
  /**
   * Settings of former versions that still work. Always empty.
   */
  legacyIssues: ConfigIssue[];
  /**
   * Whether the file is not in force: the last one that was valid is, or the defaults.
   */
  safeMode: boolean;
  /**
   * Settings that the command line or the environment decides.
   */
  overridden: ConfigOverride[];
  /**
   * Sections that changed and wait for the next start.
   */
  waiting: string[];
}
/**
 * A setting that something else than the file decides.
 */
export interface ConfigOverride {
  /**
   * Its path.
   */
  path: string;
  /**
   * What decides: `--port`, `POSTERN_GATEWAY_TOKEN` and the like.
   */
  by: string;
}
/**
 * Result of `config.openFile`.
 */
export interface ConfigOpenFileResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * The file that was opened.
   */
  path: string;
}
/**
 * Params of `config.patch`.
 */
export interface ConfigPatchParams {
  /**
   * What changes, JSON5: sections are merged, `null` removes, all else replaces. Lists whose elements have an `id`
   * are merged by it.
   */
  raw: string;
  /**
   * `hash` of the `config.get` that it was made from; needed when there is a file.
   */
  baseHash?: string | null;
  /**
   * Conversation on whose behalf: its agent may not change what protects the gateway.
   */
  sessionKey?: string | null;
  /**
   * Told after a restart that this brings.
   */
  note?: string | null;
  /**
   * How long a restart that this brings waits, milliseconds. Default 2000.
   */
  restartDelayMs?: number | null;
  /**
   * Lists that are replaced although their elements have an `id`, such as `agents.list`.
   *
   * @maxItems 256
   */
  replacePaths?: string[] | null;
}
/**
 * Result of `config.patch`, `config.apply` and `config.restore`.
 */
export interface ConfigPatchResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Where the file is.
   */
  path: string;
  /**
   * What is in force now, secrets replaced.
   */
  config: unknown;
  /**
   * `hash` of the new text.
   */
  hash: string;
  /**
   * The restart that this brings.
   */
  restart: ConfigRestart;
  /**
   * What the next start is told; null when there is no restart.
   */
  sentinel: ConfigSentinel | null;
  /**
   * Mistakes that the file had before and still has: until they are mended it is not in force.
   */
  issues?: ConfigIssue[];
}
/**
 * The restart that a change brings.
 */
export interface ConfigRestart {
  /**
   * Whether the gateway starts again by itself.
   */
  scheduled: boolean;
  /**
   * Sections that take effect with the next start; everything else has already.
   */
  paths: string[];
  /**
   * How long it waits, milliseconds. Runs under way are waited for as well.
   */
  delayMs?: number;
  /**
   * Why it does not start by itself, or why it has to.
   */
  reason?: string;
}
/**
 * What the next start is told.
 */
export interface ConfigSentinel {
  /**
   * Where it is written when the gateway stops.
   */
  path: string;
  /**
   * Why.
   */
  reason: string;
  /**
   * What whoever asked wants to be told.
   */
  note?: string;
}
/**
 * Params of `config.restore`.
 */
export interface ConfigRestoreParams {
  /**
   * The version, from `config.versions`.
   */
  id: string;
  /**
   * `hash` of the last `config.get`; needed when there is a file.
   */
  baseHash?: string | null;
  /**
   * Conversation on whose behalf: its agent may not change what protects the gateway.
   */
  sessionKey?: string | null;
  /**
   * Told after a restart that this brings.
   */
  note?: string | null;
  /**
   * How long a restart that this brings waits, milliseconds. Default 2000.
   */
  restartDelayMs?: number | null;
}
/**
 * A setting in another one.
 */
export interface ConfigSchemaChild {
  /**
   * Its name in there.
   */
  key: string;
  /**
   * Its path, for the next `config.schema.lookup`.
   */
  path: string;
  /**
   * JSON type of its value; absent when it may be of several.
   */
  type?: string;
  /**
   * Whether it has to be written.
   */
  required: boolean;
  /**
   * Whether there are settings in it.
   */
  hasChildren: boolean;
  /**
   * When a change takes effect; absent for a section whose settings differ in that.
   */
  reloadKind?: ConfigReloadKind;
  /**
   * How forms show it.
   */
  hint?: ConfigUiHint;
  /**
   * Its name among the `uiHints` of `config.schema`.
   */
  hintPath?: string;
}
/**
 * How a form shows a setting.
 */
export interface ConfigUiHint {
  /**
   * Its name for people.
   */
  label?: string;
  /**
   * What it does.
   */
  help?: string;
  /**
   * Section that it is shown in.
   */
  group?: string;
  /**
   * Place among its neighbours.
   */
  order?: number;
  /**
   * Whether most people never need it.
   */
  advanced?: boolean;
  /**
   * Whether it is a secret.
   */
  sensitive?: boolean;
  /**
   * What an empty field shows.
   */
  placeholder?: string;
  /**
   * Whether a change takes effect with the next start only.
   */
  restart?: boolean;
}
/**
 * Params of `config.schema.lookup`.
 */
export interface ConfigSchemaLookupParams {
  /**
   * A path, such as `agents.list[0].model` or `mcp.servers.*`; `.` is the whole file.
   */
  path: string;
}
/**
 * Result of `config.schema.lookup`.
 */
export interface ConfigSchemaLookupResult {
  /**
   * The path that was asked for.
   */
  path: string;
  /**
   * JSON Schema of the setting.
   */
  schema: unknown;
  /**
   * When a change takes effect; absent for a section whose settings differ in that.
   */
  reloadKind?: ConfigReloadKind;
  /**
   * How forms show it.
   */
  hint?: ConfigUiHint;
  /**
   * Its name among the `uiHints` of `config.schema`.
   */
  hintPath?: string;
  /**
   * The settings in it; `*` stands for names that the user chooses and for elements of a list.
   */
  children: ConfigSchemaChild[];
}
/**
 * Result of `config.schema`.
 */
export interface ConfigSchemaResult {
  /**
   * JSON Schema of the file.
   */
  schema: unknown;
  /**
   * How forms show a setting, by its path; `*` stands for names that the user chooses and for elements of a list.
   */
  uiHints: {
    [k: string]: ConfigUiHint;
  };
  /**
   * Version of the gateway that it belongs to.
   */
  version: string;
  /**
   * When it was made, ISO 8601.
   */
  generatedAt: string;
}
/**
 * Params of `config.set` and `config.apply`.
 */
export interface ConfigSetParams {
  /**
   * The whole text, JSON5.
   */
  raw: string;
  /**
   * `hash` of the `config.get` that it was made from; needed when there is a file.
   */
  baseHash?: string | null;
  /**
   * Conversation on whose behalf: its agent may not change what protects the gateway.
   */
  sessionKey?: string | null;
  /**
   * Told after a restart that this brings.
   */
  note?: string | null;
  /**
   * How long a restart that this brings waits, milliseconds. Default 2000.
   */
  restartDelayMs?: number | null;
}
/**
 * Result of `config.set`.
 */
export interface ConfigSetResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Where the file is.
   */
  path: string;
  /**
   * What is in force now, secrets replaced.
   */
  config: unknown;
  /**
   * `hash` of the new text.
   */
  hash: string;
  /**
   * Sections that wait for the next start.
   */
  waiting: string[];
  /**
   * Mistakes that the file had before and still has: until they are mended it is not in force.
   */
  issues?: ConfigIssue[];
}
/**
 * A kept version.
 */
export interface ConfigVersion {
  /**
   * Its name.
   */
  id: string;
  /**
   * When it was replaced, epoch milliseconds.
   */
  atMs: number;
  /**
   * What replaced it: `set`, `patch`, `apply`, `restore`, `disk`, `import` or `setup`.
   */
  cause: string;
  /**
   * Size, bytes.
   */
  bytes: number;
}
/**
 * Params of `config.versions`.
 */
export interface ConfigVersionsParams {
  /**
   * Also gives the text of this one.
   */
  id?: string | null;
}
/**
 * Result of `config.versions`.
 */
export interface ConfigVersionsResult {
  /**
   * The kept versions, newest first.
   */
  versions: ConfigVersion[];
  /**
   * The text that was asked for, secrets replaced.
   */
  raw?: string;
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
 * A run that goes on where another was interrupted.
 */
export interface Continuation {
  /**
   * Always `started`.
   */
  status: string;
  /**
   * The run.
   */
  runId: string;
}
/**
 * Params of `desktop.attach`.
 */
export interface DesktopAttachParams {
  /**
   * The app's settings.
   */
  settings: {
    /**
     * It starts when its user signs in.
     */
    startAtLogin: boolean;
    /**
     * The gateway goes on when the window is closed.
     */
    keepRunning: boolean;
    /**
     * A shortcut opens the window from anywhere.
     */
    quickSend: boolean;
    /**
     * Its icon is in the tray.
     */
    showIcon: boolean;
    /**
     * Whether its computer is a node. Absent where the app cannot make it one.
     */
    node?: {
      /**
       * It is to be one. Off: nothing of it runs.
       */
      enabled: boolean;
      /**
       * What it offers, as far as that works there.
       *
       * @maxItems 16
       */
      capabilities:
        | []
        | [DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ];
      /**
       * How it is.
       */
      state: DesktopNodeState;
      /**
       * Why it is not connected.
       */
      reason?: string | null;
      /**
       * The node that it is: the id of its device, known once it has tried to connect.
       */
      nodeId?: string | null;
    } | null;
    /**
     * Version of the app.
     */
    version: string;
    /**
     * `linux`, `macos`, `windows`.
     */
    platform: string;
  };
}
/**
 * Result of `desktop.attach`. `Debug` does not show the cookie.
 */
export interface DesktopAttachResult {
  /**
   * Name of the cookie for the window.
   */
  cookieName: string;
  /**
   * Its value. It works until this connection ends, in this app's window alone.
   */
  cookieValue: string;
  /**
   * The page to show.
   */
  url: string;
}
/**
 * Result of `desktop.get`.
 */
export interface DesktopGetResult {
  /**
   * Whether an app is attached.
   */
  attached: boolean;
  /**
   * Its settings.
   */
  settings?: DesktopSettings;
}
/**
 * Settings of the desktop app, and which one it is.
 */
export interface DesktopSettings {
  /**
   * It starts when its user signs in.
   */
  startAtLogin: boolean;
  /**
   * The gateway goes on when the window is closed.
   */
  keepRunning: boolean;
  /**
   * A shortcut opens the window from anywhere.
   */
  quickSend: boolean;
  /**
   * Its icon is in the tray.
   */
  showIcon: boolean;
  /**
   * Whether its computer is a node. Absent where the app cannot make it one.
   */
  node?: {
    /**
     * It is to be one. Off: nothing of it runs.
     */
    enabled: boolean;
    /**
     * What it offers, as far as that works there.
     *
     * @maxItems 16
     */
    capabilities:
      | []
      | [DesktopNodeCapability]
      | [DesktopNodeCapability, DesktopNodeCapability]
      | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
      | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ];
    /**
     * How it is.
     */
    state: DesktopNodeState;
    /**
     * Why it is not connected.
     */
    reason?: string;
    /**
     * The node that it is: the id of its device, known once it has tried to connect.
     */
    nodeId?: string;
  };
  /**
   * Version of the app.
   */
  version: string;
  /**
   * `linux`, `macos`, `windows`.
   */
  platform: string;
}
/**
 * Changes to settings; what is absent stays.
 */
export interface DesktopSetParams {
  /**
   * Start when the user signs in.
   */
  startAtLogin?: boolean | null;
  /**
   * Let the gateway go on when the window is closed.
   */
  keepRunning?: boolean | null;
  /**
   * Let a shortcut open the window from anywhere.
   */
  quickSend?: boolean | null;
  /**
   * Show the icon in the tray.
   */
  showIcon?: boolean | null;
  /**
   * Make the app's computer a node.
   */
  node?: {
    /**
     * Make the computer a node, or let it be none.
     */
    enabled?: boolean | null;
    /**
     * Offer these and no others.
     *
     * @maxItems 16
     */
    capabilities?:
      | []
      | [DesktopNodeCapability]
      | [DesktopNodeCapability, DesktopNodeCapability]
      | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
      | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | [
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability,
          DesktopNodeCapability
        ]
      | null;
  } | null;
}
/**
 * Result of `desktop.set`.
 */
export interface DesktopSetResult {
  /**
   * The settings as the app then told them.
   */
  settings: DesktopSettings;
}
/**
 * `desktop.settings.requested`: the app is asked to change its settings and
 * answers with `desktop.update`. Sent to that app alone.
 */
export interface DesktopSettingsRequested {
  /**
   * Names this wish, in the answer to it and in logs.
   */
  requestId: string;
  /**
   * What is asked for.
   */
  changes: {
    /**
     * Start when the user signs in.
     */
    startAtLogin?: boolean;
    /**
     * Let the gateway go on when the window is closed.
     */
    keepRunning?: boolean;
    /**
     * Let a shortcut open the window from anywhere.
     */
    quickSend?: boolean;
    /**
     * Show the icon in the tray.
     */
    showIcon?: boolean;
    /**
     * Make the app's computer a node.
     */
    node?: {
      /**
       * Make the computer a node, or let it be none.
       */
      enabled?: boolean;
      /**
       * Offer these and no others.
       *
       * @maxItems 16
       */
      capabilities?:
        | []
        | [DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ];
    };
  };
}
/**
 * Params of `desktop.update`.
 */
export interface DesktopUpdateParams {
  /**
   * The app's settings.
   */
  settings: {
    /**
     * It starts when its user signs in.
     */
    startAtLogin: boolean;
    /**
     * The gateway goes on when the window is closed.
     */
    keepRunning: boolean;
    /**
     * A shortcut opens the window from anywhere.
     */
    quickSend: boolean;
    /**
     * Its icon is in the tray.
     */
    showIcon: boolean;
    /**
     * Whether its computer is a node. Absent where the app cannot make it one.
     */
    node?: {
      /**
       * It is to be one. Off: nothing of it runs.
       */
      enabled: boolean;
      /**
       * What it offers, as far as that works there.
       *
       * @maxItems 16
       */
      capabilities:
        | []
        | [DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
        | [DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability, DesktopNodeCapability]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ]
        | [
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability,
            DesktopNodeCapability
          ];
      /**
       * How it is.
       */
      state: DesktopNodeState;
      /**
       * Why it is not connected.
       */
      reason?: string | null;
      /**
       * The node that it is: the id of its device, known once it has tried to connect.
       */
      nodeId?: string | null;
    } | null;
    /**
     * Version of the app.
     */
    version: string;
    /**
     * `linux`, `macos`, `windows`.
     */
    platform: string;
  };
  /**
   * The app tells this by itself, such as how its node is: no answer to a `desktop.set` that waits.
   */
  unasked?: boolean;
  /**
   * The wish that this answers. Without it, and not unasked, it answers every `desktop.set` that waits.
   */
  requestId?: string | null;
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
  /**
   * Until when somebody can decide, epoch milliseconds. In lists on protocol 4 only: it moves
   * when the device asks again.
   */
  expiresAtMs?: number;
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
 * One file of a bundle.
 */
export interface DiagnosticsBundleEntry {
  /**
   * Name inside the archive.
   */
  name: string;
  /**
   * Bytes before compression.
   */
  size: number;
}
/**
 * Result of `diagnostics.bundle`.
 */
export interface DiagnosticsBundleResult {
  /**
   * A name for the file.
   */
  name: string;
  /**
   * `application/zip`.
   */
  mimeType: string;
  /**
   * Bytes of the archive.
   */
  bytes: number;
  /**
   * What is inside.
   */
  entries: DiagnosticsBundleEntry[];
  /**
   * The archive, base64 with padding.
   */
  data: string;
}
/**
 * One thing that was looked at.
 */
export interface DoctorCheck {
  /**
   * Stable name, for example `state-folder`.
   */
  id: string;
  /**
   * What it is about, for people.
   */
  title: string;
  /**
   * How it came out.
   */
  status: DoctorStatus;
  /**
   * What was found, for people; several lines when there is much to tell.
   */
  detail: string;
  /**
   * What to do; absent when there is nothing to do.
   */
  fix?: DoctorRemedy;
}
/**
 * What to do about a finding.
 */
export interface DoctorRemedy {
  /**
   * What to do, for people.
   */
  text: string;
  /**
   * A command that does it.
   */
  command?: string;
  /**
   * `doctor.fix` and `postern doctor --fix` can do it, without losing anything.
   */
  automatic: boolean;
}
/**
 * How many checks came out how.
 */
export interface DoctorCounts {
  /**
   * Nothing to do.
   */
  ok: number;
  /**
   * Worth a look.
   */
  warn: number;
  /**
   * Broken or unsafe.
   */
  fail: number;
  /**
   * Not applicable.
   */
  skipped: number;
}
/**
 * Params of `doctor.fix`.
 */
export interface DoctorFixParams {
  /**
   * Checks whose repair is wanted; each must be one that can be made automatically.
   *
   * @minItems 1
   * @maxItems 64
   */
  ids: [string, ...string[]];
}
/**
 * Result of `doctor.fix`.
 */
export interface DoctorFixResult {
  /**
   * One for each id that was asked for.
   */
  repairs: DoctorRepair[];
  /**
   * How everything is afterwards.
   */
  report: DoctorReport;
}
/**
 * What became of one repair.
 */
export interface DoctorRepair {
  /**
   * Of which check.
   */
  id: string;
  /**
   * Whether the check comes out well now.
   */
  fixed: boolean;
  /**
   * What was done, or why nothing was.
   */
  detail: string;
}
/**
 * Result of `doctor.run`.
 */
export interface DoctorReport {
  /**
   * Whether no check failed.
   */
  ok: boolean;
  /**
   * Epoch milliseconds.
   */
  ts: number;
  /**
   * Version of the program that looked.
   */
  version: string;
  /**
   * How many checks came out how.
   */
  counts: DoctorCounts;
  /**
   * Every check, in a fixed order.
   */
  checks: DoctorCheck[];
}
/**
 * Params of `doctor.run`.
 */
export interface DoctorRunParams {
  /**
   * Only these checks; every one when absent.
   *
   * @maxItems 64
   */
  ids?: string[] | null;
}
/**
 * The tools of one source.
 */
export interface EffectiveGroup {
  /**
   * The source.
   */
  id: ToolSource;
  /**
   * Its name for people.
   */
  label: string;
  /**
   * The source again.
   */
  source: ToolSource;
  /**
   * Its tools.
   */
  tools: EffectiveTool[];
}
/**
 * A tool that a conversation gets.
 */
export interface EffectiveTool {
  /**
   * The name it is called by.
   */
  id: string;
  /**
   * Its name for people.
   */
  label: string;
  /**
   * What it does, in one line.
   */
  description: string;
  /**
   * What models are told about it.
   */
  rawDescription: string;
  /**
   * Where it comes from.
   */
  source: ToolSource;
  /**
   * The server that brings it.
   */
  mcpServer?: string;
}
/**
 * A machine on which something can be done.
 */
export interface Environment {
  /**
   * `gateway`, or `node:ID`.
   */
  id: string;
  /**
   * What it is.
   */
  type: EnvironmentKind;
  /**
   * Its name.
   */
  label?: string;
  /**
   * Whether it can be used now.
   */
  status: EnvironmentStatus;
  /**
   * Operating system.
   */
  platform?: string;
  /**
   * Whether sessions run on it.
   */
  sessionHost?: boolean;
  /**
   * Epoch milliseconds.
   */
  lastConnectedAtMs?: number;
  /**
   * Epoch milliseconds.
   */
  lastDisconnectedAtMs?: number;
  /**
   * When it last gave a sign of life, epoch milliseconds.
   */
  lastSeenAtMs?: number;
  /**
   * Which sign that was.
   */
  lastSeenReason?: string;
  /**
   * What it can do.
   */
  capabilities?: string[];
  /**
   * Commands that can be invoked on it, at most 128.
   */
  invocableCommands?: string[];
}
/**
 * Result of `environments.list`.
 */
export interface EnvironmentsListResult {
  /**
   * The machines.
   */
  environments: Environment[];
}
/**
 * Params of `environments.status`.
 */
export interface EnvironmentsStatusParams {
  /**
   * `gateway`, or `node:ID`.
   */
  environmentId: EnvironmentId;
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
 * A request that was accepted and waits.
 */
export interface ExecApprovalAccepted {
  /**
   * Always `accepted`.
   */
  status: AcceptedStatus;
  /**
   * The request.
   */
  id: string;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Epoch milliseconds.
   */
  expiresAtMs: number;
}
/**
 * How a request ended.
 */
export interface ExecApprovalDecided {
  /**
   * The request.
   */
  id: string;
  /**
   * The answer; null when there was none, which counts as denied.
   */
  decision: ApprovalDecision | null;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Epoch milliseconds.
   */
  expiresAtMs: number;
  /**
   * Why there was no answer.
   */
  terminalReason?: TerminalReason;
}
/**
 * Result of `exec.approval.get`.
 */
export interface ExecApprovalGetResult {
  /**
   * The request.
   */
  id: string;
  /**
   * The whole command.
   */
  commandText: string;
  /**
   * Its beginning, for lists; null when it is short.
   */
  commandPreview: string | null;
  /**
   * Answers that are possible.
   */
  allowedDecisions: ApprovalDecision[];
  /**
   * Where it runs.
   */
  host: string | null;
  /**
   * Node it runs on.
   */
  nodeId: string | null;
  /**
   * Agent that wants to run it.
   */
  agentId: string | null;
  /**
   * Epoch milliseconds.
   */
  expiresAtMs: number;
}
/**
 * Params of `exec.approval.request`.
 */
export interface ExecApprovalRequestParams {
  /**
   * The command as text.
   */
  command: ApprovalText;
  /**
   * Name of the request; made up when absent.
   */
  id?: ApprovalId | null;
  /**
   * The same as program and arguments.
   *
   * @maxItems 4096
   */
  commandArgv?: string[] | null;
  /**
   * Folder.
   */
  cwd?: string | null;
  /**
   * Variables added to the environment.
   */
  env?: {
    [k: string]: string;
  } | null;
  /**
   * Where it runs.
   */
  host?: string | null;
  /**
   * Which commands run at all, there.
   */
  security?: ExecSecurityMode | null;
  /**
   * When somebody is asked, there.
   */
  ask?: ExecAskMode | null;
  /**
   * Agent.
   */
  agentId?: string | null;
  /**
   * File that is started.
   */
  resolvedPath?: string | null;
  /**
   * Conversation.
   */
  sessionKey?: string | null;
  /**
   * Node it runs on.
   */
  nodeId?: string | null;
  /**
   * The plan that a node host will execute; required with host `node` on
   * protocol 4.
   */
  systemRunPlan?: {
    [k: string]: unknown;
  } | null;
  /**
   * What to look out for.
   */
  warningText?: string | null;
  /**
   * Channel of the message that led here.
   */
  turnSourceChannel?: string | null;
  /**
   * Its recipient.
   */
  turnSourceTo?: string | null;
  /**
   * Its account.
   */
  turnSourceAccountId?: string | null;
  /**
   * Milliseconds until it counts as denied. Default 120000, at most a day.
   */
  timeoutMs?: number | null;
  /**
   * Answer at once and let `exec.approval.waitDecision` wait.
   */
  twoPhase?: boolean | null;
}
/**
 * Params of `exec.approval.resolve`.
 */
export interface ExecApprovalResolveParams {
  /**
   * The request.
   */
  id: ApprovalId;
  /**
   * `allow-once`, `allow-always` or `deny`.
   */
  decision: string;
  /**
   * Hash of the plan that the approver saw; refused when it is not the
   * request's.
   */
  planHash?: string | null;
}
/**
 * Params of `exec.approvals.node.set`.
 */
export interface ExecApprovalsNodeSetParams {
  /**
   * The node.
   */
  nodeId: NodeRef;
  /**
   * The new rules, whole, in the node's words.
   */
  file: {
    [k: string]: unknown;
  };
  /**
   * `hash` of the rules that were read.
   */
  baseHash?: string | null;
}
/**
 * Params of `exec.approvals.set`.
 */
export interface ExecApprovalsSetParams {
  /**
   * The new rules, whole.
   */
  file: {
    /**
     * Always 1.
     */
    version: number;
    /**
     * Socket of a companion program, without its token.
     */
    socket?: {
      /**
       * Where.
       */
      path?: string | null;
    } | null;
    /**
     * For every agent.
     */
    defaults?: {
      /**
       * Which commands run at all.
       */
      security?: ExecSecurityMode | null;
      /**
       * When somebody is asked.
       */
      ask?: ExecAskMode | null;
      /**
       * What holds while nobody is connected who could be asked. Default `deny`.
       */
      askFallback?: ExecSecurityMode | null;
      /**
       * Whether programs of skills count as listed.
       */
      autoAllowSkills?: boolean | null;
    } | null;
    /**
     * For one agent each; `*` is for all.
     */
    agents?: {
      /**
       * Modes of one agent and its list.
       */
      [k: string]: {
        /**
         * Which commands run at all.
         */
        security?: ExecSecurityMode | null;
        /**
         * When somebody is asked.
         */
        ask?: ExecAskMode | null;
        /**
         * What holds while nobody is connected who could be asked. Default `deny`.
         */
        askFallback?: ExecSecurityMode | null;
        /**
         * Whether programs of skills count as listed.
         */
        autoAllowSkills?: boolean | null;
        /**
         * Commands that run without asking.
         *
         * @maxItems 1000
         */
        allowlist?:
          | {
              /**
               * Its name.
               */
              id?: string | null;
              /**
               * The absolute path of a program, `*` standing for part of a name and `**`
               * for any folders; or `command:` and the hash of one exact command.
               */
              pattern: string;
              /**
               * Epoch milliseconds of its last use.
               */
              lastUsedAt?: number | null;
              /**
               * The last command it let through.
               */
              lastUsedCommand?: string | null;
              /**
               * The program of that command.
               */
              lastResolvedPath?: string | null;
            }[]
          | null;
      };
    } | null;
  };
  /**
   * `hash` of the rules that were read; required when there are rules.
   */
  baseHash?: string | null;
}
/**
 * Result of `exec.approvals.get` and `exec.approvals.set`.
 */
export interface ExecRulesResult {
  /**
   * Where the rules are kept.
   */
  path: string;
  /**
   * Whether rules were ever set.
   */
  exists: boolean;
  /**
   * Hex SHA-256 of the rules, to be sent as `baseHash`.
   */
  hash: string;
  /**
   * The rules.
   */
  file: {
    /**
     * Always 1.
     */
    version: number;
    /**
     * Socket of a companion program, without its token.
     */
    socket?: {
      /**
       * Where.
       */
      path?: string;
    };
    /**
     * For every agent.
     */
    defaults?: {
      /**
       * Which commands run at all.
       */
      security?: ExecSecurityMode;
      /**
       * When somebody is asked.
       */
      ask?: ExecAskMode;
      /**
       * What holds while nobody is connected who could be asked. Default `deny`.
       */
      askFallback?: ExecSecurityMode;
      /**
       * Whether programs of skills count as listed.
       */
      autoAllowSkills?: boolean;
    };
    /**
     * For one agent each; `*` is for all.
     */
    agents?: {
      /**
       * Modes of one agent and its list.
       */
      [k: string]: {
        /**
         * Which commands run at all.
         */
        security?: ExecSecurityMode;
        /**
         * When somebody is asked.
         */
        ask?: ExecAskMode;
        /**
         * What holds while nobody is connected who could be asked. Default `deny`.
         */
        askFallback?: ExecSecurityMode;
        /**
         * Whether programs of skills count as listed.
         */
        autoAllowSkills?: boolean;
        /**
         * Commands that run without asking.
         *
         * @maxItems 1000
         *
         * Items: Commands that run without asking.
         */
        allowlist?: {
          /**
           * Its name.
           */
          id?: string;
          /**
           * The absolute path of a program, `*` standing for part of a name and `**`
           * for any folders; or `command:` and the hash of one exact command.
           */
          pattern: string;
          /**
           * Epoch milliseconds of its last use.
           */
          lastUsedAt?: number;
          /**
           * The last command it let through.
           */
          lastUsedCommand?: string;
          /**
           * The program of that command.
           */
          lastResolvedPath?: string;
        }[];
      };
    };
  };
  /**
   * What holds where the rules say nothing.
   */
  resolvedDefaults?: ResolvedRules;
}
/**
 * Modes with nothing left open.
 */
export interface ResolvedRules {
  /**
   * Which commands run at all.
   */
  security: ExecSecurityMode;
  /**
   * When somebody is asked.
   */
  ask: ExecAskMode;
  /**
   * What holds while nobody can be asked.
   */
  askFallback: ExecSecurityMode;
  /**
   * Whether programs of skills count as listed.
   */
  autoAllowSkills: boolean;
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
 * Result of `gateway.restart.preflight`.
 */
export interface GatewayRestartPreflightResult {
  /**
   * Nothing would be disturbed, and the configuration can be used.
   */
  safe: boolean;
  /**
   * Runs under way.
   */
  runs: number;
  /**
   * Connections that would be closed for a moment.
   */
  connections: number;
  /**
   * Whether one was asked for already.
   */
  requested: boolean;
  /**
   * Whether the next start would use the configuration as it is written.
   */
  configValid: boolean;
  /**
   * Everything that is wrong with it.
   */
  issues: ConfigIssue[];
  /**
   * Sections that wait for a restart.
   */
  waiting: string[];
}
/**
 * Params of `gateway.restart.request`.
 */
export interface GatewayRestartRequestParams {
  /**
   * In a few words; told to clients.
   */
  reason?: string | null;
  /**
   * Told after the restart.
   */
  note?: string | null;
  /**
   * Conversation on whose behalf; refused, because agents do not restart the gateway.
   */
  sessionKey?: string | null;
  /**
   * How long it waits, milliseconds. Default 500.
   */
  delayMs?: number | null;
  /**
   * Interrupts runs instead of waiting for them, five minutes at most.
   */
  force?: boolean | null;
}
/**
 * Result of `gateway.restart.request`.
 */
export interface GatewayRestartRequestResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * How long it waits, milliseconds.
   */
  delayMs: number;
  /**
   * Runs under way.
   */
  runs: number;
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
  /**
   * When the gateway's machine last woke from sleep, epoch milliseconds; absent when it did not.
   */
  lastWakeMs?: number;
  /**
   * Less runs than should, and why; absent when all is well.
   */
  safeMode?: SafeMode;
}
/**
 * That a gateway runs with less than it should.
 */
export interface SafeMode {
  /**
   * What for.
   */
  reason: SafeModeReason;
  /**
   * What is wrong and what to do, for people.
   */
  problems: string[];
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
   * Where the canvas host is (protocol 3); left out while it is off.
   */
  canvasHostUrl?: string;
  /**
   * Addresses of surfaces by name (protocol 4); each carries its own permission and expires.
   */
  pluginSurfaceUrls?: {
    [k: string]: string;
  };
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
 * One kind of thing in an import.
 */
export interface ImportArea {
  /**
   * `config`, `agents`, `workspaces`, `sessions`, `devices`, `approvals`, `keys`, `cron`, `other`.
   */
  area: string;
  /**
   * What was taken, or would be.
   */
  took: string[];
  /**
   * How much was there already.
   */
  already: number;
  /**
   * What was left, and why.
   */
  left: ImportLeft[];
}
/**
 * Something that an import left.
 */
export interface ImportLeft {
  /**
   * What.
   */
  what: string;
  /**
   * Why.
   */
  why: string;
}
/**
 * Params of `import.openclaw`.
 */
export interface ImportOpenclawParams {
  /**
   * The home folder; absent looks where those programs keep theirs.
   */
  from?: string | null;
  /**
   * Only say what would be taken. Default true.
   */
  dryRun?: boolean | null;
}
/**
 * What an import took and what it left.
 */
export interface ImportReport {
  /**
   * The home that was read.
   */
  from: string;
  /**
   * Whether nothing was changed.
   */
  dryRun: boolean;
  /**
   * By kind of thing, in the order in which they were read.
   */
  areas: ImportArea[];
  /**
   * Whether the gateway has to be restarted for all of it to count.
   */
  needsRestart: boolean;
}
/**
 * Limits that are lifted for a while.
 */
export interface LimitOverride {
  /**
   * For whom; absent for every agent.
   */
  agentId?: string;
  /**
   * Since when, epoch milliseconds.
   */
  sinceMs: number;
  /**
   * Until when, epoch milliseconds.
   */
  untilMs: number;
  /**
   * Why.
   */
  reason: string;
  /**
   * Who decided: a device, or the client's name.
   */
  by: string;
}
/**
 * Params of `logs.tail`.
 */
export interface LogsTailParams {
  /**
   * `cursor` of the last answer. Left out, the newest lines are told.
   */
  cursor?: number | null;
  /**
   * `mark` of the last answer. With it nothing is left out: an answer that is
   * full ends early and the next one goes on there, also over the change to a
   * new file. Without it what does not fit is skipped. `oldest` with cursor 0
   * begins with the oldest file that is kept.
   */
  mark?: string | null;
  /**
   * Most lines. Default 500.
   */
  limit?: number | null;
  /**
   * Most bytes that are read. Default 250000.
   */
  maxBytes?: number | null;
}
/**
 * Result of `logs.tail`.
 */
export interface LogsTailResult {
  /**
   * The log file on the gateway's machine.
   */
  file: string;
  /**
   * Where the next answer begins, bytes into the file. Less than `size` when
   * there is more to ask for.
   */
  cursor: number;
  /**
   * Bytes that the file has.
   */
  size: number;
  /**
   * Whole lines, oldest first, without secrets. Usually JSON: `{"0":{"subsystem"},
   * "1":message,"_meta":{logLevelName,date,name},"time"}`.
   */
  lines: string[];
  /**
   * Lines before these, or parts of very long ones, were left out.
   */
  truncated?: boolean;
  /**
   * The cursor was of a file that is gone; these are the newest lines.
   */
  reset?: boolean;
  /**
   * Tells this file from the ones before and after it; for the next `mark`.
   */
  mark: string;
}
/**
 * What one model, or all of one provider, took.
 */
export interface ModelUsage {
  /**
   * The provider.
   */
  provider: string;
  /**
   * The model; absent in a sum over a provider.
   */
  model?: string;
  /**
   * Answers.
   */
  count: number;
  /**
   * The sums.
   */
  totals: CostTotals;
}
/**
 * Params of `models.authLogin`.
 */
export interface ModelsAuthLoginParams {
  /**
   * The provider.
   */
  provider: string;
  /**
   * Its key. Kept in the credential store and never given back.
   */
  apiKey: string;
  /**
   * Ask the provider whether the key works, once it is kept.
   */
  probe?: boolean | null;
}
/**
 * Result of `models.authLogin`.
 */
export interface ModelsAuthLoginResult {
  /**
   * Always true; a failure is an error frame.
   */
  ok: boolean;
  /**
   * The provider.
   */
  provider: string;
  /**
   * Where the key is kept: `keychain`, `file` or `memory`.
   */
  storedIn: string;
  /**
   * What the provider said.
   */
  probe?: ModelsProbeResult;
}
/**
 * Result of `models.probe`.
 */
export interface ModelsProbeResult {
  /**
   * The provider.
   */
  provider: string;
  /**
   * How it ended.
   */
  status: ProbeStatus;
  /**
   * How long it took, milliseconds.
   */
  latencyMs?: number;
  /**
   * What went wrong and what to do about it.
   */
  error?: string;
  /**
   * One row per key.
   */
  results: ProbeTarget[];
}
/**
 * One key in [`ModelsProbeResult`].
 */
export interface ProbeTarget {
  /**
   * `PROVIDER:default`.
   */
  profileId?: string;
  /**
   * For people.
   */
  label: string;
  /**
   * How it ended.
   */
  status: ProbeStatus;
  /**
   * How long it took, milliseconds.
   */
  latencyMs?: number;
  /**
   * What went wrong and what to do about it.
   */
  error?: string;
}
/**
 * Params of `models.authLogout`.
 */
export interface ModelsAuthLogoutParams {
  /**
   * The provider.
   */
  provider: string;
}
/**
 * Result of `models.authLogout`.
 */
export interface ModelsAuthLogoutResult {
  /**
   * Always true; a failure is an error frame.
   */
  ok: boolean;
  /**
   * The provider.
   */
  provider: string;
  /**
   * Keys that were forgotten.
   */
  removedProfiles: string[];
}
/**
 * Params of `models.authStatus`.
 */
export interface ModelsAuthStatusParams {
  /**
   * Ask the credential store again.
   */
  refresh?: boolean | null;
}
/**
 * Result of `models.authStatus`.
 */
export interface ModelsAuthStatusResult {
  /**
   * Epoch milliseconds.
   */
  ts: number;
  /**
   * Every provider that is known, by id.
   */
  providers: ProviderAuth[];
}
/**
 * One provider in [`ModelsAuthStatusResult`].
 */
export interface ProviderAuth {
  /**
   * Its id.
   */
  provider: string;
  /**
   * Its name for people.
   */
  displayName: string;
  /**
   * Whether it can be asked.
   */
  status: AuthStatus;
  /**
   * Its keys, without their values.
   */
  profiles: AuthProfile[];
  /**
   * What to do about it.
   */
  hint?: string;
}
/**
 * Params of `models.list`.
 */
export interface ModelsListParams {
  /**
   * Which of them. Default: those that can be asked, and those that are configured.
   */
  view?: ModelsView | null;
  /**
   * Mark this agent's choice. Default: the default agent's.
   */
  agentId?: string | null;
  /**
   * Look for models on this machine first.
   */
  refresh?: boolean | null;
  /**
   * Say what each model costs, as far as that is known.
   */
  includeCost?: boolean | null;
}
/**
 * Result of `models.list`.
 */
export interface ModelsListResult {
  /**
   * By provider, then by name.
   */
  models: ModelRow[];
}
/**
 * Params of `models.probe`.
 */
export interface ModelsProbeParams {
  /**
   * The provider.
   */
  provider: string;
  /**
   * How long to wait, milliseconds, at most 60000. Default 15000.
   */
  timeoutMs?: number | null;
}
/**
 * Params of a method that takes none; any object is accepted.
 */
export interface NoParams {}
/**
 * Result of `node.describe`.
 */
export interface NodeDescribeResult {
  /**
   * Epoch milliseconds.
   */
  ts: number;
  /**
   * Its device id.
   */
  nodeId: string;
  /**
   * What it is called: by its owner, else by itself.
   */
  displayName?: string;
  /**
   * Operating system.
   */
  platform?: string;
  /**
   * Version of the client.
   */
  version?: string;
  /**
   * The same, for clients that read it here.
   */
  coreVersion?: string;
  /**
   * Version of its user interface.
   */
  uiVersion?: string;
  /**
   * Family of the device.
   */
  deviceFamily?: string;
  /**
   * Model of the device.
   */
  modelIdentifier?: string;
  /**
   * Address it came from last.
   */
  remoteIp?: string;
  /**
   * Which client it runs.
   */
  clientId?: string;
  /**
   * How that client is used.
   */
  clientMode?: string;
  /**
   * Capabilities that are approved.
   */
  caps: string[];
  /**
   * Commands that can be invoked: listed, declared and approved.
   */
  commands: string[];
  /**
   * `PATH` of its commands.
   */
  pathEnv?: string;
  /**
   * What its system permits.
   */
  permissions?: {
    [k: string]: boolean;
  };
  /**
   * Whether it is paired.
   */
  paired: boolean;
  /**
   * Whether it is connected.
   */
  connected: boolean;
  /**
   * Epoch milliseconds; only while it is connected.
   */
  connectedAtMs?: number;
  /**
   * How far its commands are approved.
   */
  approvalState?: NodeApproval;
  /**
   * The request that waits.
   */
  pendingRequestId?: string;
  /**
   * What it asks for.
   */
  pendingDeclaredCaps?: string[];
  /**
   * What it asks for.
   */
  pendingDeclaredCommands?: string[];
  /**
   * What it asks for.
   */
  pendingDeclaredPermissions?: {
    [k: string]: boolean;
  };
  /**
   * When its commands were approved, epoch milliseconds.
   */
  approvedAtMs?: number;
  /**
   * Epoch milliseconds.
   */
  lastConnectedAtMs?: number;
  /**
   * Epoch milliseconds.
   */
  lastDisconnectedAtMs?: number;
  /**
   * When it last gave a sign of life, epoch milliseconds.
   */
  lastSeenAtMs?: number;
  /**
   * Which sign: `connect`, `disconnect`, or the trigger it named.
   */
  lastSeenReason?: string;
  /**
   * Whether sessions can run on it; not with this gateway.
   */
  sessionHost?: boolean;
  /**
   * What its machine has and uses.
   */
  hostStats?: NodeHostStats;
  /**
   * Whether it is the computer that was used last.
   */
  active?: boolean;
}
/**
 * What the machine of a node has and uses.
 */
export interface NodeHostStats {
  /**
   * Processors.
   */
  cpuCount: number;
  /**
   * Load over the last 1, 5 and 15 minutes, as its system counts it.
   *
   * @minItems 3
   * @maxItems 3
   */
  loadAverage?: [number, number, number];
  /**
   * Bytes.
   */
  memoryTotalBytes: number;
  /**
   * Bytes.
   */
  memoryFreeBytes: number;
  /**
   * Bytes.
   */
  diskTotalBytes?: number;
  /**
   * Bytes.
   */
  diskAvailableBytes?: number;
  /**
   * When the gateway heard of it; the gateway sets it, whatever the node says.
   */
  updatedAtMs?: number;
}
/**
 * A failure in the words of a node.
 */
export interface NodeError {
  /**
   * For programs, such as `TIMEOUT`.
   */
  code?: string | null;
  /**
   * For people.
   */
  message?: string | null;
}
/**
 * Params of `node.event`.
 */
export interface NodeEventParams {
  /**
   * What happened.
   */
  event: NodeEventName;
  /**
   * The facts.
   */
  payload?: unknown;
  /**
   * The same as JSON text.
   */
  payloadJSON?: string | null;
}
/**
 * Result of `node.event`. Protocol 3 reads only `ok`.
 */
export interface NodeEventResult {
  /**
   * Always true: the event arrived.
   */
  ok: boolean;
  /**
   * Its name.
   */
  event?: string;
  /**
   * Whether something came of it.
   */
  handled?: boolean;
  /**
   * Why not, or what.
   */
  reason?: string;
}
/**
 * The rules in the node's own words: path, exists, hash and file.
 */
export interface NodeExecRules {
  [k: string]: unknown;
}
/**
 * Event `node.hostStats`.
 */
export interface NodeHostStatsChanged {
  /**
   * The node.
   */
  nodeId: string;
  /**
   * Its figures.
   */
  hostStats: NodeHostStats;
}
/**
 * Params of methods about one node.
 */
export interface NodeIdParams {
  /**
   * The node.
   */
  nodeId: NodeRef;
}
/**
 * Event `node.invoke.cancel`: to the node, nobody waits any more.
 */
export interface NodeInvokeCancel {
  /**
   * The call.
   */
  invokeId: string;
  /**
   * The node it was for.
   */
  nodeId: string;
}
/**
 * Event `node.invoke.input`: to the node, more for a call under way.
 */
export interface NodeInvokeInput {
  /**
   * The call.
   */
  id: string;
  /**
   * The node it is for.
   */
  nodeId: string;
  /**
   * Counts from 0.
   */
  seq: number;
  /**
   * What is sent, as JSON text.
   */
  payloadJSON: string;
}
/**
 * Params of `node.invoke`.
 */
export interface NodeInvokeParams {
  /**
   * The node.
   */
  nodeId: NodeRef;
  /**
   * The command, by its exact name.
   */
  command: NodeCommand;
  /**
   * What the command takes.
   */
  params?: unknown;
  /**
   * How long to wait for the node. Default 30,000.
   */
  timeoutMs?: number | null;
  /**
   * The same key never invokes twice.
   */
  idempotencyKey: IdempotencyKey;
  /**
   * Session on whose behalf.
   */
  sessionKey?: SessionKey | null;
  /**
   * Channel that the turn came from.
   */
  turnSourceChannel?: string | null;
  /**
   * Conversation that the turn came from.
   */
  turnSourceTo?: string | null;
  /**
   * Account that the turn came to.
   */
  turnSourceAccountId?: string | null;
}
/**
 * Params of `node.invoke.progress`.
 */
export interface NodeInvokeProgressParams {
  /**
   * The call.
   */
  invokeId: InvokeId;
  /**
   * The node that answers: the caller.
   */
  nodeId: NodeRef;
  /**
   * Counts from 0.
   */
  seq: number;
  /**
   * The part.
   */
  chunk: StreamChunk;
}
/**
 * Event `node.invoke.progress`: to whoever invoked.
 */
export interface NodeInvokeProgressed {
  /**
   * Key of the caller's `node.invoke`.
   */
  idempotencyKey: string;
  /**
   * The call.
   */
  invokeId: string;
  /**
   * The node.
   */
  nodeId: string;
  /**
   * Counts from 0.
   */
  seq: number;
  /**
   * The part.
   */
  chunk: string;
}
/**
 * Params of `node.invoke.result`.
 */
export interface NodeInvokeReportParams {
  /**
   * The call.
   */
  id: InvokeId;
  /**
   * The node that answers: the caller.
   */
  nodeId: NodeRef;
  /**
   * Whether it worked.
   */
  ok: boolean;
  /**
   * What came of it.
   */
  payload?: unknown;
  /**
   * The same as JSON text.
   */
  payloadJSON?: string | null;
  /**
   * Why it did not.
   */
  error?: NodeError | null;
}
/**
 * Result of `node.invoke.result`.
 */
export interface NodeInvokeReportResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Whether nobody waited for it any more.
   */
  ignored?: boolean;
}
/**
 * Event `node.invoke.request`: to the node, do this.
 */
export interface NodeInvokeRequest {
  /**
   * Names this call until it ends.
   */
  id: string;
  /**
   * The node it is for.
   */
  nodeId: string;
  /**
   * The command.
   */
  command: string;
  /**
   * What the command takes, as JSON text.
   */
  paramsJSON?: string;
  /**
   * How long the gateway waits, in milliseconds.
   */
  timeoutMs?: number;
  /**
   * The caller's key.
   */
  idempotencyKey?: string;
  /**
   * Session on whose behalf.
   */
  sessionKey?: string;
}
/**
 * Result of `node.invoke`.
 */
export interface NodeInvokeResult {
  /**
   * Always true; a failure is an error frame.
   */
  ok: boolean;
  /**
   * The node.
   */
  nodeId: string;
  /**
   * The command.
   */
  command: string;
  /**
   * What the node answered; absent when it answered nothing.
   */
  payload?: unknown;
  /**
   * The same as the JSON text that the node sent, if it sent one.
   */
  payloadJSON: string | null;
}
/**
 * Params of `node.invoke.input`.
 */
export interface NodeInvokeSendParams {
  /**
   * Key of the caller's `node.invoke`.
   */
  idempotencyKey: IdempotencyKey;
  /**
   * What is sent, as JSON text.
   */
  payloadJSON: StreamChunk;
}
/**
 * Result of `node.list`.
 */
export interface NodeListResult {
  /**
   * Epoch milliseconds.
   */
  ts: number;
  /**
   * The nodes.
   */
  nodes: NodeRow[];
}
/**
 * A node, connected or known. Protocol 3 gets the part it knows.
 */
export interface NodeRow {
  /**
   * Its device id.
   */
  nodeId: string;
  /**
   * What it is called: by its owner, else by itself.
   */
  displayName?: string;
  /**
   * Operating system.
   */
  platform?: string;
  /**
   * Version of the client.
   */
  version?: string;
  /**
   * The same, for clients that read it here.
   */
  coreVersion?: string;
  /**
   * Version of its user interface.
   */
  uiVersion?: string;
  /**
   * Family of the device.
   */
  deviceFamily?: string;
  /**
   * Model of the device.
   */
  modelIdentifier?: string;
  /**
   * Address it came from last.
   */
  remoteIp?: string;
  /**
   * Which client it runs.
   */
  clientId?: string;
  /**
   * How that client is used.
   */
  clientMode?: string;
  /**
   * Capabilities that are approved.
   */
  caps: string[];
  /**
   * Commands that can be invoked: listed, declared and approved.
   */
  commands: string[];
  /**
   * `PATH` of its commands.
   */
  pathEnv?: string;
  /**
   * What its system permits.
   */
  permissions?: {
    [k: string]: boolean;
  };
  /**
   * Whether it is paired.
   */
  paired: boolean;
  /**
   * Whether it is connected.
   */
  connected: boolean;
  /**
   * Epoch milliseconds; only while it is connected.
   */
  connectedAtMs?: number;
  /**
   * How far its commands are approved.
   */
  approvalState?: NodeApproval;
  /**
   * The request that waits.
   */
  pendingRequestId?: string;
  /**
   * What it asks for.
   */
  pendingDeclaredCaps?: string[];
  /**
   * What it asks for.
   */
  pendingDeclaredCommands?: string[];
  /**
   * What it asks for.
   */
  pendingDeclaredPermissions?: {
    [k: string]: boolean;
  };
  /**
   * When its commands were approved, epoch milliseconds.
   */
  approvedAtMs?: number;
  /**
   * Epoch milliseconds.
   */
  lastConnectedAtMs?: number;
  /**
   * Epoch milliseconds.
   */
  lastDisconnectedAtMs?: number;
  /**
   * When it last gave a sign of life, epoch milliseconds.
   */
  lastSeenAtMs?: number;
  /**
   * Which sign: `connect`, `disconnect`, or the trigger it named.
   */
  lastSeenReason?: string;
  /**
   * Whether sessions can run on it; not with this gateway.
   */
  sessionHost?: boolean;
  /**
   * What its machine has and uses.
   */
  hostStats?: NodeHostStats;
  /**
   * Whether it is the computer that was used last.
   */
  active?: boolean;
}
/**
 * Result of `node.pair.approve`.
 */
export interface NodePairApproveResult {
  /**
   * The request.
   */
  requestId: string;
  /**
   * The node as it now stands.
   */
  node: PairedNode;
}
/**
 * A node of which something was approved.
 */
export interface PairedNode {
  /**
   * The node.
   */
  nodeId: string;
  /**
   * Its token, once: in the answer to the approval of a `node.pair.request`.
   */
  token?: string;
  /**
   * Its name.
   */
  displayName?: string;
  /**
   * Operating system.
   */
  platform?: string;
  /**
   * Version of the client.
   */
  version?: string;
  /**
   * Family of the device.
   */
  deviceFamily?: string;
  /**
   * Approved capabilities.
   */
  caps?: string[];
  /**
   * Approved commands.
   */
  commands?: string[];
  /**
   * Where it connected from last.
   */
  remoteIp?: string;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Epoch milliseconds.
   */
  approvedAtMs: number;
  /**
   * Epoch milliseconds.
   */
  lastConnectedAtMs?: number;
}
/**
 * Params of `node.pair.approve` and `node.pair.reject`.
 */
export interface NodePairDecisionParams {
  /**
   * The request.
   */
  requestId: RequestId;
  /**
   * Node that the approver saw; refused when it is not the request's.
   */
  nodeId?: NodeRef | null;
}
/**
 * Result of `node.pair.list`.
 */
export interface NodePairListResult {
  /**
   * Requests, first asked first.
   */
  pending: NodePairRequested[];
  /**
   * Nodes, last approved first.
   */
  paired: PairedNode[];
}
/**
 * A request that waits; also event `node.pair.requested`.
 */
export interface NodePairRequested {
  /**
   * Names the request until it is decided.
   */
  requestId: string;
  /**
   * Node that asks.
   */
  nodeId: string;
  /**
   * Its name.
   */
  displayName?: string;
  /**
   * Operating system.
   */
  platform?: string;
  /**
   * Version of the client.
   */
  version?: string;
  /**
   * The same, for clients that read it here.
   */
  coreVersion?: string;
  /**
   * Version of its user interface.
   */
  uiVersion?: string;
  /**
   * Family of the device.
   */
  deviceFamily?: string;
  /**
   * Model of the device.
   */
  modelIdentifier?: string;
  /**
   * Capabilities it declares.
   */
  caps?: string[];
  /**
   * Commands it declares.
   */
  commands?: string[];
  /**
   * What its system permits.
   */
  permissions?: {
    [k: string]: boolean;
  };
  /**
   * Where it connected from.
   */
  remoteIp?: string;
  /**
   * Whether it may be approved without asking anybody.
   */
  silent?: boolean;
  /**
   * Whether something of it was approved before.
   */
  isRepair?: boolean;
  /**
   * Which client it runs.
   */
  clientId?: string;
  /**
   * How that client is used.
   */
  clientMode?: string;
  /**
   * Scopes that an approver needs.
   */
  requiredApproveScopes?: ScopeSet;
  /**
   * First asked, epoch milliseconds.
   */
  ts: number;
}
/**
 * Result of `node.pair.reject`.
 */
export interface NodePairRejectResult {
  /**
   * The request.
   */
  requestId: string;
  /**
   * Its node.
   */
  nodeId: string;
}
/**
 * Result of `node.pair.remove`.
 */
export interface NodePairRemoveResult {
  /**
   * The node.
   */
  nodeId: string;
}
/**
 * Params of `node.pair.request`.
 */
export interface NodePairRequestParams {
  /**
   * The node.
   */
  nodeId: NodeRef;
  /**
   * Its name.
   */
  displayName?: string | null;
  /**
   * Operating system.
   */
  platform?: string | null;
  /**
   * Version of the client.
   */
  version?: string | null;
  /**
   * Family of the device.
   */
  deviceFamily?: string | null;
  /**
   * Capabilities it has.
   */
  caps?: string[] | null;
  /**
   * Commands it offers.
   */
  commands?: string[] | null;
}
/**
 * Result of `node.pair.request`.
 */
export interface NodePairRequestResult {
  /**
   * `pending`.
   */
  status: string;
  /**
   * The request.
   */
  request: NodePairRequested;
  /**
   * Whether it is new.
   */
  created: boolean;
}
/**
 * Event `node.pair.resolved`.
 */
export interface NodePairResolved {
  /**
   * The request.
   */
  requestId: string;
  /**
   * Its node.
   */
  nodeId: string;
  /**
   * The outcome.
   */
  decision: NodeDecision;
  /**
   * When, epoch milliseconds.
   */
  ts: number;
}
/**
 * Params of `node.pair.verify`.
 */
export interface NodePairVerifyParams {
  /**
   * The node.
   */
  nodeId: NodeRef;
  /**
   * What it showed.
   */
  token: NodeTokenText;
}
/**
 * Result of `node.pair.verify`.
 */
export interface NodePairVerifyResult {
  /**
   * Whether it is.
   */
  ok: boolean;
  /**
   * The node, if it is.
   */
  node?: PairedNode;
}
/**
 * Params of `node.pending.ack`.
 */
export interface NodePendingAckParams {
  /**
   * The items.
   *
   * @minItems 1
   * @maxItems 100
   */
  ids: [PendingItemId, ...PendingItemId[]];
}
/**
 * Result of `node.pending.ack`.
 */
export interface NodePendingAckResult {
  /**
   * The node.
   */
  nodeId: string;
  /**
   * Grows with every change of the node's queue.
   */
  revision: number;
  /**
   * Items that were there.
   */
  acked: string[];
}
/**
 * Params of `node.pending.enqueue`.
 */
export interface NodePendingEnqueueParams {
  /**
   * The node.
   */
  nodeId: NodeRef;
  /**
   * What is to be done.
   */
  type: PendingKind;
  /**
   * How urgent it is. Default `normal`.
   */
  priority?: PendingPriority | null;
  /**
   * After how many milliseconds it is forgotten: 1,000 to 86,400,000.
   */
  expiresInMs?: number | null;
  /**
   * Whether to wake the node up. Default true; this gateway has no way to.
   */
  wake?: boolean | null;
  /**
   * What it is about.
   */
  payload?: unknown;
}
/**
 * Result of `node.pending.enqueue`.
 */
export interface NodePendingEnqueueResult {
  /**
   * The node.
   */
  nodeId: string;
  /**
   * Grows with every change of the node's queue.
   */
  revision: number;
  /**
   * The item.
   */
  queued: PendingItem;
  /**
   * Whether the node was woken up.
   */
  wakeTriggered: boolean;
}
/**
 * One item that waits for a node.
 */
export interface PendingItem {
  /**
   * Names it until it is acknowledged.
   */
  id: string;
  /**
   * What is to be done.
   */
  type: string;
  /**
   * How urgent it is.
   */
  priority: PendingPriority;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Epoch milliseconds; without it, it waits until the node comes.
   */
  expiresAtMs?: number;
  /**
   * What it is about.
   */
  payload?: unknown;
}
/**
 * Params of `node.pending.pull` and `node.pending.drain`.
 */
export interface NodePendingPullParams {
  /**
   * At most so many, 1 to 10. Default 10.
   */
  maxItems?: number | null;
}
/**
 * Result of `node.pending.pull` and `node.pending.drain`.
 */
export interface NodePendingPullResult {
  /**
   * The node.
   */
  nodeId: string;
  /**
   * Grows with every change of the node's queue.
   */
  revision: number;
  /**
   * The items, most urgent first, then oldest.
   */
  items: PendingItem[];
  /**
   * Whether there are more.
   */
  hasMore: boolean;
}
/**
 * Event `node.presence`: whether somebody works at the node.
 */
export interface NodePresence {
  /**
   * The node.
   */
  nodeId: string;
  /**
   * Whether it is the computer that was used last.
   */
  active: boolean;
  /**
   * Seconds since the last input; absent when the node no longer says.
   */
  idleSeconds?: number;
  /**
   * Last input, epoch milliseconds.
   */
  lastActiveAtMs?: number;
}
/**
 * Params of `node.rename`.
 */
export interface NodeRenameParams {
  /**
   * The node.
   */
  nodeId: NodeRef;
  /**
   * Its new name.
   */
  displayName: NodeName;
}
/**
 * Result of `node.rename`.
 */
export interface NodeRenameResult {
  /**
   * The node.
   */
  nodeId: string;
  /**
   * Its name as it is kept.
   */
  displayName: string;
}
/**
 * The eight keys of what is asked that protocol 3 knows.
 */
export interface OldApprovalCommand {
  /**
   * The whole command as one line of text.
   */
  command: string;
  /**
   * Folder it runs in.
   */
  cwd: string | null;
  /**
   * Where it runs.
   */
  host: string | null;
  /**
   * Which commands run at all, there.
   */
  security: ExecSecurityMode | null;
  /**
   * When somebody is asked, there.
   */
  ask: ExecAskMode | null;
  /**
   * Agent that wants to run it.
   */
  agentId: string | null;
  /**
   * File that is started.
   */
  resolvedPath: string | null;
  /**
   * Conversation it belongs to.
   */
  sessionKey: string | null;
}
/**
 * Event `exec.approval.requested` as protocol 3 has it.
 */
export interface OldApprovalRequested {
  /**
   * Names the request until it is decided or expires.
   */
  id: string;
  /**
   * What is asked.
   */
  request: OldApprovalCommand;
  /**
   * Epoch milliseconds.
   */
  createdAtMs: number;
  /**
   * Epoch milliseconds; without an answer by then it counts as denied.
   */
  expiresAtMs: number;
}
/**
 * Event `exec.approval.resolved` as protocol 3 has it.
 */
export interface OldApprovalResolved {
  /**
   * The request.
   */
  id: string;
  /**
   * The outcome; `deny` also when nobody answered.
   */
  decision: ApprovalDecision;
  /**
   * Who answered; null when nobody did.
   */
  resolvedBy: string | null;
  /**
   * When, epoch milliseconds.
   */
  ts: number;
}
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
 * What became of one target.
 */
export interface PatchOutcome {
  /**
   * Whether it was changed.
   */
  ok: boolean;
  /**
   * Canonical key; the key as written when it cannot be one.
   */
  key: string;
  /**
   * Agent that owns it.
   */
  agentId?: string;
  /**
   * Why it was not changed.
   */
  error?: SessionProblem;
}
/**
 * Why a part of a call was not done.
 */
export interface SessionProblem {
  /**
   * As in an error answer.
   */
  code: string;
  /**
   * For people.
   */
  message: string;
}
/**
 * A session that is to change.
 */
export interface PatchTarget {
  /**
   * Its key, in any form.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Refuse when its session id is another one.
   */
  expectedSessionId?: string | null;
}
/**
 * Params of both.
 */
export interface PluginSurfaceRefreshParams {
  /**
   * Which surface: `canvas`.
   */
  surface: string;
  /**
   * The address that the caller has now; the new one does not depend on it.
   */
  observedUrl?: string | null;
}
/**
 * Result of both.
 */
export interface PluginSurfaceRefreshResult {
  /**
   * Which surface.
   */
  surface: string;
  /**
   * Its address, by the name of the surface.
   */
  pluginSurfaceUrls: {
    [k: string]: string;
  };
  /**
   * When the address stops to work, epoch milliseconds.
   */
  expiresAtMs: number;
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
/**
 * One message in short.
 */
export interface PreviewItem {
  /**
   * Who it is from.
   */
  role: PreviewRole;
  /**
   * The beginning of its words.
   */
  text: string;
}
/**
 * Result of `question.list`.
 */
export interface QuestionListResult {
  /**
   * Questions that wait.
   */
  questions: unknown[];
}
/**
 * Being found on the local network, in [`RemoteStatusResult`].
 */
export interface RemoteDiscovery {
  /**
   * `off`, `minimal` or `full`, as configured.
   */
  mode: string;
  /**
   * Whether the network was told.
   */
  advertised: boolean;
  /**
   * Name under which the gateway is shown.
   */
  name?: string;
  /**
   * What keeps the network from being told, and how to mend it.
   */
  problem?: string;
}
/**
 * Result of `remote.status`.
 */
export interface RemoteStatusResult {
  /**
   * Every address that works, this machine's own first.
   */
  urls: RemoteUrl[];
  /**
   * Which interfaces are listened on: `loopback`, `lan`, `tailnet`, `auto` or `custom`.
   */
  bind: string;
  /**
   * Port in use.
   */
  port: number;
  /**
   * Encryption on the gateway's own port.
   */
  tls: RemoteTls;
  /**
   * The tailnet; absent when Tailscale is neither set up nor asked for.
   */
  tailscale?: RemoteTailscale;
  /**
   * Being found on the local network.
   */
  discovery?: RemoteDiscovery;
  /**
   * Proxies that are believed: addresses and networks.
   */
  trustedProxies: string[];
  /**
   * Origin under which a proxy shows the gateway, when one is set.
   */
  publicOrigin?: string;
}
/**
 * One address in [`RemoteStatusResult`].
 */
export interface RemoteUrl {
  /**
   * For browsers: `http://…` or `https://…`, with the page's path.
   */
  url: string;
  /**
   * For clients: `ws://…` or `wss://…`.
   */
  socketUrl: string;
  /**
   * From where it works.
   */
  kind: RemoteUrlKind;
  /**
   * Encrypted, or never leaving this machine: browsers give such a page the
   * right to a device key.
   */
  secure: boolean;
}
/**
 * Encryption on the gateway's own port.
 */
export interface RemoteTls {
  /**
   * Whether the port speaks TLS and nothing else.
   */
  enabled: boolean;
  /**
   * SHA-256 of the certificate in use, lower-case hex.
   */
  fingerprint?: string;
  /**
   * File that it came from.
   */
  certPath?: string;
  /**
   * Whether the gateway made it itself, so that browsers warn once.
   */
  selfSigned?: boolean;
  /**
   * Names and addresses that it is for.
   */
  names?: string[];
  /**
   * Until when it is valid, epoch milliseconds.
   */
  notAfterMs?: number;
  /**
   * What is wrong with the certificate files and how to mend it.
   */
  problem?: string;
}
/**
 * The tailnet in [`RemoteStatusResult`].
 */
export interface RemoteTailscale {
  /**
   * `off`, `serve` or `funnel`, as configured.
   */
  mode: string;
  /**
   * Whether the Tailscale of this machine answers and is signed in.
   */
  running: boolean;
  /**
   * Name of this machine in the tailnet.
   */
  dnsName?: string;
  /**
   * Address that Serve or Funnel gives the gateway.
   */
  url?: string;
  /**
   * What is wrong and how to mend it.
   */
  problem?: string;
}
export interface RequestFrame {
  type: "req";
  id: string;
  method: string;
  params?: {} | null;
}
/**
 * The model that answers in a session.
 */
export interface ResolvedModel {
  /**
   * Its provider.
   */
  modelProvider?: string;
  /**
   * Its id.
   */
  model?: string;
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
 * How the last run of the gateway ended.
 */
export interface ServiceLastExit {
  /**
   * In words, for example `killed by signal 9` or `SIGTERM`.
   */
  reason: string;
  /**
   * Whether it was asked to end.
   */
  clean: boolean;
  /**
   * Epoch milliseconds, where known.
   */
  atMs?: number;
  /**
   * Exit code, where known.
   */
  exitCode?: number;
}
/**
 * How the last starts went.
 */
export interface ServiceStarts {
  /**
   * How careful this gateway is.
   */
  mode: StartMode;
  /**
   * Starts in a row that ended badly.
   */
  crashes: number;
  /**
   * Why it is careful, for people.
   */
  reason?: string;
  /**
   * When tools and background work begin, epoch milliseconds; only while waiting.
   */
  untilMs?: number;
}
/**
 * Result of `service.status`.
 */
export interface ServiceStatusResult {
  /**
   * Who keeps it running.
   */
  manager: ServiceManagerKind;
  /**
   * Whose service it is.
   */
  scope: ServiceScope;
  /**
   * Name of the service, for example `postern.service`.
   */
  name: string;
  /**
   * Whether there is one.
   */
  installed: boolean;
  /**
   * Whether it starts by itself.
   */
  enabled: boolean;
  /**
   * Whether the service manager has it running.
   */
  running: boolean;
  /**
   * Whether a gateway has this state folder in use, started by whom ever.
   */
  gatewayRunning: boolean;
  /**
   * Process of that gateway.
   */
  pid?: number;
  /**
   * Where clients of this machine reach it.
   */
  url?: string;
  /**
   * Since when it runs, epoch milliseconds.
   */
  sinceMs?: number;
  /**
   * The file that defines the service.
   */
  file?: string;
  /**
   * The program that it starts.
   */
  program?: string;
  /**
   * Whether that program is there and is the one that was asked.
   */
  programCurrent?: boolean;
  /**
   * Whether the user's services go on without a session (systemd).
   */
  linger?: boolean;
  /**
   * Restarts that the service manager counted.
   */
  restarts?: number;
  /**
   * How the last run ended.
   */
  lastExit?: ServiceLastExit;
  /**
   * Why the service that runs does not serve, as it says itself.
   */
  problem?: string;
  /**
   * How the last starts went.
   */
  starts: ServiceStarts;
  /**
   * What to do, for people; most important first.
   */
  advice: string[];
}
/**
 * A session that may be meant.
 */
export interface SessionCandidate {
  /**
   * Its canonical key.
   */
  key: string;
  /**
   * Agent that owns it.
   */
  agentId: string;
  /**
   * Name to show.
   */
  displayName?: string;
}
/**
 * One group of the list.
 */
export interface SessionGroup {
  /**
   * Its name: the `category` of its sessions.
   */
  name: string;
  /**
   * Its place, from 0.
   */
  position: number;
}
/**
 * The model of a session that chooses none; `null` until there is one.
 */
export interface SessionListDefaults {
  /**
   * Its provider.
   */
  modelProvider: string | null;
  /**
   * Its id.
   */
  model: string | null;
  /**
   * Tokens that it can read and write.
   */
  contextTokens: number | null;
}
/**
 * Event `session.message`, to `sessions.messages.subscribe`.
 */
export interface SessionMessage {
  /**
   * Canonical key.
   */
  sessionKey: string;
  /**
   * Id of the session.
   */
  sessionId: string;
  /**
   * Agent that owns it.
   */
  agentId: string;
  /**
   * The message, as in `chat.history`.
   */
  message: ChatMessage;
  /**
   * Its id.
   */
  messageId: string;
  /**
   * Its position, from 1.
   */
  messageSeq: number;
  /**
   * The session now.
   */
  session: SessionRow;
  /**
   * Epoch milliseconds.
   */
  updatedAt: number;
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
 * Event `session.operation`, to both kinds of subscribers: something that
 * takes a while begins or ends.
 */
export interface SessionOperation {
  /**
   * Names this operation.
   */
  operationId: string;
  /**
   * What is done.
   */
  operation: OperationKind;
  /**
   * Whether it begins or ends.
   */
  phase: OperationPhase;
  /**
   * Canonical key.
   */
  sessionKey: string;
  /**
   * Agent that owns it.
   */
  agentId?: string;
  /**
   * Epoch milliseconds.
   */
  ts: number;
  /**
   * At the end: whether anything was done.
   */
  completed?: boolean;
  /**
   * At the end: why not.
   */
  reason?: string;
}
/**
 * A person who owns sessions.
 */
export interface SessionOwner {
  /**
   * Their name.
   */
  label: string;
}
/**
 * What changes. An absent key leaves a setting alone, `null` clears it.
 */
export interface SessionPatch {
  /**
   * A person's name for it; unique.
   */
  label?: string | null;
  /**
   * How long the model may think.
   */
  thinkingLevel?: string | null;
  /**
   * Whether tool calls are shown.
   */
  verboseLevel?: string | null;
  /**
   * Whether thoughts are shown.
   */
  reasoningLevel?: string | null;
  /**
   * Whether answers end with what they took: `off`, `on`, `tokens`, `full`.
   */
  responseUsage?: string | null;
  /**
   * Whether commands may run outside the usual limits; needs admin.
   */
  elevatedLevel?: string | null;
  /**
   * Where commands run: `gateway`, `node`, `sandbox`; needs admin.
   */
  execHost?: string | null;
  /**
   * Which commands run at all: `deny`, `allowlist`, `full`; needs admin.
   */
  execSecurity?: string | null;
  /**
   * When somebody is asked: `off`, `on-miss`, `always`; needs admin.
   */
  execAsk?: string | null;
  /**
   * Node that runs commands; needs admin.
   */
  execNode?: string | null;
  /**
   * Not supported; use `execSecurity`. Needs admin.
   */
  permissionMode?: string | null;
  /**
   * Model that answers, `provider/model`.
   */
  model?: string | null;
  /**
   * Session that made it; can be set once.
   */
  spawnedBy?: string | null;
  /**
   * Whether anything may be said in it: `allow`, `deny`; needs admin.
   */
  sendPolicy?: string | null;
  /**
   * When the agent answers in a group: `mention`, `always`.
   */
  groupActivation?: string | null;
  /**
   * What becomes of a message while a run is under way.
   */
  queueMode?: string | null;
  /**
   * Name to show.
   */
  displayName?: string | null;
  /**
   * Put away.
   */
  archived?: boolean | null;
  /**
   * Kept at the top.
   */
  pinned?: boolean | null;
  /**
   * Something in it was not read.
   */
  unread?: boolean | null;
  /**
   * Icon in lists.
   */
  icon?: string | null;
  /**
   * Colour in lists.
   */
  color?: string | null;
  /**
   * Group in lists.
   */
  category?: string | null;
}
/**
 * The last words of one session.
 */
export interface SessionPreview {
  /**
   * The key as it was asked for.
   */
  key: string;
  /**
   * What was found.
   */
  status: PreviewStatus;
  /**
   * Newest last.
   */
  items: PreviewItem[];
}
/**
 * One conversation in [`SessionsUsageResult`].
 */
export interface SessionUsage {
  /**
   * Its canonical key.
   */
  key: string;
  /**
   * Its label.
   */
  label?: string;
  /**
   * Its id, while it exists.
   */
  sessionId?: string;
  /**
   * Its agent.
   */
  agentId: string;
  /**
   * Epoch milliseconds of its last answer in the range.
   */
  updatedAt: number;
  /**
   * Provider of the model that answered last.
   */
  modelProvider?: string;
  /**
   * The model that answered last.
   */
  model?: string;
  /**
   * What it took; `null` when it took nothing in the range.
   */
  usage: SessionUsageTotals | null;
}
/**
 * What one conversation took.
 */
export interface SessionUsageTotals {
  /**
   * Tokens read.
   */
  input: number;
  /**
   * Tokens written.
   */
  output: number;
  /**
   * Tokens read from a provider's cache.
   */
  cacheRead: number;
  /**
   * Tokens written to one.
   */
  cacheWrite: number;
  /**
   * All of them.
   */
  totalTokens: number;
  /**
   * USD.
   */
  totalCost: number;
  /**
   * USD for tokens read.
   */
  inputCost: number;
  /**
   * USD for tokens written.
   */
  outputCost: number;
  /**
   * USD for tokens read from a cache.
   */
  cacheReadCost: number;
  /**
   * USD for tokens written to a cache.
   */
  cacheWriteCost: number;
  /**
   * Answers of models without a known price: their tokens are counted, money is not.
   */
  missingCostEntries: number;
  /**
   * Epoch milliseconds of its last answer.
   */
  lastActivity: number;
  /**
   * Days on which it took something.
   */
  activityDates: string[];
  /**
   * By day.
   */
  dailyBreakdown: UsageDayCost[];
  /**
   * By model.
   */
  modelUsage: ModelUsage[];
}
/**
 * One day of one conversation.
 */
export interface UsageDayCost {
  /**
   * The day in UTC.
   */
  date: string;
  /**
   * Tokens of every kind.
   */
  tokens: number;
  /**
   * USD.
   */
  cost: number;
}
/**
 * Params that name a conversation in a usage report.
 */
export interface SessionUsageParams {
  /**
   * The conversation.
   */
  key: SessionKey;
  /**
   * Most rows, 1 to 1000, the newest. Default 200.
   */
  limit?: number | null;
}
/**
 * Params of `sessions.abort`: a session, a run, or both.
 */
export interface SessionsAbortParams {
  /**
   * Session.
   */
  key?: SessionKey | null;
  /**
   * Only this run.
   */
  runId?: string | null;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Whether messages that wait are dropped too. Default false.
   */
  clearQueued?: boolean | null;
}
/**
 * Result of `sessions.abort`.
 */
export interface SessionsAbortResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * The run that was stopped; `null` when there was none.
   */
  abortedRunId: string | null;
  /**
   * Whether anything was stopped.
   */
  status: AbortStatus;
}
/**
 * Event `sessions.changed`, to `sessions.subscribe`.
 */
export interface SessionsChanged {
  /**
   * `create`, `patch`, `reset`, `delete`, `send`, `compact`, …
   */
  reason: string;
  /**
   * Epoch milliseconds.
   */
  ts: number;
  /**
   * Canonical key; absent when the list should be loaded again.
   */
  sessionKey?: string;
  /**
   * The session now; absent when it is gone.
   */
  session?: SessionRow;
  [k: string]: unknown;
}
/**
 * Params of `sessions.compact`.
 */
export interface SessionsCompactParams {
  /**
   * Its key, in any form.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Keep so many of the last messages instead of a summary. Protocol 3
   * always keeps messages, 400 when absent.
   */
  maxLines?: number | null;
}
/**
 * Result of `sessions.compact`.
 */
export interface SessionsCompactResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Canonical key.
   */
  key: string;
  /**
   * Whether anything was shortened.
   */
  compacted: boolean;
  /**
   * Messages that are left.
   */
  kept?: number;
  /**
   * Why nothing was shortened.
   */
  reason?: string;
}
/**
 * Params of `sessions.create`.
 */
export interface SessionsCreateParams {
  /**
   * Its key, in any form; a new one when absent.
   */
  key?: SessionKey | null;
  /**
   * Agent that owns it.
   */
  agentId?: string | null;
  /**
   * A person's name for it; unique.
   */
  label?: string | null;
  /**
   * Name to show.
   */
  displayName?: string | null;
  /**
   * Group in lists.
   */
  category?: string | null;
  /**
   * Model that answers, `provider/model`.
   */
  model?: string | null;
  /**
   * How long the model may think.
   */
  thinkingLevel?: string | null;
  /**
   * Session that it belongs to.
   */
  parentSessionKey?: SessionKey | null;
  /**
   * The first thing said in it.
   */
  message?: string | null;
  /**
   * The same under another name.
   */
  task?: string | null;
  /**
   * Pictures and text files beside it.
   */
  attachments?: Attachment[] | null;
  /**
   * The same key never makes a second session or run.
   */
  idempotencyKey?: IdempotencyKey | null;
  /**
   * Folder to work in: refused, a workspace belongs to the agent.
   */
  cwd?: string | null;
  /**
   * A copy of a repository to work in: refused, there are none.
   */
  worktree?: boolean | null;
  /**
   * Node that runs commands; needs admin.
   */
  execNode?: string | null;
}
/**
 * Result of `sessions.create`.
 */
export interface SessionsCreateResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Canonical key.
   */
  key: string;
  /**
   * Its session id.
   */
  sessionId: string;
  /**
   * What is kept about it.
   */
  entry: {
    [k: string]: unknown;
  };
  /**
   * Whether the first message started a run.
   */
  runStarted: boolean;
  /**
   * The run.
   */
  runId?: string;
  /**
   * Why it did not start; the session is there all the same.
   */
  runError?: SessionProblem;
}
/**
 * Params of `sessions.delete`.
 */
export interface SessionsDeleteParams {
  /**
   * Its key, in any form.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Whether what was said goes too. Default: yes.
   */
  deleteTranscript?: boolean | null;
  /**
   * Refuse when its session id is another one.
   */
  expectedSessionId?: string | null;
  /**
   * Refuse when it is not put away.
   */
  archivedOnly?: boolean | null;
}
/**
 * Result of `sessions.delete`.
 */
export interface SessionsDeleteResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Canonical key.
   */
  key: string;
  /**
   * Whether there was anything to delete.
   */
  deleted: boolean;
  /**
   * Files that were put aside: none, since transcripts are no files.
   */
  archived: string[];
}
/**
 * Params of `sessions.describe`.
 */
export interface SessionsDescribeParams {
  /**
   * Its key, in any form.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * With a title made of the first words.
   */
  includeDerivedTitles?: boolean | null;
  /**
   * With the beginning of the last message.
   */
  includeLastMessage?: boolean | null;
}
/**
 * Result of `sessions.describe`.
 */
export interface SessionsDescribeResult {
  /**
   * The row; `null` when there is no such session.
   */
  session: SessionRow | null;
}
/**
 * Params of `sessions.get`.
 */
export interface SessionsGetParams {
  /**
   * Its key, in any form.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Most messages, 200 when absent.
   */
  limit?: number | null;
}
/**
 * Result of `sessions.get`.
 */
export interface SessionsGetResult {
  /**
   * Its canonical key.
   */
  key: string;
  /**
   * Its session id; absent when there is no such session.
   */
  sessionId?: string;
  /**
   * Newest last.
   */
  messages: ArrayOfChatMessage;
}
/**
 * Result of `sessions.groups.list`.
 */
export interface SessionsGroupsListResult {
  /**
   * Groups, by name.
   */
  groups: SessionGroup[];
  /**
   * Their names in the order of display.
   */
  sectionOrder: string[];
}
/**
 * Params of `sessions.list`. Every filter narrows what the others leave.
 */
export interface SessionsListParams {
  /**
   * Most rows; the gateway gives at most 1000.
   */
  limit?: number | null;
  /**
   * Rows to leave out at the beginning.
   */
  offset?: number | null;
  /**
   * Used within so many minutes.
   */
  activeMinutes?: number | null;
  /**
   * Also the session `global`.
   */
  includeGlobal?: boolean | null;
  /**
   * Also the session `unknown`.
   */
  includeUnknown?: boolean | null;
  /**
   * With titles made of the first words.
   */
  includeDerivedTitles?: boolean | null;
  /**
   * With the beginning of the last message.
   */
  includeLastMessage?: boolean | null;
  /**
   * With exactly this label.
   */
  label?: string | null;
  /**
   * Made by this session.
   */
  spawnedBy?: string | null;
  /**
   * Of this agent.
   */
  agentId?: string | null;
  /**
   * With these words in key, label, name, id or first words.
   */
  search?: string | null;
  /**
   * Put away or not; `"all"` is both. Default: those that are not.
   */
  archived?: ArchivedFilter | null;
  /**
   * What is first; both words mean the last use.
   */
  sortBy?: SessionOrder | null;
  /**
   * Only of agents that exist.
   */
  configuredAgentsOnly?: boolean | null;
}
/**
 * Result of `sessions.list`.
 */
export interface SessionsListResult {
  /**
   * When it was made, epoch milliseconds.
   */
  ts: number;
  /**
   * Where sessions are kept.
   */
  path: string;
  /**
   * How many rows there are.
   */
  count: number;
  /**
   * What holds where a session says nothing.
   */
  defaults: SessionListDefaults;
  /**
   * Used last first.
   */
  sessions: SessionRow[];
  /**
   * How many fit the filters; protocol 4 only, like everything below.
   */
  totalCount?: number;
  /**
   * Limit that was applied.
   */
  limitApplied?: number;
  /**
   * Offset of the next page.
   */
  nextOffset?: number;
  /**
   * Whether there is a next page.
   */
  hasMore?: boolean;
  /**
   * People who own sessions: a gateway has one owner, who is not listed.
   */
  owners?: SessionOwner[];
}
/**
 * Params of both.
 */
export interface SessionsMessagesParams {
  /**
   * Its key, in any form.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Also of what waits for a decision.
   */
  includeApprovals?: boolean | null;
}
/**
 * Result of both.
 */
export interface SessionsMessagesSubscribed {
  /**
   * From now on.
   */
  subscribed: boolean;
  /**
   * Canonical key.
   */
  key: string;
  /**
   * With `includeApprovals`: what waits for a decision in it.
   */
  approvalReplay?: ApprovalReplay;
}
/**
 * Params of `sessions.observer.visibility`.
 */
export interface SessionsObserverVisibilityParams {
  /**
   * Whether it is.
   */
  visible: boolean;
}
/**
 * Params of `sessions.patchMany`.
 */
export interface SessionsPatchManyParams {
  /**
   * Which sessions.
   *
   * @minItems 1
   * @maxItems 200
   */
  targets: [PatchTarget, ...PatchTarget[]];
  /**
   * What changes.
   */
  patch: SessionPatch;
}
/**
 * Result of `sessions.patchMany`.
 */
export interface SessionsPatchManyResult {
  /**
   * In the order of the targets.
   */
  outcomes: PatchOutcome[];
}
/**
 * Params of `sessions.patch`.
 */
export interface SessionsPatchParams {
  /**
   * Its key, in any form.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Refuse when its session id is another one.
   */
  expectedSessionId?: string | null;
  /**
   * A person's name for it; unique.
   */
  label?: string | null;
  /**
   * How long the model may think.
   */
  thinkingLevel?: string | null;
  /**
   * Whether tool calls are shown.
   */
  verboseLevel?: string | null;
  /**
   * Whether thoughts are shown.
   */
  reasoningLevel?: string | null;
  /**
   * Whether answers end with what they took: `off`, `on`, `tokens`, `full`.
   */
  responseUsage?: string | null;
  /**
   * Whether commands may run outside the usual limits; needs admin.
   */
  elevatedLevel?: string | null;
  /**
   * Where commands run: `gateway`, `node`, `sandbox`; needs admin.
   */
  execHost?: string | null;
  /**
   * Which commands run at all: `deny`, `allowlist`, `full`; needs admin.
   */
  execSecurity?: string | null;
  /**
   * When somebody is asked: `off`, `on-miss`, `always`; needs admin.
   */
  execAsk?: string | null;
  /**
   * Node that runs commands; needs admin.
   */
  execNode?: string | null;
  /**
   * Not supported; use `execSecurity`. Needs admin.
   */
  permissionMode?: string | null;
  /**
   * Model that answers, `provider/model`.
   */
  model?: string | null;
  /**
   * Session that made it; can be set once.
   */
  spawnedBy?: string | null;
  /**
   * Whether anything may be said in it: `allow`, `deny`; needs admin.
   */
  sendPolicy?: string | null;
  /**
   * When the agent answers in a group: `mention`, `always`.
   */
  groupActivation?: string | null;
  /**
   * What becomes of a message while a run is under way.
   */
  queueMode?: string | null;
  /**
   * Name to show.
   */
  displayName?: string | null;
  /**
   * Put away.
   */
  archived?: boolean | null;
  /**
   * Kept at the top.
   */
  pinned?: boolean | null;
  /**
   * Something in it was not read.
   */
  unread?: boolean | null;
  /**
   * Icon in lists.
   */
  icon?: string | null;
  /**
   * Colour in lists.
   */
  color?: string | null;
  /**
   * Group in lists.
   */
  category?: string | null;
}
/**
 * Result of `sessions.patch`.
 */
export interface SessionsPatchResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Where sessions are kept.
   */
  path: string;
  /**
   * Canonical key.
   */
  key: string;
  /**
   * What is kept about it now.
   */
  entry: {
    [k: string]: unknown;
  };
  /**
   * What follows from it; protocol 4.
   */
  resolved?: ResolvedModel;
}
/**
 * Params of `sessions.preview`.
 */
export interface SessionsPreviewParams {
  /**
   * Their keys, in any form.
   *
   * @maxItems 64
   */
  keys: SessionKey[];
  /**
   * Most messages of each, 12 when absent; at most 50.
   */
  limit?: number | null;
  /**
   * Most characters of each message, 240 when absent; at most 2000.
   */
  maxChars?: number | null;
}
/**
 * Result of `sessions.preview`.
 */
export interface SessionsPreviewResult {
  /**
   * When it was made, epoch milliseconds.
   */
  ts: number;
  /**
   * In the order of the keys.
   */
  previews: SessionPreview[];
}
/**
 * Params of `sessions.recover`.
 */
export interface SessionsRecoverParams {
  /**
   * Session.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * Names the run. Default: a new id.
   */
  idempotencyKey?: IdempotencyKey | null;
}
/**
 * Result of `sessions.recover`.
 */
export interface SessionsRecoverResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Session, by canonical key.
   */
  key: string;
  /**
   * Id of the session.
   */
  sessionId: string;
  /**
   * The run that answers now.
   */
  continuation: Continuation;
}
/**
 * Params of `sessions.reset`.
 */
export interface SessionsResetParams {
  /**
   * Its key, in any form.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * `new` or `reset`; told to followers.
   */
  reason?: ResetReason | null;
}
/**
 * Result of `sessions.reset`.
 */
export interface SessionsResetResult {
  /**
   * Always true.
   */
  ok: boolean;
  /**
   * Canonical key.
   */
  key: string;
  /**
   * What is kept about it now.
   */
  entry: {
    [k: string]: unknown;
  };
}
/**
 * Params of `sessions.resolve`: exactly one of `key`, `sessionId`, `label`.
 */
export interface SessionsResolveParams {
  /**
   * Its key, in any form.
   */
  key?: SessionKey | null;
  /**
   * Its session id.
   */
  sessionId?: string | null;
  /**
   * Its label.
   */
  label?: string | null;
  /**
   * Only of this agent.
   */
  agentId?: string | null;
  /**
   * Only made by this session.
   */
  spawnedBy?: string | null;
  /**
   * Also the session `global`.
   */
  includeGlobal?: boolean | null;
  /**
   * Also the session `unknown`.
   */
  includeUnknown?: boolean | null;
  /**
   * Answer `ok: false` instead of an error when there is none.
   */
  allowMissing?: boolean | null;
}
/**
 * Result of `sessions.resolve`.
 */
export interface SessionsResolveResult {
  /**
   * Whether there is exactly one.
   */
  ok: boolean;
  /**
   * Its canonical key.
   */
  key?: string;
  /**
   * Agent that owns it; protocol 4.
   */
  agentId?: string;
  /**
   * Name to show; protocol 4.
   */
  displayName?: string;
  /**
   * Without `ok`: sessions that may be meant.
   */
  candidates?: SessionCandidate[];
}
/**
 * A message that was found.
 */
export interface SessionsSearchHit {
  /**
   * Canonical key of its session.
   */
  sessionKey: string;
  /**
   * Id of its session.
   */
  sessionId: string;
  /**
   * Its id.
   */
  messageId: string;
  /**
   * Who said it.
   */
  role: HitRole;
  /**
   * Epoch milliseconds.
   */
  timestamp: number;
  /**
   * The words around the hit.
   */
  snippet: string;
  /**
   * How well it fits; higher is better.
   */
  score: number;
}
/**
 * Params of `sessions.search`.
 */
export interface SessionsSearchParams {
  /**
   * Words that are all in the message.
   */
  query: string;
  /**
   * Only of this agent. Who is not admin and names neither agent nor
   * sessions searches the default agent's.
   */
  agentId?: string | null;
  /**
   * Only in these sessions; of several agents only for an admin.
   *
   * @maxItems 256
   */
  sessionKeys?: SessionKey[] | null;
  /**
   * Most hits, 10 when absent.
   */
  limit?: number | null;
}
/**
 * Result of `sessions.search`.
 */
export interface SessionsSearchResult {
  /**
   * Best first.
   */
  results: SessionsSearchHit[];
  /**
   * Whether there are more.
   */
  truncated?: boolean;
}
/**
 * Params of `sessions.send` and `sessions.steer`.
 */
export interface SessionsSendParams {
  /**
   * Session.
   */
  key: SessionKey;
  /**
   * Agent that owns a bare key.
   */
  agentId?: string | null;
  /**
   * What is said.
   */
  message: string;
  /**
   * How long the model may think.
   */
  thinking?: string | null;
  /**
   * Pictures and text files.
   */
  attachments?: Attachment[] | null;
  /**
   * Longest run, milliseconds.
   */
  timeoutMs?: number | null;
  /**
   * Names the run. Default: a new id.
   */
  idempotencyKey?: IdempotencyKey | null;
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
  recent: SessionStatusRow[];
  /**
   * The same by agent.
   */
  byAgent: AgentSessions[];
}
/**
 * Result of `sessions.usage.logs`.
 */
export interface SessionsUsageLogsResult {
  /**
   * Oldest first.
   */
  logs: UsageLogLine[];
}
/**
 * One line in [`SessionsUsageLogsResult`].
 */
export interface UsageLogLine {
  /**
   * Epoch milliseconds.
   */
  timestamp: number;
  /**
   * `assistant`: models wrote it.
   */
  role: string;
  /**
   * What happened, for people.
   */
  content: string;
  /**
   * Tokens of every kind.
   */
  tokens: number;
  /**
   * USD; absent when the model has no known price.
   */
  cost?: number;
  /**
   * Run it belongs to.
   */
  runId: string;
}
/**
 * Params of `sessions.usage`. Days are days in UTC, whatever `mode` says.
 */
export interface SessionsUsageParams {
  /**
   * Only this conversation.
   */
  key?: SessionKey | null;
  /**
   * Only this agent's. Default: every agent's.
   */
  agentId?: string | null;
  /**
   * First day, `2026-11-21`. Default: 30 days, today included.
   */
  startDate?: string | null;
  /**
   * Last day. Default today.
   */
  endDate?: string | null;
  /**
   * How many days, when no first day is given.
   */
  range?: UsageRange | null;
  /**
   * Most conversations that are listed, 1 to 1000. Default 50. The sums are over all of them.
   */
  limit?: number | null;
}
/**
 * Result of `sessions.usage`.
 */
export interface SessionsUsageResult {
  /**
   * Epoch milliseconds.
   */
  updatedAt: number;
  /**
   * First day that was looked at, in UTC.
   */
  startDate: string;
  /**
   * Last one.
   */
  endDate: string;
  /**
   * The conversations that took something, the last used first.
   */
  sessions: SessionUsage[];
  /**
   * All of the range together, also what the list leaves out.
   */
  totals: CostTotals;
  /**
   * The same in other groups.
   */
  aggregates: UsageAggregates;
}
/**
 * The range in groups.
 */
export interface UsageAggregates {
  /**
   * Messages, as far as models wrote them.
   */
  messages: UsageMessages;
  /**
   * Tool calls; not counted here, so always empty.
   */
  tools: UsageTools;
  /**
   * By model, the most expensive first.
   */
  byModel: ModelUsage[];
  /**
   * By provider.
   */
  byProvider: ModelUsage[];
  /**
   * By agent.
   */
  byAgent: AgentUsage[];
  /**
   * By messaging channel; not counted here, so always empty.
   */
  byChannel: ChannelUsage[];
  /**
   * By day.
   */
  daily: AggregateDay[];
}
/**
 * Messages by kind. Only answers of models are counted here; the others are 0.
 */
export interface UsageMessages {
  /**
   * All that are counted.
   */
  total: number;
  /**
   * From people.
   */
  user: number;
  /**
   * From models.
   */
  assistant: number;
  /**
   * Calls of tools.
   */
  toolCalls: number;
  /**
   * Results of tools.
   */
  toolResults: number;
  /**
   * Failures.
   */
  errors: number;
}
/**
 * Tool calls.
 */
export interface UsageTools {
  /**
   * How many.
   */
  totalCalls: number;
  /**
   * Of how many tools.
   */
  uniqueTools: number;
  /**
   * By tool.
   */
  tools: UsageTool[];
}
/**
 * Calls of one tool.
 */
export interface UsageTool {
  /**
   * Its name.
   */
  name: string;
  /**
   * How many.
   */
  count: number;
}
/**
 * Result of `sessions.usage.timeseries`.
 */
export interface SessionsUsageTimeseriesResult {
  /**
   * Id of the conversation at its last answer.
   */
  sessionId?: string;
  /**
   * Oldest first.
   */
  points: UsagePoint[];
}
/**
 * One answer in [`SessionsUsageTimeseriesResult`].
 */
export interface UsagePoint {
  /**
   * Epoch milliseconds.
   */
  timestamp: number;
  /**
   * Tokens read.
   */
  input: number;
  /**
   * Tokens written.
   */
  output: number;
  /**
   * Tokens read from a cache.
   */
  cacheRead: number;
  /**
   * Tokens written to a cache.
   */
  cacheWrite: number;
  /**
   * All of them.
   */
  totalTokens: number;
  /**
   * USD; 0 when the model has no known price.
   */
  cost: number;
  /**
   * Tokens of this and all earlier points.
   */
  cumulativeTokens: number;
  /**
   * USD of this and all earlier points.
   */
  cumulativeCost: number;
}
/**
 * Params of `sessions.viewers.set`.
 */
export interface SessionsViewersSetParams {
  /**
   * Their keys.
   *
   * @maxItems 64
   */
  sessionKeys: SessionKey[];
  /**
   * Agent that owns bare keys.
   */
  agentId?: string | null;
}
/**
 * Result of `sessions.viewers.set`.
 */
export interface SessionsViewersSetResult {
  /**
   * The keys that were named.
   */
  sessionKeys: string[];
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
   * Where the address came from: `publicUrl`, `publicOrigin`, `bind`, `loopback`.
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
 * Result of `skills.bins`.
 */
export interface SkillsBinsResult {
  /**
   * Names of programs, in order, each once.
   */
  bins: string[];
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
  /**
   * Addresses that clients reach it at, `HOST:PORT`; its own machine's first.
   */
  listen: string[];
  /**
   * SHA-256 of the certificate of that port, hex; absent without TLS.
   */
  tlsFingerprint?: string;
}
/**
 * Whether the caller is told.
 */
export interface Subscribed {
  /**
   * From now on.
   */
  subscribed: boolean;
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
 * What keeps Tailscale from doing what is configured.
 */
export interface TailscaleProblem {
  /**
   * Stable word for programs, such as `not-logged-in` or `https-disabled`.
   */
  code: string;
  /**
   * What is wrong and what to do, for people.
   */
  message: string;
}
/**
 * Params of `tailscale.set`.
 */
export interface TailscaleSetParams {
  /**
   * How Tailscale is to show the gateway.
   */
  mode: TailscaleMode;
}
/**
 * Result of `tailscale.status` and `tailscale.set`; `tailscale` of `remote.status`.
 */
export interface TailscaleStatusResult {
  /**
   * How it is configured.
   */
  mode: TailscaleMode;
  /**
   * How the daemon is.
   */
  state: TailscaleState;
  /**
   * Name of the machine in its tailnet, without a dot at the end.
   */
  dnsName?: string;
  /**
   * Addresses of the machine in its tailnet.
   */
  addresses: string[];
  /**
   * Address of the page, once it is served.
   */
  url?: string;
  /**
   * Whether Tailscale shows this gateway at this moment.
   */
  served: boolean;
  /**
   * Whether members of the tailnet sign in with their Tailscale identity.
   */
  identitySignIn: boolean;
  /**
   * What keeps it from doing what is configured.
   */
  problem?: TailscaleProblem;
}
/**
 * Params of `talk.config`.
 */
export interface TalkConfigParams {
  /**
   * With keys, which needs `operator.talk.secrets`.
   */
  includeSecrets?: boolean | null;
}
/**
 * Result of `talk.config`.
 */
export interface TalkConfigResult {
  /**
   * The settings.
   */
  config: TalkSettings;
}
/**
 * Settings that a voice conversation needs.
 */
export interface TalkSettings {
  /**
   * Section `talk` of the configuration; with `provider`, what its provider is set to also under `resolved`.
   */
  talk?: {
    [k: string]: unknown;
  };
  /**
   * Which conversation is meant when none is named.
   */
  session?: TalkSession;
  /**
   * How it looks.
   */
  ui?: TalkUi;
}
/**
 * `session` of [`TalkSettings`].
 */
export interface TalkSession {
  /**
   * Name of the main conversation.
   */
  mainKey: string;
}
/**
 * `ui` of [`TalkSettings`].
 */
export interface TalkUi {
  /**
   * Colour of seams.
   */
  seamColor: string;
}
/**
 * Result of `talk.mode`; also the event of that name.
 */
export interface TalkModeChanged {
  /**
   * Whether a voice conversation is under way.
   */
  enabled: boolean;
  /**
   * What happens in it.
   */
  phase: string | null;
  /**
   * Epoch milliseconds.
   */
  ts: number;
}
/**
 * Params of `talk.mode`.
 */
export interface TalkModeParams {
  /**
   * Whether a voice conversation is under way.
   */
  enabled: boolean;
  /**
   * What happens in it: `idle`, `listening`, `thinking`, `speaking`.
   */
  phase?: string | null;
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
/**
 * One tool.
 */
export interface ToolEntry {
  /**
   * The name it is called by.
   */
  id: string;
  /**
   * Its name for people.
   */
  label: string;
  /**
   * What it does.
   */
  description: string;
  /**
   * Where it comes from.
   */
  source: ToolOrigin;
  /**
   * `mcp:` and the server it comes from.
   */
  pluginId?: string;
  /**
   * Selections it belongs to.
   */
  defaultProfiles: string[];
}
/**
 * Why a tool did not do it.
 */
export interface ToolFailure {
  /**
   * `not_found`, `forbidden` or `tool_error`.
   */
  code: string;
  /**
   * For people.
   */
  message: string;
}
/**
 * A section of the catalogue.
 */
export interface ToolGroup {
  /**
   * Its name.
   */
  id: string;
  /**
   * Its name for people.
   */
  label: string;
  /**
   * Where they come from.
   */
  source: ToolOrigin;
  /**
   * `mcp:` and the server they come from.
   */
  pluginId?: string;
  /**
   * Its tools, by name.
   */
  tools: ToolEntry[];
}
/**
 * What a tool gave back.
 */
export interface ToolOutput {
  /**
   * Texts and pictures, as in a message.
   */
  content: unknown[];
  /**
   * Facts for programs.
   */
  details?: unknown;
}
/**
 * A selection of tools.
 */
export interface ToolProfile {
  /**
   * Its name.
   */
  id: string;
  /**
   * Its name for people.
   */
  label: string;
}
/**
 * Params of `tools.catalog`.
 */
export interface ToolsCatalogParams {
  /**
   * The agent; the default agent when absent.
   */
  agentId?: string | null;
}
/**
 * Result of `tools.catalog`.
 */
export interface ToolsCatalogResult {
  /**
   * The agent.
   */
  agentId: string;
  /**
   * Selections that tools belong to.
   */
  profiles: ToolProfile[];
  /**
   * The tools by section.
   */
  groups: ToolGroup[];
}
/**
 * Params of `tools.effective`.
 */
export interface ToolsEffectiveParams {
  /**
   * The conversation.
   */
  sessionKey: SessionKey;
  /**
   * Its agent, when the key does not say.
   */
  agentId?: string | null;
}
/**
 * Result of `tools.effective`.
 */
export interface ToolsEffectiveResult {
  /**
   * The agent.
   */
  agentId: string;
  /**
   * The selection that it works with.
   */
  profile: string;
  /**
   * The tools by source; a source without tools is left out.
   */
  groups: EffectiveGroup[];
}
/**
 * Params of `tools.invoke`.
 */
export interface ToolsInvokeParams {
  /**
   * The tool.
   */
  name: ToolName;
  /**
   * Its arguments.
   */
  args?: {
    [k: string]: unknown;
  } | null;
  /**
   * Conversation whose rules hold; the main one when absent.
   */
  sessionKey?: SessionKey | null;
  /**
   * Its agent, when the key does not say.
   */
  agentId?: string | null;
  /**
   * A repetition with the same key gets the first answer.
   */
  idempotencyKey?: IdempotencyKey | null;
}
/**
 * Result of `tools.invoke`.
 */
export interface ToolsInvokeResult {
  /**
   * Whether the tool did it.
   */
  ok: boolean;
  /**
   * The tool.
   */
  toolName: string;
  /**
   * What it gave back.
   */
  output?: ToolOutput;
  /**
   * Why it did not.
   */
  error?: ToolFailure;
}
/**
 * Event `update.available`: a newer release was found, told once per version.
 */
export interface UpdateAvailable {
  /**
   * The release; null when there is none any more.
   */
  updateAvailable: UpdateOffer | null;
}
/**
 * A release that is newer than what runs.
 */
export interface UpdateOffer {
  /**
   * What runs.
   */
  currentVersion: string;
  /**
   * What is offered.
   */
  latestVersion: string;
  /**
   * Of which channel.
   */
  channel: string;
  /**
   * What is new, for people.
   */
  notes?: string;
  /**
   * When it was published, epoch milliseconds.
   */
  publishedAtMs?: number;
  /**
   * What would be downloaded, bytes.
   */
  sizeBytes?: number;
}
/**
 * What runs.
 */
export interface UpdateCurrent {
  /**
   * Its version.
   */
  version: string;
  /**
   * Its file.
   */
  path?: string;
  /**
   * Which of the files it is.
   */
  slot: UpdateSlot;
}
/**
 * Params of `update.hold`.
 */
export interface UpdateHoldParams {
  /**
   * Whether updates are stopped. Default true.
   */
  hold?: boolean;
  /**
   * Until when, epoch milliseconds; without, until it is called again.
   */
  until?: number | null;
}
/**
 * Result of `update.hold`.
 */
export interface UpdateHoldResult {
  /**
   * Always true; a failure is an error frame.
   */
  ok: boolean;
  /**
   * What the last update came to.
   */
  sentinel: UpdateSentinel | null;
  /**
   * The newer release, as far as is known.
   */
  updateAvailable: UpdateOffer | null;
  /**
   * What runs.
   */
  current: UpdateCurrent;
  /**
   * What `postern update --revert` would go back to.
   */
  previousVersion?: string;
  /**
   * How updates take effect here.
   */
  mode: UpdateMode;
  /**
   * Why there are no updates here, for people; absent when there are.
   */
  unavailable?: string;
  /**
   * Where they come from.
   */
  url?: string;
  /**
   * Which releases are looked at.
   */
  channel: string;
  /**
   * What happens by itself: `off`, `check` or `install`.
   */
  auto: string;
  /**
   * Whether updates are stopped.
   */
  hold: boolean;
  /**
   * Until when; absent means until somebody lets them happen again.
   */
  holdUntilMs?: number;
  /**
   * When the newest release was last asked for.
   */
  lastCheckedAtMs?: number;
  /**
   * Why that failed, for people.
   */
  lastCheckError?: string;
  /**
   * How far an update is.
   */
  phase: UpdatePhase;
  /**
   * Same as `sentinel.status`.
   */
  lastResult?: UpdateOutcome;
}
/**
 * What the last update came to; it outlives restarts.
 */
export interface UpdateSentinel {
  /**
   * What came of it so far.
   */
  status: UpdateOutcome;
  /**
   * How far it is.
   */
  phase: UpdatePhase;
  /**
   * What ran before.
   */
  fromVersion: string;
  /**
   * What was to run.
   */
  toVersion: string;
  /**
   * When it got there, epoch milliseconds.
   */
  ts: number;
  /**
   * Why it failed, for people.
   */
  reason?: string;
  /**
   * What whoever asked for it noted.
   */
  note?: string;
  /**
   * What was done, in order.
   */
  steps: UpdateStep[];
}
/**
 * One step of an update.
 */
export interface UpdateStep {
  /**
   * Which: `check`, `download`, `verify`, `start`, `stage`, `snapshot`, `trial`, `revert`.
   */
  name: string;
  /**
   * Whether it worked.
   */
  ok: boolean;
  /**
   * What there is to say about it.
   */
  detail?: string;
  /**
   * How long it took, milliseconds.
   */
  durationMs: number;
}
/**
 * The restart that follows.
 */
export interface UpdateRestart {
  /**
   * In how many milliseconds.
   */
  delayMs: number;
  /**
   * How long clients will be without a gateway, milliseconds.
   */
  expectedMs: number;
}
/**
 * Params of `update.revert`.
 */
export interface UpdateRevertParams {
  /**
   * On behalf of which conversation; refused, as with `update.run`.
   */
  sessionKey?: string | null;
  /**
   * How long the restart waits, milliseconds.
   */
  restartDelayMs?: number | null;
}
/**
 * Result of `update.revert`.
 */
export interface UpdateRevertResult {
  /**
   * Always true; a failure is an error frame.
   */
  ok: boolean;
  /**
   * The version that is taken back.
   */
  revertedVersion: string;
  /**
   * The restart that follows.
   */
  restart: UpdateRestart;
}
/**
 * Event `update.run.changed`: how far an update is.
 */
export interface UpdateRunChanged {
  /**
   * How far it is.
   */
  phase: UpdatePhase;
  /**
   * The release that is wanted.
   */
  version: string;
  /**
   * Bytes that were fetched.
   */
  downloadedBytes?: number;
  /**
   * Bytes there are.
   */
  totalBytes?: number;
  /**
   * Why it ended without an update, for people.
   */
  reason?: string;
}
/**
 * Result of `update.run`, in itself.
 */
export interface UpdateRunOutcome {
  /**
   * What came of it. `ok` means that the restart into the new release follows.
   */
  status: UpdateOutcome;
  /**
   * How updates take effect here.
   */
  mode: UpdateMode;
  /**
   * Why nothing was updated, for people.
   */
  reason?: string;
  /**
   * What was done, in order.
   */
  steps: UpdateStep[];
  /**
   * How long it took, milliseconds.
   */
  durationMs: number;
}
/**
 * Params of `update.run`.
 */
export interface UpdateRunParams {
  /**
   * On behalf of which conversation; refused, because no agent updates its own gateway.
   */
  sessionKey?: string | null;
  /**
   * Why, for whoever reads `update.status` later.
   */
  note?: string | null;
  /**
   * How long the restart waits, milliseconds.
   */
  restartDelayMs?: number | null;
  /**
   * How long checking and fetching may take, milliseconds.
   */
  timeoutMs?: number | null;
  /**
   * The version that is wanted; any other that is offered is an error.
   */
  version?: string | null;
}
/**
 * Result of `update.run`.
 */
export interface UpdateRunResult {
  /**
   * Always true: what came of it is in `result`.
   */
  ok: boolean;
  /**
   * What came of it.
   */
  result: UpdateRunOutcome;
  /**
   * The restart that follows.
   */
  restart: UpdateRestart | null;
  /**
   * What `update.status` will tell about it.
   */
  sentinel: UpdateSentinel | null;
}
/**
 * Result of `update.status` and `update.check`.
 */
export interface UpdateStatusResult {
  /**
   * What the last update came to.
   */
  sentinel: UpdateSentinel | null;
  /**
   * The newer release, as far as is known.
   */
  updateAvailable: UpdateOffer | null;
  /**
   * What runs.
   */
  current: UpdateCurrent;
  /**
   * What `postern update --revert` would go back to.
   */
  previousVersion?: string;
  /**
   * How updates take effect here.
   */
  mode: UpdateMode;
  /**
   * Why there are no updates here, for people; absent when there are.
   */
  unavailable?: string;
  /**
   * Where they come from.
   */
  url?: string;
  /**
   * Which releases are looked at.
   */
  channel: string;
  /**
   * What happens by itself: `off`, `check` or `install`.
   */
  auto: string;
  /**
   * Whether updates are stopped.
   */
  hold: boolean;
  /**
   * Until when; absent means until somebody lets them happen again.
   */
  holdUntilMs?: number;
  /**
   * When the newest release was last asked for.
   */
  lastCheckedAtMs?: number;
  /**
   * Why that failed, for people.
   */
  lastCheckError?: string;
  /**
   * How far an update is.
   */
  phase: UpdatePhase;
  /**
   * Same as `sentinel.status`.
   */
  lastResult?: UpdateOutcome;
}
/**
 * Params of `usage.cost`. Days are days in UTC.
 */
export interface UsageCostParams {
  /**
   * How many days, today included. Default 30; more than 366 are 366.
   */
  days?: number | null;
  /**
   * First day, `2026-11-21`; wins over `days`.
   */
  startDate?: string | null;
  /**
   * Last day. Default today.
   */
  endDate?: string | null;
  /**
   * Only this agent.
   */
  agentId?: string | null;
}
/**
 * Result of `usage.cost`.
 */
export interface UsageCostResult {
  /**
   * Epoch milliseconds.
   */
  updatedAt: number;
  /**
   * How many days were looked at.
   */
  days: number;
  /**
   * First of them, in UTC.
   */
  startDate: string;
  /**
   * Last of them, in UTC.
   */
  endDate: string;
  /**
   * The days on which something was taken, oldest first.
   */
  daily: UsageDay[];
  /**
   * All of them together.
   */
  totals: CostTotals;
}
/**
 * One day in [`UsageCostResult`].
 */
export interface UsageDay {
  /**
   * The day in UTC, `2026-11-21`.
   */
  date: string;
  /**
   * Tokens read.
   */
  input: number;
  /**
   * Tokens written.
   */
  output: number;
  /**
   * Tokens read from a provider's cache.
   */
  cacheRead: number;
  /**
   * Tokens written to one.
   */
  cacheWrite: number;
  /**
   * All of them.
   */
  totalTokens: number;
  /**
   * USD.
   */
  totalCost: number;
  /**
   * USD for tokens read.
   */
  inputCost: number;
  /**
   * USD for tokens written.
   */
  outputCost: number;
  /**
   * USD for tokens read from a cache.
   */
  cacheReadCost: number;
  /**
   * USD for tokens written to a cache.
   */
  cacheWriteCost: number;
  /**
   * Answers of models without a known price: their tokens are counted, money is not.
   */
  missingCostEntries: number;
}
/**
 * One daily limit.
 */
export interface UsageLimit {
  /**
   * Whose; absent for the one that all agents share.
   */
  agentId?: string;
  /**
   * What it counts.
   */
  unit: LimitUnit;
  /**
   * Spent today.
   */
  spent: number;
  /**
   * Set aside for answers that are under way.
   */
  reserved: number;
  /**
   * The limit.
   */
  limit: number;
  /**
   * 0 to 100.
   */
  usedPercent: number;
  /**
   * When it starts again, epoch milliseconds.
   */
  resetAt: number;
  /**
   * Whether it keeps agents from asking models now.
   */
  blocked: boolean;
  /**
   * Answers of today without a known price; they count in no limit of money.
   */
  unpricedAnswers?: number;
}
/**
 * Params of `usage.override`: `clear`, or a reason and one of `untilMs`, `forMs`.
 */
export interface UsageOverrideParams {
  /**
   * Whose limits; the shared ones are lifted for this agent too. Default: every agent's.
   */
  agentId?: string | null;
  /**
   * Until when, epoch milliseconds; at most a day ahead.
   */
  untilMs?: number | null;
  /**
   * For how long, milliseconds; at most a day.
   */
  forMs?: number | null;
  /**
   * Why. Kept in the audit trail.
   */
  reason?: string | null;
  /**
   * Put the limits back: of the agent, or without `agentId` of everybody.
   */
  clear?: boolean | null;
}
/**
 * Result of `usage.override`.
 */
export interface UsageOverrideResult {
  /**
   * Always true; a failure is an error frame.
   */
  ok: boolean;
  /**
   * What is lifted now.
   */
  overrides: LimitOverride[];
}
/**
 * Something that has limits.
 */
export interface UsageProvider {
  /**
   * Its id.
   */
  provider: string;
  /**
   * Its name for people.
   */
  displayName: string;
  /**
   * Its limits.
   */
  windows: UsageWindow[];
  /**
   * What the account is called.
   */
  plan?: string;
  /**
   * Why nothing is known.
   */
  error?: string;
}
/**
 * One limit as a bar.
 */
export interface UsageWindow {
  /**
   * Its name for people.
   */
  label: string;
  /**
   * 0 to 100.
   */
  usedPercent: number;
  /**
   * When it starts again, epoch milliseconds.
   */
  resetAt?: number;
}
/**
 * Result of `usage.status`.
 */
export interface UsageStatusResult {
  /**
   * Epoch milliseconds.
   */
  updatedAt: number;
  /**
   * The limits in the form that clients draw as bars. Empty without limits.
   */
  providers: UsageProvider[];
  /**
   * Today in UTC, and what it took.
   */
  today: UsageToday;
  /**
   * The limits with their numbers.
   */
  limits: UsageLimit[];
  /**
   * Limits that are lifted for a while.
   */
  overrides: LimitOverride[];
  /**
   * What people should know: limits that are reached, models without a price.
   */
  notes: string[];
}
/**
 * Today so far.
 */
export interface UsageToday {
  /**
   * The day in UTC.
   */
  date: string;
  /**
   * What it took.
   */
  totals: CostTotals;
}
/**
 * One word and where it leads.
 */
export interface VoiceWakeRoute {
  /**
   * The word, in lower case without punctuation around words.
   */
  trigger: string;
  /**
   * Where it leads.
   */
  target: VoiceWakeTarget;
}
/**
 * Where a word leads: exactly one of the three.
 */
export interface VoiceWakeTarget {
  /**
   * The conversation that the device shows.
   */
  mode?: VoiceWakeMode;
  /**
   * The main conversation of this agent.
   */
  agentId?: string;
  /**
   * This conversation.
   */
  sessionKey?: string;
}
/**
 * One word and where it is to lead.
 */
export interface VoiceWakeRouteParams {
  /**
   * The word, at most 64 characters; kept in lower case without punctuation around words.
   */
  trigger: string;
  /**
   * Where it is to lead.
   */
  target: VoiceWakeTargetParams;
}
/**
 * Where a word is to lead: exactly one of the three.
 */
export interface VoiceWakeTargetParams {
  /**
   * The conversation that the device shows.
   */
  mode?: VoiceWakeMode | null;
  /**
   * The main conversation of this agent.
   */
  agentId?: string | null;
  /**
   * This conversation.
   */
  sessionKey?: string | null;
}
/**
 * Which conversation a word begins.
 */
export interface VoiceWakeRouting {
  /**
   * Always 1.
   */
  version: number;
  /**
   * For words without a route of their own.
   */
  defaultTarget: VoiceWakeTarget;
  /**
   * At most 32.
   */
  routes: VoiceWakeRoute[];
  /**
   * When it was changed last, epoch milliseconds; 0 when never.
   */
  updatedAtMs: number;
}
/**
 * Which conversation a word begins, as somebody asks for it. What else is there is not read.
 */
export interface VoiceWakeRoutingParams {
  /**
   * 1, when it is given.
   */
  version?: number | null;
  /**
   * For words without a route of their own. Default: the conversation that the device shows.
   */
  defaultTarget?: VoiceWakeTargetParams | null;
  /**
   * At most 32.
   */
  routes?: VoiceWakeRouteParams[] | null;
}
/**
 * Result of `voicewake.routing.get` and `.set`; also event `voicewake.routing.changed`.
 */
export interface VoiceWakeRoutingResult {
  /**
   * What is in force.
   */
  config: VoiceWakeRouting;
}
/**
 * Params of `voicewake.routing.set`.
 */
export interface VoiceWakeRoutingSetParams {
  /**
   * All of it; there is no merging.
   */
  config: VoiceWakeRoutingParams;
}
/**
 * Params of `voicewake.set`.
 */
export interface VoiceWakeSetParams {
  /**
   * Words or short sentences: at most 32 of 64 characters. Blank ones are left out; none at all means the usual
   * words.
   */
  triggers: string[];
}
/**
 * Words that wake devices; also event `voicewake.changed`.
 */
export interface VoiceWakeTriggers {
  /**
   * The words, never empty.
   */
  triggers: string[];
}
/**
 * An answer. `Debug` does not show it: it may be a key.
 */
export interface WizardAnswer {
  /**
   * The question that is answered.
   */
  stepId: string;
  /**
   * The value of the chosen option, a text, true or false, by the kind of the question; none for a note.
   */
  value?: unknown;
}
/**
 * Params of `wizard.cancel`.
 */
export interface WizardCancelParams {
  /**
   * The wizard.
   */
  sessionId: string;
}
/**
 * Params of `wizard.next`.
 */
export interface WizardNextParams {
  /**
   * The wizard.
   */
  sessionId: string;
  /**
   * The answer to the question that waits.
   */
  answer?: WizardAnswer | null;
}
/**
 * Result of `wizard.next`.
 */
export interface WizardNextResult {
  /**
   * Whether it is over: what was chosen is in force.
   */
  done: boolean;
  /**
   * The next question; once it is over, something that only the client's side can do, if anything is left.
   */
  step?: WizardStep;
  /**
   * How far it is.
   */
  status?: WizardState;
  /**
   * Why it ended without success.
   */
  error?: string;
}
/**
 * One question.
 */
export interface WizardStep {
  /**
   * Names it in the answer.
   */
  id: string;
  /**
   * How it is asked.
   */
  type: WizardStepKind;
  /**
   * What it is about, in a few words.
   */
  title?: string;
  /**
   * What is asked, and what the answers mean.
   */
  message?: string;
  /**
   * What can be chosen.
   */
  options?: WizardOption[];
  /**
   * The answer that is offered.
   */
  initialValue?: unknown;
  /**
   * An example of an answer.
   */
  placeholder?: string;
  /**
   * Whether the answer is a secret, which must not be shown while it is typed.
   */
  sensitive?: boolean;
  /**
   * Who does it: `action` steps of the client are the client's to carry out.
   */
  executor?: WizardExecutor;
}
/**
 * One thing that can be chosen.
 */
export interface WizardOption {
  /**
   * What the answer carries.
   */
  value: unknown;
  /**
   * Its name.
   */
  label: string;
  /**
   * What it means.
   */
  hint?: string;
}
/**
 * Params of `wizard.start`.
 */
export interface WizardStartParams {
  /**
   * What is set up: this gateway. Default `local`.
   */
  mode?: WizardMode | null;
  /**
   * Folder for the default agent's files. Default: the one that is configured.
   */
  workspace?: string | null;
}
/**
 * Result of `wizard.start`.
 */
export interface WizardStartResult {
  /**
   * Names the wizard in the calls that follow.
   */
  sessionId: string;
  /**
   * Whether it is over.
   */
  done: boolean;
  /**
   * The first question.
   */
  step?: WizardStep;
  /**
   * How far it is.
   */
  status?: WizardState;
  /**
   * Why it is over.
   */
  error?: string;
}
/**
 * Params of `wizard.status`.
 */
export interface WizardStatusParams {
  /**
   * The wizard.
   */
  sessionId: string;
}
/**
 * Result of `wizard.cancel` and `wizard.status`.
 */
export interface WizardStatusResult {
  /**
   * How far it is.
   */
  status: WizardState;
  /**
   * Why it ended without success.
   */
  error?: string;
}

/** One message of the wire, told apart by its type. */
export type GatewayFrame = RequestFrame | ResponseFrame | EventFrame;

/** Params and result of each method. */
export interface Methods {
  "agent": { params: AgentParams; result: AgentResult };
  "agent.identity.get": { params: AgentIdentityParams; result: AgentIdentity };
  "agent.wait": { params: AgentWaitParams; result: AgentWaitResult };
  "agents.create": { params: AgentsCreateParams; result: AgentsCreateResult };
  "agents.delete": { params: AgentsDeleteParams; result: AgentsDeleteResult };
  "agents.files.get": { params: AgentsFilesGetParams; result: AgentsFilesGetResult };
  "agents.files.list": { params: AgentsFilesListParams; result: AgentsFilesListResult };
  "agents.files.set": { params: AgentsFilesSetParams; result: AgentsFilesSetResult };
  "agents.list": { params: NoParams; result: AgentsListResult };
  "agents.update": { params: AgentsUpdateParams; result: AgentsUpdateResult };
  "backup.create": { params: BackupCreateParams; result: BackupCreateResult };
  "backup.list": { params: NoParams; result: BackupListResult };
  "backup.read": { params: BackupReadParams; result: BackupReadResult };
  "backup.remove": { params: BackupRemoveParams; result: BackupRemoveResult };
  "backup.restore": { params: BackupVerifyParams; result: BackupRestoreResult };
  "backup.upload": { params: BackupUploadParams; result: BackupUploadResult };
  "backup.verify": { params: BackupVerifyParams; result: BackupVerifyResult };
  "chat.abort": { params: ChatAbortParams; result: ChatAbortResult };
  "chat.history": { params: ChatHistoryParams; result: ChatHistoryResult };
  "chat.inject": { params: ChatInjectParams; result: ChatInjectResult };
  "chat.message.get": { params: ChatMessageGetParams; result: ChatMessageGetResult };
  "chat.metadata": { params: ChatMetadataParams; result: ChatMetadataResult };
  "chat.send": { params: ChatSendParams; result: ChatSendResult };
  "chat.startup": { params: ChatHistoryParams; result: ChatHistoryResult };
  "commands.list": { params: CommandsListParams; result: CommandsListResult };
  "config.apply": { params: ConfigSetParams; result: ConfigPatchResult };
  "config.get": { params: NoParams; result: ConfigGetResult };
  "config.openFile": { params: NoParams; result: ConfigOpenFileResult };
  "config.patch": { params: ConfigPatchParams; result: ConfigPatchResult };
  "config.restore": { params: ConfigRestoreParams; result: ConfigPatchResult };
  "config.schema": { params: NoParams; result: ConfigSchemaResult };
  "config.schema.lookup": { params: ConfigSchemaLookupParams; result: ConfigSchemaLookupResult };
  "config.set": { params: ConfigSetParams; result: ConfigSetResult };
  "config.versions": { params: ConfigVersionsParams; result: ConfigVersionsResult };
  "connect": { params: NoParams; result: Acknowledged };
  "desktop.attach": { params: DesktopAttachParams; result: DesktopAttachResult };
  "desktop.get": { params: NoParams; result: DesktopGetResult };
  "desktop.set": { params: DesktopSetParams; result: DesktopSetResult };
  "desktop.update": { params: DesktopUpdateParams; result: Acknowledged };
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
  "diagnostics.bundle": { params: NoParams; result: DiagnosticsBundleResult };
  "doctor.fix": { params: DoctorFixParams; result: DoctorFixResult };
  "doctor.run": { params: DoctorRunParams; result: DoctorReport };
  "environments.list": { params: NoParams; result: EnvironmentsListResult };
  "environments.status": { params: EnvironmentsStatusParams; result: Environment };
  "exec.approval.get": { params: ApprovalIdParams; result: ExecApprovalGetResult };
  "exec.approval.list": { params: NoParams; result: ArrayOfApprovalRequested };
  "exec.approval.request": { params: ExecApprovalRequestParams; result: ExecApprovalOutcome };
  "exec.approval.resolve": { params: ExecApprovalResolveParams; result: Acknowledged };
  "exec.approval.waitDecision": { params: ApprovalIdParams; result: ExecApprovalDecided };
  "exec.approvals.get": { params: NoParams; result: ExecRulesResult };
  "exec.approvals.node.get": { params: NodeIdParams; result: NodeExecRules };
  "exec.approvals.node.set": { params: ExecApprovalsNodeSetParams; result: NodeExecRules };
  "exec.approvals.set": { params: ExecApprovalsSetParams; result: ExecRulesResult };
  "gateway.identity.get": { params: NoParams; result: GatewayIdentity };
  "gateway.restart.preflight": { params: NoParams; result: GatewayRestartPreflightResult };
  "gateway.restart.request": { params: GatewayRestartRequestParams; result: GatewayRestartRequestResult };
  "health": { params: HealthParams; result: HealthSnapshot };
  "import.openclaw": { params: ImportOpenclawParams; result: ImportReport };
  "last-heartbeat": { params: NoParams; result: NullableHeartbeat };
  "logs.tail": { params: LogsTailParams; result: LogsTailResult };
  "models.authLogin": { params: ModelsAuthLoginParams; result: ModelsAuthLoginResult };
  "models.authLogout": { params: ModelsAuthLogoutParams; result: ModelsAuthLogoutResult };
  "models.authStatus": { params: ModelsAuthStatusParams; result: ModelsAuthStatusResult };
  "models.list": { params: ModelsListParams; result: ModelsListResult };
  "models.probe": { params: ModelsProbeParams; result: ModelsProbeResult };
  "node.describe": { params: NodeIdParams; result: NodeDescribeResult };
  "node.event": { params: NodeEventParams; result: NodeEventResult };
  "node.invoke": { params: NodeInvokeParams; result: NodeInvokeResult };
  "node.invoke.input": { params: NodeInvokeSendParams; result: Acknowledged };
  "node.invoke.progress": { params: NodeInvokeProgressParams; result: Acknowledged };
  "node.invoke.result": { params: NodeInvokeReportParams; result: NodeInvokeReportResult };
  "node.list": { params: NoParams; result: NodeListResult };
  "node.pair.approve": { params: NodePairDecisionParams; result: NodePairApproveResult };
  "node.pair.list": { params: NoParams; result: NodePairListResult };
  "node.pair.reject": { params: NodePairDecisionParams; result: NodePairRejectResult };
  "node.pair.remove": { params: NodeIdParams; result: NodePairRemoveResult };
  "node.pair.request": { params: NodePairRequestParams; result: NodePairRequestResult };
  "node.pair.verify": { params: NodePairVerifyParams; result: NodePairVerifyResult };
  "node.pending.ack": { params: NodePendingAckParams; result: NodePendingAckResult };
  "node.pending.drain": { params: NodePendingPullParams; result: NodePendingPullResult };
  "node.pending.enqueue": { params: NodePendingEnqueueParams; result: NodePendingEnqueueResult };
  "node.pending.pull": { params: NodePendingPullParams; result: NodePendingPullResult };
  "node.pluginSurface.refresh": { params: PluginSurfaceRefreshParams; result: PluginSurfaceRefreshResult };
  "node.rename": { params: NodeRenameParams; result: NodeRenameResult };
  "openclaw.approval.list": { params: NoParams; result: ArrayOfAnyValue };
  "plugin.approval.list": { params: NoParams; result: ArrayOfAnyValue };
  "plugin.surface.refresh": { params: PluginSurfaceRefreshParams; result: PluginSurfaceRefreshResult };
  "question.list": { params: NoParams; result: QuestionListResult };
  "remote.status": { params: NoParams; result: RemoteStatusResult };
  "service.status": { params: NoParams; result: ServiceStatusResult };
  "sessions.abort": { params: SessionsAbortParams; result: SessionsAbortResult };
  "sessions.compact": { params: SessionsCompactParams; result: SessionsCompactResult };
  "sessions.create": { params: SessionsCreateParams; result: SessionsCreateResult };
  "sessions.delete": { params: SessionsDeleteParams; result: SessionsDeleteResult };
  "sessions.describe": { params: SessionsDescribeParams; result: SessionsDescribeResult };
  "sessions.get": { params: SessionsGetParams; result: SessionsGetResult };
  "sessions.groups.list": { params: NoParams; result: SessionsGroupsListResult };
  "sessions.list": { params: SessionsListParams; result: SessionsListResult };
  "sessions.messages.subscribe": { params: SessionsMessagesParams; result: SessionsMessagesSubscribed };
  "sessions.messages.unsubscribe": { params: SessionsMessagesParams; result: SessionsMessagesSubscribed };
  "sessions.observer.visibility": { params: SessionsObserverVisibilityParams; result: Acknowledged };
  "sessions.patch": { params: SessionsPatchParams; result: SessionsPatchResult };
  "sessions.patchMany": { params: SessionsPatchManyParams; result: SessionsPatchManyResult };
  "sessions.preview": { params: SessionsPreviewParams; result: SessionsPreviewResult };
  "sessions.recover": { params: SessionsRecoverParams; result: SessionsRecoverResult };
  "sessions.reset": { params: SessionsResetParams; result: SessionsResetResult };
  "sessions.resolve": { params: SessionsResolveParams; result: SessionsResolveResult };
  "sessions.search": { params: SessionsSearchParams; result: SessionsSearchResult };
  "sessions.send": { params: SessionsSendParams; result: SessionsSendResult };
  "sessions.steer": { params: SessionsSendParams; result: SessionsSendResult };
  "sessions.subscribe": { params: NoParams; result: Subscribed };
  "sessions.unsubscribe": { params: NoParams; result: Subscribed };
  "sessions.usage": { params: SessionsUsageParams; result: SessionsUsageResult };
  "sessions.usage.logs": { params: SessionUsageParams; result: SessionsUsageLogsResult };
  "sessions.usage.timeseries": { params: SessionUsageParams; result: SessionsUsageTimeseriesResult };
  "sessions.viewers.set": { params: SessionsViewersSetParams; result: SessionsViewersSetResult };
  "skills.bins": { params: NoParams; result: SkillsBinsResult };
  "status": { params: NoParams; result: StatusResult };
  "system-event": { params: SystemEventParams; result: Acknowledged };
  "system-presence": { params: NoParams; result: ArrayOfPresenceEntry };
  "system.info": { params: NoParams; result: SystemInfoResult };
  "tailscale.set": { params: TailscaleSetParams; result: TailscaleStatusResult };
  "tailscale.status": { params: NoParams; result: TailscaleStatusResult };
  "talk.config": { params: TalkConfigParams; result: TalkConfigResult };
  "talk.mode": { params: TalkModeParams; result: TalkModeChanged };
  "tools.catalog": { params: ToolsCatalogParams; result: ToolsCatalogResult };
  "tools.effective": { params: ToolsEffectiveParams; result: ToolsEffectiveResult };
  "tools.invoke": { params: ToolsInvokeParams; result: ToolsInvokeResult };
  "update.check": { params: NoParams; result: UpdateStatusResult };
  "update.hold": { params: UpdateHoldParams; result: UpdateHoldResult };
  "update.revert": { params: UpdateRevertParams; result: UpdateRevertResult };
  "update.run": { params: UpdateRunParams; result: UpdateRunResult };
  "update.status": { params: NoParams; result: UpdateStatusResult };
  "usage": { params: NoParams; result: UsageStatusResult };
  "usage.cost": { params: UsageCostParams; result: UsageCostResult };
  "usage.override": { params: UsageOverrideParams; result: UsageOverrideResult };
  "usage.status": { params: NoParams; result: UsageStatusResult };
  "voicewake.get": { params: NoParams; result: VoiceWakeTriggers };
  "voicewake.routing.get": { params: NoParams; result: VoiceWakeRoutingResult };
  "voicewake.routing.set": { params: VoiceWakeRoutingSetParams; result: VoiceWakeRoutingResult };
  "voicewake.set": { params: VoiceWakeSetParams; result: VoiceWakeTriggers };
  "wizard.cancel": { params: WizardCancelParams; result: WizardStatusResult };
  "wizard.next": { params: WizardNextParams; result: WizardNextResult };
  "wizard.start": { params: WizardStartParams; result: WizardStartResult };
  "wizard.status": { params: WizardStatusParams; result: WizardStatusResult };
}

/** Payload of each event. */
export interface Events {
  "agent": AgentEvent;
  "backup.progress": BackupProgress;
  "chat": ChatEvent;
  "config.changed": ConfigChanged;
  "connect.challenge": ConnectChallenge;
  "desktop.settings.requested": DesktopSettingsRequested;
  "device.pair.changed": DevicesChanged;
  "device.pair.requested": PairingRequest;
  "device.pair.resolved": PairingResolved;
  "device.pair.setup.completed": SetupCompleted;
  "exec.approval.requested": ApprovalRequested;
  "exec.approval.resolved": ApprovalResolved;
  "health": HealthSnapshot;
  "node.hostStats": NodeHostStatsChanged;
  "node.invoke.cancel": NodeInvokeCancel;
  "node.invoke.input": NodeInvokeInput;
  "node.invoke.progress": NodeInvokeProgressed;
  "node.invoke.request": NodeInvokeRequest;
  "node.pair.requested": NodePairRequested;
  "node.pair.resolved": NodePairResolved;
  "node.presence": NodePresence;
  "presence": PresenceChanged;
  "session.message": SessionMessage;
  "session.operation": SessionOperation;
  "sessions.changed": SessionsChanged;
  "shutdown": Shutdown;
  "talk.mode": TalkModeChanged;
  "tick": Tick;
  "update.available": UpdateAvailable;
  "update.run.changed": UpdateRunChanged;
  "voicewake.changed": VoiceWakeTriggers;
  "voicewake.routing.changed": VoiceWakeRoutingResult;
}
