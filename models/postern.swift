// Wire types of the gateway protocol, generated from schemas/ by scripts/models.sh. Do not edit.
// Read a message as GatewayFrame; its payload has the type of the method or event.

import Foundation

/// `{"ok":true}`.
// MARK: - Acknowledged
public struct Acknowledged: Codable {
    /// Always true; a failure is an error frame.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case ok = "ok"
    }

    public init(ok: Bool) {
        self.ok = ok
    }
}

/// Event `agent`.
// MARK: - AgentEvent
public struct AgentEvent: Codable {
    /// Agent that owns the session.
    public let agentId: String?
    /// What happened; its keys depend on the stream.
    public let data: JSONAny
    /// The run.
    public let runId: String
    /// Number within the run, from 1.
    public let seq: Int
    /// Id of the session.
    public let sessionId: String?
    /// Session, as in [`ChatEvent`].
    public let sessionKey: String?
    /// `lifecycle`, `assistant`, `thinking`, `tool`, `compaction`, `usage`, …
    public let stream: String
    /// Epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case data = "data"
        case runId = "runId"
        case seq = "seq"
        case sessionId = "sessionId"
        case sessionKey = "sessionKey"
        case stream = "stream"
        case ts = "ts"
    }

    public init(agentId: String?, data: JSONAny, runId: String, seq: Int, sessionId: String?, sessionKey: String?, stream: String, ts: Int) {
        self.agentId = agentId
        self.data = data
        self.runId = runId
        self.seq = seq
        self.sessionId = sessionId
        self.sessionKey = sessionKey
        self.stream = stream
        self.ts = ts
    }
}

/// Result of `agent.identity.get`; protocol 3 is told its id, name and avatar.
// MARK: - AgentIdentity
public struct AgentIdentity: Codable {
    /// The agent's id.
    public let agentId: String
    /// Emoji, `https` address, `/avatar/ID`, or a letter.
    public let avatar: String?
    /// Why a written avatar is not shown.
    public let avatarReason: String?
    /// What was written, when the avatar is an image.
    public let avatarSource: String?
    /// Whether the avatar is an image, and from where.
    public let avatarStatus: AvatarStatus?
    /// One emoji.
    public let emoji: String?
    /// Its name.
    public let name: String?
    /// Where the name is from: `agent`, `config`, `workspace` (its IDENTITY.md) or `default`.
    public let nameSource: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case avatar = "avatar"
        case avatarReason = "avatarReason"
        case avatarSource = "avatarSource"
        case avatarStatus = "avatarStatus"
        case emoji = "emoji"
        case name = "name"
        case nameSource = "nameSource"
    }

    public init(agentId: String, avatar: String?, avatarReason: String?, avatarSource: String?, avatarStatus: AvatarStatus?, emoji: String?, name: String?, nameSource: String?) {
        self.agentId = agentId
        self.avatar = avatar
        self.avatarReason = avatarReason
        self.avatarSource = avatarSource
        self.avatarStatus = avatarStatus
        self.emoji = emoji
        self.name = name
        self.nameSource = nameSource
    }
}

/// Whether the avatar is an image, and from where.
///
/// Where the image of an agent is.
///
/// There is none; an emoji or a letter stands for it.
///
/// A file of its workspace.
///
/// An `https` address.
///
/// In the text itself.
public enum AvatarStatus: String, Codable {
    case data = "data"
    case local = "local"
    case none = "none"
    case remote = "remote"
}

/// Params of `agent.identity.get`; without any it is about the default agent.
// MARK: - AgentIdentityParams
public struct AgentIdentityParams: Codable {
    /// The agent.
    public let agentId: String?
    /// A session; its agent is meant.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, sessionKey: String?) {
        self.agentId = agentId
        self.sessionKey = sessionKey
    }
}

/// Params of `agent`.
// MARK: - AgentParams
public struct AgentParams: Codable {
    /// Agent that answers. Default: the owner of the session, else the default agent.
    public let agentId: String?
    /// Pictures and text files.
    public let attachments: [Attachment]?
    /// Channel that the answer goes to.
    public let channel: String?
    /// Folder that the agent works in; needs admin.
    public let cwd: String?
    /// Whether the answer also goes to a channel.
    public let deliver: Bool?
    /// Instructions besides the agent's own.
    public let extraSystemPrompt: String?
    /// Names the run; the same key never starts a second one.
    public let idempotencyKey: String
    /// Name given to a session that is made for it.
    public let label: String?
    /// What is said.
    public let message: String
    /// Model, `provider/model`, or the part after the provider.
    public let model: String?
    /// Provider of `model`.
    public let provider: String?
    /// Session, by id.
    public let sessionId: String?
    /// Session. Default: the agent's main session.
    public let sessionKey: String?
    /// Session that asks.
    public let spawnedBy: String?
    /// How long the model may think.
    public let thinking: String?
    /// Longest run, seconds.
    public let timeout: Int?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case attachments = "attachments"
        case channel = "channel"
        case cwd = "cwd"
        case deliver = "deliver"
        case extraSystemPrompt = "extraSystemPrompt"
        case idempotencyKey = "idempotencyKey"
        case label = "label"
        case message = "message"
        case model = "model"
        case provider = "provider"
        case sessionId = "sessionId"
        case sessionKey = "sessionKey"
        case spawnedBy = "spawnedBy"
        case thinking = "thinking"
        case timeout = "timeout"
    }

    public init(agentId: String?, attachments: [Attachment]?, channel: String?, cwd: String?, deliver: Bool?, extraSystemPrompt: String?, idempotencyKey: String, label: String?, message: String, model: String?, provider: String?, sessionId: String?, sessionKey: String?, spawnedBy: String?, thinking: String?, timeout: Int?) {
        self.agentId = agentId
        self.attachments = attachments
        self.channel = channel
        self.cwd = cwd
        self.deliver = deliver
        self.extraSystemPrompt = extraSystemPrompt
        self.idempotencyKey = idempotencyKey
        self.label = label
        self.message = message
        self.model = model
        self.provider = provider
        self.sessionId = sessionId
        self.sessionKey = sessionKey
        self.spawnedBy = spawnedBy
        self.thinking = thinking
        self.timeout = timeout
    }
}

/// Something sent with a message.
// MARK: - Attachment
public struct Attachment: Codable {
    /// Base64 of its bytes, or a `data:` URL.
    public let content: String?
    /// Its name.
    public let fileName: String?
    /// Its MIME type.
    public let mimeType: String?
    /// `image` or `file`; a hint.
    public let type: String?

    public enum CodingKeys: String, CodingKey {
        case content = "content"
        case fileName = "fileName"
        case mimeType = "mimeType"
        case type = "type"
    }

    public init(content: String?, fileName: String?, mimeType: String?, type: String?) {
        self.content = content
        self.fileName = fileName
        self.mimeType = mimeType
        self.type = type
    }
}

/// Either answer of `agent`.
// MARK: - AgentResult
public struct AgentResult: Codable {
    /// In the first answer: epoch milliseconds.
    public let acceptedAt: Int?
    /// In the last answer: what was answered.
    public let result: AgentOutcome?
    /// The run: the idempotency key.
    public let runId: String
    /// `accepted` in the first answer, `ok` in the last.
    public let status: String
    /// In the last answer: `completed`, or how it ended.
    public let summary: String?

    public enum CodingKeys: String, CodingKey {
        case acceptedAt = "acceptedAt"
        case result = "result"
        case runId = "runId"
        case status = "status"
        case summary = "summary"
    }

    public init(acceptedAt: Int?, result: AgentOutcome?, runId: String, status: String, summary: String?) {
        self.acceptedAt = acceptedAt
        self.result = result
        self.runId = runId
        self.status = status
        self.summary = summary
    }
}

/// What a run came to.
///
/// In the last answer: what was answered.
// MARK: - AgentOutcome
public struct AgentOutcome: Codable {
    /// How.
    public let meta: AgentMeta
    /// What was answered.
    public let payloads: [AgentPayload]

    public enum CodingKeys: String, CodingKey {
        case meta = "meta"
        case payloads = "payloads"
    }

    public init(meta: AgentMeta, payloads: [AgentPayload]) {
        self.meta = meta
        self.payloads = payloads
    }
}

/// How a run came about.
///
/// How.
// MARK: - AgentMeta
public struct AgentMeta: Codable {
    /// By whom.
    public let agentMeta: AgentRunMeta
    /// Milliseconds from start to end.
    public let durationMs: Int

    public enum CodingKeys: String, CodingKey {
        case agentMeta = "agentMeta"
        case durationMs = "durationMs"
    }

    public init(agentMeta: AgentRunMeta, durationMs: Int) {
        self.agentMeta = agentMeta
        self.durationMs = durationMs
    }
}

/// By whom.
///
/// Who answered.
// MARK: - AgentRunMeta
public struct AgentRunMeta: Codable {
    /// The model.
    public let model: String
    /// Provider of the model.
    public let provider: String
    /// Id of the session.
    public let sessionId: String
    /// What it took.
    public let usage: MessageUsage?

    public enum CodingKeys: String, CodingKey {
        case model = "model"
        case provider = "provider"
        case sessionId = "sessionId"
        case usage = "usage"
    }

    public init(model: String, provider: String, sessionId: String, usage: MessageUsage?) {
        self.model = model
        self.provider = provider
        self.sessionId = sessionId
        self.usage = usage
    }
}

/// What it took.
///
/// Tokens and cost of one answer.
// MARK: - MessageUsage
public struct MessageUsage: Codable {
    /// Tokens read from the provider's cache.
    public let cacheRead: Int
    /// Tokens written to it.
    public let cacheWrite: Int
    /// USD; absent when no price is known.
    public let cost: MessageCost?
    /// Tokens read.
    public let input: Int
    /// Tokens written.
    public let output: Int
    /// All of them.
    public let totalTokens: Int

    public enum CodingKeys: String, CodingKey {
        case cacheRead = "cacheRead"
        case cacheWrite = "cacheWrite"
        case cost = "cost"
        case input = "input"
        case output = "output"
        case totalTokens = "totalTokens"
    }

    public init(cacheRead: Int, cacheWrite: Int, cost: MessageCost?, input: Int, output: Int, totalTokens: Int) {
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.cost = cost
        self.input = input
        self.output = output
        self.totalTokens = totalTokens
    }
}

/// USD; absent when no price is known.
///
/// Cost of one answer, USD.
// MARK: - MessageCost
public struct MessageCost: Codable {
    /// All of it.
    public let total: Double

    public enum CodingKeys: String, CodingKey {
        case total = "total"
    }

    public init(total: Double) {
        self.total = total
    }
}

/// One piece of an answer.
// MARK: - AgentPayload
public struct AgentPayload: Codable {
    /// A picture or file.
    public let mediaUrl: String?
    /// Words.
    public let text: String?

    public enum CodingKeys: String, CodingKey {
        case mediaUrl = "mediaUrl"
        case text = "text"
    }

    public init(mediaUrl: String?, text: String?) {
        self.mediaUrl = mediaUrl
        self.text = text
    }
}

/// Params of `agent.wait`.
// MARK: - AgentWaitParams
public struct AgentWaitParams: Codable {
    /// The run.
    public let runId: String
    /// Longest wait, milliseconds. Default 30000.
    public let timeoutMs: Int?

    public enum CodingKeys: String, CodingKey {
        case runId = "runId"
        case timeoutMs = "timeoutMs"
    }

    public init(runId: String, timeoutMs: Int?) {
        self.runId = runId
        self.timeoutMs = timeoutMs
    }
}

/// Result of `agent.wait`.
// MARK: - AgentWaitResult
public struct AgentWaitResult: Codable {
    /// Epoch milliseconds.
    public let endedAt: Int?
    /// What went wrong.
    public let error: String?
    /// The run.
    public let runId: String
    /// Epoch milliseconds.
    public let startedAt: Int?
    /// How the wait ended.
    public let status: WaitStatus

    public enum CodingKeys: String, CodingKey {
        case endedAt = "endedAt"
        case error = "error"
        case runId = "runId"
        case startedAt = "startedAt"
        case status = "status"
    }

    public init(endedAt: Int?, error: String?, runId: String, startedAt: Int?, status: WaitStatus) {
        self.endedAt = endedAt
        self.error = error
        self.runId = runId
        self.startedAt = startedAt
        self.status = status
    }
}

/// How the wait ended.
///
/// How a wait ended.
///
/// The run ended with an answer.
///
/// It failed or was stopped.
///
/// It is not over, or nobody knows of it.
public enum WaitStatus: String, Codable {
    case error = "error"
    case ok = "ok"
    case timeout = "timeout"
}

/// Params of `agents.create`.
// MARK: - AgentsCreateParams
public struct AgentsCreateParams: Codable {
    /// Emoji, `https` address of an image, or a file of the workspace.
    public let avatar: String?
    /// One emoji.
    public let emoji: String?
    /// Model that answers, `provider/model`.
    public let model: String?
    /// Its name; the id is made from it.
    public let name: String
    /// Folder for its files: absolute, or below the state folder.
    public let workspace: String?

    public enum CodingKeys: String, CodingKey {
        case avatar = "avatar"
        case emoji = "emoji"
        case model = "model"
        case name = "name"
        case workspace = "workspace"
    }

    public init(avatar: String?, emoji: String?, model: String?, name: String, workspace: String?) {
        self.avatar = avatar
        self.emoji = emoji
        self.model = model
        self.name = name
        self.workspace = workspace
    }
}

/// Result of `agents.create`.
// MARK: - AgentsCreateResult
public struct AgentsCreateResult: Codable {
    /// The new agent's id.
    public let agentId: String
    /// Its model, when one was chosen.
    public let model: String?
    /// Its name.
    public let name: String
    /// Always true.
    public let ok: Bool
    /// Folder with its files.
    public let workspace: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case model = "model"
        case name = "name"
        case ok = "ok"
        case workspace = "workspace"
    }

    public init(agentId: String, model: String?, name: String, ok: Bool, workspace: String) {
        self.agentId = agentId
        self.model = model
        self.name = name
        self.ok = ok
        self.workspace = workspace
    }
}

/// Params of `agents.delete`.
// MARK: - AgentsDeleteParams
public struct AgentsDeleteParams: Codable {
    /// The agent.
    public let agentId: String
    /// Whether its folder goes to the trash; absent means it stays.
    public let deleteFiles: Bool?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case deleteFiles = "deleteFiles"
    }

    public init(agentId: String, deleteFiles: Bool?) {
        self.agentId = agentId
        self.deleteFiles = deleteFiles
    }
}

/// Result of `agents.delete`.
// MARK: - AgentsDeleteResult
public struct AgentsDeleteResult: Codable {
    /// The agent that is gone.
    public let agentId: String
    /// Folders that were asked to go and stay.
    public let failed: [KeptFolder]?
    /// Always true.
    public let ok: Bool
    /// Folders that were asked to go and are gone.
    public let removed: [RemovedFolder]?
    /// Routes to it that went with it.
    public let removedBindings: Int

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case failed = "failed"
        case ok = "ok"
        case removed = "removed"
        case removedBindings = "removedBindings"
    }

    public init(agentId: String, failed: [KeptFolder]?, ok: Bool, removed: [RemovedFolder]?, removedBindings: Int) {
        self.agentId = agentId
        self.failed = failed
        self.ok = ok
        self.removed = removed
        self.removedBindings = removedBindings
    }
}

/// A folder that stays.
// MARK: - KeptFolder
public struct KeptFolder: Codable {
    /// Where it is.
    public let path: String
    /// Why it stays.
    public let reason: String

    public enum CodingKeys: String, CodingKey {
        case path = "path"
        case reason = "reason"
    }

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// A folder that is gone.
// MARK: - RemovedFolder
public struct RemovedFolder: Codable {
    /// How it went.
    public let method: RemovalMethod
    /// Where it was.
    public let path: String

    public enum CodingKeys: String, CodingKey {
        case method = "method"
        case path = "path"
    }

    public init(method: RemovalMethod, path: String) {
        self.method = method
        self.path = path
    }
}

/// How it went.
///
/// How a folder went.
///
/// It is in the trash folder of the state folder.
///
/// It was not there.
public enum RemovalMethod: String, Codable {
    case missing = "missing"
    case trash = "trash"
}

/// Params of `agents.files.get`.
// MARK: - AgentsFilesGetParams
public struct AgentsFilesGetParams: Codable {
    /// The agent.
    public let agentId: String
    /// One of [`AGENT_FILE_NAMES`].
    public let name: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case name = "name"
    }

    public init(agentId: String, name: String) {
        self.agentId = agentId
        self.name = name
    }
}

/// Result of `agents.files.get`.
// MARK: - AgentsFilesGetResult
public struct AgentsFilesGetResult: Codable {
    /// The agent's id.
    public let agentId: String
    /// The file; without `content` when it is missing.
    public let file: AgentFile
    /// Folder with its files.
    public let workspace: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case file = "file"
        case workspace = "workspace"
    }

    public init(agentId: String, file: AgentFile, workspace: String) {
        self.agentId = agentId
        self.file = file
        self.workspace = workspace
    }
}

/// A file of an agent.
///
/// The file; without `content` when it is missing.
///
/// The file as it now stands, with its text.
// MARK: - AgentFile
public struct AgentFile: Codable {
    /// Its text; in lists absent.
    public let content: String?
    /// Whether it is not there.
    public let missing: Bool
    /// One of [`AGENT_FILE_NAMES`].
    public let name: String
    /// Where it is.
    public let path: String
    /// Bytes.
    public let size: Int?
    /// When it was written, epoch milliseconds.
    public let updatedAtMs: Int?

    public enum CodingKeys: String, CodingKey {
        case content = "content"
        case missing = "missing"
        case name = "name"
        case path = "path"
        case size = "size"
        case updatedAtMs = "updatedAtMs"
    }

    public init(content: String?, missing: Bool, name: String, path: String, size: Int?, updatedAtMs: Int?) {
        self.content = content
        self.missing = missing
        self.name = name
        self.path = path
        self.size = size
        self.updatedAtMs = updatedAtMs
    }
}

/// Params of `agents.files.list`.
// MARK: - AgentsFilesListParams
public struct AgentsFilesListParams: Codable {
    /// The agent's id, in any case.
    public let agentId: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
    }

    public init(agentId: String) {
        self.agentId = agentId
    }
}

/// Result of `agents.files.list`.
// MARK: - AgentsFilesListResult
public struct AgentsFilesListResult: Codable {
    /// The agent's id.
    public let agentId: String
    /// Every name, also of files that are not there.
    public let files: [AgentFile]
    /// Folder with its files.
    public let workspace: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case files = "files"
        case workspace = "workspace"
    }

    public init(agentId: String, files: [AgentFile], workspace: String) {
        self.agentId = agentId
        self.files = files
        self.workspace = workspace
    }
}

/// Params of `agents.files.set`.
// MARK: - AgentsFilesSetParams
public struct AgentsFilesSetParams: Codable {
    /// The agent.
    public let agentId: String
    /// Its whole text, at most 256 KiB.
    public let content: String
    /// One of [`AGENT_FILE_NAMES`].
    public let name: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case content = "content"
        case name = "name"
    }

    public init(agentId: String, content: String, name: String) {
        self.agentId = agentId
        self.content = content
        self.name = name
    }
}

/// Result of `agents.files.set`.
// MARK: - AgentsFilesSetResult
public struct AgentsFilesSetResult: Codable {
    /// The agent's id.
    public let agentId: String
    /// The file as it now stands, with its text.
    public let file: AgentFile
    /// Always true.
    public let ok: Bool
    /// Folder with its files.
    public let workspace: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case file = "file"
        case ok = "ok"
        case workspace = "workspace"
    }

    public init(agentId: String, file: AgentFile, ok: Bool, workspace: String) {
        self.agentId = agentId
        self.file = file
        self.ok = ok
        self.workspace = workspace
    }
}

/// Params of `agents.update`. What is absent stays; an empty text goes back to
/// what the configuration says.
// MARK: - AgentsUpdateParams
public struct AgentsUpdateParams: Codable {
    /// The agent.
    public let agentId: String
    /// Emoji, `https` address of an image, or a file of the workspace.
    public let avatar: String?
    /// One emoji.
    public let emoji: String?
    /// Model that answers, `provider/model`; `null` goes back to what the configuration says.
    public let model: String?
    /// Its name.
    public let name: String?
    /// Folder for its files: absolute, or below the state folder.
    public let workspace: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case avatar = "avatar"
        case emoji = "emoji"
        case model = "model"
        case name = "name"
        case workspace = "workspace"
    }

    public init(agentId: String, avatar: String?, emoji: String?, model: String?, name: String?, workspace: String?) {
        self.agentId = agentId
        self.avatar = avatar
        self.emoji = emoji
        self.model = model
        self.name = name
        self.workspace = workspace
    }
}

/// Result of `agents.update`.
// MARK: - AgentsUpdateResult
public struct AgentsUpdateResult: Codable {
    /// The agent's id.
    public let agentId: String
    /// Always true.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case ok = "ok"
    }

    public init(agentId: String, ok: Bool) {
        self.agentId = agentId
        self.ok = ok
    }
}

/// Params that name a request.
// MARK: - ApprovalIdParams
public struct ApprovalIdParams: Codable {
    /// The request.
    public let id: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
    }

    public init(id: String) {
        self.id = id
    }
}

/// Event `exec.approval.resolved`.
// MARK: - ApprovalResolved
public struct ApprovalResolved: Codable {
    /// The outcome; `deny` also when nobody answered.
    public let decision: ApprovalDecision
    /// The request.
    public let id: String
    /// What was asked.
    public let request: ApprovalCommand
    /// Who answered; null when nobody did.
    public let resolvedBy: String?
    /// Why it ended without an answer.
    public let terminalReason: TerminalReason?
    /// When, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case decision = "decision"
        case id = "id"
        case request = "request"
        case resolvedBy = "resolvedBy"
        case terminalReason = "terminalReason"
        case ts = "ts"
    }

    public init(decision: ApprovalDecision, id: String, request: ApprovalCommand, resolvedBy: String?, terminalReason: TerminalReason?, ts: Int) {
        self.decision = decision
        self.id = id
        self.request = request
        self.resolvedBy = resolvedBy
        self.terminalReason = terminalReason
        self.ts = ts
    }
}

/// An approver's answer.
///
/// The outcome; `deny` also when nobody answered.
///
/// This command, now.
///
/// This command, and from now on without asking.
///
/// No.
public enum ApprovalDecision: String, Codable {
    case allowAlways = "allow-always"
    case allowOnce = "allow-once"
    case deny = "deny"
}

/// What is asked: everything an approver needs to judge it, nothing cut.
///
/// What is asked.
///
/// What was asked.
// MARK: - ApprovalCommand
public struct ApprovalCommand: Codable {
    /// Agent that wants to run it.
    public let agentId: String?
    /// Answers that are possible.
    public let allowedDecisions: [ApprovalDecision]
    /// When somebody is asked, there.
    public let ask: ExecAskMode?
    /// The whole command as one line of text.
    public let command: String
    /// Always null: commands are shown whole, not analysed.
    public let commandAnalysis: [String: JSONAny]?
    /// The same as program and arguments, where it is known.
    public let commandArgv: [String]?
    /// Folder it runs in.
    public let cwd: String?
    /// Names of the variables that the command adds to its environment.
    public let envKeys: [String]?
    /// Where it runs: `gateway`, `node`, or another word of the requester.
    public let host: String?
    /// Node it runs on.
    public let nodeId: String?
    /// File that is started.
    public let resolvedPath: String?
    /// Run that waits.
    public let runId: String?
    /// Which commands run at all, there.
    public let security: ExecSecurityMode?
    /// Session id of the conversation.
    public let sessionId: String?
    /// Conversation it belongs to.
    public let sessionKey: String?
    /// What the decision is bound to.
    public let systemRunBinding: ApprovalBinding?
    /// The plan that a node host will execute.
    public let systemRunPlan: [String: JSONAny]?
    /// Tool call that waits.
    public let toolCallId: String?
    /// Its account.
    public let turnSourceAccountId: String?
    /// Channel of the message that led here.
    public let turnSourceChannel: String?
    /// Its thread.
    public let turnSourceThreadId: String?
    /// Its recipient.
    public let turnSourceTo: String?
    /// What to look out for.
    public let warningText: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case allowedDecisions = "allowedDecisions"
        case ask = "ask"
        case command = "command"
        case commandAnalysis = "commandAnalysis"
        case commandArgv = "commandArgv"
        case cwd = "cwd"
        case envKeys = "envKeys"
        case host = "host"
        case nodeId = "nodeId"
        case resolvedPath = "resolvedPath"
        case runId = "runId"
        case security = "security"
        case sessionId = "sessionId"
        case sessionKey = "sessionKey"
        case systemRunBinding = "systemRunBinding"
        case systemRunPlan = "systemRunPlan"
        case toolCallId = "toolCallId"
        case turnSourceAccountId = "turnSourceAccountId"
        case turnSourceChannel = "turnSourceChannel"
        case turnSourceThreadId = "turnSourceThreadId"
        case turnSourceTo = "turnSourceTo"
        case warningText = "warningText"
    }

    public init(agentId: String?, allowedDecisions: [ApprovalDecision], ask: ExecAskMode?, command: String, commandAnalysis: [String: JSONAny]?, commandArgv: [String]?, cwd: String?, envKeys: [String]?, host: String?, nodeId: String?, resolvedPath: String?, runId: String?, security: ExecSecurityMode?, sessionId: String?, sessionKey: String?, systemRunBinding: ApprovalBinding?, systemRunPlan: [String: JSONAny]?, toolCallId: String?, turnSourceAccountId: String?, turnSourceChannel: String?, turnSourceThreadId: String?, turnSourceTo: String?, warningText: String?) {
        self.agentId = agentId
        self.allowedDecisions = allowedDecisions
        self.ask = ask
        self.command = command
        self.commandAnalysis = commandAnalysis
        self.commandArgv = commandArgv
        self.cwd = cwd
        self.envKeys = envKeys
        self.host = host
        self.nodeId = nodeId
        self.resolvedPath = resolvedPath
        self.runId = runId
        self.security = security
        self.sessionId = sessionId
        self.sessionKey = sessionKey
        self.systemRunBinding = systemRunBinding
        self.systemRunPlan = systemRunPlan
        self.toolCallId = toolCallId
        self.turnSourceAccountId = turnSourceAccountId
        self.turnSourceChannel = turnSourceChannel
        self.turnSourceThreadId = turnSourceThreadId
        self.turnSourceTo = turnSourceTo
        self.warningText = warningText
    }
}

/// Never: what is not on the list does not run.
///
/// When it is not on the list.
///
/// Always.
///
/// When somebody is asked about a command.
///
/// When somebody is asked.
public enum ExecAskMode: String, Codable {
    case always = "always"
    case off = "off"
    case onMiss = "on-miss"
}

/// None.
///
/// Those on the list, and those that somebody approves.
///
/// All.
///
/// Which commands run at all.
///
/// What holds while nobody is connected who could be asked. Default `deny`.
///
/// What holds while nobody can be asked.
public enum ExecSecurityMode: String, Codable {
    case allowlist = "allowlist"
    case deny = "deny"
    case full = "full"
}

/// What a decision is bound to. Whoever executes something else executes
/// something that was not approved.
// MARK: - ApprovalBinding
public struct ApprovalBinding: Codable {
    /// Agent.
    public let agentId: String?
    /// Program and arguments.
    public let argv: [String]
    /// Folder.
    public let cwd: String?
    /// Hex SHA-256 over the variables that the command adds; null for none.
    public let envHash: String?
    /// Hex SHA-256 over the whole plan: program, arguments, folder, environment,
    /// standard input.
    public let planHash: String
    /// Conversation.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case argv = "argv"
        case cwd = "cwd"
        case envHash = "envHash"
        case planHash = "planHash"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, argv: [String], cwd: String?, envHash: String?, planHash: String, sessionKey: String?) {
        self.agentId = agentId
        self.argv = argv
        self.cwd = cwd
        self.envHash = envHash
        self.planHash = planHash
        self.sessionKey = sessionKey
    }
}

/// Why it ended without an answer.
///
/// Why a request ended without anybody's answer.
///
/// Why there was no answer.
///
/// Nobody answered in time.
///
/// Nobody was connected who could have answered.
///
/// What wanted to run the command was stopped.
public enum TerminalReason: String, Codable {
    case cancelled = "cancelled"
    case noApprovalRoute = "no-approval-route"
    case timeout = "timeout"
}

/// Which sessions, by whether they are put away.
public enum ArchivedFilter: Codable {
    case bool(Bool)
    case enumeration(AllWord)

    public init(from decoder: Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let x = try? container.decode(Bool.self) {
            self = .bool(x)
            return
        }
        if let x = try? container.decode(AllWord.self) {
            self = .enumeration(x)
            return
        }
        throw DecodingError.typeMismatch(ArchivedFilter.self, DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "Wrong type for ArchivedFilter"))
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .bool(let x):
            try container.encode(x)
        case .enumeration(let x):
            try container.encode(x)
        }
    }
}

/// The word `all`.
///
/// Both.
///
/// All of them.
public enum AllWord: String, Codable {
    case all = "all"
}

/// Event `exec.approval.requested`; also the entries of `exec.approval.list`.
// MARK: - ApprovalRequested
public struct ApprovalRequested: Codable {
    /// Which kind.
    public let approvalKind: ApprovalKind
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Epoch milliseconds; without an answer by then it counts as denied.
    public let expiresAtMs: Int
    /// Names the request until it is decided or expires.
    public let id: String
    /// What is asked.
    public let request: ApprovalCommand

    public enum CodingKeys: String, CodingKey {
        case approvalKind = "approvalKind"
        case createdAtMs = "createdAtMs"
        case expiresAtMs = "expiresAtMs"
        case id = "id"
        case request = "request"
    }

    public init(approvalKind: ApprovalKind, createdAtMs: Int, expiresAtMs: Int, id: String, request: ApprovalCommand) {
        self.approvalKind = approvalKind
        self.createdAtMs = createdAtMs
        self.expiresAtMs = expiresAtMs
        self.id = id
        self.request = request
    }
}

/// Which kind of approval an event is about.
///
/// Which kind.
///
/// A command.
public enum ApprovalKind: String, Codable {
    case exec = "exec"
}

/// Params of `backup.create`.
// MARK: - BackupCreateParams
public struct BackupCreateParams: Codable {
    /// What goes in; absent means everything.
    public let include: BackupInclude?
    /// Encrypts the archive. Without one it holds no secrets and says so.
    public let passphrase: String?

    public enum CodingKeys: String, CodingKey {
        case include = "include"
        case passphrase = "passphrase"
    }

    public init(include: BackupInclude?, passphrase: String?) {
        self.include = include
        self.passphrase = passphrase
    }
}

/// What goes into an archive besides the database and the configuration.
// MARK: - BackupInclude
public struct BackupInclude: Codable {
    /// Keys and tokens; needs a passphrase. Default true with one.
    public let secrets: Bool?
    /// Folders of agents. Default true.
    public let workspaces: Bool?

    public enum CodingKeys: String, CodingKey {
        case secrets = "secrets"
        case workspaces = "workspaces"
    }

    public init(secrets: Bool?, workspaces: Bool?) {
        self.secrets = secrets
        self.workspaces = workspaces
    }
}

/// Result of `backup.create`.
// MARK: - BackupCreateResult
public struct BackupCreateResult: Codable {
    /// Its size.
    public let bytes: Int
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Whether a passphrase is needed to read it.
    public let encrypted: Bool
    /// Files in it.
    public let entries: Int
    /// Whether keys and tokens are in it.
    public let hasSecrets: Bool
    /// Machine it was made on.
    public let host: String
    /// Names it in calls.
    public let id: String
    /// What was left out, and why; the first hundred.
    public let leftOut: [BackupLeftOut]
    /// How much was left out in all.
    public let leftOutTotal: Int
    /// Its file name.
    public let name: String
    /// Whether it was made by itself; only such are removed when there are too many.
    public let scheduled: Bool
    /// Release it was made by.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case bytes = "bytes"
        case createdAtMs = "createdAtMs"
        case encrypted = "encrypted"
        case entries = "entries"
        case hasSecrets = "hasSecrets"
        case host = "host"
        case id = "id"
        case leftOut = "leftOut"
        case leftOutTotal = "leftOutTotal"
        case name = "name"
        case scheduled = "scheduled"
        case version = "version"
    }

    public init(bytes: Int, createdAtMs: Int, encrypted: Bool, entries: Int, hasSecrets: Bool, host: String, id: String, leftOut: [BackupLeftOut], leftOutTotal: Int, name: String, scheduled: Bool, version: String) {
        self.bytes = bytes
        self.createdAtMs = createdAtMs
        self.encrypted = encrypted
        self.entries = entries
        self.hasSecrets = hasSecrets
        self.host = host
        self.id = id
        self.leftOut = leftOut
        self.leftOutTotal = leftOutTotal
        self.name = name
        self.scheduled = scheduled
        self.version = version
    }
}

/// Something that did not go into an archive.
// MARK: - BackupLeftOut
public struct BackupLeftOut: Codable {
    /// What.
    public let what: String
    /// Why.
    public let why: String

    public enum CodingKeys: String, CodingKey {
        case what = "what"
        case why = "why"
    }

    public init(what: String, why: String) {
        self.what = what
        self.why = why
    }
}

/// Result of `backup.list`.
// MARK: - BackupListResult
public struct BackupListResult: Codable {
    /// Newest first.
    public let backups: [BackupInfo]
    /// Folder they are in.
    public let folder: String
    /// When the next one is made by itself, epoch milliseconds.
    public let nextAtMs: Int?
    /// Why the last one that was due was not made.
    public let problem: String?
    /// Those that are made by themselves carry keys and tokens: `postern backup passphrase` was
    /// used.
    public let scheduledHasSecrets: Bool
    /// Files there that are no archives this release can read.
    public let unreadable: [String]

    public enum CodingKeys: String, CodingKey {
        case backups = "backups"
        case folder = "folder"
        case nextAtMs = "nextAtMs"
        case problem = "problem"
        case scheduledHasSecrets = "scheduledHasSecrets"
        case unreadable = "unreadable"
    }

    public init(backups: [BackupInfo], folder: String, nextAtMs: Int?, problem: String?, scheduledHasSecrets: Bool, unreadable: [String]) {
        self.backups = backups
        self.folder = folder
        self.nextAtMs = nextAtMs
        self.problem = problem
        self.scheduledHasSecrets = scheduledHasSecrets
        self.unreadable = unreadable
    }
}

/// An archive of this gateway.
///
/// The archive, once it is whole.
// MARK: - BackupInfo
public struct BackupInfo: Codable {
    /// Its size.
    public let bytes: Int
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Whether a passphrase is needed to read it.
    public let encrypted: Bool
    /// Files in it.
    public let entries: Int
    /// Machine it was made on.
    public let host: String
    /// Names it in calls.
    public let id: String
    /// Its file name.
    public let name: String
    /// Whether it was made by itself; only such are removed when there are too many.
    public let scheduled: Bool
    /// Release it was made by.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case bytes = "bytes"
        case createdAtMs = "createdAtMs"
        case encrypted = "encrypted"
        case entries = "entries"
        case host = "host"
        case id = "id"
        case name = "name"
        case scheduled = "scheduled"
        case version = "version"
    }

    public init(bytes: Int, createdAtMs: Int, encrypted: Bool, entries: Int, host: String, id: String, name: String, scheduled: Bool, version: String) {
        self.bytes = bytes
        self.createdAtMs = createdAtMs
        self.encrypted = encrypted
        self.entries = entries
        self.host = host
        self.id = id
        self.name = name
        self.scheduled = scheduled
        self.version = version
    }
}

/// `backup.progress`: how far an archive that is being made has come.
// MARK: - BackupProgress
public struct BackupProgress: Codable {
    /// Bytes read so far.
    public let bytes: Int
    /// Whether it is done, whichever way.
    public let done: Bool
    /// Files written so far.
    public let files: Int
    /// Bytes that are to be read in all.
    public let totalBytes: Int

    public enum CodingKeys: String, CodingKey {
        case bytes = "bytes"
        case done = "done"
        case files = "files"
        case totalBytes = "totalBytes"
    }

    public init(bytes: Int, done: Bool, files: Int, totalBytes: Int) {
        self.bytes = bytes
        self.done = done
        self.files = files
        self.totalBytes = totalBytes
    }
}

/// Params of `backup.read`.
// MARK: - BackupReadParams
public struct BackupReadParams: Codable {
    /// The archive.
    public let id: String
    /// Most bytes.
    public let length: Int
    /// First byte.
    public let offset: Int

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case length = "length"
        case offset = "offset"
    }

    public init(id: String, length: Int, offset: Int) {
        self.id = id
        self.length = length
        self.offset = offset
    }
}

/// Result of `backup.read`.
// MARK: - BackupReadResult
public struct BackupReadResult: Codable {
    /// The bytes, base64.
    public let data: String
    /// Whether this was the last piece.
    public let done: Bool
    /// Position of the first.
    public let offset: Int
    /// Size of the archive.
    public let total: Int

    public enum CodingKeys: String, CodingKey {
        case data = "data"
        case done = "done"
        case offset = "offset"
        case total = "total"
    }

    public init(data: String, done: Bool, offset: Int, total: Int) {
        self.data = data
        self.done = done
        self.offset = offset
        self.total = total
    }
}

/// Params of `backup.remove`.
// MARK: - BackupRemoveParams
public struct BackupRemoveParams: Codable {
    /// The archive.
    public let id: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
    }

    public init(id: String) {
        self.id = id
    }
}

/// Result of `backup.remove`.
// MARK: - BackupRemoveResult
public struct BackupRemoveResult: Codable {
    /// The archive that is gone.
    public let id: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
    }

    public init(id: String) {
        self.id = id
    }
}

/// Result of `backup.restore`: everything is prepared, and the gateway restarts.
// MARK: - BackupRestoreResult
public struct BackupRestoreResult: Codable {
    /// Its size.
    public let bytes: Int
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// What its database holds.
    public let database: BackupDatabase?
    /// Whether a passphrase is needed to read it.
    public let encrypted: Bool
    /// Files in it.
    public let entries: Int
    /// Machine it was made on.
    public let host: String
    /// Names it in calls.
    public let id: String
    /// What was left out when it was made.
    public let leftOut: [BackupLeftOut]
    /// Where what is there now will be found.
    public let movedAside: String
    /// Its file name.
    public let name: String
    /// Always true; a failure is an error frame.
    public let ok: Bool
    /// Whether its contents were read; false for an encrypted one without its passphrase.
    public let opened: Bool
    /// Settings that were taken out of the configuration because they are secret.
    public let redacted: [String]
    /// Whether the gateway restarts by itself now.
    public let restarting: Bool
    /// Whether it was made by itself; only such are removed when there are too many.
    public let scheduled: Bool
    /// Names of the keys and tokens in it.
    public let secrets: [String]
    /// Release it was made by.
    public let version: String
    /// Agents' folders in it that were not in the state folder.
    public let workspaces: [String]

    public enum CodingKeys: String, CodingKey {
        case bytes = "bytes"
        case createdAtMs = "createdAtMs"
        case database = "database"
        case encrypted = "encrypted"
        case entries = "entries"
        case host = "host"
        case id = "id"
        case leftOut = "leftOut"
        case movedAside = "movedAside"
        case name = "name"
        case ok = "ok"
        case opened = "opened"
        case redacted = "redacted"
        case restarting = "restarting"
        case scheduled = "scheduled"
        case secrets = "secrets"
        case version = "version"
        case workspaces = "workspaces"
    }

    public init(bytes: Int, createdAtMs: Int, database: BackupDatabase?, encrypted: Bool, entries: Int, host: String, id: String, leftOut: [BackupLeftOut], movedAside: String, name: String, ok: Bool, opened: Bool, redacted: [String], restarting: Bool, scheduled: Bool, secrets: [String], version: String, workspaces: [String]) {
        self.bytes = bytes
        self.createdAtMs = createdAtMs
        self.database = database
        self.encrypted = encrypted
        self.entries = entries
        self.host = host
        self.id = id
        self.leftOut = leftOut
        self.movedAside = movedAside
        self.name = name
        self.ok = ok
        self.opened = opened
        self.redacted = redacted
        self.restarting = restarting
        self.scheduled = scheduled
        self.secrets = secrets
        self.version = version
        self.workspaces = workspaces
    }
}

/// What the database of an archive holds.
///
/// What its database holds.
// MARK: - BackupDatabase
public struct BackupDatabase: Codable {
    /// Agents that were made or changed at run time.
    public let agents: Int
    /// Paired devices.
    public let devices: Int
    /// Messages.
    public let messages: Int
    /// Conversations.
    public let sessions: Int

    public enum CodingKeys: String, CodingKey {
        case agents = "agents"
        case devices = "devices"
        case messages = "messages"
        case sessions = "sessions"
    }

    public init(agents: Int, devices: Int, messages: Int, sessions: Int) {
        self.agents = agents
        self.devices = devices
        self.messages = messages
        self.sessions = sessions
    }
}

/// Params of `backup.upload`.
// MARK: - BackupUploadParams
public struct BackupUploadParams: Codable {
    /// The piece, base64.
    public let data: String
    /// Whether this is the last piece.
    public let done: Bool
    /// File name it should have.
    public let name: String
    /// Position of the piece: 0 begins anew, else what was received so far.
    public let offset: Int

    public enum CodingKeys: String, CodingKey {
        case data = "data"
        case done = "done"
        case name = "name"
        case offset = "offset"
    }

    public init(data: String, done: Bool, name: String, offset: Int) {
        self.data = data
        self.done = done
        self.name = name
        self.offset = offset
    }
}

/// Result of `backup.upload`.
// MARK: - BackupUploadResult
public struct BackupUploadResult: Codable {
    /// The archive, once it is whole.
    public let backup: BackupInfo?
    /// Bytes received so far.
    public let received: Int

    public enum CodingKeys: String, CodingKey {
        case backup = "backup"
        case received = "received"
    }

    public init(backup: BackupInfo?, received: Int) {
        self.backup = backup
        self.received = received
    }
}

/// Params of `backup.verify` and `backup.restore`.
// MARK: - BackupVerifyParams
public struct BackupVerifyParams: Codable {
    /// The archive.
    public let id: String
    /// Opens an encrypted one.
    public let passphrase: String?

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case passphrase = "passphrase"
    }

    public init(id: String, passphrase: String?) {
        self.id = id
        self.passphrase = passphrase
    }
}

/// Result of `backup.verify`: the archive is whole, and this is in it.
// MARK: - BackupVerifyResult
public struct BackupVerifyResult: Codable {
    /// Its size.
    public let bytes: Int
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// What its database holds.
    public let database: BackupDatabase?
    /// Whether a passphrase is needed to read it.
    public let encrypted: Bool
    /// Files in it.
    public let entries: Int
    /// Machine it was made on.
    public let host: String
    /// Names it in calls.
    public let id: String
    /// What was left out when it was made.
    public let leftOut: [BackupLeftOut]
    /// Its file name.
    public let name: String
    /// Whether its contents were read; false for an encrypted one without its passphrase.
    public let opened: Bool
    /// Settings that were taken out of the configuration because they are secret.
    public let redacted: [String]
    /// Whether it was made by itself; only such are removed when there are too many.
    public let scheduled: Bool
    /// Names of the keys and tokens in it.
    public let secrets: [String]
    /// Release it was made by.
    public let version: String
    /// Agents' folders in it that were not in the state folder.
    public let workspaces: [String]

    public enum CodingKeys: String, CodingKey {
        case bytes = "bytes"
        case createdAtMs = "createdAtMs"
        case database = "database"
        case encrypted = "encrypted"
        case entries = "entries"
        case host = "host"
        case id = "id"
        case leftOut = "leftOut"
        case name = "name"
        case opened = "opened"
        case redacted = "redacted"
        case scheduled = "scheduled"
        case secrets = "secrets"
        case version = "version"
        case workspaces = "workspaces"
    }

    public init(bytes: Int, createdAtMs: Int, database: BackupDatabase?, encrypted: Bool, entries: Int, host: String, id: String, leftOut: [BackupLeftOut], name: String, opened: Bool, redacted: [String], scheduled: Bool, secrets: [String], version: String, workspaces: [String]) {
        self.bytes = bytes
        self.createdAtMs = createdAtMs
        self.database = database
        self.encrypted = encrypted
        self.entries = entries
        self.host = host
        self.id = id
        self.leftOut = leftOut
        self.name = name
        self.opened = opened
        self.redacted = redacted
        self.scheduled = scheduled
        self.secrets = secrets
        self.version = version
        self.workspaces = workspaces
    }
}

/// Params of `chat.abort`.
// MARK: - ChatAbortParams
public struct ChatAbortParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Only this run.
    public let runId: String?
    /// Session.
    public let sessionKey: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case runId = "runId"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, runId: String?, sessionKey: String) {
        self.agentId = agentId
        self.runId = runId
        self.sessionKey = sessionKey
    }
}

/// Result of `chat.abort`.
///
/// Runs were stopped.
// MARK: - ChatAbortResult
public struct ChatAbortResult: Codable {
    /// Whether anything was stopped.
    public let aborted: Bool
    /// Always true.
    public let ok: Bool
    /// What was stopped.
    public let runIds: [String]

    public enum CodingKeys: String, CodingKey {
        case aborted = "aborted"
        case ok = "ok"
        case runIds = "runIds"
    }

    public init(aborted: Bool, ok: Bool, runIds: [String]) {
        self.aborted = aborted
        self.ok = ok
        self.runIds = runIds
    }
}

/// Event `chat`.
// MARK: - ChatEvent
public struct ChatEvent: Codable {
    /// Agent that owns the session.
    public let agentId: String?
    /// With `delta` on protocol 4: what is new since the last one.
    public let deltaText: String?
    /// What is known about it.
    public let errorDetail: ChatErrorDetail?
    /// What went wrong, for programs.
    public let errorKind: ChatErrorKind?
    /// What went wrong, for people.
    public let errorMessage: String?
    /// The whole text so far, or the answer. On protocol 4 a delta carries it now
    /// and then only, so that an answer costs what it is long.
    public let message: ChatMessage?
    /// With `status`: what is being prepared.
    public let phase: ChatPhase?
    /// With `delta`: `delta_text` is the whole text and replaces what was shown.
    public let replace: Bool?
    /// The run.
    public let runId: String
    /// Number of the `agent` event behind it; rises, with holes.
    public let seq: Int
    /// Its session: the canonical key; for protocol 3 as the client wrote it.
    public let sessionKey: String
    /// What it tells.
    public let state: ChatState
    /// Why the run ended.
    public let stopReason: String?
    /// What it took.
    public let usage: MessageUsage?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case deltaText = "deltaText"
        case errorDetail = "errorDetail"
        case errorKind = "errorKind"
        case errorMessage = "errorMessage"
        case message = "message"
        case phase = "phase"
        case replace = "replace"
        case runId = "runId"
        case seq = "seq"
        case sessionKey = "sessionKey"
        case state = "state"
        case stopReason = "stopReason"
        case usage = "usage"
    }

    public init(agentId: String?, deltaText: String?, errorDetail: ChatErrorDetail?, errorKind: ChatErrorKind?, errorMessage: String?, message: ChatMessage?, phase: ChatPhase?, replace: Bool?, runId: String, seq: Int, sessionKey: String, state: ChatState, stopReason: String?, usage: MessageUsage?) {
        self.agentId = agentId
        self.deltaText = deltaText
        self.errorDetail = errorDetail
        self.errorKind = errorKind
        self.errorMessage = errorMessage
        self.message = message
        self.phase = phase
        self.replace = replace
        self.runId = runId
        self.seq = seq
        self.sessionKey = sessionKey
        self.state = state
        self.stopReason = stopReason
        self.usage = usage
    }
}

/// What is known about a failure of a provider.
///
/// What is known about it.
// MARK: - ChatErrorDetail
public struct ChatErrorDetail: Codable {
    /// Status of its HTTP answer.
    public let httpStatus: Int?
    /// Its model.
    public let model: String?
    /// Provider that failed.
    public let provider: String?
    /// The beginning of its own text.
    public let providerErrorMessagePreview: String?
    /// Its own word for the failure.
    public let providerErrorType: String?

    public enum CodingKeys: String, CodingKey {
        case httpStatus = "httpStatus"
        case model = "model"
        case provider = "provider"
        case providerErrorMessagePreview = "providerErrorMessagePreview"
        case providerErrorType = "providerErrorType"
    }

    public init(httpStatus: Int?, model: String?, provider: String?, providerErrorMessagePreview: String?, providerErrorType: String?) {
        self.httpStatus = httpStatus
        self.model = model
        self.provider = provider
        self.providerErrorMessagePreview = providerErrorMessagePreview
        self.providerErrorType = providerErrorType
    }
}

/// Why a run failed, for programs.
///
/// What went wrong, for programs.
///
/// The model refused to answer.
///
/// It took too long.
///
/// The provider wants fewer requests, or a spend limit is reached.
///
/// The conversation is longer than the model can read.
///
/// Anything else.
public enum ChatErrorKind: String, Codable {
    case contextLength = "context_length"
    case rateLimit = "rate_limit"
    case refusal = "refusal"
    case timeout = "timeout"
    case unknown = "unknown"
}

/// A message.
///
/// The whole text so far, or the answer. On protocol 4 a delta carries it now
/// and then only, so that an answer costs what it is long.
///
/// It.
///
/// The message, as in `chat.history`.
// MARK: - ChatMessage
public struct ChatMessage: Codable {
    /// Its place; added when it is read.
    public let openclaw: MessagePlace?
    /// What the provider speaks.
    public let api: String?
    /// What it says.
    public let content: MessageContent
    /// What went wrong.
    public let errorMessage: String?
    /// `<runId>:user` on the message that began a run.
    public let idempotencyKey: String?
    /// Whether the tool failed.
    public let isError: Bool?
    /// The model that wrote it.
    public let model: String?
    /// Provider of the model that wrote it.
    public let provider: String?
    /// Who it is from.
    public let role: MessageRole
    /// Why the model ended: `stop`, `toolUse`, `length`, `aborted`, `error`.
    public let stopReason: String?
    /// Epoch milliseconds.
    public let timestamp: Int
    /// Call that a tool result answers.
    public let toolCallId: String?
    /// Tool that answered.
    public let toolName: String?
    /// What it took.
    public let usage: MessageUsage?

    public enum CodingKeys: String, CodingKey {
        case openclaw = "__openclaw"
        case api = "api"
        case content = "content"
        case errorMessage = "errorMessage"
        case idempotencyKey = "idempotencyKey"
        case isError = "isError"
        case model = "model"
        case provider = "provider"
        case role = "role"
        case stopReason = "stopReason"
        case timestamp = "timestamp"
        case toolCallId = "toolCallId"
        case toolName = "toolName"
        case usage = "usage"
    }

    public init(openclaw: MessagePlace?, api: String?, content: MessageContent, errorMessage: String?, idempotencyKey: String?, isError: Bool?, model: String?, provider: String?, role: MessageRole, stopReason: String?, timestamp: Int, toolCallId: String?, toolName: String?, usage: MessageUsage?) {
        self.openclaw = openclaw
        self.api = api
        self.content = content
        self.errorMessage = errorMessage
        self.idempotencyKey = idempotencyKey
        self.isError = isError
        self.model = model
        self.provider = provider
        self.role = role
        self.stopReason = stopReason
        self.timestamp = timestamp
        self.toolCallId = toolCallId
        self.toolName = toolName
        self.usage = usage
    }
}

/// What it says.
///
/// What a message says.
public enum MessageContent: Codable {
    case contentBlockArray([ContentBlock])
    case string(String)

    public init(from decoder: Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let x = try? container.decode([ContentBlock].self) {
            self = .contentBlockArray(x)
            return
        }
        if let x = try? container.decode(String.self) {
            self = .string(x)
            return
        }
        throw DecodingError.typeMismatch(MessageContent.self, DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "Wrong type for MessageContent"))
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .contentBlockArray(let x):
            try container.encode(x)
        case .string(let x):
            try container.encode(x)
        }
    }
}

/// Words, thoughts, tool calls and pictures in order.
///
/// One piece of a message.
///
/// Words.
///
/// What the model thought.
///
/// A tool that the model wants called.
///
/// A picture.
// MARK: - ContentBlock
public struct ContentBlock: Codable {
    /// Them.
    public let text: String?
    public let type: ContentBlockType
    /// Its words.
    public let thinking: String?
    /// The provider's proof that these are the model's own; opaque.
    public let thinkingSignature: String?
    /// Its arguments.
    public let arguments: JSONAny?
    /// Id of the call.
    public let id: String?
    /// Name of the tool.
    public let name: String?
    /// Base64 of its bytes; absent when it was left out to keep an answer small.
    public let data: String?
    /// Where the gateway keeps it.
    public let mediaId: String?
    /// Its MIME type.
    public let mimeType: String?
    /// True when `data` was left out.
    public let omitted: Bool?
    /// Size in bytes.
    public let sizeBytes: Int?

    public enum CodingKeys: String, CodingKey {
        case text = "text"
        case type = "type"
        case thinking = "thinking"
        case thinkingSignature = "thinkingSignature"
        case arguments = "arguments"
        case id = "id"
        case name = "name"
        case data = "data"
        case mediaId = "mediaId"
        case mimeType = "mimeType"
        case omitted = "omitted"
        case sizeBytes = "sizeBytes"
    }

    public init(text: String?, type: ContentBlockType, thinking: String?, thinkingSignature: String?, arguments: JSONAny?, id: String?, name: String?, data: String?, mediaId: String?, mimeType: String?, omitted: Bool?, sizeBytes: Int?) {
        self.text = text
        self.type = type
        self.thinking = thinking
        self.thinkingSignature = thinkingSignature
        self.arguments = arguments
        self.id = id
        self.name = name
        self.data = data
        self.mediaId = mediaId
        self.mimeType = mimeType
        self.omitted = omitted
        self.sizeBytes = sizeBytes
    }
}

public enum ContentBlockType: String, Codable {
    case image = "image"
    case text = "text"
    case thinking = "thinking"
    case toolCall = "toolCall"
}

/// Its place; added when it is read.
///
/// Where a message stands in its transcript.
// MARK: - MessagePlace
public struct MessagePlace: Codable {
    /// Its id.
    public let id: String
    /// Epoch milliseconds at which it was written down.
    public let recordTimestampMs: Int?
    /// Run it belongs to.
    public let runId: String?
    /// Its position, from 1.
    public let seq: Int

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case recordTimestampMs = "recordTimestampMs"
        case runId = "runId"
        case seq = "seq"
    }

    public init(id: String, recordTimestampMs: Int?, runId: String?, seq: Int) {
        self.id = id
        self.recordTimestampMs = recordTimestampMs
        self.runId = runId
        self.seq = seq
    }
}

/// Who it is from.
///
/// Who a message is from.
///
/// A person, or whatever speaks for one.
///
/// The agent.
///
/// A tool that the agent called.
///
/// The gateway.
public enum MessageRole: String, Codable {
    case assistant = "assistant"
    case system = "system"
    case toolResult = "toolResult"
    case user = "user"
}

/// With `status`: what is being prepared.
///
/// What is being prepared before the model answers.
///
/// History and prompt.
///
/// The request is on its way.
public enum ChatPhase: String, Codable {
    case preparingContext = "preparing_context"
    case startingModel = "starting_model"
}

/// What it tells.
///
/// What a `chat` event tells.
///
/// What is being prepared; protocol 4 only.
///
/// More of the answer.
///
/// The answer is complete.
///
/// The run was stopped.
///
/// The run failed.
public enum ChatState: String, Codable {
    case aborted = "aborted"
    case chatStateFinal = "final"
    case delta = "delta"
    case error = "error"
    case status = "status"
}

/// The messages after a cursor.
///
/// What came after the cursor.
// MARK: - ChatHistoryDelta
public struct ChatHistoryDelta: Codable {
    /// With `chat.startup`.
    public let agentsList: AgentsListResult?
    /// The next cursor.
    public let deltaCursor: String
    /// The run under way.
    public let inFlightRun: InFlightRun?
    /// `delta`.
    public let kind: DeltaWord
    /// Newest last.
    public let messages: [ChatMessage]
    /// With `chat.startup`.
    public let metadata: ChatMetadataResult?
    /// Messages that wait for their turn.
    public let pendingInputs: PendingInputs
    /// The session now.
    public let sessionInfo: SessionRow

    public enum CodingKeys: String, CodingKey {
        case agentsList = "agentsList"
        case deltaCursor = "deltaCursor"
        case inFlightRun = "inFlightRun"
        case kind = "kind"
        case messages = "messages"
        case metadata = "metadata"
        case pendingInputs = "pendingInputs"
        case sessionInfo = "sessionInfo"
    }

    public init(agentsList: AgentsListResult?, deltaCursor: String, inFlightRun: InFlightRun?, kind: DeltaWord, messages: [ChatMessage], metadata: ChatMetadataResult?, pendingInputs: PendingInputs, sessionInfo: SessionRow) {
        self.agentsList = agentsList
        self.deltaCursor = deltaCursor
        self.inFlightRun = inFlightRun
        self.kind = kind
        self.messages = messages
        self.metadata = metadata
        self.pendingInputs = pendingInputs
        self.sessionInfo = sessionInfo
    }
}

/// Result of `agents.list`.
///
/// With `chat.startup`.
// MARK: - AgentsListResult
public struct AgentsListResult: Codable {
    /// Agents: those of the configuration in its order, then the others, oldest first.
    public let agents: [AgentRow]
    /// The agent that answers when nobody else is named.
    public let defaultId: String
    /// Name of the main session.
    public let mainKey: String
    /// Whether bare session keys have an owner; protocol 4 only.
    public let ownership: AgentOwnership?
    /// How sessions are told apart.
    public let scope: AgentsScope
    /// Whether a client has to ask which agent is meant; never, since one is the
    /// default. Protocol 4 only.
    public let selectionRequired: Bool?

    public enum CodingKeys: String, CodingKey {
        case agents = "agents"
        case defaultId = "defaultId"
        case mainKey = "mainKey"
        case ownership = "ownership"
        case scope = "scope"
        case selectionRequired = "selectionRequired"
    }

    public init(agents: [AgentRow], defaultId: String, mainKey: String, ownership: AgentOwnership?, scope: AgentsScope, selectionRequired: Bool?) {
        self.agents = agents
        self.defaultId = defaultId
        self.mainKey = mainKey
        self.ownership = ownership
        self.scope = scope
        self.selectionRequired = selectionRequired
    }
}

/// One agent; protocol 3 is told its id, name and identity.
// MARK: - AgentRow
public struct AgentRow: Codable {
    /// Its id.
    public let id: String
    /// How it is shown.
    public let identity: AgentAppearance?
    /// Model that answers; absent while none is chosen.
    public let model: AgentModel?
    /// Name that a person gave it.
    public let name: String?
    /// Level when nothing is chosen.
    public let thinkingDefault: String?
    /// Levels of thinking that can be chosen.
    public let thinkingLevels: [AgentLevel]?
    /// The same as labels only.
    public let thinkingOptions: [String]?
    /// Folder with its files.
    public let workspace: String?

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case identity = "identity"
        case model = "model"
        case name = "name"
        case thinkingDefault = "thinkingDefault"
        case thinkingLevels = "thinkingLevels"
        case thinkingOptions = "thinkingOptions"
        case workspace = "workspace"
    }

    public init(id: String, identity: AgentAppearance?, model: AgentModel?, name: String?, thinkingDefault: String?, thinkingLevels: [AgentLevel]?, thinkingOptions: [String]?, workspace: String?) {
        self.id = id
        self.identity = identity
        self.model = model
        self.name = name
        self.thinkingDefault = thinkingDefault
        self.thinkingLevels = thinkingLevels
        self.thinkingOptions = thinkingOptions
        self.workspace = workspace
    }
}

/// How an agent is shown.
///
/// How it is shown.
// MARK: - AgentAppearance
public struct AgentAppearance: Codable {
    /// Emoji, address of an image, or a letter.
    public let avatar: String?
    /// Address of the image, when there is one.
    public let avatarUrl: String?
    /// One emoji.
    public let emoji: String?
    /// Its name.
    public let name: String?
    /// What it is like.
    public let theme: String?

    public enum CodingKeys: String, CodingKey {
        case avatar = "avatar"
        case avatarUrl = "avatarUrl"
        case emoji = "emoji"
        case name = "name"
        case theme = "theme"
    }

    public init(avatar: String?, avatarUrl: String?, emoji: String?, name: String?, theme: String?) {
        self.avatar = avatar
        self.avatarUrl = avatarUrl
        self.emoji = emoji
        self.name = name
        self.theme = theme
    }
}

/// A model, and others when it cannot answer; each `provider/model`.
///
/// Model that answers; absent while none is chosen.
// MARK: - AgentModel
public struct AgentModel: Codable {
    /// Asked in this order when it cannot answer.
    public let fallbacks: [String]?
    /// Asked first.
    public let primary: String

    public enum CodingKeys: String, CodingKey {
        case fallbacks = "fallbacks"
        case primary = "primary"
    }

    public init(fallbacks: [String]?, primary: String) {
        self.fallbacks = fallbacks
        self.primary = primary
    }
}

/// One level of a setting.
// MARK: - AgentLevel
public struct AgentLevel: Codable {
    /// Its word on the wire.
    public let id: String
    /// Its word for people.
    public let label: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case label = "label"
    }

    public init(id: String, label: String) {
        self.id = id
        self.label = label
    }
}

/// How bare session keys find their agent.
///
/// Whether bare session keys have an owner; protocol 4 only.
///
/// There is one agent.
///
/// They belong to the default agent.
///
/// Callers always name the agent.
public enum AgentOwnership: String, Codable {
    case explicit = "explicit"
    case legacy = "legacy"
    case sole = "sole"
}

/// How sessions are told apart.
///
/// One conversation per sender.
///
/// One conversation for all.
public enum AgentsScope: String, Codable {
    case global = "global"
    case perSender = "per-sender"
}

/// The run under way.
///
/// The run under way in a session.
// MARK: - InFlightRun
public struct InFlightRun: Codable {
    /// Its id.
    public let runId: String
    /// Epoch milliseconds.
    public let startedAt: Int?
    /// What it has said so far.
    public let text: String?

    public enum CodingKeys: String, CodingKey {
        case runId = "runId"
        case startedAt = "startedAt"
        case text = "text"
    }

    public init(runId: String, startedAt: Int?, text: String?) {
        self.runId = runId
        self.startedAt = startedAt
        self.text = text
    }
}

/// `delta`.
///
/// The word of [`ChatHistoryDelta`].
///
/// The only one.
public enum DeltaWord: String, Codable {
    case delta = "delta"
}

/// With `chat.startup`.
///
/// Result of `chat.metadata`.
// MARK: - ChatMetadataResult
public struct ChatMetadataResult: Codable {
    /// Commands that can be typed.
    public let commands: [CommandEntry]
    /// Models that can be chosen.
    public let models: [ModelRow]

    public enum CodingKeys: String, CodingKey {
        case commands = "commands"
        case models = "models"
    }

    public init(commands: [CommandEntry], models: [ModelRow]) {
        self.commands = commands
        self.models = models
    }
}

/// One command.
// MARK: - CommandEntry
public struct CommandEntry: Codable {
    /// Whether anything may follow it.
    public let acceptsArgs: Bool
    /// What may follow it.
    public let args: [CommandArg]?
    /// What it belongs to.
    public let category: CommandCategory?
    /// What it does.
    public let description: String
    /// Its name, without slash.
    public let name: String
    /// Name in menus of a client.
    public let nativeName: String?
    /// Where it works.
    public let scope: CommandScope
    /// Who brings it.
    public let source: CommandSource
    /// What can be typed, with slash.
    public let textAliases: [String]?

    public enum CodingKeys: String, CodingKey {
        case acceptsArgs = "acceptsArgs"
        case args = "args"
        case category = "category"
        case description = "description"
        case name = "name"
        case nativeName = "nativeName"
        case scope = "scope"
        case source = "source"
        case textAliases = "textAliases"
    }

    public init(acceptsArgs: Bool, args: [CommandArg]?, category: CommandCategory?, description: String, name: String, nativeName: String?, scope: CommandScope, source: CommandSource, textAliases: [String]?) {
        self.acceptsArgs = acceptsArgs
        self.args = args
        self.category = category
        self.description = description
        self.name = name
        self.nativeName = nativeName
        self.scope = scope
        self.source = source
        self.textAliases = textAliases
    }
}

/// One argument of a command.
// MARK: - CommandArg
public struct CommandArg: Codable {
    /// The words that it can be.
    public let choices: [CommandChoice]?
    /// What it means.
    public let description: String
    /// Its name.
    public let name: String
    /// Whether it must be there.
    public let commandArgRequired: Bool?
    /// What it looks like.
    public let type: CommandArgKind

    public enum CodingKeys: String, CodingKey {
        case choices = "choices"
        case description = "description"
        case name = "name"
        case commandArgRequired = "required"
        case type = "type"
    }

    public init(choices: [CommandChoice]?, description: String, name: String, commandArgRequired: Bool?, type: CommandArgKind) {
        self.choices = choices
        self.description = description
        self.name = name
        self.commandArgRequired = commandArgRequired
        self.type = type
    }
}

/// A word that an argument can be.
// MARK: - CommandChoice
public struct CommandChoice: Codable {
    /// What is shown.
    public let label: String
    /// What is typed.
    public let value: String

    public enum CodingKeys: String, CodingKey {
        case label = "label"
        case value = "value"
    }

    public init(label: String, value: String) {
        self.label = label
        self.value = value
    }
}

/// What it looks like.
///
/// What an argument looks like.
///
/// Text.
///
/// A number.
///
/// Yes or no.
public enum CommandArgKind: String, Codable {
    case boolean = "boolean"
    case number = "number"
    case string = "string"
}

/// What it belongs to.
///
/// What a command belongs to.
///
/// The conversation.
///
/// Its settings.
///
/// What is going on.
///
/// Devices and approvals.
///
/// Pictures and sound.
///
/// Tools of the agent.
public enum CommandCategory: String, Codable {
    case management = "management"
    case media = "media"
    case options = "options"
    case session = "session"
    case status = "status"
    case tools = "tools"
}

/// Where it works.
///
/// Where a command works.
///
/// Typed as text.
///
/// In menus of a client.
///
/// Both.
public enum CommandScope: String, Codable {
    case both = "both"
    case native = "native"
    case text = "text"
}

/// Who brings it.
///
/// Who brings a command.
///
/// The gateway itself.
///
/// A skill.
///
/// A plugin.
public enum CommandSource: String, Codable {
    case native = "native"
    case plugin = "plugin"
    case skill = "skill"
}

/// One model. Protocol 3 sees `id, name, provider, contextWindow, reasoning`.
// MARK: - ModelRow
public struct ModelRow: Codable {
    /// A short name that may be written instead.
    public let alias: String?
    /// Whether it can be asked.
    public let available: Bool?
    /// Input and output together, tokens.
    public let contextWindow: Int?
    /// What it costs; only where that was asked for and is known.
    public let cost: ModelCost?
    /// The provider's name of the model.
    public let id: String
    /// What it reads.
    public let input: [ModelInput]?
    /// Its name for people.
    public let name: String
    /// Its provider.
    public let provider: String
    /// Whether it can think before it answers.
    public let reasoning: Bool?
    /// `default`, `fallback`, `configured`, `discovered`, `built-in`.
    public let tags: [String]?
    /// How much it can be told to think.
    public let thinkingLevels: [ThinkingChoice]?
    /// Why not.
    public let unavailableReason: UnavailableReason?

    public enum CodingKeys: String, CodingKey {
        case alias = "alias"
        case available = "available"
        case contextWindow = "contextWindow"
        case cost = "cost"
        case id = "id"
        case input = "input"
        case name = "name"
        case provider = "provider"
        case reasoning = "reasoning"
        case tags = "tags"
        case thinkingLevels = "thinkingLevels"
        case unavailableReason = "unavailableReason"
    }

    public init(alias: String?, available: Bool?, contextWindow: Int?, cost: ModelCost?, id: String, input: [ModelInput]?, name: String, provider: String, reasoning: Bool?, tags: [String]?, thinkingLevels: [ThinkingChoice]?, unavailableReason: UnavailableReason?) {
        self.alias = alias
        self.available = available
        self.contextWindow = contextWindow
        self.cost = cost
        self.id = id
        self.input = input
        self.name = name
        self.provider = provider
        self.reasoning = reasoning
        self.tags = tags
        self.thinkingLevels = thinkingLevels
        self.unavailableReason = unavailableReason
    }
}

/// What it costs; only where that was asked for and is known.
///
/// Prices in USD per million tokens.
// MARK: - ModelCost
public struct ModelCost: Codable {
    /// Input read from the provider's cache.
    public let cacheRead: Double
    /// Input written to the provider's cache.
    public let cacheWrite: Double
    /// Input.
    public let input: Double
    /// Output.
    public let output: Double

    public enum CodingKeys: String, CodingKey {
        case cacheRead = "cacheRead"
        case cacheWrite = "cacheWrite"
        case input = "input"
        case output = "output"
    }

    public init(cacheRead: Double, cacheWrite: Double, input: Double, output: Double) {
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.input = input
        self.output = output
    }
}

/// What a model reads.
///
/// Text.
///
/// Images.
public enum ModelInput: String, Codable {
    case image = "image"
    case text = "text"
}

/// One thinking level that a model can be told.
// MARK: - ThinkingChoice
public struct ThinkingChoice: Codable {
    /// The wire word.
    public let id: String
    /// For people.
    public let label: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case label = "label"
    }

    public init(id: String, label: String) {
        self.id = id
        self.label = label
    }
}

/// Why not.
///
/// Why a model cannot be asked.
///
/// Its provider has no key.
///
/// Its provider refused the key.
public enum UnavailableReason: String, Codable {
    case authFailed = "auth-failed"
    case missingAuth = "missing-auth"
}

/// Messages that wait for their turn.
// MARK: - PendingInputs
public struct PendingInputs: Codable {
    /// Oldest first.
    public let items: [PendingInput]
    /// How many there are.
    public let total: Int

    public enum CodingKeys: String, CodingKey {
        case items = "items"
        case total = "total"
    }

    public init(items: [PendingInput], total: Int) {
        self.items = items
        self.total = total
    }
}

/// A message that waits for its turn.
// MARK: - PendingInput
public struct PendingInput: Codable {
    /// Epoch milliseconds.
    public let acceptedAt: Int
    /// Its id.
    public let id: String
    /// It.
    public let message: ChatMessage
    /// Its run.
    public let runId: String?
    /// What becomes of it.
    public let state: PendingState

    public enum CodingKeys: String, CodingKey {
        case acceptedAt = "acceptedAt"
        case id = "id"
        case message = "message"
        case runId = "runId"
        case state = "state"
    }

    public init(acceptedAt: Int, id: String, message: ChatMessage, runId: String?, state: PendingState) {
        self.acceptedAt = acceptedAt
        self.id = id
        self.message = message
        self.runId = runId
        self.state = state
    }
}

/// What becomes of it.
///
/// What becomes of a message that waits.
///
/// It will be answered.
///
/// Somebody took it back.
///
/// The gateway ended first.
public enum PendingState: String, Codable {
    case cancelled = "cancelled"
    case interrupted = "interrupted"
    case queued = "queued"
}

/// The session now.
///
/// A session as lists show it.
///
/// The session; absent when there is none yet.
///
/// The session now; absent when it is gone.
// MARK: - SessionRow
public struct SessionRow: Codable {
    /// Whether it was stopped.
    public let abortedLastRun: Bool?
    /// Runs under way or waiting, oldest first.
    public let activeRunIds: [String]
    /// Agent that owns it.
    public let agentId: String
    /// Put away.
    public let archived: Bool
    /// Group in lists.
    public let category: String?
    /// Messaging channel that it belongs to.
    public let channel: String?
    /// Where on that channel it takes place.
    public let chatType: SessionChatType?
    /// Colour in lists.
    public let color: String?
    /// Tokens that it can read and write.
    public let contextTokens: Int?
    /// Epoch milliseconds.
    public let createdAt: Int?
    /// Title made of the first thing a person said; on request.
    public let derivedTitle: String?
    /// Name to show.
    public let displayName: String?
    /// Whether commands may run outside the usual limits.
    public let elevatedLevel: ElevatedLevel?
    /// When somebody is asked.
    public let execAsk: String?
    /// Where commands run.
    public let execHost: String?
    /// Node that runs commands.
    public let execNode: String?
    /// Which commands run at all.
    public let execSecurity: String?
    /// When the agent answers in a group.
    public let groupActivation: String?
    /// Whether a run is under way.
    public let hasActiveRun: Bool
    /// Icon in lists.
    public let icon: String?
    /// Tokens that models read for it.
    public let inputTokens: Int?
    /// Whether it is its agent's main session.
    public let isMain: Bool
    /// Canonical key.
    public let key: String
    /// What it is between.
    public let kind: SessionKind
    /// A person's name for it.
    public let label: String?
    /// Beginning of the last thing that was said; on request.
    public let lastMessagePreview: String?
    /// What went wrong in it.
    public let lastRunError: String?
    /// Its last run.
    public let lastRunId: String?
    /// The model that answers.
    public let model: String?
    /// Who chose it, when it was chosen for this session.
    public let modelOverrideSource: ModelOverrideSource?
    /// Provider of the model that answers.
    public let modelProvider: String?
    /// Tokens that models wrote for it.
    public let outputTokens: Int?
    /// Kept at the top.
    public let pinned: Bool
    /// What becomes of a message while a run is under way.
    public let queueMode: QueueMode?
    /// Whether thoughts are shown.
    public let reasoningLevel: ReasoningLevel?
    /// Whether answers end with what they took.
    public let responseUsage: String?
    /// `deny` when nothing may be said in it.
    public let sendPolicy: String?
    /// Names its transcript; a reset gives a new one.
    public let sessionId: String?
    /// What the caller may do with it.
    public let sharingRole: SessionSharingRole
    /// Session that made it.
    public let spawnedBy: String?
    /// How its last run stands.
    public let status: SessionStatus?
    /// Whether the agent has been told who it is.
    public let systemSent: Bool?
    /// Level when none is chosen.
    public let thinkingDefault: ThinkingLevel?
    /// How long the model may think.
    public let thinkingLevel: ThinkingLevel?
    /// Levels that can be chosen.
    public let thinkingLevels: [ThinkingOption]?
    /// The same, words only.
    public let thinkingOptions: [String]?
    /// Tokens of the conversation as the last model read and wrote it.
    public let totalTokens: Int?
    /// Something in it was not read.
    public let unread: Bool
    /// Epoch milliseconds of the last message or change; `null` when never used.
    public let updatedAt: Int?
    /// Whether tool calls are shown.
    public let verboseLevel: VerboseLevel?
    /// Who may see it.
    public let visibility: SessionVisibility

    public enum CodingKeys: String, CodingKey {
        case abortedLastRun = "abortedLastRun"
        case activeRunIds = "activeRunIds"
        case agentId = "agentId"
        case archived = "archived"
        case category = "category"
        case channel = "channel"
        case chatType = "chatType"
        case color = "color"
        case contextTokens = "contextTokens"
        case createdAt = "createdAt"
        case derivedTitle = "derivedTitle"
        case displayName = "displayName"
        case elevatedLevel = "elevatedLevel"
        case execAsk = "execAsk"
        case execHost = "execHost"
        case execNode = "execNode"
        case execSecurity = "execSecurity"
        case groupActivation = "groupActivation"
        case hasActiveRun = "hasActiveRun"
        case icon = "icon"
        case inputTokens = "inputTokens"
        case isMain = "isMain"
        case key = "key"
        case kind = "kind"
        case label = "label"
        case lastMessagePreview = "lastMessagePreview"
        case lastRunError = "lastRunError"
        case lastRunId = "lastRunId"
        case model = "model"
        case modelOverrideSource = "modelOverrideSource"
        case modelProvider = "modelProvider"
        case outputTokens = "outputTokens"
        case pinned = "pinned"
        case queueMode = "queueMode"
        case reasoningLevel = "reasoningLevel"
        case responseUsage = "responseUsage"
        case sendPolicy = "sendPolicy"
        case sessionId = "sessionId"
        case sharingRole = "sharingRole"
        case spawnedBy = "spawnedBy"
        case status = "status"
        case systemSent = "systemSent"
        case thinkingDefault = "thinkingDefault"
        case thinkingLevel = "thinkingLevel"
        case thinkingLevels = "thinkingLevels"
        case thinkingOptions = "thinkingOptions"
        case totalTokens = "totalTokens"
        case unread = "unread"
        case updatedAt = "updatedAt"
        case verboseLevel = "verboseLevel"
        case visibility = "visibility"
    }

    public init(abortedLastRun: Bool?, activeRunIds: [String], agentId: String, archived: Bool, category: String?, channel: String?, chatType: SessionChatType?, color: String?, contextTokens: Int?, createdAt: Int?, derivedTitle: String?, displayName: String?, elevatedLevel: ElevatedLevel?, execAsk: String?, execHost: String?, execNode: String?, execSecurity: String?, groupActivation: String?, hasActiveRun: Bool, icon: String?, inputTokens: Int?, isMain: Bool, key: String, kind: SessionKind, label: String?, lastMessagePreview: String?, lastRunError: String?, lastRunId: String?, model: String?, modelOverrideSource: ModelOverrideSource?, modelProvider: String?, outputTokens: Int?, pinned: Bool, queueMode: QueueMode?, reasoningLevel: ReasoningLevel?, responseUsage: String?, sendPolicy: String?, sessionId: String?, sharingRole: SessionSharingRole, spawnedBy: String?, status: SessionStatus?, systemSent: Bool?, thinkingDefault: ThinkingLevel?, thinkingLevel: ThinkingLevel?, thinkingLevels: [ThinkingOption]?, thinkingOptions: [String]?, totalTokens: Int?, unread: Bool, updatedAt: Int?, verboseLevel: VerboseLevel?, visibility: SessionVisibility) {
        self.abortedLastRun = abortedLastRun
        self.activeRunIds = activeRunIds
        self.agentId = agentId
        self.archived = archived
        self.category = category
        self.channel = channel
        self.chatType = chatType
        self.color = color
        self.contextTokens = contextTokens
        self.createdAt = createdAt
        self.derivedTitle = derivedTitle
        self.displayName = displayName
        self.elevatedLevel = elevatedLevel
        self.execAsk = execAsk
        self.execHost = execHost
        self.execNode = execNode
        self.execSecurity = execSecurity
        self.groupActivation = groupActivation
        self.hasActiveRun = hasActiveRun
        self.icon = icon
        self.inputTokens = inputTokens
        self.isMain = isMain
        self.key = key
        self.kind = kind
        self.label = label
        self.lastMessagePreview = lastMessagePreview
        self.lastRunError = lastRunError
        self.lastRunId = lastRunId
        self.model = model
        self.modelOverrideSource = modelOverrideSource
        self.modelProvider = modelProvider
        self.outputTokens = outputTokens
        self.pinned = pinned
        self.queueMode = queueMode
        self.reasoningLevel = reasoningLevel
        self.responseUsage = responseUsage
        self.sendPolicy = sendPolicy
        self.sessionId = sessionId
        self.sharingRole = sharingRole
        self.spawnedBy = spawnedBy
        self.status = status
        self.systemSent = systemSent
        self.thinkingDefault = thinkingDefault
        self.thinkingLevel = thinkingLevel
        self.thinkingLevels = thinkingLevels
        self.thinkingOptions = thinkingOptions
        self.totalTokens = totalTokens
        self.unread = unread
        self.updatedAt = updatedAt
        self.verboseLevel = verboseLevel
        self.visibility = visibility
    }
}

/// Where on that channel it takes place.
///
/// Where a conversation of a messaging channel takes place.
///
/// Between two.
///
/// In a group.
///
/// In a public channel.
public enum SessionChatType: String, Codable {
    case channel = "channel"
    case direct = "direct"
    case group = "group"
}

/// Whether commands may run outside the usual limits.
///
/// No.
///
/// Yes.
///
/// After somebody approved.
///
/// Without asking.
public enum ElevatedLevel: String, Codable {
    case ask = "ask"
    case full = "full"
    case off = "off"
    case on = "on"
}

/// What it is between.
///
/// What a session is between.
///
/// One person and the agent.
///
/// Several people and the agent.
///
/// Everybody and the agent.
///
/// Whatever named no session.
public enum SessionKind: String, Codable {
    case direct = "direct"
    case global = "global"
    case group = "group"
    case unknown = "unknown"
}

/// Who chose it, when it was chosen for this session.
///
/// Who chose the model of a session.
///
/// A person.
public enum ModelOverrideSource: String, Codable {
    case user = "user"
}

/// What becomes of a message while a run is under way.
///
/// What becomes of a message while the agent still answers an earlier one.
///
/// It is answered afterwards, on its own.
///
/// It is told to the model at the next step of the running answer.
///
/// Waiting messages are answered together.
///
/// The running answer is stopped.
public enum QueueMode: String, Codable {
    case collect = "collect"
    case followup = "followup"
    case interrupt = "interrupt"
    case steer = "steer"
}

/// Whether thoughts are shown.
///
/// Whether the model's thoughts are shown.
///
/// No.
///
/// After the answer.
///
/// While they come.
public enum ReasoningLevel: String, Codable {
    case off = "off"
    case on = "on"
    case stream = "stream"
}

/// What the caller may do with it.
///
/// What the caller may do with a session.
///
/// Everything that its scopes allow.
public enum SessionSharingRole: String, Codable {
    case admin = "admin"
}

/// How its last run stands.
///
/// How the last run of a session stands.
///
/// It waits for its turn.
///
/// It is under way.
///
/// It ended with an answer.
///
/// It failed.
///
/// It was stopped, or the gateway ended first.
///
/// It took too long.
public enum SessionStatus: String, Codable {
    case done = "done"
    case failed = "failed"
    case killed = "killed"
    case queued = "queued"
    case running = "running"
    case timeout = "timeout"
}

/// How long the model may think.
///
/// How long a model may think before it answers.
///
/// Level when none is chosen.
///
/// Not at all.
///
/// A moment.
///
/// Briefly.
///
/// As usual.
///
/// Long.
///
/// As long as it can.
public enum ThinkingLevel: String, Codable {
    case high = "high"
    case low = "low"
    case medium = "medium"
    case minimal = "minimal"
    case off = "off"
    case xhigh = "xhigh"
}

/// A thinking level that can be chosen.
// MARK: - ThinkingOption
public struct ThinkingOption: Codable {
    /// The wire word.
    public let id: String
    /// For people.
    public let label: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case label = "label"
    }

    public init(id: String, label: String) {
        self.id = id
        self.label = label
    }
}

/// Whether tool calls are shown.
///
/// Whether tool calls are shown while a run is under way.
///
/// No.
///
/// Yes.
///
/// With their results.
public enum VerboseLevel: String, Codable {
    case full = "full"
    case off = "off"
    case on = "on"
}

/// Who may see it.
///
/// Who may see a session.
///
/// Every operator of the gateway.
public enum SessionVisibility: String, Codable {
    case shared = "shared"
}

/// A page of a conversation.
///
/// The newest messages.
// MARK: - ChatHistoryPage
public struct ChatHistoryPage: Codable {
    /// With `chat.startup`.
    public let agentsList: AgentsListResult?
    /// What holds where the session says nothing.
    public let defaults: ChatDefaults?
    /// To be given as `cursor` later.
    public let deltaCursor: String?
    /// Whether there are older messages.
    public let hasMore: Bool?
    /// The run under way.
    public let inFlightRun: InFlightRun?
    /// Newest last.
    public let messages: [ChatMessage]
    /// With `chat.startup`.
    public let metadata: ChatMetadataResult?
    /// `offset` of the page before this one.
    public let nextOffset: Int?
    /// Messages that wait for their turn.
    public let pendingInputs: PendingInputs?
    /// Id of the session; absent when there is none yet.
    public let sessionId: String?
    /// The session; absent when there is none yet.
    public let sessionInfo: SessionRow?
    /// The key as it was asked for.
    public let sessionKey: String
    /// How long the model may think.
    public let thinkingLevel: ThinkingLevel?
    /// Messages of the session that can be read.
    public let totalMessages: Int?

    public enum CodingKeys: String, CodingKey {
        case agentsList = "agentsList"
        case defaults = "defaults"
        case deltaCursor = "deltaCursor"
        case hasMore = "hasMore"
        case inFlightRun = "inFlightRun"
        case messages = "messages"
        case metadata = "metadata"
        case nextOffset = "nextOffset"
        case pendingInputs = "pendingInputs"
        case sessionId = "sessionId"
        case sessionInfo = "sessionInfo"
        case sessionKey = "sessionKey"
        case thinkingLevel = "thinkingLevel"
        case totalMessages = "totalMessages"
    }

    public init(agentsList: AgentsListResult?, defaults: ChatDefaults?, deltaCursor: String?, hasMore: Bool?, inFlightRun: InFlightRun?, messages: [ChatMessage], metadata: ChatMetadataResult?, nextOffset: Int?, pendingInputs: PendingInputs?, sessionId: String?, sessionInfo: SessionRow?, sessionKey: String, thinkingLevel: ThinkingLevel?, totalMessages: Int?) {
        self.agentsList = agentsList
        self.defaults = defaults
        self.deltaCursor = deltaCursor
        self.hasMore = hasMore
        self.inFlightRun = inFlightRun
        self.messages = messages
        self.metadata = metadata
        self.nextOffset = nextOffset
        self.pendingInputs = pendingInputs
        self.sessionId = sessionId
        self.sessionInfo = sessionInfo
        self.sessionKey = sessionKey
        self.thinkingLevel = thinkingLevel
        self.totalMessages = totalMessages
    }
}

/// What holds where a session says nothing.
///
/// What holds where the session says nothing.
// MARK: - ChatDefaults
public struct ChatDefaults: Codable {
    /// Tokens that it can read and write.
    public let contextTokens: Int?
    /// The model that answers.
    public let model: String?
    /// Provider of the model that answers.
    public let modelProvider: String?
    /// Level when none is chosen.
    public let thinkingDefault: ThinkingLevel?
    /// Levels that can be chosen.
    public let thinkingLevels: [ThinkingOption]
    /// The same, words only.
    public let thinkingOptions: [String]

    public enum CodingKeys: String, CodingKey {
        case contextTokens = "contextTokens"
        case model = "model"
        case modelProvider = "modelProvider"
        case thinkingDefault = "thinkingDefault"
        case thinkingLevels = "thinkingLevels"
        case thinkingOptions = "thinkingOptions"
    }

    public init(contextTokens: Int?, model: String?, modelProvider: String?, thinkingDefault: ThinkingLevel?, thinkingLevels: [ThinkingOption], thinkingOptions: [String]) {
        self.contextTokens = contextTokens
        self.model = model
        self.modelProvider = modelProvider
        self.thinkingDefault = thinkingDefault
        self.thinkingLevels = thinkingLevels
        self.thinkingOptions = thinkingOptions
    }
}

/// Params of `chat.history` and `chat.startup`.
// MARK: - ChatHistoryParams
public struct ChatHistoryParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// `deltaCursor` of an earlier answer: only what came after it.
    public let cursor: String?
    /// Most messages, 200 when absent.
    public let limit: Int?
    /// Largest answer, bytes; the gateway has its own limit too.
    public let maxBytes: Int?
    /// Longest text, characters; what is longer is cut.
    public let maxChars: Int?
    /// Messages around this one.
    public let messageId: String?
    /// Newest messages to leave out.
    public let offset: Int?
    /// An earlier transcript of the session.
    public let sessionId: String?
    /// Session, in any form.
    public let sessionKey: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case cursor = "cursor"
        case limit = "limit"
        case maxBytes = "maxBytes"
        case maxChars = "maxChars"
        case messageId = "messageId"
        case offset = "offset"
        case sessionId = "sessionId"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, cursor: String?, limit: Int?, maxBytes: Int?, maxChars: Int?, messageId: String?, offset: Int?, sessionId: String?, sessionKey: String) {
        self.agentId = agentId
        self.cursor = cursor
        self.limit = limit
        self.maxBytes = maxBytes
        self.maxChars = maxChars
        self.messageId = messageId
        self.offset = offset
        self.sessionId = sessionId
        self.sessionKey = sessionKey
    }
}

/// What came after a cursor cannot be told.
///
/// The cursor is of no use any more: ask without one.
// MARK: - ChatHistoryReset
public struct ChatHistoryReset: Codable {
    /// `reset`.
    public let kind: ResetWord

    public enum CodingKeys: String, CodingKey {
        case kind = "kind"
    }

    public init(kind: ResetWord) {
        self.kind = kind
    }
}

/// `reset`.
///
/// The word of [`ChatHistoryReset`].
///
/// The only one.
public enum ResetWord: String, Codable {
    case reset = "reset"
}

/// Result of `chat.history`: without a cursor the newest messages, with one
/// what came after it.
///
/// The messages after a cursor.
///
/// What came after the cursor.
///
/// What came after a cursor cannot be told.
///
/// The cursor is of no use any more: ask without one.
///
/// A page of a conversation.
///
/// The newest messages.
// MARK: - ChatHistoryResult
public struct ChatHistoryResult: Codable {
    /// With `chat.startup`.
    public let agentsList: AgentsListResult?
    /// The next cursor.
    ///
    /// To be given as `cursor` later.
    public let deltaCursor: String?
    /// The run under way.
    public let inFlightRun: InFlightRun?
    /// `delta`.
    ///
    /// `reset`.
    public let kind: Word?
    /// Newest last.
    public let messages: [ChatMessage]?
    /// With `chat.startup`.
    public let metadata: ChatMetadataResult?
    /// Messages that wait for their turn.
    public let pendingInputs: PendingInputs?
    /// The session now.
    ///
    /// The session; absent when there is none yet.
    public let sessionInfo: SessionRow?
    /// What holds where the session says nothing.
    public let defaults: ChatDefaults?
    /// Whether there are older messages.
    public let hasMore: Bool?
    /// `offset` of the page before this one.
    public let nextOffset: Int?
    /// Id of the session; absent when there is none yet.
    public let sessionId: String?
    /// The key as it was asked for.
    public let sessionKey: String?
    /// How long the model may think.
    public let thinkingLevel: ThinkingLevel?
    /// Messages of the session that can be read.
    public let totalMessages: Int?

    public enum CodingKeys: String, CodingKey {
        case agentsList = "agentsList"
        case deltaCursor = "deltaCursor"
        case inFlightRun = "inFlightRun"
        case kind = "kind"
        case messages = "messages"
        case metadata = "metadata"
        case pendingInputs = "pendingInputs"
        case sessionInfo = "sessionInfo"
        case defaults = "defaults"
        case hasMore = "hasMore"
        case nextOffset = "nextOffset"
        case sessionId = "sessionId"
        case sessionKey = "sessionKey"
        case thinkingLevel = "thinkingLevel"
        case totalMessages = "totalMessages"
    }

    public init(agentsList: AgentsListResult?, deltaCursor: String?, inFlightRun: InFlightRun?, kind: Word?, messages: [ChatMessage]?, metadata: ChatMetadataResult?, pendingInputs: PendingInputs?, sessionInfo: SessionRow?, defaults: ChatDefaults?, hasMore: Bool?, nextOffset: Int?, sessionId: String?, sessionKey: String?, thinkingLevel: ThinkingLevel?, totalMessages: Int?) {
        self.agentsList = agentsList
        self.deltaCursor = deltaCursor
        self.inFlightRun = inFlightRun
        self.kind = kind
        self.messages = messages
        self.metadata = metadata
        self.pendingInputs = pendingInputs
        self.sessionInfo = sessionInfo
        self.defaults = defaults
        self.hasMore = hasMore
        self.nextOffset = nextOffset
        self.sessionId = sessionId
        self.sessionKey = sessionKey
        self.thinkingLevel = thinkingLevel
        self.totalMessages = totalMessages
    }
}

/// `delta`.
///
/// The word of [`ChatHistoryDelta`].
///
/// The only one.
///
/// `reset`.
///
/// The word of [`ChatHistoryReset`].
public enum Word: String, Codable {
    case delta = "delta"
    case reset = "reset"
}

/// Params of `chat.inject`.
// MARK: - ChatInjectParams
public struct ChatInjectParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Put in brackets before it.
    public let label: String?
    /// What the note says.
    public let message: String
    /// Session, in any form; it must exist.
    public let sessionKey: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case label = "label"
        case message = "message"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, label: String?, message: String, sessionKey: String) {
        self.agentId = agentId
        self.label = label
        self.message = message
        self.sessionKey = sessionKey
    }
}

/// Result of `chat.inject`.
// MARK: - ChatInjectResult
public struct ChatInjectResult: Codable {
    /// Id of the note.
    public let messageId: String
    /// Always true.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case messageId = "messageId"
        case ok = "ok"
    }

    public init(messageId: String, ok: Bool) {
        self.messageId = messageId
        self.ok = ok
    }
}

/// Params of `chat.message.get`.
// MARK: - ChatMessageGetParams
public struct ChatMessageGetParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Longest text, characters; what is longer is cut.
    public let maxChars: Int?
    /// Id of the message.
    public let messageId: String
    /// Session, in any form.
    public let sessionKey: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case maxChars = "maxChars"
        case messageId = "messageId"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, maxChars: Int?, messageId: String, sessionKey: String) {
        self.agentId = agentId
        self.maxChars = maxChars
        self.messageId = messageId
        self.sessionKey = sessionKey
    }
}

/// Result of `chat.message.get`.
// MARK: - ChatMessageGetResult
public struct ChatMessageGetResult: Codable {
    /// It.
    public let message: ChatMessage?
    /// Whether the message is here.
    public let ok: Bool
    /// Why it is not.
    public let unavailableReason: MessageUnavailable?

    public enum CodingKeys: String, CodingKey {
        case message = "message"
        case ok = "ok"
        case unavailableReason = "unavailableReason"
    }

    public init(message: ChatMessage?, ok: Bool, unavailableReason: MessageUnavailable?) {
        self.message = message
        self.ok = ok
        self.unavailableReason = unavailableReason
    }
}

/// Why it is not.
///
/// Why a message cannot be shown.
///
/// There is none with this id in this session.
///
/// It is larger than an answer may be.
///
/// It was compacted away.
public enum MessageUnavailable: String, Codable {
    case notFound = "not_found"
    case notVisible = "not_visible"
    case oversized = "oversized"
}

/// Params of `chat.metadata`.
// MARK: - ChatMetadataParams
public struct ChatMetadataParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Session, in any form.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, sessionKey: String?) {
        self.agentId = agentId
        self.sessionKey = sessionKey
    }
}

/// Params of `chat.send`.
// MARK: - ChatSendParams
public struct ChatSendParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Pictures and text files.
    public let attachments: [Attachment]?
    /// Whether the answer also goes to the session's channel.
    public let deliver: Bool?
    /// Names the run; the same key never starts a second one.
    public let idempotencyKey: String
    /// What is said; may be empty beside an attachment.
    public let message: String
    /// What to do while another run is under way.
    public let queueMode: QueueMode?
    /// Session, in any form: `main`, a bare key, or `agent:ID:KEY`.
    public let sessionKey: String
    /// How long the model may think, for this run.
    public let thinking: String?
    /// Longest run, milliseconds.
    public let timeoutMs: Int?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case attachments = "attachments"
        case deliver = "deliver"
        case idempotencyKey = "idempotencyKey"
        case message = "message"
        case queueMode = "queueMode"
        case sessionKey = "sessionKey"
        case thinking = "thinking"
        case timeoutMs = "timeoutMs"
    }

    public init(agentId: String?, attachments: [Attachment]?, deliver: Bool?, idempotencyKey: String, message: String, queueMode: QueueMode?, sessionKey: String, thinking: String?, timeoutMs: Int?) {
        self.agentId = agentId
        self.attachments = attachments
        self.deliver = deliver
        self.idempotencyKey = idempotencyKey
        self.message = message
        self.queueMode = queueMode
        self.sessionKey = sessionKey
        self.thinking = thinking
        self.timeoutMs = timeoutMs
    }
}

/// Result of `chat.send`: a run, or for `/stop` and stop words what was stopped.
///
/// Result of `sessions.send` and `sessions.steer`: a run, or what was stopped.
///
/// A run.
///
/// The run that a message belongs to.
///
/// Result of `chat.abort`.
///
/// Runs were stopped.
// MARK: - SessionsSendResult
public struct SessionsSendResult: Codable {
    /// Its id: the idempotency key.
    public let runId: String?
    /// What became of it.
    public let status: SendStatus?
    /// With `error`: what went wrong.
    public let summary: String?
    /// Whether anything was stopped.
    public let aborted: Bool?
    /// Always true.
    public let ok: Bool?
    /// What was stopped.
    public let runIds: [String]?

    public enum CodingKeys: String, CodingKey {
        case runId = "runId"
        case status = "status"
        case summary = "summary"
        case aborted = "aborted"
        case ok = "ok"
        case runIds = "runIds"
    }

    public init(runId: String?, status: SendStatus?, summary: String?, aborted: Bool?, ok: Bool?, runIds: [String]?) {
        self.runId = runId
        self.status = status
        self.summary = summary
        self.aborted = aborted
        self.ok = ok
        self.runIds = runIds
    }
}

/// What became of it.
///
/// What became of a run.
///
/// It began, or waits for its turn.
///
/// It was asked for before and is under way.
///
/// It ended.
///
/// It failed.
public enum SendStatus: String, Codable {
    case error = "error"
    case inFlight = "in_flight"
    case ok = "ok"
    case started = "started"
}

/// Params of `commands.list`.
// MARK: - CommandsListParams
public struct CommandsListParams: Codable {
    /// Agent whose commands are meant; all agents have the same.
    public let agentId: String?
    /// Whether arguments are described; absent means yes.
    public let includeArgs: Bool?
    /// Only commands for this surface.
    public let scope: CommandScope?
    /// Session whose commands are meant; all sessions have the same.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case includeArgs = "includeArgs"
        case scope = "scope"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, includeArgs: Bool?, scope: CommandScope?, sessionKey: String?) {
        self.agentId = agentId
        self.includeArgs = includeArgs
        self.scope = scope
        self.sessionKey = sessionKey
    }
}

/// Result of `commands.list`.
// MARK: - CommandsListResult
public struct CommandsListResult: Codable {
    /// Commands in the order in which help shows them.
    public let commands: [CommandEntry]

    public enum CodingKeys: String, CodingKey {
        case commands = "commands"
    }

    public init(commands: [CommandEntry]) {
        self.commands = commands
    }
}

/// The configuration changed, whoever did it.
// MARK: - ConfigChanged
public struct ConfigChanged: Codable {
    /// `hash` of the file now.
    public let hash: String
    /// Everything that is wrong with it.
    public let issues: [ConfigIssue]
    /// Where the file is.
    public let path: String
    /// Settings that are written differently now.
    public let paths: [String]
    /// Sections that wait for the next start.
    public let restart: [String]
    /// When, epoch milliseconds.
    public let ts: Int
    /// Whether the file is in force; if not, what ran before goes on.
    public let valid: Bool

    public enum CodingKeys: String, CodingKey {
        case hash = "hash"
        case issues = "issues"
        case path = "path"
        case paths = "paths"
        case restart = "restart"
        case ts = "ts"
        case valid = "valid"
    }

    public init(hash: String, issues: [ConfigIssue], path: String, paths: [String], restart: [String], ts: Int, valid: Bool) {
        self.hash = hash
        self.issues = issues
        self.path = path
        self.paths = paths
        self.restart = restart
        self.ts = ts
        self.valid = valid
    }
}

/// Something that is wrong with a setting.
// MARK: - ConfigIssue
public struct ConfigIssue: Codable {
    /// Line in the file, from 1.
    public let line: Int?
    /// What is wrong and what to write instead.
    public let message: String
    /// Its path, empty for the file as a whole.
    public let path: String

    public enum CodingKeys: String, CodingKey {
        case line = "line"
        case message = "message"
        case path = "path"
    }

    public init(line: Int?, message: String, path: String) {
        self.line = line
        self.message = message
        self.path = path
    }
}

/// Result of `config.get`.
// MARK: - ConfigGetResult
public struct ConfigGetResult: Codable {
    /// What is in force, secrets replaced: the file, what wins over it, and defaults that
    /// clients ask for.
    public let config: JSONAny
    /// Whether it is there.
    public let exists: Bool
    /// SHA-256 of the text, hex; name it as `baseHash` to change the file.
    public let hash: String
    /// Everything that is wrong with the file; empty when it is valid.
    public let issues: [ConfigIssue]
    /// Settings of former versions that still work. Always empty.
    public let legacyIssues: [ConfigIssue]
    /// Settings that the command line or the environment decides.
    public let overridden: [ConfigOverride]
    /// What is written in it, secrets replaced; null when it is no JSON5.
    public let parsed: JSONAny
    /// Where the file is, or would be.
    public let path: String
    /// Its text, secrets replaced; null when it cannot be read.
    public let raw: String?
    /// Whether the file is not in force: the last one that was valid is, or the defaults.
    public let safeMode: Bool
    /// Whether it can be used.
    public let valid: Bool
    /// Sections that changed and wait for the next start.
    public let waiting: [String]
    /// What is ignored or unwise.
    public let warnings: [ConfigIssue]

    public enum CodingKeys: String, CodingKey {
        case config = "config"
        case exists = "exists"
        case hash = "hash"
        case issues = "issues"
        case legacyIssues = "legacyIssues"
        case overridden = "overridden"
        case parsed = "parsed"
        case path = "path"
        case raw = "raw"
        case safeMode = "safeMode"
        case valid = "valid"
        case waiting = "waiting"
        case warnings = "warnings"
    }

    public init(config: JSONAny, exists: Bool, hash: String, issues: [ConfigIssue], legacyIssues: [ConfigIssue], overridden: [ConfigOverride], parsed: JSONAny, path: String, raw: String?, safeMode: Bool, valid: Bool, waiting: [String], warnings: [ConfigIssue]) {
        self.config = config
        self.exists = exists
        self.hash = hash
        self.issues = issues
        self.legacyIssues = legacyIssues
        self.overridden = overridden
        self.parsed = parsed
        self.path = path
        self.raw = raw
        self.safeMode = safeMode
        self.valid = valid
        self.waiting = waiting
        self.warnings = warnings
    }
}

/// A setting that something else than the file decides.
// MARK: - ConfigOverride
public struct ConfigOverride: Codable {
    /// What decides: `--port`, `POSTERN_GATEWAY_TOKEN` and the like.
    public let by: String
    /// Its path.
    public let path: String

    public enum CodingKeys: String, CodingKey {
        case by = "by"
        case path = "path"
    }

    public init(by: String, path: String) {
        self.by = by
        self.path = path
    }
}

/// Result of `config.openFile`.
// MARK: - ConfigOpenFileResult
public struct ConfigOpenFileResult: Codable {
    /// Always true.
    public let ok: Bool
    /// The file that was opened.
    public let path: String

    public enum CodingKeys: String, CodingKey {
        case ok = "ok"
        case path = "path"
    }

    public init(ok: Bool, path: String) {
        self.ok = ok
        self.path = path
    }
}

/// Params of `config.patch`.
// MARK: - ConfigPatchParams
public struct ConfigPatchParams: Codable {
    /// `hash` of the `config.get` that it was made from; needed when there is a file.
    public let baseHash: String?
    /// Told after a restart that this brings.
    public let note: String?
    /// What changes, JSON5: sections are merged, `null` removes, all else replaces. Lists whose
    /// elements have an `id`
    /// are merged by it.
    public let raw: String
    /// Lists that are replaced although their elements have an `id`, such as `agents.list`.
    public let replacePaths: [String]?
    /// How long a restart that this brings waits, milliseconds. Default 2000.
    public let restartDelayMs: Int?
    /// Conversation on whose behalf: its agent may not change what protects the gateway.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case baseHash = "baseHash"
        case note = "note"
        case raw = "raw"
        case replacePaths = "replacePaths"
        case restartDelayMs = "restartDelayMs"
        case sessionKey = "sessionKey"
    }

    public init(baseHash: String?, note: String?, raw: String, replacePaths: [String]?, restartDelayMs: Int?, sessionKey: String?) {
        self.baseHash = baseHash
        self.note = note
        self.raw = raw
        self.replacePaths = replacePaths
        self.restartDelayMs = restartDelayMs
        self.sessionKey = sessionKey
    }
}

/// Result of `config.patch`, `config.apply` and `config.restore`.
// MARK: - ConfigPatchResult
public struct ConfigPatchResult: Codable {
    /// What is in force now, secrets replaced.
    public let config: JSONAny
    /// `hash` of the new text.
    public let hash: String
    /// Mistakes that the file had before and still has: until they are mended it is not in force.
    public let issues: [ConfigIssue]?
    /// Always true.
    public let ok: Bool
    /// Where the file is.
    public let path: String
    /// The restart that this brings.
    public let restart: ConfigRestart
    /// What the next start is told; null when there is no restart.
    public let sentinel: ConfigSentinel?

    public enum CodingKeys: String, CodingKey {
        case config = "config"
        case hash = "hash"
        case issues = "issues"
        case ok = "ok"
        case path = "path"
        case restart = "restart"
        case sentinel = "sentinel"
    }

    public init(config: JSONAny, hash: String, issues: [ConfigIssue]?, ok: Bool, path: String, restart: ConfigRestart, sentinel: ConfigSentinel?) {
        self.config = config
        self.hash = hash
        self.issues = issues
        self.ok = ok
        self.path = path
        self.restart = restart
        self.sentinel = sentinel
    }
}

/// The restart that this brings.
///
/// The restart that a change brings.
// MARK: - ConfigRestart
public struct ConfigRestart: Codable {
    /// How long it waits, milliseconds. Runs under way are waited for as well.
    public let delayMs: Int?
    /// Sections that take effect with the next start; everything else has already.
    public let paths: [String]
    /// Why it does not start by itself, or why it has to.
    public let reason: String?
    /// Whether the gateway starts again by itself.
    public let scheduled: Bool

    public enum CodingKeys: String, CodingKey {
        case delayMs = "delayMs"
        case paths = "paths"
        case reason = "reason"
        case scheduled = "scheduled"
    }

    public init(delayMs: Int?, paths: [String], reason: String?, scheduled: Bool) {
        self.delayMs = delayMs
        self.paths = paths
        self.reason = reason
        self.scheduled = scheduled
    }
}

/// What the next start is told.
// MARK: - ConfigSentinel
public struct ConfigSentinel: Codable {
    /// What whoever asked wants to be told.
    public let note: String?
    /// Where it is written when the gateway stops.
    public let path: String
    /// Why.
    public let reason: String

    public enum CodingKeys: String, CodingKey {
        case note = "note"
        case path = "path"
        case reason = "reason"
    }

    public init(note: String?, path: String, reason: String) {
        self.note = note
        self.path = path
        self.reason = reason
    }
}

/// Params of `config.restore`.
// MARK: - ConfigRestoreParams
public struct ConfigRestoreParams: Codable {
    /// `hash` of the last `config.get`; needed when there is a file.
    public let baseHash: String?
    /// The version, from `config.versions`.
    public let id: String
    /// Told after a restart that this brings.
    public let note: String?
    /// How long a restart that this brings waits, milliseconds. Default 2000.
    public let restartDelayMs: Int?
    /// Conversation on whose behalf: its agent may not change what protects the gateway.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case baseHash = "baseHash"
        case id = "id"
        case note = "note"
        case restartDelayMs = "restartDelayMs"
        case sessionKey = "sessionKey"
    }

    public init(baseHash: String?, id: String, note: String?, restartDelayMs: Int?, sessionKey: String?) {
        self.baseHash = baseHash
        self.id = id
        self.note = note
        self.restartDelayMs = restartDelayMs
        self.sessionKey = sessionKey
    }
}

/// Params of `config.schema.lookup`.
// MARK: - ConfigSchemaLookupParams
public struct ConfigSchemaLookupParams: Codable {
    /// A path, such as `agents.list[0].model` or `mcp.servers.*`; `.` is the whole file.
    public let path: String

    public enum CodingKeys: String, CodingKey {
        case path = "path"
    }

    public init(path: String) {
        self.path = path
    }
}

/// Result of `config.schema.lookup`.
// MARK: - ConfigSchemaLookupResult
public struct ConfigSchemaLookupResult: Codable {
    /// The settings in it; `*` stands for names that the user chooses and for elements of a list.
    public let children: [ConfigSchemaChild]
    /// How forms show it.
    public let hint: ConfigUiHint?
    /// Its name among the `uiHints` of `config.schema`.
    public let hintPath: String?
    /// The path that was asked for.
    public let path: String
    /// When a change takes effect; absent for a section whose settings differ in that.
    public let reloadKind: ConfigReloadKind?
    /// JSON Schema of the setting.
    public let schema: JSONAny

    public enum CodingKeys: String, CodingKey {
        case children = "children"
        case hint = "hint"
        case hintPath = "hintPath"
        case path = "path"
        case reloadKind = "reloadKind"
        case schema = "schema"
    }

    public init(children: [ConfigSchemaChild], hint: ConfigUiHint?, hintPath: String?, path: String, reloadKind: ConfigReloadKind?, schema: JSONAny) {
        self.children = children
        self.hint = hint
        self.hintPath = hintPath
        self.path = path
        self.reloadKind = reloadKind
        self.schema = schema
    }
}

/// A setting in another one.
// MARK: - ConfigSchemaChild
public struct ConfigSchemaChild: Codable {
    /// Whether there are settings in it.
    public let hasChildren: Bool
    /// How forms show it.
    public let hint: ConfigUiHint?
    /// Its name among the `uiHints` of `config.schema`.
    public let hintPath: String?
    /// Its name in there.
    public let key: String
    /// Its path, for the next `config.schema.lookup`.
    public let path: String
    /// When a change takes effect; absent for a section whose settings differ in that.
    public let reloadKind: ConfigReloadKind?
    /// Whether it has to be written.
    public let configSchemaChildRequired: Bool
    /// JSON type of its value; absent when it may be of several.
    public let type: String?

    public enum CodingKeys: String, CodingKey {
        case hasChildren = "hasChildren"
        case hint = "hint"
        case hintPath = "hintPath"
        case key = "key"
        case path = "path"
        case reloadKind = "reloadKind"
        case configSchemaChildRequired = "required"
        case type = "type"
    }

    public init(hasChildren: Bool, hint: ConfigUiHint?, hintPath: String?, key: String, path: String, reloadKind: ConfigReloadKind?, configSchemaChildRequired: Bool, type: String?) {
        self.hasChildren = hasChildren
        self.hint = hint
        self.hintPath = hintPath
        self.key = key
        self.path = path
        self.reloadKind = reloadKind
        self.configSchemaChildRequired = configSchemaChildRequired
        self.type = type
    }
}

/// How forms show it.
///
/// How a form shows a setting.
// MARK: - ConfigUiHint
public struct ConfigUiHint: Codable {
    /// Whether most people never need it.
    public let advanced: Bool?
    /// Section that it is shown in.
    public let group: String?
    /// What it does.
    public let help: String?
    /// Its name for people.
    public let label: String?
    /// Place among its neighbours.
    public let order: Int?
    /// What an empty field shows.
    public let placeholder: String?
    /// Whether a change takes effect with the next start only.
    public let restart: Bool?
    /// Whether it is a secret.
    public let sensitive: Bool?

    public enum CodingKeys: String, CodingKey {
        case advanced = "advanced"
        case group = "group"
        case help = "help"
        case label = "label"
        case order = "order"
        case placeholder = "placeholder"
        case restart = "restart"
        case sensitive = "sensitive"
    }

    public init(advanced: Bool?, group: String?, help: String?, label: String?, order: Int?, placeholder: String?, restart: Bool?, sensitive: Bool?) {
        self.advanced = advanced
        self.group = group
        self.help = help
        self.label = label
        self.order = order
        self.placeholder = placeholder
        self.restart = restart
        self.sensitive = sensitive
    }
}

/// When a changed setting takes effect.
///
/// When a change takes effect; absent for a section whose settings differ in that.
///
/// At once.
///
/// With the next start.
public enum ConfigReloadKind: String, Codable {
    case hot = "hot"
    case restart = "restart"
}

/// Result of `config.schema`.
// MARK: - ConfigSchemaResult
public struct ConfigSchemaResult: Codable {
    /// When it was made, ISO 8601.
    public let generatedAt: String
    /// JSON Schema of the file.
    public let schema: JSONAny
    /// How forms show a setting, by its path; `*` stands for names that the user chooses and for
    /// elements of a list.
    public let uiHints: [String: ConfigUiHint]
    /// Version of the gateway that it belongs to.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case generatedAt = "generatedAt"
        case schema = "schema"
        case uiHints = "uiHints"
        case version = "version"
    }

    public init(generatedAt: String, schema: JSONAny, uiHints: [String: ConfigUiHint], version: String) {
        self.generatedAt = generatedAt
        self.schema = schema
        self.uiHints = uiHints
        self.version = version
    }
}

/// Params of `config.set` and `config.apply`.
// MARK: - ConfigSetParams
public struct ConfigSetParams: Codable {
    /// `hash` of the `config.get` that it was made from; needed when there is a file.
    public let baseHash: String?
    /// Told after a restart that this brings.
    public let note: String?
    /// The whole text, JSON5.
    public let raw: String
    /// How long a restart that this brings waits, milliseconds. Default 2000.
    public let restartDelayMs: Int?
    /// Conversation on whose behalf: its agent may not change what protects the gateway.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case baseHash = "baseHash"
        case note = "note"
        case raw = "raw"
        case restartDelayMs = "restartDelayMs"
        case sessionKey = "sessionKey"
    }

    public init(baseHash: String?, note: String?, raw: String, restartDelayMs: Int?, sessionKey: String?) {
        self.baseHash = baseHash
        self.note = note
        self.raw = raw
        self.restartDelayMs = restartDelayMs
        self.sessionKey = sessionKey
    }
}

/// Result of `config.set`.
// MARK: - ConfigSetResult
public struct ConfigSetResult: Codable {
    /// What is in force now, secrets replaced.
    public let config: JSONAny
    /// `hash` of the new text.
    public let hash: String
    /// Mistakes that the file had before and still has: until they are mended it is not in force.
    public let issues: [ConfigIssue]?
    /// Always true.
    public let ok: Bool
    /// Where the file is.
    public let path: String
    /// Sections that wait for the next start.
    public let waiting: [String]

    public enum CodingKeys: String, CodingKey {
        case config = "config"
        case hash = "hash"
        case issues = "issues"
        case ok = "ok"
        case path = "path"
        case waiting = "waiting"
    }

    public init(config: JSONAny, hash: String, issues: [ConfigIssue]?, ok: Bool, path: String, waiting: [String]) {
        self.config = config
        self.hash = hash
        self.issues = issues
        self.ok = ok
        self.path = path
        self.waiting = waiting
    }
}

/// Params of `config.versions`.
// MARK: - ConfigVersionsParams
public struct ConfigVersionsParams: Codable {
    /// Also gives the text of this one.
    public let id: String?

    public enum CodingKeys: String, CodingKey {
        case id = "id"
    }

    public init(id: String?) {
        self.id = id
    }
}

/// Result of `config.versions`.
// MARK: - ConfigVersionsResult
public struct ConfigVersionsResult: Codable {
    /// The text that was asked for, secrets replaced.
    public let raw: String?
    /// The kept versions, newest first.
    public let versions: [ConfigVersion]

    public enum CodingKeys: String, CodingKey {
        case raw = "raw"
        case versions = "versions"
    }

    public init(raw: String?, versions: [ConfigVersion]) {
        self.raw = raw
        self.versions = versions
    }
}

/// A kept version.
// MARK: - ConfigVersion
public struct ConfigVersion: Codable {
    /// When it was replaced, epoch milliseconds.
    public let atMs: Int
    /// Size, bytes.
    public let bytes: Int
    /// What replaced it: `set`, `patch`, `apply`, `restore`, `disk`, `import` or `setup`.
    public let cause: String
    /// Its name.
    public let id: String

    public enum CodingKeys: String, CodingKey {
        case atMs = "atMs"
        case bytes = "bytes"
        case cause = "cause"
        case id = "id"
    }

    public init(atMs: Int, bytes: Int, cause: String, id: String) {
        self.atMs = atMs
        self.bytes = bytes
        self.cause = cause
        self.id = id
    }
}

/// Payload of `connect.challenge`, the first frame on every socket.
// MARK: - ConnectChallenge
public struct ConnectChallenge: Codable {
    /// UUID v4, this socket's only.
    public let nonce: String
    /// Gateway time in epoch milliseconds; protocol 4 clients sign with it.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case nonce = "nonce"
        case ts = "ts"
    }

    public init(nonce: String, ts: Int) {
        self.nonce = nonce
        self.ts = ts
    }
}

/// Params of `connect`.
// MARK: - ConnectParams
public struct ConnectParams: Codable {
    /// Credentials.
    public let auth: ConnectAuth?
    /// What the client can do or show.
    public let caps: [String]?
    /// What program connects.
    public let client: ClientInfo
    /// Commands a node offers.
    public let commands: [String]?
    /// Proof of the device's identity.
    public let device: DeviceProof?
    /// Informational.
    public let locale: String?
    /// Newest generation the client speaks.
    public let maxProtocol: Int
    /// Oldest generation the client speaks.
    public let minProtocol: Int
    /// A node's PATH.
    public let pathEnv: String?
    /// A node's permissions of its operating system.
    public let permissions: [String: Bool]?
    /// `operator` (default) or `node`.
    public let role: String?
    /// Scopes asked for, signed in this order.
    public let scopes: [String]?
    /// Informational.
    public let userAgent: String?

    public enum CodingKeys: String, CodingKey {
        case auth = "auth"
        case caps = "caps"
        case client = "client"
        case commands = "commands"
        case device = "device"
        case locale = "locale"
        case maxProtocol = "maxProtocol"
        case minProtocol = "minProtocol"
        case pathEnv = "pathEnv"
        case permissions = "permissions"
        case role = "role"
        case scopes = "scopes"
        case userAgent = "userAgent"
    }

    public init(auth: ConnectAuth?, caps: [String]?, client: ClientInfo, commands: [String]?, device: DeviceProof?, locale: String?, maxProtocol: Int, minProtocol: Int, pathEnv: String?, permissions: [String: Bool]?, role: String?, scopes: [String]?, userAgent: String?) {
        self.auth = auth
        self.caps = caps
        self.client = client
        self.commands = commands
        self.device = device
        self.locale = locale
        self.maxProtocol = maxProtocol
        self.minProtocol = minProtocol
        self.pathEnv = pathEnv
        self.permissions = permissions
        self.role = role
        self.scopes = scopes
        self.userAgent = userAgent
    }
}

/// `connect.auth`. `Debug` shows which fields are set, never their values.
// MARK: - ConnectAuth
public struct ConnectAuth: Codable {
    /// Token of a setup code.
    public let bootstrapToken: String?
    /// Token issued to this device.
    public let deviceToken: String?
    /// Gateway password.
    public let password: String?
    /// Gateway token, or a device token from older clients.
    public let token: String?

    public enum CodingKeys: String, CodingKey {
        case bootstrapToken = "bootstrapToken"
        case deviceToken = "deviceToken"
        case password = "password"
        case token = "token"
    }

    public init(bootstrapToken: String?, deviceToken: String?, password: String?, token: String?) {
        self.bootstrapToken = bootstrapToken
        self.deviceToken = deviceToken
        self.password = password
        self.token = token
    }
}

/// `connect.client`.
///
/// What program connects.
// MARK: - ClientInfo
public struct ClientInfo: Codable {
    /// Build of the client.
    public let buildId: String?
    /// For example `Mac`, `iPhone`, `Android`, `Windows`, `Linux`.
    public let deviceFamily: String?
    /// Name for people.
    public let displayName: String?
    /// Which client; unknown ids are served like `gateway-client`.
    public let id: String
    /// Tells two instances of one client apart.
    public let instanceId: String?
    /// How it is used.
    public let mode: ClientMode
    /// Hardware model.
    public let modelIdentifier: String?
    /// Operating system as the client words it.
    public let platform: String
    /// IANA zone.
    public let timeZone: String?
    /// Its version.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case buildId = "buildId"
        case deviceFamily = "deviceFamily"
        case displayName = "displayName"
        case id = "id"
        case instanceId = "instanceId"
        case mode = "mode"
        case modelIdentifier = "modelIdentifier"
        case platform = "platform"
        case timeZone = "timeZone"
        case version = "version"
    }

    public init(buildId: String?, deviceFamily: String?, displayName: String?, id: String, instanceId: String?, mode: ClientMode, modelIdentifier: String?, platform: String, timeZone: String?, version: String) {
        self.buildId = buildId
        self.deviceFamily = deviceFamily
        self.displayName = displayName
        self.id = id
        self.instanceId = instanceId
        self.mode = mode
        self.modelIdentifier = modelIdentifier
        self.platform = platform
        self.timeZone = timeZone
        self.version = version
    }
}

/// How it is used.
///
/// `connect.client.mode`.
///
/// A chat page in a browser.
///
/// A command line.
///
/// A graphical client.
///
/// A service.
///
/// A node host.
///
/// Asks whether a gateway is there.
///
/// Tests.
///
/// A worker of an agent.
public enum ClientMode: String, Codable {
    case backend = "backend"
    case cli = "cli"
    case node = "node"
    case probe = "probe"
    case test = "test"
    case ui = "ui"
    case webchat = "webchat"
    case worker = "worker"
}

/// `connect.device`.
// MARK: - DeviceProof
public struct DeviceProof: Codable {
    /// Hex SHA-256 of the raw public key.
    public let id: String
    /// The challenge's nonce.
    public let nonce: String?
    /// Base64url of the raw key; standard base64 and SPKI PEM are read too.
    public let publicKey: String
    /// Base64url signature over the payload of `handshake.md §4`.
    public let signature: String
    /// Epoch milliseconds.
    public let signedAt: Int

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case nonce = "nonce"
        case publicKey = "publicKey"
        case signature = "signature"
        case signedAt = "signedAt"
    }

    public init(id: String, nonce: String?, publicKey: String, signature: String, signedAt: Int) {
        self.id = id
        self.nonce = nonce
        self.publicKey = publicKey
        self.signature = signature
        self.signedAt = signedAt
    }
}

/// Params of `desktop.attach`.
// MARK: - DesktopAttachParams
public struct DesktopAttachParams: Codable {
    /// The app's settings.
    public let settings: DesktopAttachParamsSettings

    public enum CodingKeys: String, CodingKey {
        case settings = "settings"
    }

    public init(settings: DesktopAttachParamsSettings) {
        self.settings = settings
    }
}

/// The app's settings.
// MARK: - DesktopAttachParamsSettings
public struct DesktopAttachParamsSettings: Codable {
    /// The gateway goes on when the window is closed.
    public let keepRunning: Bool
    /// Whether its computer is a node. Absent where the app cannot make it one.
    public let node: PurpleNode?
    /// `linux`, `macos`, `windows`.
    public let platform: String
    /// A shortcut opens the window from anywhere.
    public let quickSend: Bool
    /// Its icon is in the tray.
    public let showIcon: Bool
    /// It starts when its user signs in.
    public let startAtLogin: Bool
    /// Version of the app.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case keepRunning = "keepRunning"
        case node = "node"
        case platform = "platform"
        case quickSend = "quickSend"
        case showIcon = "showIcon"
        case startAtLogin = "startAtLogin"
        case version = "version"
    }

    public init(keepRunning: Bool, node: PurpleNode?, platform: String, quickSend: Bool, showIcon: Bool, startAtLogin: Bool, version: String) {
        self.keepRunning = keepRunning
        self.node = node
        self.platform = platform
        self.quickSend = quickSend
        self.showIcon = showIcon
        self.startAtLogin = startAtLogin
        self.version = version
    }
}

// MARK: - PurpleNode
public struct PurpleNode: Codable {
    /// What it offers, as far as that works there.
    public let capabilities: [DesktopNodeCapability]
    /// It is to be one. Off: nothing of it runs.
    public let enabled: Bool
    /// The node that it is: the id of its device, known once it has tried to connect.
    public let nodeId: String?
    /// Why it is not connected.
    public let reason: String?
    /// How it is.
    public let state: DesktopNodeState

    public enum CodingKeys: String, CodingKey {
        case capabilities = "capabilities"
        case enabled = "enabled"
        case nodeId = "nodeId"
        case reason = "reason"
        case state = "state"
    }

    public init(capabilities: [DesktopNodeCapability], enabled: Bool, nodeId: String?, reason: String?, state: DesktopNodeState) {
        self.capabilities = capabilities
        self.enabled = enabled
        self.nodeId = nodeId
        self.reason = reason
        self.state = state
    }
}

/// What a desktop app can offer as a node.
///
/// Pages in a browser that is steered.
///
/// Pictures and films of cameras.
///
/// Pages on the screen.
///
/// Lists of folders.
///
/// Where the computer is.
///
/// Notifications.
///
/// Pictures and films of the screen.
///
/// Commands.
public enum DesktopNodeCapability: String, Codable {
    case browser = "browser"
    case camera = "camera"
    case canvas = "canvas"
    case fs = "fs"
    case location = "location"
    case notifications = "notifications"
    case screen = "screen"
    case system = "system"
}

/// How it is.
///
/// How the node of a desktop app is.
///
/// It is not wanted.
///
/// It dials, or will again.
///
/// It is there, with everything that it offers.
///
/// Somebody has to approve it, or what it offers beyond what was approved.
///
/// It cannot work as things are; it is tried again now and then.
public enum DesktopNodeState: String, Codable {
    case connected = "connected"
    case connecting = "connecting"
    case failed = "failed"
    case off = "off"
    case waiting = "waiting"
}

/// Result of `desktop.attach`. `Debug` does not show the cookie.
// MARK: - DesktopAttachResult
public struct DesktopAttachResult: Codable {
    /// Name of the cookie for the window.
    public let cookieName: String
    /// Its value. It works until this connection ends, in this app's window alone.
    public let cookieValue: String
    /// The page to show.
    public let url: String

    public enum CodingKeys: String, CodingKey {
        case cookieName = "cookieName"
        case cookieValue = "cookieValue"
        case url = "url"
    }

    public init(cookieName: String, cookieValue: String, url: String) {
        self.cookieName = cookieName
        self.cookieValue = cookieValue
        self.url = url
    }
}

/// Result of `desktop.get`.
// MARK: - DesktopGetResult
public struct DesktopGetResult: Codable {
    /// Whether an app is attached.
    public let attached: Bool
    /// Its settings.
    public let settings: DesktopSettings?

    public enum CodingKeys: String, CodingKey {
        case attached = "attached"
        case settings = "settings"
    }

    public init(attached: Bool, settings: DesktopSettings?) {
        self.attached = attached
        self.settings = settings
    }
}

/// Its settings.
///
/// Settings of the desktop app, and which one it is.
///
/// The settings as the app then told them.
// MARK: - DesktopSettings
public struct DesktopSettings: Codable {
    /// The gateway goes on when the window is closed.
    public let keepRunning: Bool
    /// Whether its computer is a node. Absent where the app cannot make it one.
    public let node: DesktopSettingsNode?
    /// `linux`, `macos`, `windows`.
    public let platform: String
    /// A shortcut opens the window from anywhere.
    public let quickSend: Bool
    /// Its icon is in the tray.
    public let showIcon: Bool
    /// It starts when its user signs in.
    public let startAtLogin: Bool
    /// Version of the app.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case keepRunning = "keepRunning"
        case node = "node"
        case platform = "platform"
        case quickSend = "quickSend"
        case showIcon = "showIcon"
        case startAtLogin = "startAtLogin"
        case version = "version"
    }

    public init(keepRunning: Bool, node: DesktopSettingsNode?, platform: String, quickSend: Bool, showIcon: Bool, startAtLogin: Bool, version: String) {
        self.keepRunning = keepRunning
        self.node = node
        self.platform = platform
        self.quickSend = quickSend
        self.showIcon = showIcon
        self.startAtLogin = startAtLogin
        self.version = version
    }
}

/// Whether its computer is a node. Absent where the app cannot make it one.
// MARK: - DesktopSettingsNode
public struct DesktopSettingsNode: Codable {
    /// What it offers, as far as that works there.
    public let capabilities: [DesktopNodeCapability]
    /// It is to be one. Off: nothing of it runs.
    public let enabled: Bool
    /// The node that it is: the id of its device, known once it has tried to connect.
    public let nodeId: String?
    /// Why it is not connected.
    public let reason: String?
    /// How it is.
    public let state: DesktopNodeState

    public enum CodingKeys: String, CodingKey {
        case capabilities = "capabilities"
        case enabled = "enabled"
        case nodeId = "nodeId"
        case reason = "reason"
        case state = "state"
    }

    public init(capabilities: [DesktopNodeCapability], enabled: Bool, nodeId: String?, reason: String?, state: DesktopNodeState) {
        self.capabilities = capabilities
        self.enabled = enabled
        self.nodeId = nodeId
        self.reason = reason
        self.state = state
    }
}

/// Changes to settings; what is absent stays.
// MARK: - DesktopSetParams
public struct DesktopSetParams: Codable {
    /// Let the gateway go on when the window is closed.
    public let keepRunning: Bool?
    /// Make the app's computer a node.
    public let node: DesktopSetParamsNode?
    /// Let a shortcut open the window from anywhere.
    public let quickSend: Bool?
    /// Show the icon in the tray.
    public let showIcon: Bool?
    /// Start when the user signs in.
    public let startAtLogin: Bool?

    public enum CodingKeys: String, CodingKey {
        case keepRunning = "keepRunning"
        case node = "node"
        case quickSend = "quickSend"
        case showIcon = "showIcon"
        case startAtLogin = "startAtLogin"
    }

    public init(keepRunning: Bool?, node: DesktopSetParamsNode?, quickSend: Bool?, showIcon: Bool?, startAtLogin: Bool?) {
        self.keepRunning = keepRunning
        self.node = node
        self.quickSend = quickSend
        self.showIcon = showIcon
        self.startAtLogin = startAtLogin
    }
}

// MARK: - DesktopSetParamsNode
public struct DesktopSetParamsNode: Codable {
    /// Offer these and no others.
    public let capabilities: [DesktopNodeCapability]?
    /// Make the computer a node, or let it be none.
    public let enabled: Bool?

    public enum CodingKeys: String, CodingKey {
        case capabilities = "capabilities"
        case enabled = "enabled"
    }

    public init(capabilities: [DesktopNodeCapability]?, enabled: Bool?) {
        self.capabilities = capabilities
        self.enabled = enabled
    }
}

/// Result of `desktop.set`.
// MARK: - DesktopSetResult
public struct DesktopSetResult: Codable {
    /// The settings as the app then told them.
    public let settings: DesktopSettings

    public enum CodingKeys: String, CodingKey {
        case settings = "settings"
    }

    public init(settings: DesktopSettings) {
        self.settings = settings
    }
}

/// `desktop.settings.requested`: the app is asked to change its settings and
/// answers with `desktop.update`. Sent to that app alone.
// MARK: - DesktopSettingsRequested
public struct DesktopSettingsRequested: Codable {
    /// What is asked for.
    public let changes: Changes
    /// Names this wish, in the answer to it and in logs.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case changes = "changes"
        case requestId = "requestId"
    }

    public init(changes: Changes, requestId: String) {
        self.changes = changes
        self.requestId = requestId
    }
}

/// What is asked for.
// MARK: - Changes
public struct Changes: Codable {
    /// Let the gateway go on when the window is closed.
    public let keepRunning: Bool?
    /// Make the app's computer a node.
    public let node: ChangesNode?
    /// Let a shortcut open the window from anywhere.
    public let quickSend: Bool?
    /// Show the icon in the tray.
    public let showIcon: Bool?
    /// Start when the user signs in.
    public let startAtLogin: Bool?

    public enum CodingKeys: String, CodingKey {
        case keepRunning = "keepRunning"
        case node = "node"
        case quickSend = "quickSend"
        case showIcon = "showIcon"
        case startAtLogin = "startAtLogin"
    }

    public init(keepRunning: Bool?, node: ChangesNode?, quickSend: Bool?, showIcon: Bool?, startAtLogin: Bool?) {
        self.keepRunning = keepRunning
        self.node = node
        self.quickSend = quickSend
        self.showIcon = showIcon
        self.startAtLogin = startAtLogin
    }
}

/// Make the app's computer a node.
// MARK: - ChangesNode
public struct ChangesNode: Codable {
    /// Offer these and no others.
    public let capabilities: [DesktopNodeCapability]?
    /// Make the computer a node, or let it be none.
    public let enabled: Bool?

    public enum CodingKeys: String, CodingKey {
        case capabilities = "capabilities"
        case enabled = "enabled"
    }

    public init(capabilities: [DesktopNodeCapability]?, enabled: Bool?) {
        self.capabilities = capabilities
        self.enabled = enabled
    }
}

/// Params of `desktop.update`.
// MARK: - DesktopUpdateParams
public struct DesktopUpdateParams: Codable {
    /// The wish that this answers. Without it, and not unasked, it answers every `desktop.set`
    /// that waits.
    public let requestId: String?
    /// The app's settings.
    public let settings: DesktopUpdateParamsSettings
    /// The app tells this by itself, such as how its node is: no answer to a `desktop.set` that
    /// waits.
    public let unasked: Bool?

    public enum CodingKeys: String, CodingKey {
        case requestId = "requestId"
        case settings = "settings"
        case unasked = "unasked"
    }

    public init(requestId: String?, settings: DesktopUpdateParamsSettings, unasked: Bool?) {
        self.requestId = requestId
        self.settings = settings
        self.unasked = unasked
    }
}

/// The app's settings.
// MARK: - DesktopUpdateParamsSettings
public struct DesktopUpdateParamsSettings: Codable {
    /// The gateway goes on when the window is closed.
    public let keepRunning: Bool
    /// Whether its computer is a node. Absent where the app cannot make it one.
    public let node: FluffyNode?
    /// `linux`, `macos`, `windows`.
    public let platform: String
    /// A shortcut opens the window from anywhere.
    public let quickSend: Bool
    /// Its icon is in the tray.
    public let showIcon: Bool
    /// It starts when its user signs in.
    public let startAtLogin: Bool
    /// Version of the app.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case keepRunning = "keepRunning"
        case node = "node"
        case platform = "platform"
        case quickSend = "quickSend"
        case showIcon = "showIcon"
        case startAtLogin = "startAtLogin"
        case version = "version"
    }

    public init(keepRunning: Bool, node: FluffyNode?, platform: String, quickSend: Bool, showIcon: Bool, startAtLogin: Bool, version: String) {
        self.keepRunning = keepRunning
        self.node = node
        self.platform = platform
        self.quickSend = quickSend
        self.showIcon = showIcon
        self.startAtLogin = startAtLogin
        self.version = version
    }
}

// MARK: - FluffyNode
public struct FluffyNode: Codable {
    /// What it offers, as far as that works there.
    public let capabilities: [DesktopNodeCapability]
    /// It is to be one. Off: nothing of it runs.
    public let enabled: Bool
    /// The node that it is: the id of its device, known once it has tried to connect.
    public let nodeId: String?
    /// Why it is not connected.
    public let reason: String?
    /// How it is.
    public let state: DesktopNodeState

    public enum CodingKeys: String, CodingKey {
        case capabilities = "capabilities"
        case enabled = "enabled"
        case nodeId = "nodeId"
        case reason = "reason"
        case state = "state"
    }

    public init(capabilities: [DesktopNodeCapability], enabled: Bool, nodeId: String?, reason: String?, state: DesktopNodeState) {
        self.capabilities = capabilities
        self.enabled = enabled
        self.nodeId = nodeId
        self.reason = reason
        self.state = state
    }
}

/// Result of `device.pair.approve`.
// MARK: - DevicePairApproveResult
public struct DevicePairApproveResult: Codable {
    /// The device as it now stands.
    public let device: PairedDevice
    /// The request.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case device = "device"
        case requestId = "requestId"
    }

    public init(device: PairedDevice, requestId: String) {
        self.device = device
        self.requestId = requestId
    }
}

/// The device as it now stands.
///
/// A paired device.
// MARK: - PairedDevice
public struct PairedDevice: Codable {
    /// Epoch milliseconds of the last approval.
    public let approvedAtMs: Int
    /// How the last approval came about.
    public let approvedVia: ApprovedVia
    /// Client it used last.
    public let clientId: String?
    /// Mode it used last.
    public let clientMode: String?
    /// Whether it is connected at this moment.
    public let connected: Bool
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Family, pinned at approval.
    public let deviceFamily: String?
    /// Hex SHA-256 of its key.
    public let deviceId: String
    /// Name it gave itself.
    public let displayName: String?
    /// Name a person gave it.
    public let label: String?
    /// Epoch milliseconds.
    public let lastSeenAtMs: Int?
    /// `connect` or `disconnect`.
    public let lastSeenReason: String?
    /// Operating system, pinned at approval.
    public let platform: String?
    /// Base64url of the raw key.
    public let publicKey: String
    /// Where it connected from last.
    public let remoteIp: String?
    /// First approved role, for clients that read one.
    public let role: Role
    /// Approved roles.
    public let roles: [Role]
    /// Approved scopes.
    public let scopes: [String]
    /// Its tokens, without their values.
    public let tokens: [TokenSummary]

    public enum CodingKeys: String, CodingKey {
        case approvedAtMs = "approvedAtMs"
        case approvedVia = "approvedVia"
        case clientId = "clientId"
        case clientMode = "clientMode"
        case connected = "connected"
        case createdAtMs = "createdAtMs"
        case deviceFamily = "deviceFamily"
        case deviceId = "deviceId"
        case displayName = "displayName"
        case label = "label"
        case lastSeenAtMs = "lastSeenAtMs"
        case lastSeenReason = "lastSeenReason"
        case platform = "platform"
        case publicKey = "publicKey"
        case remoteIp = "remoteIp"
        case role = "role"
        case roles = "roles"
        case scopes = "scopes"
        case tokens = "tokens"
    }

    public init(approvedAtMs: Int, approvedVia: ApprovedVia, clientId: String?, clientMode: String?, connected: Bool, createdAtMs: Int, deviceFamily: String?, deviceId: String, displayName: String?, label: String?, lastSeenAtMs: Int?, lastSeenReason: String?, platform: String?, publicKey: String, remoteIp: String?, role: Role, roles: [Role], scopes: [String], tokens: [TokenSummary]) {
        self.approvedAtMs = approvedAtMs
        self.approvedVia = approvedVia
        self.clientId = clientId
        self.clientMode = clientMode
        self.connected = connected
        self.createdAtMs = createdAtMs
        self.deviceFamily = deviceFamily
        self.deviceId = deviceId
        self.displayName = displayName
        self.label = label
        self.lastSeenAtMs = lastSeenAtMs
        self.lastSeenReason = lastSeenReason
        self.platform = platform
        self.publicKey = publicKey
        self.remoteIp = remoteIp
        self.role = role
        self.roles = roles
        self.scopes = scopes
        self.tokens = tokens
    }
}

/// How a device came to be approved.
///
/// How the last approval came about.
///
/// Silently: it runs on the gateway's own machine.
///
/// Somebody with the pairing scope approved it.
///
/// It brought a setup code.
///
/// Silently: a trusted proxy said whose it is.
///
/// Silently: the tailnet says that it is the owner's.
///
/// Silently: a new node from an address in `gateway.nodes.pairing.autoApproveCidrs`.
public enum ApprovedVia: String, Codable {
    case approvedViaOperator = "operator"
    case listedAddress = "listed-address"
    case local = "local"
    case setupCode = "setup-code"
    case tailscale = "tailscale"
    case trustedProxy = "trusted-proxy"
}

/// What a connection is: a person's control plane, or a device that does things.
///
/// First approved role, for clients that read one.
///
/// Role it is good for.
///
/// Role asked for.
///
/// Role of the token.
///
/// Role of the connection.
///
/// Control plane: reads state, sends messages, approves.
///
/// A device that offers commands.
public enum Role: String, Codable {
    case node = "node"
    case roleOperator = "operator"
}

/// A token of a paired device, without its value.
// MARK: - TokenSummary
public struct TokenSummary: Codable {
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Epoch milliseconds of its last use.
    public let lastUsedAtMs: Int?
    /// Epoch milliseconds of its revocation.
    public let revokedAtMs: Int?
    /// Role it is good for.
    public let role: Role
    /// Epoch milliseconds of the last rotation.
    public let rotatedAtMs: Int?
    /// Scopes it carries.
    public let scopes: [String]

    public enum CodingKeys: String, CodingKey {
        case createdAtMs = "createdAtMs"
        case lastUsedAtMs = "lastUsedAtMs"
        case revokedAtMs = "revokedAtMs"
        case role = "role"
        case rotatedAtMs = "rotatedAtMs"
        case scopes = "scopes"
    }

    public init(createdAtMs: Int, lastUsedAtMs: Int?, revokedAtMs: Int?, role: Role, rotatedAtMs: Int?, scopes: [String]) {
        self.createdAtMs = createdAtMs
        self.lastUsedAtMs = lastUsedAtMs
        self.revokedAtMs = revokedAtMs
        self.role = role
        self.rotatedAtMs = rotatedAtMs
        self.scopes = scopes
    }
}

/// Result of `device.pair.list`.
// MARK: - DevicePairListResult
public struct DevicePairListResult: Codable {
    /// Devices, last approved first.
    public let paired: [PairedDevice]
    /// Requests, first seen first.
    public let pending: [PairingRequest]

    public enum CodingKeys: String, CodingKey {
        case paired = "paired"
        case pending = "pending"
    }

    public init(paired: [PairedDevice], pending: [PairingRequest]) {
        self.paired = paired
        self.pending = pending
    }
}

/// A pairing request that waits; also event `device.pair.requested`.
// MARK: - PairingRequest
public struct PairingRequest: Codable {
    /// Origin header of a browser.
    public let browserOrigin: String?
    /// Which client runs on it.
    public let clientId: String?
    /// How it is used.
    public let clientMode: String?
    /// Its family.
    public let deviceFamily: String?
    /// Device that asks.
    public let deviceId: String
    /// Its name for people.
    public let displayName: String?
    /// Until when somebody can decide, epoch milliseconds. In lists on protocol 4 only: it moves
    /// when the device asks again.
    public let expiresAtMs: Int?
    /// Whether the device was paired before.
    public let isRepair: Bool?
    /// Its operating system.
    public let platform: String?
    /// Its key, base64url of the raw 32 bytes.
    public let publicKey: String
    /// Where it connected from.
    public let remoteIp: String?
    /// Names the request until it is decided or expires.
    public let requestId: String
    /// Role asked for.
    public let role: Role?
    /// The same as a list, for clients that read lists.
    public let roles: [Role]?
    /// Scopes asked for.
    public let scopes: [String]?
    /// Whether it may be approved without asking anybody.
    public let silent: Bool?
    /// First seen, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case browserOrigin = "browserOrigin"
        case clientId = "clientId"
        case clientMode = "clientMode"
        case deviceFamily = "deviceFamily"
        case deviceId = "deviceId"
        case displayName = "displayName"
        case expiresAtMs = "expiresAtMs"
        case isRepair = "isRepair"
        case platform = "platform"
        case publicKey = "publicKey"
        case remoteIp = "remoteIp"
        case requestId = "requestId"
        case role = "role"
        case roles = "roles"
        case scopes = "scopes"
        case silent = "silent"
        case ts = "ts"
    }

    public init(browserOrigin: String?, clientId: String?, clientMode: String?, deviceFamily: String?, deviceId: String, displayName: String?, expiresAtMs: Int?, isRepair: Bool?, platform: String?, publicKey: String, remoteIp: String?, requestId: String, role: Role?, roles: [Role]?, scopes: [String]?, silent: Bool?, ts: Int) {
        self.browserOrigin = browserOrigin
        self.clientId = clientId
        self.clientMode = clientMode
        self.deviceFamily = deviceFamily
        self.deviceId = deviceId
        self.displayName = displayName
        self.expiresAtMs = expiresAtMs
        self.isRepair = isRepair
        self.platform = platform
        self.publicKey = publicKey
        self.remoteIp = remoteIp
        self.requestId = requestId
        self.role = role
        self.roles = roles
        self.scopes = scopes
        self.silent = silent
        self.ts = ts
    }
}

/// Result of `device.pair.reject`.
// MARK: - DevicePairRejectResult
public struct DevicePairRejectResult: Codable {
    /// Its device.
    public let deviceId: String
    /// The request.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case requestId = "requestId"
    }

    public init(deviceId: String, requestId: String) {
        self.deviceId = deviceId
        self.requestId = requestId
    }
}

/// Result of `device.pair.remove`.
// MARK: - DevicePairRemoveResult
public struct DevicePairRemoveResult: Codable {
    /// The device that is gone.
    public let deviceId: String

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
    }

    public init(deviceId: String) {
        self.deviceId = deviceId
    }
}

/// Params of `device.pair.rename`.
// MARK: - DevicePairRenameParams
public struct DevicePairRenameParams: Codable {
    /// The device.
    public let deviceId: String
    /// Its new name.
    public let label: String

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case label = "label"
    }

    public init(deviceId: String, label: String) {
        self.deviceId = deviceId
        self.label = label
    }
}

/// Result of `device.pair.rename`.
// MARK: - DevicePairRenameResult
public struct DevicePairRenameResult: Codable {
    /// The device.
    public let deviceId: String
    /// Its name now.
    public let label: String

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case label = "label"
    }

    public init(deviceId: String, label: String) {
        self.deviceId = deviceId
        self.label = label
    }
}

/// Params that name a device.
// MARK: - DeviceParams
public struct DeviceParams: Codable {
    /// The device.
    public let deviceId: String

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
    }

    public init(deviceId: String) {
        self.deviceId = deviceId
    }
}

/// Params of `device.token.revoke`.
// MARK: - DeviceTokenRevokeParams
public struct DeviceTokenRevokeParams: Codable {
    /// The device.
    public let deviceId: String
    /// Role of the token.
    public let role: Role

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case role = "role"
    }

    public init(deviceId: String, role: Role) {
        self.deviceId = deviceId
        self.role = role
    }
}

/// Result of `device.token.revoke`.
// MARK: - DeviceTokenRevokeResult
public struct DeviceTokenRevokeResult: Codable {
    /// The device.
    public let deviceId: String
    /// When, epoch milliseconds.
    public let revokedAtMs: Int
    /// Role of the token.
    public let role: Role

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case revokedAtMs = "revokedAtMs"
        case role = "role"
    }

    public init(deviceId: String, revokedAtMs: Int, role: Role) {
        self.deviceId = deviceId
        self.revokedAtMs = revokedAtMs
        self.role = role
    }
}

/// Params of `device.token.rotate`.
// MARK: - DeviceTokenRotateParams
public struct DeviceTokenRotateParams: Codable {
    /// The device.
    public let deviceId: String
    /// Role of the token.
    public let role: Role
    /// Scopes of the new token; never more than the device was approved for.
    public let scopes: [String]?

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case role = "role"
        case scopes = "scopes"
    }

    public init(deviceId: String, role: Role, scopes: [String]?) {
        self.deviceId = deviceId
        self.role = role
        self.scopes = scopes
    }
}

/// Result of `device.token.rotate`.
// MARK: - DeviceTokenRotateResult
public struct DeviceTokenRotateResult: Codable {
    /// The device.
    public let deviceId: String
    /// Role of the token.
    public let role: Role
    /// When, epoch milliseconds.
    public let rotatedAtMs: Int
    /// Scopes it carries.
    public let scopes: [String]
    /// The token, for its own device only.
    public let token: String?
    /// Whether the token is above.
    public let tokenDelivery: TokenDelivery

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case role = "role"
        case rotatedAtMs = "rotatedAtMs"
        case scopes = "scopes"
        case token = "token"
        case tokenDelivery = "tokenDelivery"
    }

    public init(deviceId: String, role: Role, rotatedAtMs: Int, scopes: [String], token: String?, tokenDelivery: TokenDelivery) {
        self.deviceId = deviceId
        self.role = role
        self.rotatedAtMs = rotatedAtMs
        self.scopes = scopes
        self.token = token
        self.tokenDelivery = tokenDelivery
    }
}

/// Whether the token is above.
///
/// Whether the new token is in the answer.
///
/// Yes: the caller rotated its own.
///
/// No: the device receives it when it connects next.
public enum TokenDelivery: String, Codable {
    case inBand = "in-band"
    case withheldCrossDevice = "withheld-cross-device"
}

/// Event `device.pair.changed`: reload `device.pair.list`.
// MARK: - DevicesChanged
public struct DevicesChanged: Codable {
    /// The device that was renamed, removed or given another token.
    public let deviceId: String
    /// When, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case ts = "ts"
    }

    public init(deviceId: String, ts: Int) {
        self.deviceId = deviceId
        self.ts = ts
    }
}

/// Result of `diagnostics.bundle`.
// MARK: - DiagnosticsBundleResult
public struct DiagnosticsBundleResult: Codable {
    /// Bytes of the archive.
    public let bytes: Int
    /// The archive, base64 with padding.
    public let data: String
    /// What is inside.
    public let entries: [DiagnosticsBundleEntry]
    /// `application/zip`.
    public let mimeType: String
    /// A name for the file.
    public let name: String

    public enum CodingKeys: String, CodingKey {
        case bytes = "bytes"
        case data = "data"
        case entries = "entries"
        case mimeType = "mimeType"
        case name = "name"
    }

    public init(bytes: Int, data: String, entries: [DiagnosticsBundleEntry], mimeType: String, name: String) {
        self.bytes = bytes
        self.data = data
        self.entries = entries
        self.mimeType = mimeType
        self.name = name
    }
}

/// One file of a bundle.
// MARK: - DiagnosticsBundleEntry
public struct DiagnosticsBundleEntry: Codable {
    /// Name inside the archive.
    public let name: String
    /// Bytes before compression.
    public let size: Int

    public enum CodingKeys: String, CodingKey {
        case name = "name"
        case size = "size"
    }

    public init(name: String, size: Int) {
        self.name = name
        self.size = size
    }
}

/// Params of `doctor.fix`.
// MARK: - DoctorFixParams
public struct DoctorFixParams: Codable {
    /// Checks whose repair is wanted; each must be one that can be made automatically.
    public let ids: [String]

    public enum CodingKeys: String, CodingKey {
        case ids = "ids"
    }

    public init(ids: [String]) {
        self.ids = ids
    }
}

/// Result of `doctor.fix`.
// MARK: - DoctorFixResult
public struct DoctorFixResult: Codable {
    /// One for each id that was asked for.
    public let repairs: [DoctorRepair]
    /// How everything is afterwards.
    public let report: DoctorReport

    public enum CodingKeys: String, CodingKey {
        case repairs = "repairs"
        case report = "report"
    }

    public init(repairs: [DoctorRepair], report: DoctorReport) {
        self.repairs = repairs
        self.report = report
    }
}

/// What became of one repair.
// MARK: - DoctorRepair
public struct DoctorRepair: Codable {
    /// What was done, or why nothing was.
    public let detail: String
    /// Whether the check comes out well now.
    public let fixed: Bool
    /// Of which check.
    public let id: String

    public enum CodingKeys: String, CodingKey {
        case detail = "detail"
        case fixed = "fixed"
        case id = "id"
    }

    public init(detail: String, fixed: Bool, id: String) {
        self.detail = detail
        self.fixed = fixed
        self.id = id
    }
}

/// How everything is afterwards.
///
/// Result of `doctor.run`.
// MARK: - DoctorReport
public struct DoctorReport: Codable {
    /// Every check, in a fixed order.
    public let checks: [DoctorCheck]
    /// How many checks came out how.
    public let counts: DoctorCounts
    /// Whether no check failed.
    public let ok: Bool
    /// Epoch milliseconds.
    public let ts: Int
    /// Version of the program that looked.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case checks = "checks"
        case counts = "counts"
        case ok = "ok"
        case ts = "ts"
        case version = "version"
    }

    public init(checks: [DoctorCheck], counts: DoctorCounts, ok: Bool, ts: Int, version: String) {
        self.checks = checks
        self.counts = counts
        self.ok = ok
        self.ts = ts
        self.version = version
    }
}

/// One thing that was looked at.
// MARK: - DoctorCheck
public struct DoctorCheck: Codable {
    /// What was found, for people; several lines when there is much to tell.
    public let detail: String
    /// What to do; absent when there is nothing to do.
    public let fix: DoctorRemedy?
    /// Stable name, for example `state-folder`.
    public let id: String
    /// How it came out.
    public let status: DoctorStatus
    /// What it is about, for people.
    public let title: String

    public enum CodingKeys: String, CodingKey {
        case detail = "detail"
        case fix = "fix"
        case id = "id"
        case status = "status"
        case title = "title"
    }

    public init(detail: String, fix: DoctorRemedy?, id: String, status: DoctorStatus, title: String) {
        self.detail = detail
        self.fix = fix
        self.id = id
        self.status = status
        self.title = title
    }
}

/// What to do; absent when there is nothing to do.
///
/// What to do about a finding.
// MARK: - DoctorRemedy
public struct DoctorRemedy: Codable {
    /// `doctor.fix` and `postern doctor --fix` can do it, without losing anything.
    public let automatic: Bool
    /// A command that does it.
    public let command: String?
    /// What to do, for people.
    public let text: String

    public enum CodingKeys: String, CodingKey {
        case automatic = "automatic"
        case command = "command"
        case text = "text"
    }

    public init(automatic: Bool, command: String?, text: String) {
        self.automatic = automatic
        self.command = command
        self.text = text
    }
}

/// How it came out.
///
/// How a check came out.
///
/// Nothing to do.
///
/// It works, and something should be looked at.
///
/// Something does not work or is unsafe.
///
/// It does not apply here, or could not be looked at.
public enum DoctorStatus: String, Codable {
    case fail = "fail"
    case ok = "ok"
    case skipped = "skipped"
    case warn = "warn"
}

/// How many checks came out how.
// MARK: - DoctorCounts
public struct DoctorCounts: Codable {
    /// Broken or unsafe.
    public let fail: Int
    /// Nothing to do.
    public let ok: Int
    /// Not applicable.
    public let skipped: Int
    /// Worth a look.
    public let warn: Int

    public enum CodingKeys: String, CodingKey {
        case fail = "fail"
        case ok = "ok"
        case skipped = "skipped"
        case warn = "warn"
    }

    public init(fail: Int, ok: Int, skipped: Int, warn: Int) {
        self.fail = fail
        self.ok = ok
        self.skipped = skipped
        self.warn = warn
    }
}

/// Params of `doctor.run`.
// MARK: - DoctorRunParams
public struct DoctorRunParams: Codable {
    /// Only these checks; every one when absent.
    public let ids: [String]?

    public enum CodingKeys: String, CodingKey {
        case ids = "ids"
    }

    public init(ids: [String]?) {
        self.ids = ids
    }
}

/// Result of `environments.list`.
// MARK: - EnvironmentsListResult
public struct EnvironmentsListResult: Codable {
    /// The machines.
    public let environments: [Environment]

    public enum CodingKeys: String, CodingKey {
        case environments = "environments"
    }

    public init(environments: [Environment]) {
        self.environments = environments
    }
}

/// A machine on which something can be done.
// MARK: - Environment
public struct Environment: Codable {
    /// What it can do.
    public let capabilities: [String]?
    /// `gateway`, or `node:ID`.
    public let id: String
    /// Commands that can be invoked on it, at most 128.
    public let invocableCommands: [String]?
    /// Its name.
    public let label: String?
    /// Epoch milliseconds.
    public let lastConnectedAtMs: Int?
    /// Epoch milliseconds.
    public let lastDisconnectedAtMs: Int?
    /// When it last gave a sign of life, epoch milliseconds.
    public let lastSeenAtMs: Int?
    /// Which sign that was.
    public let lastSeenReason: String?
    /// Operating system.
    public let platform: String?
    /// Whether sessions run on it.
    public let sessionHost: Bool?
    /// Whether it can be used now.
    public let status: EnvironmentStatus
    /// What it is.
    public let type: EnvironmentKind

    public enum CodingKeys: String, CodingKey {
        case capabilities = "capabilities"
        case id = "id"
        case invocableCommands = "invocableCommands"
        case label = "label"
        case lastConnectedAtMs = "lastConnectedAtMs"
        case lastDisconnectedAtMs = "lastDisconnectedAtMs"
        case lastSeenAtMs = "lastSeenAtMs"
        case lastSeenReason = "lastSeenReason"
        case platform = "platform"
        case sessionHost = "sessionHost"
        case status = "status"
        case type = "type"
    }

    public init(capabilities: [String]?, id: String, invocableCommands: [String]?, label: String?, lastConnectedAtMs: Int?, lastDisconnectedAtMs: Int?, lastSeenAtMs: Int?, lastSeenReason: String?, platform: String?, sessionHost: Bool?, status: EnvironmentStatus, type: EnvironmentKind) {
        self.capabilities = capabilities
        self.id = id
        self.invocableCommands = invocableCommands
        self.label = label
        self.lastConnectedAtMs = lastConnectedAtMs
        self.lastDisconnectedAtMs = lastDisconnectedAtMs
        self.lastSeenAtMs = lastSeenAtMs
        self.lastSeenReason = lastSeenReason
        self.platform = platform
        self.sessionHost = sessionHost
        self.status = status
        self.type = type
    }
}

/// Whether it can be used now.
///
/// Whether a machine can be used now.
///
/// It can.
///
/// It is not connected.
public enum EnvironmentStatus: String, Codable {
    case available = "available"
    case unavailable = "unavailable"
}

/// What it is.
///
/// What a machine is.
///
/// The gateway's own.
///
/// A node.
public enum EnvironmentKind: String, Codable {
    case local = "local"
    case node = "node"
}

/// Params of `environments.status`.
// MARK: - EnvironmentsStatusParams
public struct EnvironmentsStatusParams: Codable {
    /// `gateway`, or `node:ID`.
    public let environmentId: String

    public enum CodingKeys: String, CodingKey {
        case environmentId = "environmentId"
    }

    public init(environmentId: String) {
        self.environmentId = environmentId
    }
}

// MARK: - EventFrame
public struct EventFrame: Codable {
    public let event: String
    public let payload: JSONAny?
    public let seq: Int?
    public let stateVersion: StateVersion?
    public let type: EventFrameType

    public enum CodingKeys: String, CodingKey {
        case event = "event"
        case payload = "payload"
        case seq = "seq"
        case stateVersion = "stateVersion"
        case type = "type"
    }

    public init(event: String, payload: JSONAny?, seq: Int?, stateVersion: StateVersion?, type: EventFrameType) {
        self.event = event
        self.payload = payload
        self.seq = seq
        self.stateVersion = stateVersion
        self.type = type
    }
}

/// Versions of the two pieces of state that clients cache.
///
/// Versions of both.
// MARK: - StateVersion
public struct StateVersion: Codable {
    /// Grows by one with each refresh of health.
    public let health: Int
    /// Grows by one with each change of presence.
    public let presence: Int

    public enum CodingKeys: String, CodingKey {
        case health = "health"
        case presence = "presence"
    }

    public init(health: Int, presence: Int) {
        self.health = health
        self.presence = presence
    }
}

public enum EventFrameType: String, Codable {
    case event = "event"
}

/// A request that was accepted and waits.
///
/// It waits; the answer to `twoPhase`.
// MARK: - ExecApprovalAccepted
public struct ExecApprovalAccepted: Codable {
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Epoch milliseconds.
    public let expiresAtMs: Int
    /// The request.
    public let id: String
    /// Always `accepted`.
    public let status: AcceptedStatus

    public enum CodingKeys: String, CodingKey {
        case createdAtMs = "createdAtMs"
        case expiresAtMs = "expiresAtMs"
        case id = "id"
        case status = "status"
    }

    public init(createdAtMs: Int, expiresAtMs: Int, id: String, status: AcceptedStatus) {
        self.createdAtMs = createdAtMs
        self.expiresAtMs = expiresAtMs
        self.id = id
        self.status = status
    }
}

/// The only status there is.
///
/// Always `accepted`.
///
/// It waits.
public enum AcceptedStatus: String, Codable {
    case accepted = "accepted"
}

/// How a request ended.
///
/// How it ended.
// MARK: - ExecApprovalDecided
public struct ExecApprovalDecided: Codable {
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// The answer; null when there was none, which counts as denied.
    public let decision: ApprovalDecision?
    /// Epoch milliseconds.
    public let expiresAtMs: Int
    /// The request.
    public let id: String
    /// Why there was no answer.
    public let terminalReason: TerminalReason?

    public enum CodingKeys: String, CodingKey {
        case createdAtMs = "createdAtMs"
        case decision = "decision"
        case expiresAtMs = "expiresAtMs"
        case id = "id"
        case terminalReason = "terminalReason"
    }

    public init(createdAtMs: Int, decision: ApprovalDecision?, expiresAtMs: Int, id: String, terminalReason: TerminalReason?) {
        self.createdAtMs = createdAtMs
        self.decision = decision
        self.expiresAtMs = expiresAtMs
        self.id = id
        self.terminalReason = terminalReason
    }
}

/// Result of `exec.approval.get`.
// MARK: - ExecApprovalGetResult
public struct ExecApprovalGetResult: Codable {
    /// Agent that wants to run it.
    public let agentId: String?
    /// Answers that are possible.
    public let allowedDecisions: [ApprovalDecision]
    /// Its beginning, for lists; null when it is short.
    public let commandPreview: String?
    /// The whole command.
    public let commandText: String
    /// Epoch milliseconds.
    public let expiresAtMs: Int
    /// Where it runs.
    public let host: String?
    /// The request.
    public let id: String
    /// Node it runs on.
    public let nodeId: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case allowedDecisions = "allowedDecisions"
        case commandPreview = "commandPreview"
        case commandText = "commandText"
        case expiresAtMs = "expiresAtMs"
        case host = "host"
        case id = "id"
        case nodeId = "nodeId"
    }

    public init(agentId: String?, allowedDecisions: [ApprovalDecision], commandPreview: String?, commandText: String, expiresAtMs: Int, host: String?, id: String, nodeId: String?) {
        self.agentId = agentId
        self.allowedDecisions = allowedDecisions
        self.commandPreview = commandPreview
        self.commandText = commandText
        self.expiresAtMs = expiresAtMs
        self.host = host
        self.id = id
        self.nodeId = nodeId
    }
}

/// Result of `exec.approval.request` and `exec.approval.waitDecision`: that it
/// was accepted, or how it was decided.
///
/// A request that was accepted and waits.
///
/// It waits; the answer to `twoPhase`.
///
/// How a request ended.
///
/// How it ended.
// MARK: - ExecApprovalOutcome
public struct ExecApprovalOutcome: Codable {
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Epoch milliseconds.
    public let expiresAtMs: Int
    /// The request.
    public let id: String
    /// Always `accepted`.
    public let status: AcceptedStatus?
    /// The answer; null when there was none, which counts as denied.
    public let decision: ApprovalDecision?
    /// Why there was no answer.
    public let terminalReason: TerminalReason?

    public enum CodingKeys: String, CodingKey {
        case createdAtMs = "createdAtMs"
        case expiresAtMs = "expiresAtMs"
        case id = "id"
        case status = "status"
        case decision = "decision"
        case terminalReason = "terminalReason"
    }

    public init(createdAtMs: Int, expiresAtMs: Int, id: String, status: AcceptedStatus?, decision: ApprovalDecision?, terminalReason: TerminalReason?) {
        self.createdAtMs = createdAtMs
        self.expiresAtMs = expiresAtMs
        self.id = id
        self.status = status
        self.decision = decision
        self.terminalReason = terminalReason
    }
}

/// Params of `exec.approval.request`.
// MARK: - ExecApprovalRequestParams
public struct ExecApprovalRequestParams: Codable {
    /// Agent.
    public let agentId: String?
    /// When somebody is asked, there.
    public let ask: ExecAskMode?
    /// The command as text.
    public let command: String
    /// The same as program and arguments.
    public let commandArgv: [String]?
    /// Folder.
    public let cwd: String?
    /// Variables added to the environment.
    public let env: [String: String]?
    /// Where it runs.
    public let host: String?
    /// Name of the request; made up when absent.
    public let id: String?
    /// Node it runs on.
    public let nodeId: String?
    /// File that is started.
    public let resolvedPath: String?
    /// Which commands run at all, there.
    public let security: ExecSecurityMode?
    /// Conversation.
    public let sessionKey: String?
    /// The plan that a node host will execute; required with host `node` on
    /// protocol 4.
    public let systemRunPlan: [String: JSONAny]?
    /// Milliseconds until it counts as denied. Default 120000, at most a day.
    public let timeoutMs: Int?
    /// Its account.
    public let turnSourceAccountId: String?
    /// Channel of the message that led here.
    public let turnSourceChannel: String?
    /// Its recipient.
    public let turnSourceTo: String?
    /// Answer at once and let `exec.approval.waitDecision` wait.
    public let twoPhase: Bool?
    /// What to look out for.
    public let warningText: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case ask = "ask"
        case command = "command"
        case commandArgv = "commandArgv"
        case cwd = "cwd"
        case env = "env"
        case host = "host"
        case id = "id"
        case nodeId = "nodeId"
        case resolvedPath = "resolvedPath"
        case security = "security"
        case sessionKey = "sessionKey"
        case systemRunPlan = "systemRunPlan"
        case timeoutMs = "timeoutMs"
        case turnSourceAccountId = "turnSourceAccountId"
        case turnSourceChannel = "turnSourceChannel"
        case turnSourceTo = "turnSourceTo"
        case twoPhase = "twoPhase"
        case warningText = "warningText"
    }

    public init(agentId: String?, ask: ExecAskMode?, command: String, commandArgv: [String]?, cwd: String?, env: [String: String]?, host: String?, id: String?, nodeId: String?, resolvedPath: String?, security: ExecSecurityMode?, sessionKey: String?, systemRunPlan: [String: JSONAny]?, timeoutMs: Int?, turnSourceAccountId: String?, turnSourceChannel: String?, turnSourceTo: String?, twoPhase: Bool?, warningText: String?) {
        self.agentId = agentId
        self.ask = ask
        self.command = command
        self.commandArgv = commandArgv
        self.cwd = cwd
        self.env = env
        self.host = host
        self.id = id
        self.nodeId = nodeId
        self.resolvedPath = resolvedPath
        self.security = security
        self.sessionKey = sessionKey
        self.systemRunPlan = systemRunPlan
        self.timeoutMs = timeoutMs
        self.turnSourceAccountId = turnSourceAccountId
        self.turnSourceChannel = turnSourceChannel
        self.turnSourceTo = turnSourceTo
        self.twoPhase = twoPhase
        self.warningText = warningText
    }
}

/// Params of `exec.approval.resolve`.
// MARK: - ExecApprovalResolveParams
public struct ExecApprovalResolveParams: Codable {
    /// `allow-once`, `allow-always` or `deny`.
    public let decision: String
    /// The request.
    public let id: String
    /// Hash of the plan that the approver saw; refused when it is not the
    /// request's.
    public let planHash: String?

    public enum CodingKeys: String, CodingKey {
        case decision = "decision"
        case id = "id"
        case planHash = "planHash"
    }

    public init(decision: String, id: String, planHash: String?) {
        self.decision = decision
        self.id = id
        self.planHash = planHash
    }
}

/// Params of `exec.approvals.node.set`.
// MARK: - ExecApprovalsNodeSetParams
public struct ExecApprovalsNodeSetParams: Codable {
    /// `hash` of the rules that were read.
    public let baseHash: String?
    /// The new rules, whole, in the node's words.
    public let file: [String: JSONAny]
    /// The node.
    public let nodeId: String

    public enum CodingKeys: String, CodingKey {
        case baseHash = "baseHash"
        case file = "file"
        case nodeId = "nodeId"
    }

    public init(baseHash: String?, file: [String: JSONAny], nodeId: String) {
        self.baseHash = baseHash
        self.file = file
        self.nodeId = nodeId
    }
}

/// Params of `exec.approvals.set`.
// MARK: - ExecApprovalsSetParams
public struct ExecApprovalsSetParams: Codable {
    /// `hash` of the rules that were read; required when there are rules.
    public let baseHash: String?
    /// The new rules, whole.
    public let file: ExecApprovalsSetParamsFile

    public enum CodingKeys: String, CodingKey {
        case baseHash = "baseHash"
        case file = "file"
    }

    public init(baseHash: String?, file: ExecApprovalsSetParamsFile) {
        self.baseHash = baseHash
        self.file = file
    }
}

/// The new rules, whole.
// MARK: - ExecApprovalsSetParamsFile
public struct ExecApprovalsSetParamsFile: Codable {
    /// For one agent each; `*` is for all.
    public let agents: [String: PurpleAgent]?
    /// For every agent.
    public let defaults: PurpleDefaults?
    /// Socket of a companion program, without its token.
    public let socket: PurpleSocket?
    /// Always 1.
    public let version: Int

    public enum CodingKeys: String, CodingKey {
        case agents = "agents"
        case defaults = "defaults"
        case socket = "socket"
        case version = "version"
    }

    public init(agents: [String: PurpleAgent]?, defaults: PurpleDefaults?, socket: PurpleSocket?, version: Int) {
        self.agents = agents
        self.defaults = defaults
        self.socket = socket
        self.version = version
    }
}

/// Modes of one agent and its list.
// MARK: - PurpleAgent
public struct PurpleAgent: Codable {
    /// Commands that run without asking.
    public let allowlist: [PurpleAllowlist]?
    /// When somebody is asked.
    public let ask: ExecAskMode?
    /// What holds while nobody is connected who could be asked. Default `deny`.
    public let askFallback: ExecSecurityMode?
    /// Whether programs of skills count as listed.
    public let autoAllowSkills: Bool?
    /// Which commands run at all.
    public let security: ExecSecurityMode?

    public enum CodingKeys: String, CodingKey {
        case allowlist = "allowlist"
        case ask = "ask"
        case askFallback = "askFallback"
        case autoAllowSkills = "autoAllowSkills"
        case security = "security"
    }

    public init(allowlist: [PurpleAllowlist]?, ask: ExecAskMode?, askFallback: ExecSecurityMode?, autoAllowSkills: Bool?, security: ExecSecurityMode?) {
        self.allowlist = allowlist
        self.ask = ask
        self.askFallback = askFallback
        self.autoAllowSkills = autoAllowSkills
        self.security = security
    }
}

/// Commands that run without asking.
// MARK: - PurpleAllowlist
public struct PurpleAllowlist: Codable {
    /// Its name.
    public let id: String?
    /// The program of that command.
    public let lastResolvedPath: String?
    /// Epoch milliseconds of its last use.
    public let lastUsedAt: Int?
    /// The last command it let through.
    public let lastUsedCommand: String?
    /// The absolute path of a program, `*` standing for part of a name and `**`
    /// for any folders; or `command:` and the hash of one exact command.
    public let pattern: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case lastResolvedPath = "lastResolvedPath"
        case lastUsedAt = "lastUsedAt"
        case lastUsedCommand = "lastUsedCommand"
        case pattern = "pattern"
    }

    public init(id: String?, lastResolvedPath: String?, lastUsedAt: Int?, lastUsedCommand: String?, pattern: String) {
        self.id = id
        self.lastResolvedPath = lastResolvedPath
        self.lastUsedAt = lastUsedAt
        self.lastUsedCommand = lastUsedCommand
        self.pattern = pattern
    }
}

// MARK: - PurpleDefaults
public struct PurpleDefaults: Codable {
    /// When somebody is asked.
    public let ask: ExecAskMode?
    /// What holds while nobody is connected who could be asked. Default `deny`.
    public let askFallback: ExecSecurityMode?
    /// Whether programs of skills count as listed.
    public let autoAllowSkills: Bool?
    /// Which commands run at all.
    public let security: ExecSecurityMode?

    public enum CodingKeys: String, CodingKey {
        case ask = "ask"
        case askFallback = "askFallback"
        case autoAllowSkills = "autoAllowSkills"
        case security = "security"
    }

    public init(ask: ExecAskMode?, askFallback: ExecSecurityMode?, autoAllowSkills: Bool?, security: ExecSecurityMode?) {
        self.ask = ask
        self.askFallback = askFallback
        self.autoAllowSkills = autoAllowSkills
        self.security = security
    }
}

// MARK: - PurpleSocket
public struct PurpleSocket: Codable {
    /// Where.
    public let path: String?

    public enum CodingKeys: String, CodingKey {
        case path = "path"
    }

    public init(path: String?) {
        self.path = path
    }
}

/// Result of `exec.approvals.get` and `exec.approvals.set`.
// MARK: - ExecRulesResult
public struct ExecRulesResult: Codable {
    /// Whether rules were ever set.
    public let exists: Bool
    /// The rules.
    public let file: ExecRulesResultFile
    /// Hex SHA-256 of the rules, to be sent as `baseHash`.
    public let hash: String
    /// Where the rules are kept.
    public let path: String
    /// What holds where the rules say nothing.
    public let resolvedDefaults: ResolvedRules?

    public enum CodingKeys: String, CodingKey {
        case exists = "exists"
        case file = "file"
        case hash = "hash"
        case path = "path"
        case resolvedDefaults = "resolvedDefaults"
    }

    public init(exists: Bool, file: ExecRulesResultFile, hash: String, path: String, resolvedDefaults: ResolvedRules?) {
        self.exists = exists
        self.file = file
        self.hash = hash
        self.path = path
        self.resolvedDefaults = resolvedDefaults
    }
}

/// The rules.
// MARK: - ExecRulesResultFile
public struct ExecRulesResultFile: Codable {
    /// For one agent each; `*` is for all.
    public let agents: [String: FluffyAgent]?
    /// For every agent.
    public let defaults: FluffyDefaults?
    /// Socket of a companion program, without its token.
    public let socket: FluffySocket?
    /// Always 1.
    public let version: Int

    public enum CodingKeys: String, CodingKey {
        case agents = "agents"
        case defaults = "defaults"
        case socket = "socket"
        case version = "version"
    }

    public init(agents: [String: FluffyAgent]?, defaults: FluffyDefaults?, socket: FluffySocket?, version: Int) {
        self.agents = agents
        self.defaults = defaults
        self.socket = socket
        self.version = version
    }
}

/// Modes of one agent and its list.
// MARK: - FluffyAgent
public struct FluffyAgent: Codable {
    /// Commands that run without asking.
    public let allowlist: [FluffyAllowlist]?
    /// When somebody is asked.
    public let ask: ExecAskMode?
    /// What holds while nobody is connected who could be asked. Default `deny`.
    public let askFallback: ExecSecurityMode?
    /// Whether programs of skills count as listed.
    public let autoAllowSkills: Bool?
    /// Which commands run at all.
    public let security: ExecSecurityMode?

    public enum CodingKeys: String, CodingKey {
        case allowlist = "allowlist"
        case ask = "ask"
        case askFallback = "askFallback"
        case autoAllowSkills = "autoAllowSkills"
        case security = "security"
    }

    public init(allowlist: [FluffyAllowlist]?, ask: ExecAskMode?, askFallback: ExecSecurityMode?, autoAllowSkills: Bool?, security: ExecSecurityMode?) {
        self.allowlist = allowlist
        self.ask = ask
        self.askFallback = askFallback
        self.autoAllowSkills = autoAllowSkills
        self.security = security
    }
}

/// Commands that run without asking.
// MARK: - FluffyAllowlist
public struct FluffyAllowlist: Codable {
    /// Its name.
    public let id: String?
    /// The program of that command.
    public let lastResolvedPath: String?
    /// Epoch milliseconds of its last use.
    public let lastUsedAt: Int?
    /// The last command it let through.
    public let lastUsedCommand: String?
    /// The absolute path of a program, `*` standing for part of a name and `**`
    /// for any folders; or `command:` and the hash of one exact command.
    public let pattern: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case lastResolvedPath = "lastResolvedPath"
        case lastUsedAt = "lastUsedAt"
        case lastUsedCommand = "lastUsedCommand"
        case pattern = "pattern"
    }

    public init(id: String?, lastResolvedPath: String?, lastUsedAt: Int?, lastUsedCommand: String?, pattern: String) {
        self.id = id
        self.lastResolvedPath = lastResolvedPath
        self.lastUsedAt = lastUsedAt
        self.lastUsedCommand = lastUsedCommand
        self.pattern = pattern
    }
}

/// For every agent.
// MARK: - FluffyDefaults
public struct FluffyDefaults: Codable {
    /// When somebody is asked.
    public let ask: ExecAskMode?
    /// What holds while nobody is connected who could be asked. Default `deny`.
    public let askFallback: ExecSecurityMode?
    /// Whether programs of skills count as listed.
    public let autoAllowSkills: Bool?
    /// Which commands run at all.
    public let security: ExecSecurityMode?

    public enum CodingKeys: String, CodingKey {
        case ask = "ask"
        case askFallback = "askFallback"
        case autoAllowSkills = "autoAllowSkills"
        case security = "security"
    }

    public init(ask: ExecAskMode?, askFallback: ExecSecurityMode?, autoAllowSkills: Bool?, security: ExecSecurityMode?) {
        self.ask = ask
        self.askFallback = askFallback
        self.autoAllowSkills = autoAllowSkills
        self.security = security
    }
}

/// Socket of a companion program, without its token.
// MARK: - FluffySocket
public struct FluffySocket: Codable {
    /// Where.
    public let path: String?

    public enum CodingKeys: String, CodingKey {
        case path = "path"
    }

    public init(path: String?) {
        self.path = path
    }
}

/// What holds where the rules say nothing.
///
/// Modes with nothing left open.
// MARK: - ResolvedRules
public struct ResolvedRules: Codable {
    /// When somebody is asked.
    public let ask: ExecAskMode
    /// What holds while nobody can be asked.
    public let askFallback: ExecSecurityMode
    /// Whether programs of skills count as listed.
    public let autoAllowSkills: Bool
    /// Which commands run at all.
    public let security: ExecSecurityMode

    public enum CodingKeys: String, CodingKey {
        case ask = "ask"
        case askFallback = "askFallback"
        case autoAllowSkills = "autoAllowSkills"
        case security = "security"
    }

    public init(ask: ExecAskMode, askFallback: ExecSecurityMode, autoAllowSkills: Bool, security: ExecSecurityMode) {
        self.ask = ask
        self.askFallback = askFallback
        self.autoAllowSkills = autoAllowSkills
        self.security = security
    }
}

/// Result of `gateway.identity.get`.
// MARK: - GatewayIdentity
public struct GatewayIdentity: Codable {
    /// Hex SHA-256 of the key.
    public let deviceId: String
    /// Base64url of the raw key.
    public let publicKey: String

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case publicKey = "publicKey"
    }

    public init(deviceId: String, publicKey: String) {
        self.deviceId = deviceId
        self.publicKey = publicKey
    }
}

/// Result of `gateway.restart.preflight`.
// MARK: - GatewayRestartPreflightResult
public struct GatewayRestartPreflightResult: Codable {
    /// Whether the next start would use the configuration as it is written.
    public let configValid: Bool
    /// Connections that would be closed for a moment.
    public let connections: Int
    /// Everything that is wrong with it.
    public let issues: [ConfigIssue]
    /// Whether one was asked for already.
    public let requested: Bool
    /// Runs under way.
    public let runs: Int
    /// Nothing would be disturbed, and the configuration can be used.
    public let safe: Bool
    /// Sections that wait for a restart.
    public let waiting: [String]

    public enum CodingKeys: String, CodingKey {
        case configValid = "configValid"
        case connections = "connections"
        case issues = "issues"
        case requested = "requested"
        case runs = "runs"
        case safe = "safe"
        case waiting = "waiting"
    }

    public init(configValid: Bool, connections: Int, issues: [ConfigIssue], requested: Bool, runs: Int, safe: Bool, waiting: [String]) {
        self.configValid = configValid
        self.connections = connections
        self.issues = issues
        self.requested = requested
        self.runs = runs
        self.safe = safe
        self.waiting = waiting
    }
}

/// Params of `gateway.restart.request`.
// MARK: - GatewayRestartRequestParams
public struct GatewayRestartRequestParams: Codable {
    /// How long it waits, milliseconds. Default 500.
    public let delayMs: Int?
    /// Interrupts runs instead of waiting for them, five minutes at most.
    public let force: Bool?
    /// Told after the restart.
    public let note: String?
    /// In a few words; told to clients.
    public let reason: String?
    /// Conversation on whose behalf; refused, because agents do not restart the gateway.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case delayMs = "delayMs"
        case force = "force"
        case note = "note"
        case reason = "reason"
        case sessionKey = "sessionKey"
    }

    public init(delayMs: Int?, force: Bool?, note: String?, reason: String?, sessionKey: String?) {
        self.delayMs = delayMs
        self.force = force
        self.note = note
        self.reason = reason
        self.sessionKey = sessionKey
    }
}

/// Result of `gateway.restart.request`.
// MARK: - GatewayRestartRequestResult
public struct GatewayRestartRequestResult: Codable {
    /// How long it waits, milliseconds.
    public let delayMs: Int
    /// Always true.
    public let ok: Bool
    /// Runs under way.
    public let runs: Int

    public enum CodingKeys: String, CodingKey {
        case delayMs = "delayMs"
        case ok = "ok"
        case runs = "runs"
    }

    public init(delayMs: Int, ok: Bool, runs: Int) {
        self.delayMs = delayMs
        self.ok = ok
        self.runs = runs
    }
}

/// Params of `health`.
// MARK: - HealthParams
public struct HealthParams: Codable {
    /// Take a new snapshot instead of the cached one.
    public let probe: Bool?

    public enum CodingKeys: String, CodingKey {
        case probe = "probe"
    }

    public init(probe: Bool?) {
        self.probe = probe
    }
}

/// Payload of a successful `connect`.
// MARK: - HelloOk
public struct HelloOk: Codable {
    /// What was granted. Protocol 3: only when a device token was issued.
    public let auth: HelloAuth?
    /// Where the canvas host is (protocol 3); left out while it is off.
    public let canvasHostUrl: String?
    /// What can be called and received.
    public let features: Features
    /// Addresses of surfaces by name (protocol 4); each carries its own permission and expires.
    public let pluginSurfaceUrls: [String: String]?
    /// Limits.
    public let policy: Policy
    /// Generation this connection is served in.
    public let helloOkProtocol: Int
    /// Who answers.
    public let server: ServerInfo
    /// State at this moment.
    public let snapshot: Snapshot
    /// Always `hello-ok`.
    public let type: String

    public enum CodingKeys: String, CodingKey {
        case auth = "auth"
        case canvasHostUrl = "canvasHostUrl"
        case features = "features"
        case pluginSurfaceUrls = "pluginSurfaceUrls"
        case policy = "policy"
        case helloOkProtocol = "protocol"
        case server = "server"
        case snapshot = "snapshot"
        case type = "type"
    }

    public init(auth: HelloAuth?, canvasHostUrl: String?, features: Features, pluginSurfaceUrls: [String: String]?, policy: Policy, helloOkProtocol: Int, server: ServerInfo, snapshot: Snapshot, type: String) {
        self.auth = auth
        self.canvasHostUrl = canvasHostUrl
        self.features = features
        self.pluginSurfaceUrls = pluginSurfaceUrls
        self.policy = policy
        self.helloOkProtocol = helloOkProtocol
        self.server = server
        self.snapshot = snapshot
        self.type = type
    }
}

/// `hello-ok.auth`.
///
/// What was granted. Protocol 3: only when a device token was issued.
// MARK: - HelloAuth
public struct HelloAuth: Codable {
    /// Token to use next time.
    public let deviceToken: String?
    /// Tokens for further roles that a setup code granted.
    public let deviceTokens: [RoleToken]?
    /// When that token was issued, epoch milliseconds.
    public let issuedAtMs: Int?
    /// How the connection authenticated (protocol 4).
    public let method: AuthMethod?
    /// Role of the connection.
    public let role: Role
    /// Scopes in force: requested and granted.
    public let scopes: [String]

    public enum CodingKeys: String, CodingKey {
        case deviceToken = "deviceToken"
        case deviceTokens = "deviceTokens"
        case issuedAtMs = "issuedAtMs"
        case method = "method"
        case role = "role"
        case scopes = "scopes"
    }

    public init(deviceToken: String?, deviceTokens: [RoleToken]?, issuedAtMs: Int?, method: AuthMethod?, role: Role, scopes: [String]) {
        self.deviceToken = deviceToken
        self.deviceTokens = deviceTokens
        self.issuedAtMs = issuedAtMs
        self.method = method
        self.role = role
        self.scopes = scopes
    }
}

/// A device token for one role.
// MARK: - RoleToken
public struct RoleToken: Codable {
    /// The token.
    public let deviceToken: String
    /// When it was issued, epoch milliseconds.
    public let issuedAtMs: Int
    /// Role it is good for.
    public let role: Role
    /// Scopes it carries.
    public let scopes: [String]

    public enum CodingKeys: String, CodingKey {
        case deviceToken = "deviceToken"
        case issuedAtMs = "issuedAtMs"
        case role = "role"
        case scopes = "scopes"
    }

    public init(deviceToken: String, issuedAtMs: Int, role: Role, scopes: [String]) {
        self.deviceToken = deviceToken
        self.issuedAtMs = issuedAtMs
        self.role = role
        self.scopes = scopes
    }
}

/// How a connection authenticated.
///
/// How the connection authenticated (protocol 4).
///
/// The gateway asks nobody.
///
/// The shared token.
///
/// The shared password.
///
/// A token issued to the device.
///
/// A setup code.
///
/// The window of an attached desktop app.
///
/// The tailnet says who calls.
///
/// A reverse proxy says who calls.
public enum AuthMethod: String, Codable {
    case bootstrapToken = "bootstrap-token"
    case desktop = "desktop"
    case deviceToken = "device-token"
    case none = "none"
    case password = "password"
    case tailscale = "tailscale"
    case token = "token"
    case trustedProxy = "trusted-proxy"
}

/// `hello-ok.features`.
///
/// What can be called and received.
// MARK: - Features
public struct Features: Codable {
    /// Events that exist.
    public let events: [String]
    /// Methods that exist.
    public let methods: [String]

    public enum CodingKeys: String, CodingKey {
        case events = "events"
        case methods = "methods"
    }

    public init(events: [String], methods: [String]) {
        self.events = events
        self.methods = methods
    }
}

/// Limits.
///
/// `hello-ok.policy`.
// MARK: - Policy
public struct Policy: Codable {
    /// Unsent bytes at which a slow client loses events or its connection.
    public let maxBufferedBytes: Int
    /// Largest frame accepted from the client, bytes.
    public let maxPayload: Int
    /// Milliseconds between ticks; a client that hears nothing for two of them
    /// reconnects.
    public let tickIntervalMs: Int

    public enum CodingKeys: String, CodingKey {
        case maxBufferedBytes = "maxBufferedBytes"
        case maxPayload = "maxPayload"
        case tickIntervalMs = "tickIntervalMs"
    }

    public init(maxBufferedBytes: Int, maxPayload: Int, tickIntervalMs: Int) {
        self.maxBufferedBytes = maxBufferedBytes
        self.maxPayload = maxPayload
        self.tickIntervalMs = tickIntervalMs
    }
}

/// Who answers.
///
/// `hello-ok.server`.
// MARK: - ServerInfo
public struct ServerInfo: Codable {
    /// Changes with every start of the process (protocol 4).
    public let bootId: String?
    /// UUID of this connection.
    public let connId: String
    /// Host name (protocol 3).
    public let host: String?
    /// Version of the gateway.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case bootId = "bootId"
        case connId = "connId"
        case host = "host"
        case version = "version"
    }

    public init(bootId: String?, connId: String, host: String?, version: String) {
        self.bootId = bootId
        self.connId = connId
        self.host = host
        self.version = version
    }
}

/// State at this moment.
///
/// `hello-ok.snapshot`.
// MARK: - Snapshot
public struct Snapshot: Codable {
    /// Authentication mode of the gateway (protocol 4).
    public let authMode: AuthMode?
    /// Path of the configuration file (protocol 4: admins only).
    public let configPath: String?
    /// Last health object.
    public let health: HealthSnapshot
    /// Who is there; empty for protocol 4 nodes.
    public let presence: [PresenceEntry]
    /// Where a chat without a key goes.
    public let sessionDefaults: SessionDefaults?
    /// Path of the state folder (protocol 4: admins only).
    public let stateDir: String?
    /// Versions of both.
    public let stateVersion: StateVersion
    /// Milliseconds since the gateway started.
    public let uptimeMs: Int

    public enum CodingKeys: String, CodingKey {
        case authMode = "authMode"
        case configPath = "configPath"
        case health = "health"
        case presence = "presence"
        case sessionDefaults = "sessionDefaults"
        case stateDir = "stateDir"
        case stateVersion = "stateVersion"
        case uptimeMs = "uptimeMs"
    }

    public init(authMode: AuthMode?, configPath: String?, health: HealthSnapshot, presence: [PresenceEntry], sessionDefaults: SessionDefaults?, stateDir: String?, stateVersion: StateVersion, uptimeMs: Int) {
        self.authMode = authMode
        self.configPath = configPath
        self.health = health
        self.presence = presence
        self.sessionDefaults = sessionDefaults
        self.stateDir = stateDir
        self.stateVersion = stateVersion
        self.uptimeMs = uptimeMs
    }
}

/// How the gateway authenticates callers.
///
/// Authentication mode of the gateway (protocol 4).
///
/// Nobody is asked; loopback only.
///
/// One shared token.
///
/// One shared password.
///
/// A reverse proxy says who calls.
public enum AuthMode: String, Codable {
    case none = "none"
    case password = "password"
    case token = "token"
    case trustedProxy = "trusted-proxy"
}

/// The health object; also the payload of event `health`.
///
/// Last health object.
// MARK: - HealthSnapshot
public struct HealthSnapshot: Codable {
    /// Every configured agent.
    public let agents: [AgentHealth]
    /// Names for people by id.
    public let channelLabels: [String: String]
    /// Ids in display order.
    public let channelOrder: [String]
    /// Messaging channels by id.
    public let channels: [String: JSONAny]
    /// Agent that owns bare session keys.
    public let defaultAgentId: String
    /// Milliseconds it took.
    public let durationMs: Int
    /// Heartbeat of the default agent in seconds; 0 when off.
    public let heartbeatSeconds: Int
    /// When the gateway's machine last woke from sleep, epoch milliseconds; absent when it did
    /// not.
    public let lastWakeMs: Int?
    /// Always true: a gateway that answers is up.
    public let ok: Bool
    /// Less runs than should, and why; absent when all is well.
    public let safeMode: SafeMode?
    /// Sessions of the default agent.
    public let sessions: SessionSummary
    /// When it was taken, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case agents = "agents"
        case channelLabels = "channelLabels"
        case channelOrder = "channelOrder"
        case channels = "channels"
        case defaultAgentId = "defaultAgentId"
        case durationMs = "durationMs"
        case heartbeatSeconds = "heartbeatSeconds"
        case lastWakeMs = "lastWakeMs"
        case ok = "ok"
        case safeMode = "safeMode"
        case sessions = "sessions"
        case ts = "ts"
    }

    public init(agents: [AgentHealth], channelLabels: [String: String], channelOrder: [String], channels: [String: JSONAny], defaultAgentId: String, durationMs: Int, heartbeatSeconds: Int, lastWakeMs: Int?, ok: Bool, safeMode: SafeMode?, sessions: SessionSummary, ts: Int) {
        self.agents = agents
        self.channelLabels = channelLabels
        self.channelOrder = channelOrder
        self.channels = channels
        self.defaultAgentId = defaultAgentId
        self.durationMs = durationMs
        self.heartbeatSeconds = heartbeatSeconds
        self.lastWakeMs = lastWakeMs
        self.ok = ok
        self.safeMode = safeMode
        self.sessions = sessions
        self.ts = ts
    }
}

/// One agent in [`HealthSnapshot`].
// MARK: - AgentHealth
public struct AgentHealth: Codable {
    /// Id of the agent.
    public let agentId: String
    /// Its heartbeat.
    public let heartbeat: HeartbeatHealth
    /// Whether bare session keys belong to it.
    public let isDefault: Bool
    /// Name for people.
    public let name: String?
    /// Its sessions.
    public let sessions: SessionSummary

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case heartbeat = "heartbeat"
        case isDefault = "isDefault"
        case name = "name"
        case sessions = "sessions"
    }

    public init(agentId: String, heartbeat: HeartbeatHealth, isDefault: Bool, name: String?, sessions: SessionSummary) {
        self.agentId = agentId
        self.heartbeat = heartbeat
        self.isDefault = isDefault
        self.name = name
        self.sessions = sessions
    }
}

/// Its heartbeat.
///
/// Heartbeat settings in force.
// MARK: - HeartbeatHealth
public struct HeartbeatHealth: Codable {
    /// Longest answer that still counts as "nothing to say".
    public let ackMaxChars: Int
    /// Whether it runs.
    public let enabled: Bool
    /// Interval as configured, for example `30m`.
    public let every: String
    /// Interval in milliseconds; `null` when off.
    public let everyMs: Int?
    /// Prompt of a heartbeat run.
    public let prompt: String
    /// Where its answer goes.
    public let target: String

    public enum CodingKeys: String, CodingKey {
        case ackMaxChars = "ackMaxChars"
        case enabled = "enabled"
        case every = "every"
        case everyMs = "everyMs"
        case prompt = "prompt"
        case target = "target"
    }

    public init(ackMaxChars: Int, enabled: Bool, every: String, everyMs: Int?, prompt: String, target: String) {
        self.ackMaxChars = ackMaxChars
        self.enabled = enabled
        self.every = every
        self.everyMs = everyMs
        self.prompt = prompt
        self.target = target
    }
}

/// Its sessions.
///
/// How many sessions there are and which were used last.
///
/// Sessions of the default agent.
// MARK: - SessionSummary
public struct SessionSummary: Codable {
    /// How many.
    public let count: Int
    /// Where they are kept.
    public let path: String
    /// Last used first.
    public let recent: [RecentSession]

    public enum CodingKeys: String, CodingKey {
        case count = "count"
        case path = "path"
        case recent = "recent"
    }

    public init(count: Int, path: String, recent: [RecentSession]) {
        self.count = count
        self.path = path
        self.recent = recent
    }
}

/// One session in [`SessionSummary`].
// MARK: - RecentSession
public struct RecentSession: Codable {
    /// Milliseconds since then; `null` when never used.
    public let age: Int?
    /// Canonical key.
    public let key: String
    /// Epoch milliseconds; `null` when never used.
    public let updatedAt: Int?

    public enum CodingKeys: String, CodingKey {
        case age = "age"
        case key = "key"
        case updatedAt = "updatedAt"
    }

    public init(age: Int?, key: String, updatedAt: Int?) {
        self.age = age
        self.key = key
        self.updatedAt = updatedAt
    }
}

/// Less runs than should, and why; absent when all is well.
///
/// That a gateway runs with less than it should.
// MARK: - SafeMode
public struct SafeMode: Codable {
    /// What is wrong and what to do, for people.
    public let problems: [String]
    /// What for.
    public let reason: SafeModeReason

    public enum CodingKeys: String, CodingKey {
        case problems = "problems"
        case reason = "reason"
    }

    public init(problems: [String], reason: SafeModeReason) {
        self.problems = problems
        self.reason = reason
    }
}

/// What for.
///
/// What safe mode is for.
///
/// The configuration is invalid; the last one that was valid is in force.
///
/// Several starts in a row ended badly; tools and background work are off.
public enum SafeModeReason: String, Codable {
    case config = "config"
    case crashes = "crashes"
}

/// One client, node or the gateway itself, as others see it.
// MARK: - PresenceEntry
public struct PresenceEntry: Codable {
    /// Family of the device.
    public let deviceFamily: String?
    /// Device behind it.
    public let deviceId: String?
    /// Host or display name.
    public let host: String?
    /// Instance of the client.
    public let instanceId: String?
    /// Address; left out for loopback.
    public let ip: String?
    /// Seconds since somebody used the device.
    public let lastInputSeconds: Int?
    /// `gateway`, or the mode of the client.
    public let mode: String?
    /// Hardware model.
    public let modelIdentifier: String?
    /// Operating system.
    public let platform: String?
    /// `self`, `connect`, `disconnect`, `node-connected`, `periodic`, …
    public let reason: String?
    /// Roles in use.
    public let roles: [Role]?
    /// Scopes in force.
    public let scopes: [String]?
    /// Free words.
    public let tags: [String]?
    /// A line for people.
    public let text: String?
    /// Last update, epoch milliseconds.
    public let ts: Int
    /// Version of the client.
    public let version: String?

    public enum CodingKeys: String, CodingKey {
        case deviceFamily = "deviceFamily"
        case deviceId = "deviceId"
        case host = "host"
        case instanceId = "instanceId"
        case ip = "ip"
        case lastInputSeconds = "lastInputSeconds"
        case mode = "mode"
        case modelIdentifier = "modelIdentifier"
        case platform = "platform"
        case reason = "reason"
        case roles = "roles"
        case scopes = "scopes"
        case tags = "tags"
        case text = "text"
        case ts = "ts"
        case version = "version"
    }

    public init(deviceFamily: String?, deviceId: String?, host: String?, instanceId: String?, ip: String?, lastInputSeconds: Int?, mode: String?, modelIdentifier: String?, platform: String?, reason: String?, roles: [Role]?, scopes: [String]?, tags: [String]?, text: String?, ts: Int, version: String?) {
        self.deviceFamily = deviceFamily
        self.deviceId = deviceId
        self.host = host
        self.instanceId = instanceId
        self.ip = ip
        self.lastInputSeconds = lastInputSeconds
        self.mode = mode
        self.modelIdentifier = modelIdentifier
        self.platform = platform
        self.reason = reason
        self.roles = roles
        self.scopes = scopes
        self.tags = tags
        self.text = text
        self.ts = ts
        self.version = version
    }
}

/// Where a chat without a key goes.
///
/// `hello-ok.snapshot.sessionDefaults`.
// MARK: - SessionDefaults
public struct SessionDefaults: Codable {
    /// Agent that owns bare session keys.
    public let defaultAgentId: String
    /// Name of an agent's main session.
    public let mainKey: String
    /// Canonical key of the default agent's main session.
    public let mainSessionKey: String

    public enum CodingKeys: String, CodingKey {
        case defaultAgentId = "defaultAgentId"
        case mainKey = "mainKey"
        case mainSessionKey = "mainSessionKey"
    }

    public init(defaultAgentId: String, mainKey: String, mainSessionKey: String) {
        self.defaultAgentId = defaultAgentId
        self.mainKey = mainKey
        self.mainSessionKey = mainSessionKey
    }
}

/// Params of `import.openclaw`.
// MARK: - ImportOpenclawParams
public struct ImportOpenclawParams: Codable {
    /// Only say what would be taken. Default true.
    public let dryRun: Bool?
    /// The home folder; absent looks where those programs keep theirs.
    public let from: String?

    public enum CodingKeys: String, CodingKey {
        case dryRun = "dryRun"
        case from = "from"
    }

    public init(dryRun: Bool?, from: String?) {
        self.dryRun = dryRun
        self.from = from
    }
}

/// What an import took and what it left.
// MARK: - ImportReport
public struct ImportReport: Codable {
    /// By kind of thing, in the order in which they were read.
    public let areas: [ImportArea]
    /// Whether nothing was changed.
    public let dryRun: Bool
    /// The home that was read.
    public let from: String
    /// Whether the gateway has to be restarted for all of it to count.
    public let needsRestart: Bool

    public enum CodingKeys: String, CodingKey {
        case areas = "areas"
        case dryRun = "dryRun"
        case from = "from"
        case needsRestart = "needsRestart"
    }

    public init(areas: [ImportArea], dryRun: Bool, from: String, needsRestart: Bool) {
        self.areas = areas
        self.dryRun = dryRun
        self.from = from
        self.needsRestart = needsRestart
    }
}

/// One kind of thing in an import.
// MARK: - ImportArea
public struct ImportArea: Codable {
    /// How much was there already.
    public let already: Int
    /// `config`, `agents`, `workspaces`, `sessions`, `devices`, `approvals`, `keys`, `cron`,
    /// `other`.
    public let area: String
    /// What was left, and why.
    public let importAreaLeft: [ImportLeft]
    /// What was taken, or would be.
    public let took: [String]

    public enum CodingKeys: String, CodingKey {
        case already = "already"
        case area = "area"
        case importAreaLeft = "left"
        case took = "took"
    }

    public init(already: Int, area: String, importAreaLeft: [ImportLeft], took: [String]) {
        self.already = already
        self.area = area
        self.importAreaLeft = importAreaLeft
        self.took = took
    }
}

/// Something that an import left.
// MARK: - ImportLeft
public struct ImportLeft: Codable {
    /// What.
    public let what: String
    /// Why.
    public let why: String

    public enum CodingKeys: String, CodingKey {
        case what = "what"
        case why = "why"
    }

    public init(what: String, why: String) {
        self.what = what
        self.why = why
    }
}

/// Params of `logs.tail`.
// MARK: - LogsTailParams
public struct LogsTailParams: Codable {
    /// `cursor` of the last answer. Left out, the newest lines are told.
    public let cursor: Int?
    /// Most lines. Default 500.
    public let limit: Int?
    /// `mark` of the last answer. With it nothing is left out: an answer that is
    /// full ends early and the next one goes on there, also over the change to a
    /// new file. Without it what does not fit is skipped. `oldest` with cursor 0
    /// begins with the oldest file that is kept.
    public let mark: String?
    /// Most bytes that are read. Default 250000.
    public let maxBytes: Int?

    public enum CodingKeys: String, CodingKey {
        case cursor = "cursor"
        case limit = "limit"
        case mark = "mark"
        case maxBytes = "maxBytes"
    }

    public init(cursor: Int?, limit: Int?, mark: String?, maxBytes: Int?) {
        self.cursor = cursor
        self.limit = limit
        self.mark = mark
        self.maxBytes = maxBytes
    }
}

/// Result of `logs.tail`.
// MARK: - LogsTailResult
public struct LogsTailResult: Codable {
    /// Where the next answer begins, bytes into the file. Less than `size` when
    /// there is more to ask for.
    public let cursor: Int
    /// The log file on the gateway's machine.
    public let file: String
    /// Whole lines, oldest first, without secrets. Usually JSON: `{"0":{"subsystem"},
    /// "1":message,"_meta":{logLevelName,date,name},"time"}`.
    public let lines: [String]
    /// Tells this file from the ones before and after it; for the next `mark`.
    public let mark: String
    /// The cursor was of a file that is gone; these are the newest lines.
    public let reset: Bool?
    /// Bytes that the file has.
    public let size: Int
    /// Lines before these, or parts of very long ones, were left out.
    public let truncated: Bool?

    public enum CodingKeys: String, CodingKey {
        case cursor = "cursor"
        case file = "file"
        case lines = "lines"
        case mark = "mark"
        case reset = "reset"
        case size = "size"
        case truncated = "truncated"
    }

    public init(cursor: Int, file: String, lines: [String], mark: String, reset: Bool?, size: Int, truncated: Bool?) {
        self.cursor = cursor
        self.file = file
        self.lines = lines
        self.mark = mark
        self.reset = reset
        self.size = size
        self.truncated = truncated
    }
}

/// Params of `models.authLogin`.
// MARK: - ModelsAuthLoginParams
public struct ModelsAuthLoginParams: Codable {
    /// Its key. Kept in the credential store and never given back.
    public let apiKey: String
    /// Ask the provider whether the key works, once it is kept.
    public let probe: Bool?
    /// The provider.
    public let provider: String

    public enum CodingKeys: String, CodingKey {
        case apiKey = "apiKey"
        case probe = "probe"
        case provider = "provider"
    }

    public init(apiKey: String, probe: Bool?, provider: String) {
        self.apiKey = apiKey
        self.probe = probe
        self.provider = provider
    }
}

/// Result of `models.authLogin`.
// MARK: - ModelsAuthLoginResult
public struct ModelsAuthLoginResult: Codable {
    /// Always true; a failure is an error frame.
    public let ok: Bool
    /// What the provider said.
    public let probe: ModelsProbeResult?
    /// The provider.
    public let provider: String
    /// Where the key is kept: `keychain`, `file` or `memory`.
    public let storedIn: String

    public enum CodingKeys: String, CodingKey {
        case ok = "ok"
        case probe = "probe"
        case provider = "provider"
        case storedIn = "storedIn"
    }

    public init(ok: Bool, probe: ModelsProbeResult?, provider: String, storedIn: String) {
        self.ok = ok
        self.probe = probe
        self.provider = provider
        self.storedIn = storedIn
    }
}

/// What the provider said.
///
/// Result of `models.probe`.
// MARK: - ModelsProbeResult
public struct ModelsProbeResult: Codable {
    /// What went wrong and what to do about it.
    public let error: String?
    /// How long it took, milliseconds.
    public let latencyMs: Int?
    /// The provider.
    public let provider: String
    /// One row per key.
    public let results: [ProbeTarget]
    /// How it ended.
    public let status: ProbeStatus

    public enum CodingKeys: String, CodingKey {
        case error = "error"
        case latencyMs = "latencyMs"
        case provider = "provider"
        case results = "results"
        case status = "status"
    }

    public init(error: String?, latencyMs: Int?, provider: String, results: [ProbeTarget], status: ProbeStatus) {
        self.error = error
        self.latencyMs = latencyMs
        self.provider = provider
        self.results = results
        self.status = status
    }
}

/// One key in [`ModelsProbeResult`].
// MARK: - ProbeTarget
public struct ProbeTarget: Codable {
    /// What went wrong and what to do about it.
    public let error: String?
    /// For people.
    public let label: String
    /// How long it took, milliseconds.
    public let latencyMs: Int?
    /// `PROVIDER:default`.
    public let profileId: String?
    /// How it ended.
    public let status: ProbeStatus

    public enum CodingKeys: String, CodingKey {
        case error = "error"
        case label = "label"
        case latencyMs = "latencyMs"
        case profileId = "profileId"
        case status = "status"
    }

    public init(error: String?, label: String, latencyMs: Int?, profileId: String?, status: ProbeStatus) {
        self.error = error
        self.label = label
        self.latencyMs = latencyMs
        self.profileId = profileId
        self.status = status
    }
}

/// How it ended.
///
/// How a probe ended.
///
/// It would answer.
///
/// The key is missing or was refused.
///
/// Too many requests at the moment.
///
/// No credit is left.
///
/// It took too long.
///
/// What came back was not the protocol.
///
/// Anything else.
///
/// There is nothing to ask: the provider or its model is not known.
public enum ProbeStatus: String, Codable {
    case auth = "auth"
    case billing = "billing"
    case format = "format"
    case noModel = "no_model"
    case ok = "ok"
    case rateLimit = "rate_limit"
    case timeout = "timeout"
    case unknown = "unknown"
}

/// Params of `models.authLogout`.
// MARK: - ModelsAuthLogoutParams
public struct ModelsAuthLogoutParams: Codable {
    /// The provider.
    public let provider: String

    public enum CodingKeys: String, CodingKey {
        case provider = "provider"
    }

    public init(provider: String) {
        self.provider = provider
    }
}

/// Result of `models.authLogout`.
// MARK: - ModelsAuthLogoutResult
public struct ModelsAuthLogoutResult: Codable {
    /// Always true; a failure is an error frame.
    public let ok: Bool
    /// The provider.
    public let provider: String
    /// Keys that were forgotten.
    public let removedProfiles: [String]

    public enum CodingKeys: String, CodingKey {
        case ok = "ok"
        case provider = "provider"
        case removedProfiles = "removedProfiles"
    }

    public init(ok: Bool, provider: String, removedProfiles: [String]) {
        self.ok = ok
        self.provider = provider
        self.removedProfiles = removedProfiles
    }
}

/// Params of `models.authStatus`.
// MARK: - ModelsAuthStatusParams
public struct ModelsAuthStatusParams: Codable {
    /// Ask the credential store again.
    public let refresh: Bool?

    public enum CodingKeys: String, CodingKey {
        case refresh = "refresh"
    }

    public init(refresh: Bool?) {
        self.refresh = refresh
    }
}

/// Result of `models.authStatus`.
// MARK: - ModelsAuthStatusResult
public struct ModelsAuthStatusResult: Codable {
    /// Every provider that is known, by id.
    public let providers: [ProviderAuth]
    /// Epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case providers = "providers"
        case ts = "ts"
    }

    public init(providers: [ProviderAuth], ts: Int) {
        self.providers = providers
        self.ts = ts
    }
}

/// One provider in [`ModelsAuthStatusResult`].
// MARK: - ProviderAuth
public struct ProviderAuth: Codable {
    /// Its name for people.
    public let displayName: String
    /// What to do about it.
    public let hint: String?
    /// Its keys, without their values.
    public let profiles: [AuthProfile]
    /// Its id.
    public let provider: String
    /// Whether it can be asked.
    public let status: AuthStatus

    public enum CodingKeys: String, CodingKey {
        case displayName = "displayName"
        case hint = "hint"
        case profiles = "profiles"
        case provider = "provider"
        case status = "status"
    }

    public init(displayName: String, hint: String?, profiles: [AuthProfile], provider: String, status: AuthStatus) {
        self.displayName = displayName
        self.hint = hint
        self.profiles = profiles
        self.provider = provider
        self.status = status
    }
}

/// One key of a provider.
// MARK: - AuthProfile
public struct AuthProfile: Codable {
    /// `PROVIDER:default`.
    public let profileId: String
    /// Whether it works, as far as is known.
    public let status: AuthStatus
    /// `api_key`.
    public let type: String

    public enum CodingKeys: String, CodingKey {
        case profileId = "profileId"
        case status = "status"
        case type = "type"
    }

    public init(profileId: String, status: AuthStatus, type: String) {
        self.profileId = profileId
        self.status = status
        self.type = type
    }
}

/// Whether it works, as far as is known.
///
/// Whether a provider's key is there.
///
/// Whether it can be asked.
///
/// There is a key.
///
/// It needs no key.
///
/// It needs a key and has none.
///
/// The provider refused the key.
///
/// The credential store did not answer.
public enum AuthStatus: String, Codable {
    case authStatusStatic = "static"
    case error = "error"
    case expired = "expired"
    case missing = "missing"
    case ok = "ok"
}

/// Params of `models.list`.
// MARK: - ModelsListParams
public struct ModelsListParams: Codable {
    /// Mark this agent's choice. Default: the default agent's.
    public let agentId: String?
    /// Say what each model costs, as far as that is known.
    public let includeCost: Bool?
    /// Look for models on this machine first.
    public let refresh: Bool?
    /// Which of them. Default: those that can be asked, and those that are configured.
    public let view: ModelsView?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case includeCost = "includeCost"
        case refresh = "refresh"
        case view = "view"
    }

    public init(agentId: String?, includeCost: Bool?, refresh: Bool?, view: ModelsView?) {
        self.agentId = agentId
        self.includeCost = includeCost
        self.refresh = refresh
        self.view = view
    }
}

/// Those that can be asked, and those that are configured.
///
/// Those that the configuration names.
///
/// Those of `models.providers`.
///
/// Also well-known models of providers that have no key.
///
/// Which models.
public enum ModelsView: String, Codable {
    case all = "all"
    case configured = "configured"
    case modelsViewDefault = "default"
    case providerConfig = "provider-config"
}

/// Result of `models.list`.
// MARK: - ModelsListResult
public struct ModelsListResult: Codable {
    /// By provider, then by name.
    public let models: [ModelRow]

    public enum CodingKeys: String, CodingKey {
        case models = "models"
    }

    public init(models: [ModelRow]) {
        self.models = models
    }
}

/// Params of `models.probe`.
// MARK: - ModelsProbeParams
public struct ModelsProbeParams: Codable {
    /// The provider.
    public let provider: String
    /// How long to wait, milliseconds, at most 60000. Default 15000.
    public let timeoutMs: Int?

    public enum CodingKeys: String, CodingKey {
        case provider = "provider"
        case timeoutMs = "timeoutMs"
    }

    public init(provider: String, timeoutMs: Int?) {
        self.provider = provider
        self.timeoutMs = timeoutMs
    }
}

/// Result of `node.describe`.
// MARK: - NodeDescribeResult
public struct NodeDescribeResult: Codable {
    /// Whether it is the computer that was used last.
    public let active: Bool?
    /// How far its commands are approved.
    public let approvalState: NodeApproval?
    /// When its commands were approved, epoch milliseconds.
    public let approvedAtMs: Int?
    /// Capabilities that are approved.
    public let caps: [String]
    /// Which client it runs.
    public let clientId: String?
    /// How that client is used.
    public let clientMode: String?
    /// Commands that can be invoked: listed, declared and approved.
    public let commands: [String]
    /// Whether it is connected.
    public let connected: Bool
    /// Epoch milliseconds; only while it is connected.
    public let connectedAtMs: Int?
    /// The same, for clients that read it here.
    public let coreVersion: String?
    /// Family of the device.
    public let deviceFamily: String?
    /// What it is called: by its owner, else by itself.
    public let displayName: String?
    /// What its machine has and uses.
    public let hostStats: NodeHostStats?
    /// Epoch milliseconds.
    public let lastConnectedAtMs: Int?
    /// Epoch milliseconds.
    public let lastDisconnectedAtMs: Int?
    /// When it last gave a sign of life, epoch milliseconds.
    public let lastSeenAtMs: Int?
    /// Which sign: `connect`, `disconnect`, or the trigger it named.
    public let lastSeenReason: String?
    /// Model of the device.
    public let modelIdentifier: String?
    /// Its device id.
    public let nodeId: String
    /// Whether it is paired.
    public let paired: Bool
    /// `PATH` of its commands.
    public let pathEnv: String?
    /// What it asks for.
    public let pendingDeclaredCaps: [String]?
    /// What it asks for.
    public let pendingDeclaredCommands: [String]?
    /// What it asks for.
    public let pendingDeclaredPermissions: [String: Bool]?
    /// The request that waits.
    public let pendingRequestId: String?
    /// What its system permits.
    public let permissions: [String: Bool]?
    /// Operating system.
    public let platform: String?
    /// Address it came from last.
    public let remoteIp: String?
    /// Whether sessions can run on it; not with this gateway.
    public let sessionHost: Bool?
    /// Epoch milliseconds.
    public let ts: Int
    /// Version of its user interface.
    public let uiVersion: String?
    /// Version of the client.
    public let version: String?

    public enum CodingKeys: String, CodingKey {
        case active = "active"
        case approvalState = "approvalState"
        case approvedAtMs = "approvedAtMs"
        case caps = "caps"
        case clientId = "clientId"
        case clientMode = "clientMode"
        case commands = "commands"
        case connected = "connected"
        case connectedAtMs = "connectedAtMs"
        case coreVersion = "coreVersion"
        case deviceFamily = "deviceFamily"
        case displayName = "displayName"
        case hostStats = "hostStats"
        case lastConnectedAtMs = "lastConnectedAtMs"
        case lastDisconnectedAtMs = "lastDisconnectedAtMs"
        case lastSeenAtMs = "lastSeenAtMs"
        case lastSeenReason = "lastSeenReason"
        case modelIdentifier = "modelIdentifier"
        case nodeId = "nodeId"
        case paired = "paired"
        case pathEnv = "pathEnv"
        case pendingDeclaredCaps = "pendingDeclaredCaps"
        case pendingDeclaredCommands = "pendingDeclaredCommands"
        case pendingDeclaredPermissions = "pendingDeclaredPermissions"
        case pendingRequestId = "pendingRequestId"
        case permissions = "permissions"
        case platform = "platform"
        case remoteIp = "remoteIp"
        case sessionHost = "sessionHost"
        case ts = "ts"
        case uiVersion = "uiVersion"
        case version = "version"
    }

    public init(active: Bool?, approvalState: NodeApproval?, approvedAtMs: Int?, caps: [String], clientId: String?, clientMode: String?, commands: [String], connected: Bool, connectedAtMs: Int?, coreVersion: String?, deviceFamily: String?, displayName: String?, hostStats: NodeHostStats?, lastConnectedAtMs: Int?, lastDisconnectedAtMs: Int?, lastSeenAtMs: Int?, lastSeenReason: String?, modelIdentifier: String?, nodeId: String, paired: Bool, pathEnv: String?, pendingDeclaredCaps: [String]?, pendingDeclaredCommands: [String]?, pendingDeclaredPermissions: [String: Bool]?, pendingRequestId: String?, permissions: [String: Bool]?, platform: String?, remoteIp: String?, sessionHost: Bool?, ts: Int, uiVersion: String?, version: String?) {
        self.active = active
        self.approvalState = approvalState
        self.approvedAtMs = approvedAtMs
        self.caps = caps
        self.clientId = clientId
        self.clientMode = clientMode
        self.commands = commands
        self.connected = connected
        self.connectedAtMs = connectedAtMs
        self.coreVersion = coreVersion
        self.deviceFamily = deviceFamily
        self.displayName = displayName
        self.hostStats = hostStats
        self.lastConnectedAtMs = lastConnectedAtMs
        self.lastDisconnectedAtMs = lastDisconnectedAtMs
        self.lastSeenAtMs = lastSeenAtMs
        self.lastSeenReason = lastSeenReason
        self.modelIdentifier = modelIdentifier
        self.nodeId = nodeId
        self.paired = paired
        self.pathEnv = pathEnv
        self.pendingDeclaredCaps = pendingDeclaredCaps
        self.pendingDeclaredCommands = pendingDeclaredCommands
        self.pendingDeclaredPermissions = pendingDeclaredPermissions
        self.pendingRequestId = pendingRequestId
        self.permissions = permissions
        self.platform = platform
        self.remoteIp = remoteIp
        self.sessionHost = sessionHost
        self.ts = ts
        self.uiVersion = uiVersion
        self.version = version
    }
}

/// How far the commands of a node are approved.
///
/// How far its commands are approved.
///
/// Everything it declares.
///
/// Nothing yet; a request waits.
///
/// It declares more than was approved; what was approved works on.
///
/// Nothing, and nothing waits.
public enum NodeApproval: String, Codable {
    case approved = "approved"
    case pendingApproval = "pending-approval"
    case pendingReapproval = "pending-reapproval"
    case unapproved = "unapproved"
}

/// What its machine has and uses.
///
/// What the machine of a node has and uses.
///
/// Its figures.
// MARK: - NodeHostStats
public struct NodeHostStats: Codable {
    /// Processors.
    public let cpuCount: Int
    /// Bytes.
    public let diskAvailableBytes: Int?
    /// Bytes.
    public let diskTotalBytes: Int?
    /// Load over the last 1, 5 and 15 minutes, as its system counts it.
    public let loadAverage: [Double]?
    /// Bytes.
    public let memoryFreeBytes: Int
    /// Bytes.
    public let memoryTotalBytes: Int
    /// When the gateway heard of it; the gateway sets it, whatever the node says.
    public let updatedAtMs: Int?

    public enum CodingKeys: String, CodingKey {
        case cpuCount = "cpuCount"
        case diskAvailableBytes = "diskAvailableBytes"
        case diskTotalBytes = "diskTotalBytes"
        case loadAverage = "loadAverage"
        case memoryFreeBytes = "memoryFreeBytes"
        case memoryTotalBytes = "memoryTotalBytes"
        case updatedAtMs = "updatedAtMs"
    }

    public init(cpuCount: Int, diskAvailableBytes: Int?, diskTotalBytes: Int?, loadAverage: [Double]?, memoryFreeBytes: Int, memoryTotalBytes: Int, updatedAtMs: Int?) {
        self.cpuCount = cpuCount
        self.diskAvailableBytes = diskAvailableBytes
        self.diskTotalBytes = diskTotalBytes
        self.loadAverage = loadAverage
        self.memoryFreeBytes = memoryFreeBytes
        self.memoryTotalBytes = memoryTotalBytes
        self.updatedAtMs = updatedAtMs
    }
}

/// Params of `node.event`.
// MARK: - NodeEventParams
public struct NodeEventParams: Codable {
    /// What happened.
    public let event: String
    /// The facts.
    public let payload: JSONAny?
    /// The same as JSON text.
    public let payloadJSON: String?

    public enum CodingKeys: String, CodingKey {
        case event = "event"
        case payload = "payload"
        case payloadJSON = "payloadJSON"
    }

    public init(event: String, payload: JSONAny?, payloadJSON: String?) {
        self.event = event
        self.payload = payload
        self.payloadJSON = payloadJSON
    }
}

/// Result of `node.event`. Protocol 3 reads only `ok`.
// MARK: - NodeEventResult
public struct NodeEventResult: Codable {
    /// Its name.
    public let event: String?
    /// Whether something came of it.
    public let handled: Bool?
    /// Always true: the event arrived.
    public let ok: Bool
    /// Why not, or what.
    public let reason: String?

    public enum CodingKeys: String, CodingKey {
        case event = "event"
        case handled = "handled"
        case ok = "ok"
        case reason = "reason"
    }

    public init(event: String?, handled: Bool?, ok: Bool, reason: String?) {
        self.event = event
        self.handled = handled
        self.ok = ok
        self.reason = reason
    }
}

/// Event `node.hostStats`.
// MARK: - NodeHostStatsChanged
public struct NodeHostStatsChanged: Codable {
    /// Its figures.
    public let hostStats: NodeHostStats
    /// The node.
    public let nodeId: String

    public enum CodingKeys: String, CodingKey {
        case hostStats = "hostStats"
        case nodeId = "nodeId"
    }

    public init(hostStats: NodeHostStats, nodeId: String) {
        self.hostStats = hostStats
        self.nodeId = nodeId
    }
}

/// Params of methods about one node.
// MARK: - NodeIdParams
public struct NodeIdParams: Codable {
    /// The node.
    public let nodeId: String

    public enum CodingKeys: String, CodingKey {
        case nodeId = "nodeId"
    }

    public init(nodeId: String) {
        self.nodeId = nodeId
    }
}

/// Event `node.invoke.cancel`: to the node, nobody waits any more.
// MARK: - NodeInvokeCancel
public struct NodeInvokeCancel: Codable {
    /// The call.
    public let invokeId: String
    /// The node it was for.
    public let nodeId: String

    public enum CodingKeys: String, CodingKey {
        case invokeId = "invokeId"
        case nodeId = "nodeId"
    }

    public init(invokeId: String, nodeId: String) {
        self.invokeId = invokeId
        self.nodeId = nodeId
    }
}

/// Event `node.invoke.input`: to the node, more for a call under way.
// MARK: - NodeInvokeInput
public struct NodeInvokeInput: Codable {
    /// The call.
    public let id: String
    /// The node it is for.
    public let nodeId: String
    /// What is sent, as JSON text.
    public let payloadJSON: String
    /// Counts from 0.
    public let seq: Int

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case nodeId = "nodeId"
        case payloadJSON = "payloadJSON"
        case seq = "seq"
    }

    public init(id: String, nodeId: String, payloadJSON: String, seq: Int) {
        self.id = id
        self.nodeId = nodeId
        self.payloadJSON = payloadJSON
        self.seq = seq
    }
}

/// Params of `node.invoke`.
// MARK: - NodeInvokeParams
public struct NodeInvokeParams: Codable {
    /// The command, by its exact name.
    public let command: String
    /// The same key never invokes twice.
    public let idempotencyKey: String
    /// The node.
    public let nodeId: String
    /// What the command takes.
    public let params: JSONAny?
    /// Session on whose behalf.
    public let sessionKey: String?
    /// How long to wait for the node. Default 30,000.
    public let timeoutMs: Int?
    /// Account that the turn came to.
    public let turnSourceAccountId: String?
    /// Channel that the turn came from.
    public let turnSourceChannel: String?
    /// Conversation that the turn came from.
    public let turnSourceTo: String?

    public enum CodingKeys: String, CodingKey {
        case command = "command"
        case idempotencyKey = "idempotencyKey"
        case nodeId = "nodeId"
        case params = "params"
        case sessionKey = "sessionKey"
        case timeoutMs = "timeoutMs"
        case turnSourceAccountId = "turnSourceAccountId"
        case turnSourceChannel = "turnSourceChannel"
        case turnSourceTo = "turnSourceTo"
    }

    public init(command: String, idempotencyKey: String, nodeId: String, params: JSONAny?, sessionKey: String?, timeoutMs: Int?, turnSourceAccountId: String?, turnSourceChannel: String?, turnSourceTo: String?) {
        self.command = command
        self.idempotencyKey = idempotencyKey
        self.nodeId = nodeId
        self.params = params
        self.sessionKey = sessionKey
        self.timeoutMs = timeoutMs
        self.turnSourceAccountId = turnSourceAccountId
        self.turnSourceChannel = turnSourceChannel
        self.turnSourceTo = turnSourceTo
    }
}

/// Params of `node.invoke.progress`.
// MARK: - NodeInvokeProgressParams
public struct NodeInvokeProgressParams: Codable {
    /// The part.
    public let chunk: String
    /// The call.
    public let invokeId: String
    /// The node that answers: the caller.
    public let nodeId: String
    /// Counts from 0.
    public let seq: Int

    public enum CodingKeys: String, CodingKey {
        case chunk = "chunk"
        case invokeId = "invokeId"
        case nodeId = "nodeId"
        case seq = "seq"
    }

    public init(chunk: String, invokeId: String, nodeId: String, seq: Int) {
        self.chunk = chunk
        self.invokeId = invokeId
        self.nodeId = nodeId
        self.seq = seq
    }
}

/// Event `node.invoke.progress`: to whoever invoked.
// MARK: - NodeInvokeProgressed
public struct NodeInvokeProgressed: Codable {
    /// The part.
    public let chunk: String
    /// Key of the caller's `node.invoke`.
    public let idempotencyKey: String
    /// The call.
    public let invokeId: String
    /// The node.
    public let nodeId: String
    /// Counts from 0.
    public let seq: Int

    public enum CodingKeys: String, CodingKey {
        case chunk = "chunk"
        case idempotencyKey = "idempotencyKey"
        case invokeId = "invokeId"
        case nodeId = "nodeId"
        case seq = "seq"
    }

    public init(chunk: String, idempotencyKey: String, invokeId: String, nodeId: String, seq: Int) {
        self.chunk = chunk
        self.idempotencyKey = idempotencyKey
        self.invokeId = invokeId
        self.nodeId = nodeId
        self.seq = seq
    }
}

/// Params of `node.invoke.result`.
// MARK: - NodeInvokeReportParams
public struct NodeInvokeReportParams: Codable {
    /// Why it did not.
    public let error: NodeError?
    /// The call.
    public let id: String
    /// The node that answers: the caller.
    public let nodeId: String
    /// Whether it worked.
    public let ok: Bool
    /// What came of it.
    public let payload: JSONAny?
    /// The same as JSON text.
    public let payloadJSON: String?

    public enum CodingKeys: String, CodingKey {
        case error = "error"
        case id = "id"
        case nodeId = "nodeId"
        case ok = "ok"
        case payload = "payload"
        case payloadJSON = "payloadJSON"
    }

    public init(error: NodeError?, id: String, nodeId: String, ok: Bool, payload: JSONAny?, payloadJSON: String?) {
        self.error = error
        self.id = id
        self.nodeId = nodeId
        self.ok = ok
        self.payload = payload
        self.payloadJSON = payloadJSON
    }
}

/// A failure in the words of a node.
// MARK: - NodeError
public struct NodeError: Codable {
    /// For programs, such as `TIMEOUT`.
    public let code: String?
    /// For people.
    public let message: String?

    public enum CodingKeys: String, CodingKey {
        case code = "code"
        case message = "message"
    }

    public init(code: String?, message: String?) {
        self.code = code
        self.message = message
    }
}

/// Result of `node.invoke.result`.
// MARK: - NodeInvokeReportResult
public struct NodeInvokeReportResult: Codable {
    /// Whether nobody waited for it any more.
    public let ignored: Bool?
    /// Always true.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case ignored = "ignored"
        case ok = "ok"
    }

    public init(ignored: Bool?, ok: Bool) {
        self.ignored = ignored
        self.ok = ok
    }
}

/// Event `node.invoke.request`: to the node, do this.
// MARK: - NodeInvokeRequest
public struct NodeInvokeRequest: Codable {
    /// The command.
    public let command: String
    /// Names this call until it ends.
    public let id: String
    /// The caller's key.
    public let idempotencyKey: String?
    /// The node it is for.
    public let nodeId: String
    /// What the command takes, as JSON text.
    public let paramsJSON: String?
    /// Session on whose behalf.
    public let sessionKey: String?
    /// How long the gateway waits, in milliseconds.
    public let timeoutMs: Int?

    public enum CodingKeys: String, CodingKey {
        case command = "command"
        case id = "id"
        case idempotencyKey = "idempotencyKey"
        case nodeId = "nodeId"
        case paramsJSON = "paramsJSON"
        case sessionKey = "sessionKey"
        case timeoutMs = "timeoutMs"
    }

    public init(command: String, id: String, idempotencyKey: String?, nodeId: String, paramsJSON: String?, sessionKey: String?, timeoutMs: Int?) {
        self.command = command
        self.id = id
        self.idempotencyKey = idempotencyKey
        self.nodeId = nodeId
        self.paramsJSON = paramsJSON
        self.sessionKey = sessionKey
        self.timeoutMs = timeoutMs
    }
}

/// Result of `node.invoke`.
// MARK: - NodeInvokeResult
public struct NodeInvokeResult: Codable {
    /// The command.
    public let command: String
    /// The node.
    public let nodeId: String
    /// Always true; a failure is an error frame.
    public let ok: Bool
    /// What the node answered; absent when it answered nothing.
    public let payload: JSONAny?
    /// The same as the JSON text that the node sent, if it sent one.
    public let payloadJSON: String?

    public enum CodingKeys: String, CodingKey {
        case command = "command"
        case nodeId = "nodeId"
        case ok = "ok"
        case payload = "payload"
        case payloadJSON = "payloadJSON"
    }

    public init(command: String, nodeId: String, ok: Bool, payload: JSONAny?, payloadJSON: String?) {
        self.command = command
        self.nodeId = nodeId
        self.ok = ok
        self.payload = payload
        self.payloadJSON = payloadJSON
    }
}

/// Params of `node.invoke.input`.
// MARK: - NodeInvokeSendParams
public struct NodeInvokeSendParams: Codable {
    /// Key of the caller's `node.invoke`.
    public let idempotencyKey: String
    /// What is sent, as JSON text.
    public let payloadJSON: String

    public enum CodingKeys: String, CodingKey {
        case idempotencyKey = "idempotencyKey"
        case payloadJSON = "payloadJSON"
    }

    public init(idempotencyKey: String, payloadJSON: String) {
        self.idempotencyKey = idempotencyKey
        self.payloadJSON = payloadJSON
    }
}

/// Result of `node.list`.
// MARK: - NodeListResult
public struct NodeListResult: Codable {
    /// The nodes.
    public let nodes: [NodeRow]
    /// Epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case nodes = "nodes"
        case ts = "ts"
    }

    public init(nodes: [NodeRow], ts: Int) {
        self.nodes = nodes
        self.ts = ts
    }
}

/// A node, connected or known. Protocol 3 gets the part it knows.
// MARK: - NodeRow
public struct NodeRow: Codable {
    /// Whether it is the computer that was used last.
    public let active: Bool?
    /// How far its commands are approved.
    public let approvalState: NodeApproval?
    /// When its commands were approved, epoch milliseconds.
    public let approvedAtMs: Int?
    /// Capabilities that are approved.
    public let caps: [String]
    /// Which client it runs.
    public let clientId: String?
    /// How that client is used.
    public let clientMode: String?
    /// Commands that can be invoked: listed, declared and approved.
    public let commands: [String]
    /// Whether it is connected.
    public let connected: Bool
    /// Epoch milliseconds; only while it is connected.
    public let connectedAtMs: Int?
    /// The same, for clients that read it here.
    public let coreVersion: String?
    /// Family of the device.
    public let deviceFamily: String?
    /// What it is called: by its owner, else by itself.
    public let displayName: String?
    /// What its machine has and uses.
    public let hostStats: NodeHostStats?
    /// Epoch milliseconds.
    public let lastConnectedAtMs: Int?
    /// Epoch milliseconds.
    public let lastDisconnectedAtMs: Int?
    /// When it last gave a sign of life, epoch milliseconds.
    public let lastSeenAtMs: Int?
    /// Which sign: `connect`, `disconnect`, or the trigger it named.
    public let lastSeenReason: String?
    /// Model of the device.
    public let modelIdentifier: String?
    /// Its device id.
    public let nodeId: String
    /// Whether it is paired.
    public let paired: Bool
    /// `PATH` of its commands.
    public let pathEnv: String?
    /// What it asks for.
    public let pendingDeclaredCaps: [String]?
    /// What it asks for.
    public let pendingDeclaredCommands: [String]?
    /// What it asks for.
    public let pendingDeclaredPermissions: [String: Bool]?
    /// The request that waits.
    public let pendingRequestId: String?
    /// What its system permits.
    public let permissions: [String: Bool]?
    /// Operating system.
    public let platform: String?
    /// Address it came from last.
    public let remoteIp: String?
    /// Whether sessions can run on it; not with this gateway.
    public let sessionHost: Bool?
    /// Version of its user interface.
    public let uiVersion: String?
    /// Version of the client.
    public let version: String?

    public enum CodingKeys: String, CodingKey {
        case active = "active"
        case approvalState = "approvalState"
        case approvedAtMs = "approvedAtMs"
        case caps = "caps"
        case clientId = "clientId"
        case clientMode = "clientMode"
        case commands = "commands"
        case connected = "connected"
        case connectedAtMs = "connectedAtMs"
        case coreVersion = "coreVersion"
        case deviceFamily = "deviceFamily"
        case displayName = "displayName"
        case hostStats = "hostStats"
        case lastConnectedAtMs = "lastConnectedAtMs"
        case lastDisconnectedAtMs = "lastDisconnectedAtMs"
        case lastSeenAtMs = "lastSeenAtMs"
        case lastSeenReason = "lastSeenReason"
        case modelIdentifier = "modelIdentifier"
        case nodeId = "nodeId"
        case paired = "paired"
        case pathEnv = "pathEnv"
        case pendingDeclaredCaps = "pendingDeclaredCaps"
        case pendingDeclaredCommands = "pendingDeclaredCommands"
        case pendingDeclaredPermissions = "pendingDeclaredPermissions"
        case pendingRequestId = "pendingRequestId"
        case permissions = "permissions"
        case platform = "platform"
        case remoteIp = "remoteIp"
        case sessionHost = "sessionHost"
        case uiVersion = "uiVersion"
        case version = "version"
    }

    public init(active: Bool?, approvalState: NodeApproval?, approvedAtMs: Int?, caps: [String], clientId: String?, clientMode: String?, commands: [String], connected: Bool, connectedAtMs: Int?, coreVersion: String?, deviceFamily: String?, displayName: String?, hostStats: NodeHostStats?, lastConnectedAtMs: Int?, lastDisconnectedAtMs: Int?, lastSeenAtMs: Int?, lastSeenReason: String?, modelIdentifier: String?, nodeId: String, paired: Bool, pathEnv: String?, pendingDeclaredCaps: [String]?, pendingDeclaredCommands: [String]?, pendingDeclaredPermissions: [String: Bool]?, pendingRequestId: String?, permissions: [String: Bool]?, platform: String?, remoteIp: String?, sessionHost: Bool?, uiVersion: String?, version: String?) {
        self.active = active
        self.approvalState = approvalState
        self.approvedAtMs = approvedAtMs
        self.caps = caps
        self.clientId = clientId
        self.clientMode = clientMode
        self.commands = commands
        self.connected = connected
        self.connectedAtMs = connectedAtMs
        self.coreVersion = coreVersion
        self.deviceFamily = deviceFamily
        self.displayName = displayName
        self.hostStats = hostStats
        self.lastConnectedAtMs = lastConnectedAtMs
        self.lastDisconnectedAtMs = lastDisconnectedAtMs
        self.lastSeenAtMs = lastSeenAtMs
        self.lastSeenReason = lastSeenReason
        self.modelIdentifier = modelIdentifier
        self.nodeId = nodeId
        self.paired = paired
        self.pathEnv = pathEnv
        self.pendingDeclaredCaps = pendingDeclaredCaps
        self.pendingDeclaredCommands = pendingDeclaredCommands
        self.pendingDeclaredPermissions = pendingDeclaredPermissions
        self.pendingRequestId = pendingRequestId
        self.permissions = permissions
        self.platform = platform
        self.remoteIp = remoteIp
        self.sessionHost = sessionHost
        self.uiVersion = uiVersion
        self.version = version
    }
}

/// Result of `node.pair.approve`.
// MARK: - NodePairApproveResult
public struct NodePairApproveResult: Codable {
    /// The node as it now stands.
    public let node: PairedNode
    /// The request.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case node = "node"
        case requestId = "requestId"
    }

    public init(node: PairedNode, requestId: String) {
        self.node = node
        self.requestId = requestId
    }
}

/// The node as it now stands.
///
/// A node of which something was approved.
///
/// The node, if it is.
// MARK: - PairedNode
public struct PairedNode: Codable {
    /// Epoch milliseconds.
    public let approvedAtMs: Int
    /// Approved capabilities.
    public let caps: [String]?
    /// Approved commands.
    public let commands: [String]?
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Family of the device.
    public let deviceFamily: String?
    /// Its name.
    public let displayName: String?
    /// Epoch milliseconds.
    public let lastConnectedAtMs: Int?
    /// The node.
    public let nodeId: String
    /// Operating system.
    public let platform: String?
    /// Where it connected from last.
    public let remoteIp: String?
    /// Its token, once: in the answer to the approval of a `node.pair.request`.
    public let token: String?
    /// Version of the client.
    public let version: String?

    public enum CodingKeys: String, CodingKey {
        case approvedAtMs = "approvedAtMs"
        case caps = "caps"
        case commands = "commands"
        case createdAtMs = "createdAtMs"
        case deviceFamily = "deviceFamily"
        case displayName = "displayName"
        case lastConnectedAtMs = "lastConnectedAtMs"
        case nodeId = "nodeId"
        case platform = "platform"
        case remoteIp = "remoteIp"
        case token = "token"
        case version = "version"
    }

    public init(approvedAtMs: Int, caps: [String]?, commands: [String]?, createdAtMs: Int, deviceFamily: String?, displayName: String?, lastConnectedAtMs: Int?, nodeId: String, platform: String?, remoteIp: String?, token: String?, version: String?) {
        self.approvedAtMs = approvedAtMs
        self.caps = caps
        self.commands = commands
        self.createdAtMs = createdAtMs
        self.deviceFamily = deviceFamily
        self.displayName = displayName
        self.lastConnectedAtMs = lastConnectedAtMs
        self.nodeId = nodeId
        self.platform = platform
        self.remoteIp = remoteIp
        self.token = token
        self.version = version
    }
}

/// Params of `node.pair.approve` and `node.pair.reject`.
// MARK: - NodePairDecisionParams
public struct NodePairDecisionParams: Codable {
    /// Node that the approver saw; refused when it is not the request's.
    public let nodeId: String?
    /// The request.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case nodeId = "nodeId"
        case requestId = "requestId"
    }

    public init(nodeId: String?, requestId: String) {
        self.nodeId = nodeId
        self.requestId = requestId
    }
}

/// Result of `node.pair.list`.
// MARK: - NodePairListResult
public struct NodePairListResult: Codable {
    /// Nodes, last approved first.
    public let paired: [PairedNode]
    /// Requests, first asked first.
    public let pending: [NodePairRequested]

    public enum CodingKeys: String, CodingKey {
        case paired = "paired"
        case pending = "pending"
    }

    public init(paired: [PairedNode], pending: [NodePairRequested]) {
        self.paired = paired
        self.pending = pending
    }
}

/// A request that waits; also event `node.pair.requested`.
///
/// The request.
// MARK: - NodePairRequested
public struct NodePairRequested: Codable {
    /// Capabilities it declares.
    public let caps: [String]?
    /// Which client it runs.
    public let clientId: String?
    /// How that client is used.
    public let clientMode: String?
    /// Commands it declares.
    public let commands: [String]?
    /// The same, for clients that read it here.
    public let coreVersion: String?
    /// Family of the device.
    public let deviceFamily: String?
    /// Its name.
    public let displayName: String?
    /// Whether something of it was approved before.
    public let isRepair: Bool?
    /// Model of the device.
    public let modelIdentifier: String?
    /// Node that asks.
    public let nodeId: String
    /// What its system permits.
    public let permissions: [String: Bool]?
    /// Operating system.
    public let platform: String?
    /// Where it connected from.
    public let remoteIp: String?
    /// Names the request until it is decided.
    public let requestId: String
    /// Scopes that an approver needs.
    public let requiredApproveScopes: [String]?
    /// Whether it may be approved without asking anybody.
    public let silent: Bool?
    /// First asked, epoch milliseconds.
    public let ts: Int
    /// Version of its user interface.
    public let uiVersion: String?
    /// Version of the client.
    public let version: String?

    public enum CodingKeys: String, CodingKey {
        case caps = "caps"
        case clientId = "clientId"
        case clientMode = "clientMode"
        case commands = "commands"
        case coreVersion = "coreVersion"
        case deviceFamily = "deviceFamily"
        case displayName = "displayName"
        case isRepair = "isRepair"
        case modelIdentifier = "modelIdentifier"
        case nodeId = "nodeId"
        case permissions = "permissions"
        case platform = "platform"
        case remoteIp = "remoteIp"
        case requestId = "requestId"
        case requiredApproveScopes = "requiredApproveScopes"
        case silent = "silent"
        case ts = "ts"
        case uiVersion = "uiVersion"
        case version = "version"
    }

    public init(caps: [String]?, clientId: String?, clientMode: String?, commands: [String]?, coreVersion: String?, deviceFamily: String?, displayName: String?, isRepair: Bool?, modelIdentifier: String?, nodeId: String, permissions: [String: Bool]?, platform: String?, remoteIp: String?, requestId: String, requiredApproveScopes: [String]?, silent: Bool?, ts: Int, uiVersion: String?, version: String?) {
        self.caps = caps
        self.clientId = clientId
        self.clientMode = clientMode
        self.commands = commands
        self.coreVersion = coreVersion
        self.deviceFamily = deviceFamily
        self.displayName = displayName
        self.isRepair = isRepair
        self.modelIdentifier = modelIdentifier
        self.nodeId = nodeId
        self.permissions = permissions
        self.platform = platform
        self.remoteIp = remoteIp
        self.requestId = requestId
        self.requiredApproveScopes = requiredApproveScopes
        self.silent = silent
        self.ts = ts
        self.uiVersion = uiVersion
        self.version = version
    }
}

/// Result of `node.pair.reject`.
// MARK: - NodePairRejectResult
public struct NodePairRejectResult: Codable {
    /// Its node.
    public let nodeId: String
    /// The request.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case nodeId = "nodeId"
        case requestId = "requestId"
    }

    public init(nodeId: String, requestId: String) {
        self.nodeId = nodeId
        self.requestId = requestId
    }
}

/// Result of `node.pair.remove`.
// MARK: - NodePairRemoveResult
public struct NodePairRemoveResult: Codable {
    /// The node.
    public let nodeId: String

    public enum CodingKeys: String, CodingKey {
        case nodeId = "nodeId"
    }

    public init(nodeId: String) {
        self.nodeId = nodeId
    }
}

/// Params of `node.pair.request`.
// MARK: - NodePairRequestParams
public struct NodePairRequestParams: Codable {
    /// Capabilities it has.
    public let caps: [String]?
    /// Commands it offers.
    public let commands: [String]?
    /// Family of the device.
    public let deviceFamily: String?
    /// Its name.
    public let displayName: String?
    /// The node.
    public let nodeId: String
    /// Operating system.
    public let platform: String?
    /// Version of the client.
    public let version: String?

    public enum CodingKeys: String, CodingKey {
        case caps = "caps"
        case commands = "commands"
        case deviceFamily = "deviceFamily"
        case displayName = "displayName"
        case nodeId = "nodeId"
        case platform = "platform"
        case version = "version"
    }

    public init(caps: [String]?, commands: [String]?, deviceFamily: String?, displayName: String?, nodeId: String, platform: String?, version: String?) {
        self.caps = caps
        self.commands = commands
        self.deviceFamily = deviceFamily
        self.displayName = displayName
        self.nodeId = nodeId
        self.platform = platform
        self.version = version
    }
}

/// Result of `node.pair.request`.
// MARK: - NodePairRequestResult
public struct NodePairRequestResult: Codable {
    /// Whether it is new.
    public let created: Bool
    /// The request.
    public let request: NodePairRequested
    /// `pending`.
    public let status: String

    public enum CodingKeys: String, CodingKey {
        case created = "created"
        case request = "request"
        case status = "status"
    }

    public init(created: Bool, request: NodePairRequested, status: String) {
        self.created = created
        self.request = request
        self.status = status
    }
}

/// Event `node.pair.resolved`.
// MARK: - NodePairResolved
public struct NodePairResolved: Codable {
    /// The outcome.
    public let decision: NodeDecision
    /// Its node.
    public let nodeId: String
    /// The request.
    public let requestId: String
    /// When, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case decision = "decision"
        case nodeId = "nodeId"
        case requestId = "requestId"
        case ts = "ts"
    }

    public init(decision: NodeDecision, nodeId: String, requestId: String, ts: Int) {
        self.decision = decision
        self.nodeId = nodeId
        self.requestId = requestId
        self.ts = ts
    }
}

/// How a request ended.
///
/// The outcome.
///
/// Its commands may be invoked.
///
/// They may not; a superseded request counts as rejected.
///
/// What was approved is no longer.
public enum NodeDecision: String, Codable {
    case approved = "approved"
    case rejected = "rejected"
    case removed = "removed"
}

/// Params of `node.pair.verify`.
// MARK: - NodePairVerifyParams
public struct NodePairVerifyParams: Codable {
    /// The node.
    public let nodeId: String
    /// What it showed.
    public let token: String

    public enum CodingKeys: String, CodingKey {
        case nodeId = "nodeId"
        case token = "token"
    }

    public init(nodeId: String, token: String) {
        self.nodeId = nodeId
        self.token = token
    }
}

/// Result of `node.pair.verify`.
// MARK: - NodePairVerifyResult
public struct NodePairVerifyResult: Codable {
    /// The node, if it is.
    public let node: PairedNode?
    /// Whether it is.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case node = "node"
        case ok = "ok"
    }

    public init(node: PairedNode?, ok: Bool) {
        self.node = node
        self.ok = ok
    }
}

/// Params of `node.pending.ack`.
// MARK: - NodePendingAckParams
public struct NodePendingAckParams: Codable {
    /// The items.
    public let ids: [String]

    public enum CodingKeys: String, CodingKey {
        case ids = "ids"
    }

    public init(ids: [String]) {
        self.ids = ids
    }
}

/// Result of `node.pending.ack`.
// MARK: - NodePendingAckResult
public struct NodePendingAckResult: Codable {
    /// Items that were there.
    public let acked: [String]
    /// The node.
    public let nodeId: String
    /// Grows with every change of the node's queue.
    public let revision: Int

    public enum CodingKeys: String, CodingKey {
        case acked = "acked"
        case nodeId = "nodeId"
        case revision = "revision"
    }

    public init(acked: [String], nodeId: String, revision: Int) {
        self.acked = acked
        self.nodeId = nodeId
        self.revision = revision
    }
}

/// Params of `node.pending.enqueue`.
// MARK: - NodePendingEnqueueParams
public struct NodePendingEnqueueParams: Codable {
    /// After how many milliseconds it is forgotten: 1,000 to 86,400,000.
    public let expiresInMs: Int?
    /// The node.
    public let nodeId: String
    /// What it is about.
    public let payload: JSONAny?
    /// How urgent it is. Default `normal`.
    public let priority: PendingPriority?
    /// What is to be done.
    public let type: String
    /// Whether to wake the node up. Default true; this gateway has no way to.
    public let wake: Bool?

    public enum CodingKeys: String, CodingKey {
        case expiresInMs = "expiresInMs"
        case nodeId = "nodeId"
        case payload = "payload"
        case priority = "priority"
        case type = "type"
        case wake = "wake"
    }

    public init(expiresInMs: Int?, nodeId: String, payload: JSONAny?, priority: PendingPriority?, type: String, wake: Bool?) {
        self.expiresInMs = expiresInMs
        self.nodeId = nodeId
        self.payload = payload
        self.priority = priority
        self.type = type
        self.wake = wake
    }
}

/// After everything else.
///
/// As usual.
///
/// Before everything else.
///
/// How urgent an item is.
///
/// How urgent it is.
public enum PendingPriority: String, Codable {
    case high = "high"
    case low = "low"
    case normal = "normal"
}

/// Result of `node.pending.enqueue`.
// MARK: - NodePendingEnqueueResult
public struct NodePendingEnqueueResult: Codable {
    /// The node.
    public let nodeId: String
    /// The item.
    public let queued: PendingItem
    /// Grows with every change of the node's queue.
    public let revision: Int
    /// Whether the node was woken up.
    public let wakeTriggered: Bool

    public enum CodingKeys: String, CodingKey {
        case nodeId = "nodeId"
        case queued = "queued"
        case revision = "revision"
        case wakeTriggered = "wakeTriggered"
    }

    public init(nodeId: String, queued: PendingItem, revision: Int, wakeTriggered: Bool) {
        self.nodeId = nodeId
        self.queued = queued
        self.revision = revision
        self.wakeTriggered = wakeTriggered
    }
}

/// The item.
///
/// One item that waits for a node.
// MARK: - PendingItem
public struct PendingItem: Codable {
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Epoch milliseconds; without it, it waits until the node comes.
    public let expiresAtMs: Int?
    /// Names it until it is acknowledged.
    public let id: String
    /// What it is about.
    public let payload: JSONAny?
    /// How urgent it is.
    public let priority: PendingPriority
    /// What is to be done.
    public let type: String

    public enum CodingKeys: String, CodingKey {
        case createdAtMs = "createdAtMs"
        case expiresAtMs = "expiresAtMs"
        case id = "id"
        case payload = "payload"
        case priority = "priority"
        case type = "type"
    }

    public init(createdAtMs: Int, expiresAtMs: Int?, id: String, payload: JSONAny?, priority: PendingPriority, type: String) {
        self.createdAtMs = createdAtMs
        self.expiresAtMs = expiresAtMs
        self.id = id
        self.payload = payload
        self.priority = priority
        self.type = type
    }
}

/// Params of `node.pending.pull` and `node.pending.drain`.
// MARK: - NodePendingPullParams
public struct NodePendingPullParams: Codable {
    /// At most so many, 1 to 10. Default 10.
    public let maxItems: Int?

    public enum CodingKeys: String, CodingKey {
        case maxItems = "maxItems"
    }

    public init(maxItems: Int?) {
        self.maxItems = maxItems
    }
}

/// Result of `node.pending.pull` and `node.pending.drain`.
// MARK: - NodePendingPullResult
public struct NodePendingPullResult: Codable {
    /// Whether there are more.
    public let hasMore: Bool
    /// The items, most urgent first, then oldest.
    public let items: [PendingItem]
    /// The node.
    public let nodeId: String
    /// Grows with every change of the node's queue.
    public let revision: Int

    public enum CodingKeys: String, CodingKey {
        case hasMore = "hasMore"
        case items = "items"
        case nodeId = "nodeId"
        case revision = "revision"
    }

    public init(hasMore: Bool, items: [PendingItem], nodeId: String, revision: Int) {
        self.hasMore = hasMore
        self.items = items
        self.nodeId = nodeId
        self.revision = revision
    }
}

/// Event `node.presence`: whether somebody works at the node.
// MARK: - NodePresence
public struct NodePresence: Codable {
    /// Whether it is the computer that was used last.
    public let active: Bool
    /// Seconds since the last input; absent when the node no longer says.
    public let idleSeconds: Int?
    /// Last input, epoch milliseconds.
    public let lastActiveAtMs: Int?
    /// The node.
    public let nodeId: String

    public enum CodingKeys: String, CodingKey {
        case active = "active"
        case idleSeconds = "idleSeconds"
        case lastActiveAtMs = "lastActiveAtMs"
        case nodeId = "nodeId"
    }

    public init(active: Bool, idleSeconds: Int?, lastActiveAtMs: Int?, nodeId: String) {
        self.active = active
        self.idleSeconds = idleSeconds
        self.lastActiveAtMs = lastActiveAtMs
        self.nodeId = nodeId
    }
}

/// Params of `node.rename`.
// MARK: - NodeRenameParams
public struct NodeRenameParams: Codable {
    /// Its new name.
    public let displayName: String
    /// The node.
    public let nodeId: String

    public enum CodingKeys: String, CodingKey {
        case displayName = "displayName"
        case nodeId = "nodeId"
    }

    public init(displayName: String, nodeId: String) {
        self.displayName = displayName
        self.nodeId = nodeId
    }
}

/// Result of `node.rename`.
// MARK: - NodeRenameResult
public struct NodeRenameResult: Codable {
    /// Its name as it is kept.
    public let displayName: String
    /// The node.
    public let nodeId: String

    public enum CodingKeys: String, CodingKey {
        case displayName = "displayName"
        case nodeId = "nodeId"
    }

    public init(displayName: String, nodeId: String) {
        self.displayName = displayName
        self.nodeId = nodeId
    }
}

/// Event `heartbeat`.
// MARK: - Heartbeat
public struct Heartbeat: Codable {
    /// Channel used.
    public let channel: String?
    /// Milliseconds it took.
    public let durationMs: Int?
    /// Start of the answer.
    public let preview: String?
    /// Why it was skipped or failed.
    public let reason: String?
    /// `sent`, `ok-empty`, `ok-token`, `skipped` or `failed`.
    public let status: String
    /// Receiver.
    public let to: String?
    /// When it ran, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case channel = "channel"
        case durationMs = "durationMs"
        case preview = "preview"
        case reason = "reason"
        case status = "status"
        case to = "to"
        case ts = "ts"
    }

    public init(channel: String?, durationMs: Int?, preview: String?, reason: String?, status: String, to: String?, ts: Int) {
        self.channel = channel
        self.durationMs = durationMs
        self.preview = preview
        self.reason = reason
        self.status = status
        self.to = to
        self.ts = ts
    }
}

/// Event `exec.approval.requested` as protocol 3 has it.
// MARK: - OldApprovalRequested
public struct OldApprovalRequested: Codable {
    /// Epoch milliseconds.
    public let createdAtMs: Int
    /// Epoch milliseconds; without an answer by then it counts as denied.
    public let expiresAtMs: Int
    /// Names the request until it is decided or expires.
    public let id: String
    /// What is asked.
    public let request: OldApprovalCommand

    public enum CodingKeys: String, CodingKey {
        case createdAtMs = "createdAtMs"
        case expiresAtMs = "expiresAtMs"
        case id = "id"
        case request = "request"
    }

    public init(createdAtMs: Int, expiresAtMs: Int, id: String, request: OldApprovalCommand) {
        self.createdAtMs = createdAtMs
        self.expiresAtMs = expiresAtMs
        self.id = id
        self.request = request
    }
}

/// The eight keys of what is asked that protocol 3 knows.
///
/// What is asked.
// MARK: - OldApprovalCommand
public struct OldApprovalCommand: Codable {
    /// Agent that wants to run it.
    public let agentId: String?
    /// When somebody is asked, there.
    public let ask: ExecAskMode?
    /// The whole command as one line of text.
    public let command: String
    /// Folder it runs in.
    public let cwd: String?
    /// Where it runs.
    public let host: String?
    /// File that is started.
    public let resolvedPath: String?
    /// Which commands run at all, there.
    public let security: ExecSecurityMode?
    /// Conversation it belongs to.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case ask = "ask"
        case command = "command"
        case cwd = "cwd"
        case host = "host"
        case resolvedPath = "resolvedPath"
        case security = "security"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, ask: ExecAskMode?, command: String, cwd: String?, host: String?, resolvedPath: String?, security: ExecSecurityMode?, sessionKey: String?) {
        self.agentId = agentId
        self.ask = ask
        self.command = command
        self.cwd = cwd
        self.host = host
        self.resolvedPath = resolvedPath
        self.security = security
        self.sessionKey = sessionKey
    }
}

/// Event `exec.approval.resolved` as protocol 3 has it.
// MARK: - OldApprovalResolved
public struct OldApprovalResolved: Codable {
    /// The outcome; `deny` also when nobody answered.
    public let decision: ApprovalDecision
    /// The request.
    public let id: String
    /// Who answered; null when nobody did.
    public let resolvedBy: String?
    /// When, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case decision = "decision"
        case id = "id"
        case resolvedBy = "resolvedBy"
        case ts = "ts"
    }

    public init(decision: ApprovalDecision, id: String, resolvedBy: String?, ts: Int) {
        self.decision = decision
        self.id = id
        self.resolvedBy = resolvedBy
        self.ts = ts
    }
}

/// Params of `device.pair.approve` and `device.pair.reject`.
// MARK: - PairingDecisionParams
public struct PairingDecisionParams: Codable {
    /// Device id that the approver saw; refused when it is not the request's.
    public let deviceId: String?
    /// The request.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case deviceId = "deviceId"
        case requestId = "requestId"
    }

    public init(deviceId: String?, requestId: String) {
        self.deviceId = deviceId
        self.requestId = requestId
    }
}

/// Event `device.pair.resolved`.
// MARK: - PairingResolved
public struct PairingResolved: Codable {
    /// The outcome.
    public let decision: Decision
    /// Its device.
    public let deviceId: String
    /// The request.
    public let requestId: String
    /// When, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case decision = "decision"
        case deviceId = "deviceId"
        case requestId = "requestId"
        case ts = "ts"
    }

    public init(decision: Decision, deviceId: String, requestId: String, ts: Int) {
        self.decision = decision
        self.deviceId = deviceId
        self.requestId = requestId
        self.ts = ts
    }
}

/// How a request ended.
///
/// The outcome.
///
/// The device may connect.
///
/// It may not; a superseded or expired request counts as rejected.
public enum Decision: String, Codable {
    case approved = "approved"
    case rejected = "rejected"
}

/// Params of both.
// MARK: - PluginSurfaceRefreshParams
public struct PluginSurfaceRefreshParams: Codable {
    /// The address that the caller has now; the new one does not depend on it.
    public let observedUrl: String?
    /// Which surface: `canvas`.
    public let surface: String

    public enum CodingKeys: String, CodingKey {
        case observedUrl = "observedUrl"
        case surface = "surface"
    }

    public init(observedUrl: String?, surface: String) {
        self.observedUrl = observedUrl
        self.surface = surface
    }
}

/// Result of both.
// MARK: - PluginSurfaceRefreshResult
public struct PluginSurfaceRefreshResult: Codable {
    /// When the address stops to work, epoch milliseconds.
    public let expiresAtMs: Int
    /// Its address, by the name of the surface.
    public let pluginSurfaceUrls: [String: String]
    /// Which surface.
    public let surface: String

    public enum CodingKeys: String, CodingKey {
        case expiresAtMs = "expiresAtMs"
        case pluginSurfaceUrls = "pluginSurfaceUrls"
        case surface = "surface"
    }

    public init(expiresAtMs: Int, pluginSurfaceUrls: [String: String], surface: String) {
        self.expiresAtMs = expiresAtMs
        self.pluginSurfaceUrls = pluginSurfaceUrls
        self.surface = surface
    }
}

/// Event `presence`.
// MARK: - PresenceChanged
public struct PresenceChanged: Codable {
    /// Everybody who is there, newest first, and who has just left.
    public let presence: [PresenceEntry]

    public enum CodingKeys: String, CodingKey {
        case presence = "presence"
    }

    public init(presence: [PresenceEntry]) {
        self.presence = presence
    }
}

/// Result of `question.list`.
// MARK: - QuestionListResult
public struct QuestionListResult: Codable {
    /// Questions that wait.
    public let questions: [JSONAny]

    public enum CodingKeys: String, CodingKey {
        case questions = "questions"
    }

    public init(questions: [JSONAny]) {
        self.questions = questions
    }
}

/// Result of `remote.status`.
// MARK: - RemoteStatusResult
public struct RemoteStatusResult: Codable {
    /// Which interfaces are listened on: `loopback`, `lan`, `tailnet`, `auto` or `custom`.
    public let bind: String
    /// Being found on the local network.
    public let discovery: RemoteDiscovery?
    /// Port in use.
    public let port: Int
    /// Origin under which a proxy shows the gateway, when one is set.
    public let publicOrigin: String?
    /// The tailnet; absent when Tailscale is neither set up nor asked for.
    public let tailscale: RemoteTailscale?
    /// Encryption on the gateway's own port.
    public let tls: RemoteTls
    /// Proxies that are believed: addresses and networks.
    public let trustedProxies: [String]
    /// Every address that works, this machine's own first.
    public let urls: [RemoteUrl]

    public enum CodingKeys: String, CodingKey {
        case bind = "bind"
        case discovery = "discovery"
        case port = "port"
        case publicOrigin = "publicOrigin"
        case tailscale = "tailscale"
        case tls = "tls"
        case trustedProxies = "trustedProxies"
        case urls = "urls"
    }

    public init(bind: String, discovery: RemoteDiscovery?, port: Int, publicOrigin: String?, tailscale: RemoteTailscale?, tls: RemoteTls, trustedProxies: [String], urls: [RemoteUrl]) {
        self.bind = bind
        self.discovery = discovery
        self.port = port
        self.publicOrigin = publicOrigin
        self.tailscale = tailscale
        self.tls = tls
        self.trustedProxies = trustedProxies
        self.urls = urls
    }
}

/// Being found on the local network, in [`RemoteStatusResult`].
///
/// Being found on the local network.
// MARK: - RemoteDiscovery
public struct RemoteDiscovery: Codable {
    /// Whether the network was told.
    public let advertised: Bool
    /// `off`, `minimal` or `full`, as configured.
    public let mode: String
    /// Name under which the gateway is shown.
    public let name: String?
    /// What keeps the network from being told, and how to mend it.
    public let problem: String?

    public enum CodingKeys: String, CodingKey {
        case advertised = "advertised"
        case mode = "mode"
        case name = "name"
        case problem = "problem"
    }

    public init(advertised: Bool, mode: String, name: String?, problem: String?) {
        self.advertised = advertised
        self.mode = mode
        self.name = name
        self.problem = problem
    }
}

/// The tailnet; absent when Tailscale is neither set up nor asked for.
///
/// The tailnet in [`RemoteStatusResult`].
// MARK: - RemoteTailscale
public struct RemoteTailscale: Codable {
    /// Name of this machine in the tailnet.
    public let dnsName: String?
    /// `off`, `serve` or `funnel`, as configured.
    public let mode: String
    /// What is wrong and how to mend it.
    public let problem: String?
    /// Whether the Tailscale of this machine answers and is signed in.
    public let running: Bool
    /// Address that Serve or Funnel gives the gateway.
    public let url: String?

    public enum CodingKeys: String, CodingKey {
        case dnsName = "dnsName"
        case mode = "mode"
        case problem = "problem"
        case running = "running"
        case url = "url"
    }

    public init(dnsName: String?, mode: String, problem: String?, running: Bool, url: String?) {
        self.dnsName = dnsName
        self.mode = mode
        self.problem = problem
        self.running = running
        self.url = url
    }
}

/// Encryption on the gateway's own port.
// MARK: - RemoteTls
public struct RemoteTls: Codable {
    /// File that it came from.
    public let certPath: String?
    /// Whether the port speaks TLS and nothing else.
    public let enabled: Bool
    /// SHA-256 of the certificate in use, lower-case hex.
    public let fingerprint: String?
    /// Names and addresses that it is for.
    public let names: [String]?
    /// Until when it is valid, epoch milliseconds.
    public let notAfterMs: Int?
    /// What is wrong with the certificate files and how to mend it.
    public let problem: String?
    /// Whether the gateway made it itself, so that browsers warn once.
    public let selfSigned: Bool?

    public enum CodingKeys: String, CodingKey {
        case certPath = "certPath"
        case enabled = "enabled"
        case fingerprint = "fingerprint"
        case names = "names"
        case notAfterMs = "notAfterMs"
        case problem = "problem"
        case selfSigned = "selfSigned"
    }

    public init(certPath: String?, enabled: Bool, fingerprint: String?, names: [String]?, notAfterMs: Int?, problem: String?, selfSigned: Bool?) {
        self.certPath = certPath
        self.enabled = enabled
        self.fingerprint = fingerprint
        self.names = names
        self.notAfterMs = notAfterMs
        self.problem = problem
        self.selfSigned = selfSigned
    }
}

/// One address in [`RemoteStatusResult`].
// MARK: - RemoteUrl
public struct RemoteUrl: Codable {
    /// From where it works.
    public let kind: RemoteUrlKind
    /// Encrypted, or never leaving this machine: browsers give such a page the
    /// right to a device key.
    public let secure: Bool
    /// For clients: `ws://…` or `wss://…`.
    public let socketUrl: String
    /// For browsers: `http://…` or `https://…`, with the page's path.
    public let url: String

    public enum CodingKeys: String, CodingKey {
        case kind = "kind"
        case secure = "secure"
        case socketUrl = "socketUrl"
        case url = "url"
    }

    public init(kind: RemoteUrlKind, secure: Bool, socketUrl: String, url: String) {
        self.kind = kind
        self.secure = secure
        self.socketUrl = socketUrl
        self.url = url
    }
}

/// From where it works.
///
/// From where an address works.
///
/// From this machine.
///
/// From the local network.
///
/// From the tailnet.
///
/// From wherever the address in `gateway.customBindHost` leads.
///
/// Through a proxy, or through Tailscale Serve.
public enum RemoteUrlKind: String, Codable {
    case custom = "custom"
    case lan = "lan"
    case loopback = "loopback"
    case proxy = "proxy"
    case tailnet = "tailnet"
}

// MARK: - RequestFrame
public struct RequestFrame: Codable {
    public let id: String
    public let method: String
    public let params: [String: JSONAny]?
    public let type: RequestFrameType

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case method = "method"
        case params = "params"
        case type = "type"
    }

    public init(id: String, method: String, params: [String: JSONAny]?, type: RequestFrameType) {
        self.id = id
        self.method = method
        self.params = params
        self.type = type
    }
}

public enum RequestFrameType: String, Codable {
    case req = "req"
}

// MARK: - ResponseFrame
public struct ResponseFrame: Codable {
    public let error: ErrorShape?
    public let id: String
    public let ok: Bool
    public let payload: JSONAny?
    public let type: ResponseFrameType

    public enum CodingKeys: String, CodingKey {
        case error = "error"
        case id = "id"
        case ok = "ok"
        case payload = "payload"
        case type = "type"
    }

    public init(error: ErrorShape?, id: String, ok: Bool, payload: JSONAny?, type: ResponseFrameType) {
        self.error = error
        self.id = id
        self.ok = ok
        self.payload = payload
        self.type = type
    }
}

/// `error` of a response frame. Absent fields are left out, never `null`.
// MARK: - ErrorShape
public struct ErrorShape: Codable {
    /// Which kind of refusal.
    public let code: ErrorCode
    /// Facts for programs, `details.code` first.
    public let details: [String: JSONAny]?
    /// What happened and what to do, for people.
    public let message: String
    /// Whether the same request may succeed later.
    public let retryable: Bool?
    /// Milliseconds to wait before trying again.
    public let retryAfterMs: Int?

    public enum CodingKeys: String, CodingKey {
        case code = "code"
        case details = "details"
        case message = "message"
        case retryable = "retryable"
        case retryAfterMs = "retryAfterMs"
    }

    public init(code: ErrorCode, details: [String: JSONAny]?, message: String, retryable: Bool?, retryAfterMs: Int?) {
        self.code = code
        self.details = details
        self.message = message
        self.retryable = retryable
        self.retryAfterMs = retryAfterMs
    }
}

/// The few codes of `error.code`.
///
/// Which kind of refusal.
///
/// The request is wrong and will stay wrong.
///
/// Temporary, or an internal failure.
///
/// The device needs an approval.
///
/// A messaging channel is not linked.
///
/// An agent run took too long.
///
/// A scope is missing (protocol 4; protocol 3 says `INVALID_REQUEST`).
///
/// No such exec approval (protocol 4).
public enum ErrorCode: String, Codable {
    case agentTimeout = "AGENT_TIMEOUT"
    case approvalNotFound = "APPROVAL_NOT_FOUND"
    case forbidden = "FORBIDDEN"
    case invalidRequest = "INVALID_REQUEST"
    case notLinked = "NOT_LINKED"
    case notPaired = "NOT_PAIRED"
    case unavailable = "UNAVAILABLE"
}

public enum ResponseFrameType: String, Codable {
    case res = "res"
}

/// Result of `device.scopes.waitUpgrade`.
///
/// Reconnect with this token to use the new scopes.
///
/// Refused or superseded.
///
/// Nobody decided in time.
// MARK: - ScopesUpgradeOutcome
public struct ScopesUpgradeOutcome: Codable {
    /// Token that carries them.
    public let deviceToken: String?
    /// The request.
    public let requestId: String
    /// Scopes of the token.
    public let scopes: [String]?
    public let status: Status

    public enum CodingKeys: String, CodingKey {
        case deviceToken = "deviceToken"
        case requestId = "requestId"
        case scopes = "scopes"
        case status = "status"
    }

    public init(deviceToken: String?, requestId: String, scopes: [String]?, status: Status) {
        self.deviceToken = deviceToken
        self.requestId = requestId
        self.scopes = scopes
        self.status = status
    }
}

public enum Status: String, Codable {
    case approved = "approved"
    case expired = "expired"
    case rejected = "rejected"
}

/// Params of `device.scopes.requestUpgrade`.
// MARK: - ScopesUpgradeParams
public struct ScopesUpgradeParams: Codable {
    /// Scopes asked for.
    public let scopes: [String]

    public enum CodingKeys: String, CodingKey {
        case scopes = "scopes"
    }

    public init(scopes: [String]) {
        self.scopes = scopes
    }
}

/// Result of `device.scopes.requestUpgrade`.
// MARK: - ScopesUpgradeRequested
public struct ScopesUpgradeRequested: Codable {
    /// The pairing request that an approver now sees.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case requestId = "requestId"
    }

    public init(requestId: String) {
        self.requestId = requestId
    }
}

/// Params of `device.scopes.waitUpgrade`.
// MARK: - ScopesWaitParams
public struct ScopesWaitParams: Codable {
    /// The request.
    public let requestId: String

    public enum CodingKeys: String, CodingKey {
        case requestId = "requestId"
    }

    public init(requestId: String) {
        self.requestId = requestId
    }
}

/// A run.
///
/// The run that a message belongs to.
// MARK: - SentRun
public struct SentRun: Codable {
    /// Its id: the idempotency key.
    public let runId: String
    /// What became of it.
    public let status: SendStatus
    /// With `error`: what went wrong.
    public let summary: String?

    public enum CodingKeys: String, CodingKey {
        case runId = "runId"
        case status = "status"
        case summary = "summary"
    }

    public init(runId: String, status: SendStatus, summary: String?) {
        self.runId = runId
        self.status = status
        self.summary = summary
    }
}

/// Result of `service.status`.
// MARK: - ServiceStatusResult
public struct ServiceStatusResult: Codable {
    /// What to do, for people; most important first.
    public let advice: [String]
    /// Whether it starts by itself.
    public let enabled: Bool
    /// The file that defines the service.
    public let file: String?
    /// Whether a gateway has this state folder in use, started by whom ever.
    public let gatewayRunning: Bool
    /// Whether there is one.
    public let installed: Bool
    /// How the last run ended.
    public let lastExit: ServiceLastExit?
    /// Whether the user's services go on without a session (systemd).
    public let linger: Bool?
    /// Who keeps it running.
    public let manager: ServiceManagerKind
    /// Name of the service, for example `postern.service`.
    public let name: String
    /// Process of that gateway.
    public let pid: Int?
    /// Why the service that runs does not serve, as it says itself.
    public let problem: String?
    /// The program that it starts.
    public let program: String?
    /// Whether that program is there and is the one that was asked.
    public let programCurrent: Bool?
    /// Restarts that the service manager counted.
    public let restarts: Int?
    /// Whether the service manager has it running.
    public let running: Bool
    /// Whose service it is.
    public let scope: ServiceScope
    /// Since when it runs, epoch milliseconds.
    public let sinceMs: Int?
    /// How the last starts went.
    public let starts: ServiceStarts
    /// Where clients of this machine reach it.
    public let url: String?

    public enum CodingKeys: String, CodingKey {
        case advice = "advice"
        case enabled = "enabled"
        case file = "file"
        case gatewayRunning = "gatewayRunning"
        case installed = "installed"
        case lastExit = "lastExit"
        case linger = "linger"
        case manager = "manager"
        case name = "name"
        case pid = "pid"
        case problem = "problem"
        case program = "program"
        case programCurrent = "programCurrent"
        case restarts = "restarts"
        case running = "running"
        case scope = "scope"
        case sinceMs = "sinceMs"
        case starts = "starts"
        case url = "url"
    }

    public init(advice: [String], enabled: Bool, file: String?, gatewayRunning: Bool, installed: Bool, lastExit: ServiceLastExit?, linger: Bool?, manager: ServiceManagerKind, name: String, pid: Int?, problem: String?, program: String?, programCurrent: Bool?, restarts: Int?, running: Bool, scope: ServiceScope, sinceMs: Int?, starts: ServiceStarts, url: String?) {
        self.advice = advice
        self.enabled = enabled
        self.file = file
        self.gatewayRunning = gatewayRunning
        self.installed = installed
        self.lastExit = lastExit
        self.linger = linger
        self.manager = manager
        self.name = name
        self.pid = pid
        self.problem = problem
        self.program = program
        self.programCurrent = programCurrent
        self.restarts = restarts
        self.running = running
        self.scope = scope
        self.sinceMs = sinceMs
        self.starts = starts
        self.url = url
    }
}

/// How the last run of the gateway ended.
///
/// How the last run ended.
// MARK: - ServiceLastExit
public struct ServiceLastExit: Codable {
    /// Epoch milliseconds, where known.
    public let atMs: Int?
    /// Whether it was asked to end.
    public let clean: Bool
    /// Exit code, where known.
    public let exitCode: Int?
    /// In words, for example `killed by signal 9` or `SIGTERM`.
    public let reason: String

    public enum CodingKeys: String, CodingKey {
        case atMs = "atMs"
        case clean = "clean"
        case exitCode = "exitCode"
        case reason = "reason"
    }

    public init(atMs: Int?, clean: Bool, exitCode: Int?, reason: String) {
        self.atMs = atMs
        self.clean = clean
        self.exitCode = exitCode
        self.reason = reason
    }
}

/// Who keeps the gateway running.
///
/// Who keeps it running.
///
/// systemd (Linux).
///
/// launchd (macOS).
///
/// Start at sign-in of one user (Windows).
///
/// None that is supported here.
public enum ServiceManagerKind: String, Codable {
    case launchd = "launchd"
    case none = "none"
    case systemd = "systemd"
    case windows = "windows"
}

/// Whose service it is.
///
/// Of one user, without administrator rights.
///
/// Of the machine.
public enum ServiceScope: String, Codable {
    case system = "system"
    case user = "user"
}

/// How the last starts went.
// MARK: - ServiceStarts
public struct ServiceStarts: Codable {
    /// Starts in a row that ended badly.
    public let crashes: Int
    /// How careful this gateway is.
    public let mode: StartMode
    /// Why it is careful, for people.
    public let reason: String?
    /// When tools and background work begin, epoch milliseconds; only while waiting.
    public let untilMs: Int?

    public enum CodingKeys: String, CodingKey {
        case crashes = "crashes"
        case mode = "mode"
        case reason = "reason"
        case untilMs = "untilMs"
    }

    public init(crashes: Int, mode: StartMode, reason: String?, untilMs: Int?) {
        self.crashes = crashes
        self.mode = mode
        self.reason = reason
        self.untilMs = untilMs
    }
}

/// How careful this gateway is.
///
/// How careful the gateway is after crashes.
///
/// Everything runs.
///
/// Tools and background work begin after a wait.
///
/// Tools and background work stay off.
public enum StartMode: String, Codable {
    case normal = "normal"
    case safe = "safe"
    case waiting = "waiting"
}

/// Event `session.message`, to `sessions.messages.subscribe`.
// MARK: - SessionMessage
public struct SessionMessage: Codable {
    /// Agent that owns it.
    public let agentId: String
    /// The message, as in `chat.history`.
    public let message: ChatMessage
    /// Its id.
    public let messageId: String
    /// Its position, from 1.
    public let messageSeq: Int
    /// The session now.
    public let session: SessionRow
    /// Id of the session.
    public let sessionId: String
    /// Canonical key.
    public let sessionKey: String
    /// Epoch milliseconds.
    public let updatedAt: Int

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case message = "message"
        case messageId = "messageId"
        case messageSeq = "messageSeq"
        case session = "session"
        case sessionId = "sessionId"
        case sessionKey = "sessionKey"
        case updatedAt = "updatedAt"
    }

    public init(agentId: String, message: ChatMessage, messageId: String, messageSeq: Int, session: SessionRow, sessionId: String, sessionKey: String, updatedAt: Int) {
        self.agentId = agentId
        self.message = message
        self.messageId = messageId
        self.messageSeq = messageSeq
        self.session = session
        self.sessionId = sessionId
        self.sessionKey = sessionKey
        self.updatedAt = updatedAt
    }
}

/// Event `session.operation`, to both kinds of subscribers: something that
/// takes a while begins or ends.
// MARK: - SessionOperation
public struct SessionOperation: Codable {
    /// Agent that owns it.
    public let agentId: String?
    /// At the end: whether anything was done.
    public let completed: Bool?
    /// What is done.
    public let operation: OperationKind
    /// Names this operation.
    public let operationId: String
    /// Whether it begins or ends.
    public let phase: OperationPhase
    /// At the end: why not.
    public let reason: String?
    /// Canonical key.
    public let sessionKey: String
    /// Epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case completed = "completed"
        case operation = "operation"
        case operationId = "operationId"
        case phase = "phase"
        case reason = "reason"
        case sessionKey = "sessionKey"
        case ts = "ts"
    }

    public init(agentId: String?, completed: Bool?, operation: OperationKind, operationId: String, phase: OperationPhase, reason: String?, sessionKey: String, ts: Int) {
        self.agentId = agentId
        self.completed = completed
        self.operation = operation
        self.operationId = operationId
        self.phase = phase
        self.reason = reason
        self.sessionKey = sessionKey
        self.ts = ts
    }
}

/// What takes a while.
///
/// What is done.
///
/// Shortening a conversation.
public enum OperationKind: String, Codable {
    case compact = "compact"
}

/// Where an operation stands.
///
/// Whether it begins or ends.
///
/// It begins.
///
/// It ends.
public enum OperationPhase: String, Codable {
    case end = "end"
    case start = "start"
}

/// Params that name a conversation in a usage report.
// MARK: - SessionUsageParams
public struct SessionUsageParams: Codable {
    /// The conversation.
    public let key: String
    /// Most rows, 1 to 1000, the newest. Default 200.
    public let limit: Int?

    public enum CodingKeys: String, CodingKey {
        case key = "key"
        case limit = "limit"
    }

    public init(key: String, limit: Int?) {
        self.key = key
        self.limit = limit
    }
}

/// Params of `sessions.abort`: a session, a run, or both.
// MARK: - SessionsAbortParams
public struct SessionsAbortParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Whether messages that wait are dropped too. Default false.
    public let clearQueued: Bool?
    /// Session.
    public let key: String?
    /// Only this run.
    public let runId: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case clearQueued = "clearQueued"
        case key = "key"
        case runId = "runId"
    }

    public init(agentId: String?, clearQueued: Bool?, key: String?, runId: String?) {
        self.agentId = agentId
        self.clearQueued = clearQueued
        self.key = key
        self.runId = runId
    }
}

/// Result of `sessions.abort`.
// MARK: - SessionsAbortResult
public struct SessionsAbortResult: Codable {
    /// The run that was stopped; `null` when there was none.
    public let abortedRunId: String?
    /// Always true.
    public let ok: Bool
    /// Whether anything was stopped.
    public let status: AbortStatus

    public enum CodingKeys: String, CodingKey {
        case abortedRunId = "abortedRunId"
        case ok = "ok"
        case status = "status"
    }

    public init(abortedRunId: String?, ok: Bool, status: AbortStatus) {
        self.abortedRunId = abortedRunId
        self.ok = ok
        self.status = status
    }
}

/// Whether `sessions.abort` stopped anything.
///
/// Whether anything was stopped.
///
/// It did.
///
/// Nothing ran.
public enum AbortStatus: String, Codable {
    case aborted = "aborted"
    case noActiveRun = "no-active-run"
}

/// Event `sessions.changed`, to `sessions.subscribe`.
// MARK: - SessionsChanged
public struct SessionsChanged: Codable {
    /// `create`, `patch`, `reset`, `delete`, `send`, `compact`, …
    public let reason: String
    /// The session now; absent when it is gone.
    public let session: SessionRow?
    /// Canonical key; absent when the list should be loaded again.
    public let sessionKey: String?
    /// Epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case reason = "reason"
        case session = "session"
        case sessionKey = "sessionKey"
        case ts = "ts"
    }

    public init(reason: String, session: SessionRow?, sessionKey: String?, ts: Int) {
        self.reason = reason
        self.session = session
        self.sessionKey = sessionKey
        self.ts = ts
    }
}

/// Params of `sessions.compact`.
// MARK: - SessionsCompactParams
public struct SessionsCompactParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Its key, in any form.
    public let key: String
    /// Keep so many of the last messages instead of a summary. Protocol 3
    /// always keeps messages, 400 when absent.
    public let maxLines: Int?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case key = "key"
        case maxLines = "maxLines"
    }

    public init(agentId: String?, key: String, maxLines: Int?) {
        self.agentId = agentId
        self.key = key
        self.maxLines = maxLines
    }
}

/// Result of `sessions.compact`.
// MARK: - SessionsCompactResult
public struct SessionsCompactResult: Codable {
    /// Whether anything was shortened.
    public let compacted: Bool
    /// Messages that are left.
    public let kept: Int?
    /// Canonical key.
    public let key: String
    /// Always true.
    public let ok: Bool
    /// Why nothing was shortened.
    public let reason: String?

    public enum CodingKeys: String, CodingKey {
        case compacted = "compacted"
        case kept = "kept"
        case key = "key"
        case ok = "ok"
        case reason = "reason"
    }

    public init(compacted: Bool, kept: Int?, key: String, ok: Bool, reason: String?) {
        self.compacted = compacted
        self.kept = kept
        self.key = key
        self.ok = ok
        self.reason = reason
    }
}

/// Params of `sessions.create`.
// MARK: - SessionsCreateParams
public struct SessionsCreateParams: Codable {
    /// Agent that owns it.
    public let agentId: String?
    /// Pictures and text files beside it.
    public let attachments: [Attachment]?
    /// Group in lists.
    public let category: String?
    /// Folder to work in: refused, a workspace belongs to the agent.
    public let cwd: String?
    /// Name to show.
    public let displayName: String?
    /// Node that runs commands; needs admin.
    public let execNode: String?
    /// The same key never makes a second session or run.
    public let idempotencyKey: String?
    /// Its key, in any form; a new one when absent.
    public let key: String?
    /// A person's name for it; unique.
    public let label: String?
    /// The first thing said in it.
    public let message: String?
    /// Model that answers, `provider/model`.
    public let model: String?
    /// Session that it belongs to.
    public let parentSessionKey: String?
    /// The same under another name.
    public let task: String?
    /// How long the model may think.
    public let thinkingLevel: String?
    /// A copy of a repository to work in: refused, there are none.
    public let worktree: Bool?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case attachments = "attachments"
        case category = "category"
        case cwd = "cwd"
        case displayName = "displayName"
        case execNode = "execNode"
        case idempotencyKey = "idempotencyKey"
        case key = "key"
        case label = "label"
        case message = "message"
        case model = "model"
        case parentSessionKey = "parentSessionKey"
        case task = "task"
        case thinkingLevel = "thinkingLevel"
        case worktree = "worktree"
    }

    public init(agentId: String?, attachments: [Attachment]?, category: String?, cwd: String?, displayName: String?, execNode: String?, idempotencyKey: String?, key: String?, label: String?, message: String?, model: String?, parentSessionKey: String?, task: String?, thinkingLevel: String?, worktree: Bool?) {
        self.agentId = agentId
        self.attachments = attachments
        self.category = category
        self.cwd = cwd
        self.displayName = displayName
        self.execNode = execNode
        self.idempotencyKey = idempotencyKey
        self.key = key
        self.label = label
        self.message = message
        self.model = model
        self.parentSessionKey = parentSessionKey
        self.task = task
        self.thinkingLevel = thinkingLevel
        self.worktree = worktree
    }
}

/// Result of `sessions.create`.
// MARK: - SessionsCreateResult
public struct SessionsCreateResult: Codable {
    /// What is kept about it.
    public let entry: [String: JSONAny]
    /// Canonical key.
    public let key: String
    /// Always true.
    public let ok: Bool
    /// Why it did not start; the session is there all the same.
    public let runError: SessionProblem?
    /// The run.
    public let runId: String?
    /// Whether the first message started a run.
    public let runStarted: Bool
    /// Its session id.
    public let sessionId: String

    public enum CodingKeys: String, CodingKey {
        case entry = "entry"
        case key = "key"
        case ok = "ok"
        case runError = "runError"
        case runId = "runId"
        case runStarted = "runStarted"
        case sessionId = "sessionId"
    }

    public init(entry: [String: JSONAny], key: String, ok: Bool, runError: SessionProblem?, runId: String?, runStarted: Bool, sessionId: String) {
        self.entry = entry
        self.key = key
        self.ok = ok
        self.runError = runError
        self.runId = runId
        self.runStarted = runStarted
        self.sessionId = sessionId
    }
}

/// Why it was not changed.
///
/// Why a part of a call was not done.
///
/// Why it did not start; the session is there all the same.
// MARK: - SessionProblem
public struct SessionProblem: Codable {
    /// As in an error answer.
    public let code: String
    /// For people.
    public let message: String

    public enum CodingKeys: String, CodingKey {
        case code = "code"
        case message = "message"
    }

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// Params of `sessions.delete`.
// MARK: - SessionsDeleteParams
public struct SessionsDeleteParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Refuse when it is not put away.
    public let archivedOnly: Bool?
    /// Whether what was said goes too. Default: yes.
    public let deleteTranscript: Bool?
    /// Refuse when its session id is another one.
    public let expectedSessionId: String?
    /// Its key, in any form.
    public let key: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case archivedOnly = "archivedOnly"
        case deleteTranscript = "deleteTranscript"
        case expectedSessionId = "expectedSessionId"
        case key = "key"
    }

    public init(agentId: String?, archivedOnly: Bool?, deleteTranscript: Bool?, expectedSessionId: String?, key: String) {
        self.agentId = agentId
        self.archivedOnly = archivedOnly
        self.deleteTranscript = deleteTranscript
        self.expectedSessionId = expectedSessionId
        self.key = key
    }
}

/// Result of `sessions.delete`.
// MARK: - SessionsDeleteResult
public struct SessionsDeleteResult: Codable {
    /// Files that were put aside: none, since transcripts are no files.
    public let archived: [String]
    /// Whether there was anything to delete.
    public let deleted: Bool
    /// Canonical key.
    public let key: String
    /// Always true.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case archived = "archived"
        case deleted = "deleted"
        case key = "key"
        case ok = "ok"
    }

    public init(archived: [String], deleted: Bool, key: String, ok: Bool) {
        self.archived = archived
        self.deleted = deleted
        self.key = key
        self.ok = ok
    }
}

/// Params of `sessions.describe`.
// MARK: - SessionsDescribeParams
public struct SessionsDescribeParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// With a title made of the first words.
    public let includeDerivedTitles: Bool?
    /// With the beginning of the last message.
    public let includeLastMessage: Bool?
    /// Its key, in any form.
    public let key: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case includeDerivedTitles = "includeDerivedTitles"
        case includeLastMessage = "includeLastMessage"
        case key = "key"
    }

    public init(agentId: String?, includeDerivedTitles: Bool?, includeLastMessage: Bool?, key: String) {
        self.agentId = agentId
        self.includeDerivedTitles = includeDerivedTitles
        self.includeLastMessage = includeLastMessage
        self.key = key
    }
}

/// Result of `sessions.describe`.
// MARK: - SessionsDescribeResult
public struct SessionsDescribeResult: Codable {
    /// The row; `null` when there is no such session.
    public let session: SessionRow?

    public enum CodingKeys: String, CodingKey {
        case session = "session"
    }

    public init(session: SessionRow?) {
        self.session = session
    }
}

/// Params of `sessions.get`.
// MARK: - SessionsGetParams
public struct SessionsGetParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Its key, in any form.
    public let key: String
    /// Most messages, 200 when absent.
    public let limit: Int?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case key = "key"
        case limit = "limit"
    }

    public init(agentId: String?, key: String, limit: Int?) {
        self.agentId = agentId
        self.key = key
        self.limit = limit
    }
}

/// Result of `sessions.get`.
// MARK: - SessionsGetResult
public struct SessionsGetResult: Codable {
    /// Its canonical key.
    public let key: String
    /// Newest last.
    public let messages: [ChatMessage]
    /// Its session id; absent when there is no such session.
    public let sessionId: String?

    public enum CodingKeys: String, CodingKey {
        case key = "key"
        case messages = "messages"
        case sessionId = "sessionId"
    }

    public init(key: String, messages: [ChatMessage], sessionId: String?) {
        self.key = key
        self.messages = messages
        self.sessionId = sessionId
    }
}

/// Result of `sessions.groups.list`.
// MARK: - SessionsGroupsListResult
public struct SessionsGroupsListResult: Codable {
    /// Groups, by name.
    public let groups: [SessionGroup]
    /// Their names in the order of display.
    public let sectionOrder: [String]

    public enum CodingKeys: String, CodingKey {
        case groups = "groups"
        case sectionOrder = "sectionOrder"
    }

    public init(groups: [SessionGroup], sectionOrder: [String]) {
        self.groups = groups
        self.sectionOrder = sectionOrder
    }
}

/// One group of the list.
// MARK: - SessionGroup
public struct SessionGroup: Codable {
    /// Its name: the `category` of its sessions.
    public let name: String
    /// Its place, from 0.
    public let position: Int

    public enum CodingKeys: String, CodingKey {
        case name = "name"
        case position = "position"
    }

    public init(name: String, position: Int) {
        self.name = name
        self.position = position
    }
}

/// Params of `sessions.list`. Every filter narrows what the others leave.
// MARK: - SessionsListParams
public struct SessionsListParams: Codable {
    /// Used within so many minutes.
    public let activeMinutes: Int?
    /// Of this agent.
    public let agentId: String?
    /// Put away or not; `"all"` is both. Default: those that are not.
    public let archived: ArchivedUnion?
    /// Only of agents that exist.
    public let configuredAgentsOnly: Bool?
    /// With titles made of the first words.
    public let includeDerivedTitles: Bool?
    /// Also the session `global`.
    public let includeGlobal: Bool?
    /// With the beginning of the last message.
    public let includeLastMessage: Bool?
    /// Also the session `unknown`.
    public let includeUnknown: Bool?
    /// With exactly this label.
    public let label: String?
    /// Most rows; the gateway gives at most 1000.
    public let limit: Int?
    /// Rows to leave out at the beginning.
    public let offset: Int?
    /// With these words in key, label, name, id or first words.
    public let search: String?
    /// What is first; both words mean the last use.
    public let sortBy: SessionOrder?
    /// Made by this session.
    public let spawnedBy: String?

    public enum CodingKeys: String, CodingKey {
        case activeMinutes = "activeMinutes"
        case agentId = "agentId"
        case archived = "archived"
        case configuredAgentsOnly = "configuredAgentsOnly"
        case includeDerivedTitles = "includeDerivedTitles"
        case includeGlobal = "includeGlobal"
        case includeLastMessage = "includeLastMessage"
        case includeUnknown = "includeUnknown"
        case label = "label"
        case limit = "limit"
        case offset = "offset"
        case search = "search"
        case sortBy = "sortBy"
        case spawnedBy = "spawnedBy"
    }

    public init(activeMinutes: Int?, agentId: String?, archived: ArchivedUnion?, configuredAgentsOnly: Bool?, includeDerivedTitles: Bool?, includeGlobal: Bool?, includeLastMessage: Bool?, includeUnknown: Bool?, label: String?, limit: Int?, offset: Int?, search: String?, sortBy: SessionOrder?, spawnedBy: String?) {
        self.activeMinutes = activeMinutes
        self.agentId = agentId
        self.archived = archived
        self.configuredAgentsOnly = configuredAgentsOnly
        self.includeDerivedTitles = includeDerivedTitles
        self.includeGlobal = includeGlobal
        self.includeLastMessage = includeLastMessage
        self.includeUnknown = includeUnknown
        self.label = label
        self.limit = limit
        self.offset = offset
        self.search = search
        self.sortBy = sortBy
        self.spawnedBy = spawnedBy
    }
}

/// Put away or not; `"all"` is both. Default: those that are not.
public enum ArchivedUnion: Codable {
    case bool(Bool)
    case enumeration(AllWord)
    case null

    public init(from decoder: Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let x = try? container.decode(Bool.self) {
            self = .bool(x)
            return
        }
        if let x = try? container.decode(AllWord.self) {
            self = .enumeration(x)
            return
        }
        if container.decodeNil() {
            self = .null
            return
        }
        throw DecodingError.typeMismatch(ArchivedUnion.self, DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "Wrong type for ArchivedUnion"))
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .bool(let x):
            try container.encode(x)
        case .enumeration(let x):
            try container.encode(x)
        case .null:
            try container.encodeNil()
        }
    }
}

/// What is first in a list of sessions.
///
/// Changed last.
///
/// Spoken in last.
public enum SessionOrder: String, Codable {
    case lastInteractionAt = "lastInteractionAt"
    case updatedAt = "updatedAt"
}

/// Result of `sessions.list`.
// MARK: - SessionsListResult
public struct SessionsListResult: Codable {
    /// How many rows there are.
    public let count: Int
    /// What holds where a session says nothing.
    public let defaults: SessionListDefaults
    /// Whether there is a next page.
    public let hasMore: Bool?
    /// Limit that was applied.
    public let limitApplied: Int?
    /// Offset of the next page.
    public let nextOffset: Int?
    /// People who own sessions: a gateway has one owner, who is not listed.
    public let owners: [SessionOwner]?
    /// Where sessions are kept.
    public let path: String
    /// Used last first.
    public let sessions: [SessionRow]
    /// How many fit the filters; protocol 4 only, like everything below.
    public let totalCount: Int?
    /// When it was made, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case count = "count"
        case defaults = "defaults"
        case hasMore = "hasMore"
        case limitApplied = "limitApplied"
        case nextOffset = "nextOffset"
        case owners = "owners"
        case path = "path"
        case sessions = "sessions"
        case totalCount = "totalCount"
        case ts = "ts"
    }

    public init(count: Int, defaults: SessionListDefaults, hasMore: Bool?, limitApplied: Int?, nextOffset: Int?, owners: [SessionOwner]?, path: String, sessions: [SessionRow], totalCount: Int?, ts: Int) {
        self.count = count
        self.defaults = defaults
        self.hasMore = hasMore
        self.limitApplied = limitApplied
        self.nextOffset = nextOffset
        self.owners = owners
        self.path = path
        self.sessions = sessions
        self.totalCount = totalCount
        self.ts = ts
    }
}

/// The model of a session that chooses none; `null` until there is one.
///
/// What holds where a session says nothing.
// MARK: - SessionListDefaults
public struct SessionListDefaults: Codable {
    /// Tokens that it can read and write.
    public let contextTokens: Int?
    /// Its id.
    public let model: String?
    /// Its provider.
    public let modelProvider: String?

    public enum CodingKeys: String, CodingKey {
        case contextTokens = "contextTokens"
        case model = "model"
        case modelProvider = "modelProvider"
    }

    public init(contextTokens: Int?, model: String?, modelProvider: String?) {
        self.contextTokens = contextTokens
        self.model = model
        self.modelProvider = modelProvider
    }
}

/// A person who owns sessions.
// MARK: - SessionOwner
public struct SessionOwner: Codable {
    /// Their name.
    public let label: String

    public enum CodingKeys: String, CodingKey {
        case label = "label"
    }

    public init(label: String) {
        self.label = label
    }
}

/// Params of both.
// MARK: - SessionsMessagesParams
public struct SessionsMessagesParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Also of what waits for a decision.
    public let includeApprovals: Bool?
    /// Its key, in any form.
    public let key: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case includeApprovals = "includeApprovals"
        case key = "key"
    }

    public init(agentId: String?, includeApprovals: Bool?, key: String) {
        self.agentId = agentId
        self.includeApprovals = includeApprovals
        self.key = key
    }
}

/// Result of both.
// MARK: - SessionsMessagesSubscribed
public struct SessionsMessagesSubscribed: Codable {
    /// With `includeApprovals`: what waits for a decision in it.
    public let approvalReplay: ApprovalReplay?
    /// Canonical key.
    public let key: String
    /// From now on.
    public let subscribed: Bool

    public enum CodingKeys: String, CodingKey {
        case approvalReplay = "approvalReplay"
        case key = "key"
        case subscribed = "subscribed"
    }

    public init(approvalReplay: ApprovalReplay?, key: String, subscribed: Bool) {
        self.approvalReplay = approvalReplay
        self.key = key
        self.subscribed = subscribed
    }
}

/// What waits for a decision in a session.
///
/// With `includeApprovals`: what waits for a decision in it.
// MARK: - ApprovalReplay
public struct ApprovalReplay: Codable {
    /// Oldest first.
    public let approvals: [JSONAny]
    /// Canonical key.
    public let sessionKey: String
    /// Whether some were left out.
    public let truncated: Bool
    /// Epoch milliseconds.
    public let updatedAtMs: Int

    public enum CodingKeys: String, CodingKey {
        case approvals = "approvals"
        case sessionKey = "sessionKey"
        case truncated = "truncated"
        case updatedAtMs = "updatedAtMs"
    }

    public init(approvals: [JSONAny], sessionKey: String, truncated: Bool, updatedAtMs: Int) {
        self.approvals = approvals
        self.sessionKey = sessionKey
        self.truncated = truncated
        self.updatedAtMs = updatedAtMs
    }
}

/// Params of `sessions.observer.visibility`.
// MARK: - SessionsObserverVisibilityParams
public struct SessionsObserverVisibilityParams: Codable {
    /// Whether it is.
    public let visible: Bool

    public enum CodingKeys: String, CodingKey {
        case visible = "visible"
    }

    public init(visible: Bool) {
        self.visible = visible
    }
}

/// Params of `sessions.patchMany`.
// MARK: - SessionsPatchManyParams
public struct SessionsPatchManyParams: Codable {
    /// What changes.
    public let patch: SessionPatch
    /// Which sessions.
    public let targets: [PatchTarget]

    public enum CodingKeys: String, CodingKey {
        case patch = "patch"
        case targets = "targets"
    }

    public init(patch: SessionPatch, targets: [PatchTarget]) {
        self.patch = patch
        self.targets = targets
    }
}

/// What changes. An absent key leaves a setting alone, `null` clears it.
///
/// What changes.
// MARK: - SessionPatch
public struct SessionPatch: Codable {
    /// Put away.
    public let archived: Bool?
    /// Group in lists.
    public let category: String?
    /// Colour in lists.
    public let color: String?
    /// Name to show.
    public let displayName: String?
    /// Whether commands may run outside the usual limits; needs admin.
    public let elevatedLevel: String?
    /// When somebody is asked: `off`, `on-miss`, `always`; needs admin.
    public let execAsk: String?
    /// Where commands run: `gateway`, `node`, `sandbox`; needs admin.
    public let execHost: String?
    /// Node that runs commands; needs admin.
    public let execNode: String?
    /// Which commands run at all: `deny`, `allowlist`, `full`; needs admin.
    public let execSecurity: String?
    /// When the agent answers in a group: `mention`, `always`.
    public let groupActivation: String?
    /// Icon in lists.
    public let icon: String?
    /// A person's name for it; unique.
    public let label: String?
    /// Model that answers, `provider/model`.
    public let model: String?
    /// Not supported; use `execSecurity`. Needs admin.
    public let permissionMode: String?
    /// Kept at the top.
    public let pinned: Bool?
    /// What becomes of a message while a run is under way.
    public let queueMode: String?
    /// Whether thoughts are shown.
    public let reasoningLevel: String?
    /// Whether answers end with what they took: `off`, `on`, `tokens`, `full`.
    public let responseUsage: String?
    /// Whether anything may be said in it: `allow`, `deny`; needs admin.
    public let sendPolicy: String?
    /// Session that made it; can be set once.
    public let spawnedBy: String?
    /// How long the model may think.
    public let thinkingLevel: String?
    /// Something in it was not read.
    public let unread: Bool?
    /// Whether tool calls are shown.
    public let verboseLevel: String?

    public enum CodingKeys: String, CodingKey {
        case archived = "archived"
        case category = "category"
        case color = "color"
        case displayName = "displayName"
        case elevatedLevel = "elevatedLevel"
        case execAsk = "execAsk"
        case execHost = "execHost"
        case execNode = "execNode"
        case execSecurity = "execSecurity"
        case groupActivation = "groupActivation"
        case icon = "icon"
        case label = "label"
        case model = "model"
        case permissionMode = "permissionMode"
        case pinned = "pinned"
        case queueMode = "queueMode"
        case reasoningLevel = "reasoningLevel"
        case responseUsage = "responseUsage"
        case sendPolicy = "sendPolicy"
        case spawnedBy = "spawnedBy"
        case thinkingLevel = "thinkingLevel"
        case unread = "unread"
        case verboseLevel = "verboseLevel"
    }

    public init(archived: Bool?, category: String?, color: String?, displayName: String?, elevatedLevel: String?, execAsk: String?, execHost: String?, execNode: String?, execSecurity: String?, groupActivation: String?, icon: String?, label: String?, model: String?, permissionMode: String?, pinned: Bool?, queueMode: String?, reasoningLevel: String?, responseUsage: String?, sendPolicy: String?, spawnedBy: String?, thinkingLevel: String?, unread: Bool?, verboseLevel: String?) {
        self.archived = archived
        self.category = category
        self.color = color
        self.displayName = displayName
        self.elevatedLevel = elevatedLevel
        self.execAsk = execAsk
        self.execHost = execHost
        self.execNode = execNode
        self.execSecurity = execSecurity
        self.groupActivation = groupActivation
        self.icon = icon
        self.label = label
        self.model = model
        self.permissionMode = permissionMode
        self.pinned = pinned
        self.queueMode = queueMode
        self.reasoningLevel = reasoningLevel
        self.responseUsage = responseUsage
        self.sendPolicy = sendPolicy
        self.spawnedBy = spawnedBy
        self.thinkingLevel = thinkingLevel
        self.unread = unread
        self.verboseLevel = verboseLevel
    }
}

/// A session that is to change.
// MARK: - PatchTarget
public struct PatchTarget: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Refuse when its session id is another one.
    public let expectedSessionId: String?
    /// Its key, in any form.
    public let key: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case expectedSessionId = "expectedSessionId"
        case key = "key"
    }

    public init(agentId: String?, expectedSessionId: String?, key: String) {
        self.agentId = agentId
        self.expectedSessionId = expectedSessionId
        self.key = key
    }
}

/// Result of `sessions.patchMany`.
// MARK: - SessionsPatchManyResult
public struct SessionsPatchManyResult: Codable {
    /// In the order of the targets.
    public let outcomes: [PatchOutcome]

    public enum CodingKeys: String, CodingKey {
        case outcomes = "outcomes"
    }

    public init(outcomes: [PatchOutcome]) {
        self.outcomes = outcomes
    }
}

/// What became of one target.
// MARK: - PatchOutcome
public struct PatchOutcome: Codable {
    /// Agent that owns it.
    public let agentId: String?
    /// Why it was not changed.
    public let error: SessionProblem?
    /// Canonical key; the key as written when it cannot be one.
    public let key: String
    /// Whether it was changed.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case error = "error"
        case key = "key"
        case ok = "ok"
    }

    public init(agentId: String?, error: SessionProblem?, key: String, ok: Bool) {
        self.agentId = agentId
        self.error = error
        self.key = key
        self.ok = ok
    }
}

/// Params of `sessions.patch`.
// MARK: - SessionsPatchParams
public struct SessionsPatchParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Put away.
    public let archived: Bool?
    /// Group in lists.
    public let category: String?
    /// Colour in lists.
    public let color: String?
    /// Name to show.
    public let displayName: String?
    /// Whether commands may run outside the usual limits; needs admin.
    public let elevatedLevel: String?
    /// When somebody is asked: `off`, `on-miss`, `always`; needs admin.
    public let execAsk: String?
    /// Where commands run: `gateway`, `node`, `sandbox`; needs admin.
    public let execHost: String?
    /// Node that runs commands; needs admin.
    public let execNode: String?
    /// Which commands run at all: `deny`, `allowlist`, `full`; needs admin.
    public let execSecurity: String?
    /// Refuse when its session id is another one.
    public let expectedSessionId: String?
    /// When the agent answers in a group: `mention`, `always`.
    public let groupActivation: String?
    /// Icon in lists.
    public let icon: String?
    /// Its key, in any form.
    public let key: String
    /// A person's name for it; unique.
    public let label: String?
    /// Model that answers, `provider/model`.
    public let model: String?
    /// Not supported; use `execSecurity`. Needs admin.
    public let permissionMode: String?
    /// Kept at the top.
    public let pinned: Bool?
    /// What becomes of a message while a run is under way.
    public let queueMode: String?
    /// Whether thoughts are shown.
    public let reasoningLevel: String?
    /// Whether answers end with what they took: `off`, `on`, `tokens`, `full`.
    public let responseUsage: String?
    /// Whether anything may be said in it: `allow`, `deny`; needs admin.
    public let sendPolicy: String?
    /// Session that made it; can be set once.
    public let spawnedBy: String?
    /// How long the model may think.
    public let thinkingLevel: String?
    /// Something in it was not read.
    public let unread: Bool?
    /// Whether tool calls are shown.
    public let verboseLevel: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case archived = "archived"
        case category = "category"
        case color = "color"
        case displayName = "displayName"
        case elevatedLevel = "elevatedLevel"
        case execAsk = "execAsk"
        case execHost = "execHost"
        case execNode = "execNode"
        case execSecurity = "execSecurity"
        case expectedSessionId = "expectedSessionId"
        case groupActivation = "groupActivation"
        case icon = "icon"
        case key = "key"
        case label = "label"
        case model = "model"
        case permissionMode = "permissionMode"
        case pinned = "pinned"
        case queueMode = "queueMode"
        case reasoningLevel = "reasoningLevel"
        case responseUsage = "responseUsage"
        case sendPolicy = "sendPolicy"
        case spawnedBy = "spawnedBy"
        case thinkingLevel = "thinkingLevel"
        case unread = "unread"
        case verboseLevel = "verboseLevel"
    }

    public init(agentId: String?, archived: Bool?, category: String?, color: String?, displayName: String?, elevatedLevel: String?, execAsk: String?, execHost: String?, execNode: String?, execSecurity: String?, expectedSessionId: String?, groupActivation: String?, icon: String?, key: String, label: String?, model: String?, permissionMode: String?, pinned: Bool?, queueMode: String?, reasoningLevel: String?, responseUsage: String?, sendPolicy: String?, spawnedBy: String?, thinkingLevel: String?, unread: Bool?, verboseLevel: String?) {
        self.agentId = agentId
        self.archived = archived
        self.category = category
        self.color = color
        self.displayName = displayName
        self.elevatedLevel = elevatedLevel
        self.execAsk = execAsk
        self.execHost = execHost
        self.execNode = execNode
        self.execSecurity = execSecurity
        self.expectedSessionId = expectedSessionId
        self.groupActivation = groupActivation
        self.icon = icon
        self.key = key
        self.label = label
        self.model = model
        self.permissionMode = permissionMode
        self.pinned = pinned
        self.queueMode = queueMode
        self.reasoningLevel = reasoningLevel
        self.responseUsage = responseUsage
        self.sendPolicy = sendPolicy
        self.spawnedBy = spawnedBy
        self.thinkingLevel = thinkingLevel
        self.unread = unread
        self.verboseLevel = verboseLevel
    }
}

/// Result of `sessions.patch`.
// MARK: - SessionsPatchResult
public struct SessionsPatchResult: Codable {
    /// What is kept about it now.
    public let entry: [String: JSONAny]
    /// Canonical key.
    public let key: String
    /// Always true.
    public let ok: Bool
    /// Where sessions are kept.
    public let path: String
    /// What follows from it; protocol 4.
    public let resolved: ResolvedModel?

    public enum CodingKeys: String, CodingKey {
        case entry = "entry"
        case key = "key"
        case ok = "ok"
        case path = "path"
        case resolved = "resolved"
    }

    public init(entry: [String: JSONAny], key: String, ok: Bool, path: String, resolved: ResolvedModel?) {
        self.entry = entry
        self.key = key
        self.ok = ok
        self.path = path
        self.resolved = resolved
    }
}

/// The model that answers in a session.
///
/// What follows from it; protocol 4.
// MARK: - ResolvedModel
public struct ResolvedModel: Codable {
    /// Its id.
    public let model: String?
    /// Its provider.
    public let modelProvider: String?

    public enum CodingKeys: String, CodingKey {
        case model = "model"
        case modelProvider = "modelProvider"
    }

    public init(model: String?, modelProvider: String?) {
        self.model = model
        self.modelProvider = modelProvider
    }
}

/// Params of `sessions.preview`.
// MARK: - SessionsPreviewParams
public struct SessionsPreviewParams: Codable {
    /// Their keys, in any form.
    public let keys: [String]
    /// Most messages of each, 12 when absent; at most 50.
    public let limit: Int?
    /// Most characters of each message, 240 when absent; at most 2000.
    public let maxChars: Int?

    public enum CodingKeys: String, CodingKey {
        case keys = "keys"
        case limit = "limit"
        case maxChars = "maxChars"
    }

    public init(keys: [String], limit: Int?, maxChars: Int?) {
        self.keys = keys
        self.limit = limit
        self.maxChars = maxChars
    }
}

/// Result of `sessions.preview`.
// MARK: - SessionsPreviewResult
public struct SessionsPreviewResult: Codable {
    /// In the order of the keys.
    public let previews: [SessionPreview]
    /// When it was made, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case previews = "previews"
        case ts = "ts"
    }

    public init(previews: [SessionPreview], ts: Int) {
        self.previews = previews
        self.ts = ts
    }
}

/// The last words of one session.
// MARK: - SessionPreview
public struct SessionPreview: Codable {
    /// Newest last.
    public let items: [PreviewItem]
    /// The key as it was asked for.
    public let key: String
    /// What was found.
    public let status: PreviewStatus

    public enum CodingKeys: String, CodingKey {
        case items = "items"
        case key = "key"
        case status = "status"
    }

    public init(items: [PreviewItem], key: String, status: PreviewStatus) {
        self.items = items
        self.key = key
        self.status = status
    }
}

/// One message in short.
// MARK: - PreviewItem
public struct PreviewItem: Codable {
    /// Who it is from.
    public let role: PreviewRole
    /// The beginning of its words.
    public let text: String

    public enum CodingKeys: String, CodingKey {
        case role = "role"
        case text = "text"
    }

    public init(role: PreviewRole, text: String) {
        self.role = role
        self.text = text
    }
}

/// Who it is from.
///
/// Who a message in short is from.
///
/// A person.
///
/// The agent.
///
/// A tool.
///
/// The gateway.
public enum PreviewRole: String, Codable {
    case assistant = "assistant"
    case system = "system"
    case tool = "tool"
    case user = "user"
}

/// What `sessions.preview` found.
///
/// What was found.
///
/// Messages.
///
/// A session in which nothing was said.
///
/// No such session.
///
/// It could not be read, or the key cannot be one.
public enum PreviewStatus: String, Codable {
    case empty = "empty"
    case error = "error"
    case missing = "missing"
    case ok = "ok"
}

/// Params of `sessions.recover`.
// MARK: - SessionsRecoverParams
public struct SessionsRecoverParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Names the run. Default: a new id.
    public let idempotencyKey: String?
    /// Session.
    public let key: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case idempotencyKey = "idempotencyKey"
        case key = "key"
    }

    public init(agentId: String?, idempotencyKey: String?, key: String) {
        self.agentId = agentId
        self.idempotencyKey = idempotencyKey
        self.key = key
    }
}

/// Result of `sessions.recover`.
// MARK: - SessionsRecoverResult
public struct SessionsRecoverResult: Codable {
    /// The run that answers now.
    public let continuation: Continuation
    /// Session, by canonical key.
    public let key: String
    /// Always true.
    public let ok: Bool
    /// Id of the session.
    public let sessionId: String

    public enum CodingKeys: String, CodingKey {
        case continuation = "continuation"
        case key = "key"
        case ok = "ok"
        case sessionId = "sessionId"
    }

    public init(continuation: Continuation, key: String, ok: Bool, sessionId: String) {
        self.continuation = continuation
        self.key = key
        self.ok = ok
        self.sessionId = sessionId
    }
}

/// A run that goes on where another was interrupted.
///
/// The run that answers now.
// MARK: - Continuation
public struct Continuation: Codable {
    /// The run.
    public let runId: String
    /// Always `started`.
    public let status: String

    public enum CodingKeys: String, CodingKey {
        case runId = "runId"
        case status = "status"
    }

    public init(runId: String, status: String) {
        self.runId = runId
        self.status = status
    }
}

/// Params of `sessions.reset`.
// MARK: - SessionsResetParams
public struct SessionsResetParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Its key, in any form.
    public let key: String
    /// `new` or `reset`; told to followers.
    public let reason: ResetReason?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case key = "key"
        case reason = "reason"
    }

    public init(agentId: String?, key: String, reason: ResetReason?) {
        self.agentId = agentId
        self.key = key
        self.reason = reason
    }
}

/// Why a session begins anew.
///
/// Somebody wants a new conversation.
///
/// Somebody wants to forget the old one.
public enum ResetReason: String, Codable {
    case new = "new"
    case reset = "reset"
}

/// Result of `sessions.reset`.
// MARK: - SessionsResetResult
public struct SessionsResetResult: Codable {
    /// What is kept about it now.
    public let entry: [String: JSONAny]
    /// Canonical key.
    public let key: String
    /// Always true.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case entry = "entry"
        case key = "key"
        case ok = "ok"
    }

    public init(entry: [String: JSONAny], key: String, ok: Bool) {
        self.entry = entry
        self.key = key
        self.ok = ok
    }
}

/// Params of `sessions.resolve`: exactly one of `key`, `sessionId`, `label`.
// MARK: - SessionsResolveParams
public struct SessionsResolveParams: Codable {
    /// Only of this agent.
    public let agentId: String?
    /// Answer `ok: false` instead of an error when there is none.
    public let allowMissing: Bool?
    /// Also the session `global`.
    public let includeGlobal: Bool?
    /// Also the session `unknown`.
    public let includeUnknown: Bool?
    /// Its key, in any form.
    public let key: String?
    /// Its label.
    public let label: String?
    /// Its session id.
    public let sessionId: String?
    /// Only made by this session.
    public let spawnedBy: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case allowMissing = "allowMissing"
        case includeGlobal = "includeGlobal"
        case includeUnknown = "includeUnknown"
        case key = "key"
        case label = "label"
        case sessionId = "sessionId"
        case spawnedBy = "spawnedBy"
    }

    public init(agentId: String?, allowMissing: Bool?, includeGlobal: Bool?, includeUnknown: Bool?, key: String?, label: String?, sessionId: String?, spawnedBy: String?) {
        self.agentId = agentId
        self.allowMissing = allowMissing
        self.includeGlobal = includeGlobal
        self.includeUnknown = includeUnknown
        self.key = key
        self.label = label
        self.sessionId = sessionId
        self.spawnedBy = spawnedBy
    }
}

/// Result of `sessions.resolve`.
// MARK: - SessionsResolveResult
public struct SessionsResolveResult: Codable {
    /// Agent that owns it; protocol 4.
    public let agentId: String?
    /// Without `ok`: sessions that may be meant.
    public let candidates: [SessionCandidate]?
    /// Name to show; protocol 4.
    public let displayName: String?
    /// Its canonical key.
    public let key: String?
    /// Whether there is exactly one.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case candidates = "candidates"
        case displayName = "displayName"
        case key = "key"
        case ok = "ok"
    }

    public init(agentId: String?, candidates: [SessionCandidate]?, displayName: String?, key: String?, ok: Bool) {
        self.agentId = agentId
        self.candidates = candidates
        self.displayName = displayName
        self.key = key
        self.ok = ok
    }
}

/// A session that may be meant.
// MARK: - SessionCandidate
public struct SessionCandidate: Codable {
    /// Agent that owns it.
    public let agentId: String
    /// Name to show.
    public let displayName: String?
    /// Its canonical key.
    public let key: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case displayName = "displayName"
        case key = "key"
    }

    public init(agentId: String, displayName: String?, key: String) {
        self.agentId = agentId
        self.displayName = displayName
        self.key = key
    }
}

/// Params of `sessions.search`.
// MARK: - SessionsSearchParams
public struct SessionsSearchParams: Codable {
    /// Only of this agent. Who is not admin and names neither agent nor
    /// sessions searches the default agent's.
    public let agentId: String?
    /// Most hits, 10 when absent.
    public let limit: Int?
    /// Words that are all in the message.
    public let query: String
    /// Only in these sessions; of several agents only for an admin.
    public let sessionKeys: [String]?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case limit = "limit"
        case query = "query"
        case sessionKeys = "sessionKeys"
    }

    public init(agentId: String?, limit: Int?, query: String, sessionKeys: [String]?) {
        self.agentId = agentId
        self.limit = limit
        self.query = query
        self.sessionKeys = sessionKeys
    }
}

/// Result of `sessions.search`.
// MARK: - SessionsSearchResult
public struct SessionsSearchResult: Codable {
    /// Best first.
    public let results: [SessionsSearchHit]
    /// Whether there are more.
    public let truncated: Bool?

    public enum CodingKeys: String, CodingKey {
        case results = "results"
        case truncated = "truncated"
    }

    public init(results: [SessionsSearchHit], truncated: Bool?) {
        self.results = results
        self.truncated = truncated
    }
}

/// A message that was found.
// MARK: - SessionsSearchHit
public struct SessionsSearchHit: Codable {
    /// Its id.
    public let messageId: String
    /// Who said it.
    public let role: HitRole
    /// How well it fits; higher is better.
    public let score: Double
    /// Id of its session.
    public let sessionId: String
    /// Canonical key of its session.
    public let sessionKey: String
    /// The words around the hit.
    public let snippet: String
    /// Epoch milliseconds.
    public let timestamp: Int

    public enum CodingKeys: String, CodingKey {
        case messageId = "messageId"
        case role = "role"
        case score = "score"
        case sessionId = "sessionId"
        case sessionKey = "sessionKey"
        case snippet = "snippet"
        case timestamp = "timestamp"
    }

    public init(messageId: String, role: HitRole, score: Double, sessionId: String, sessionKey: String, snippet: String, timestamp: Int) {
        self.messageId = messageId
        self.role = role
        self.score = score
        self.sessionId = sessionId
        self.sessionKey = sessionKey
        self.snippet = snippet
        self.timestamp = timestamp
    }
}

/// Who said what was found.
///
/// Who said it.
///
/// A person.
///
/// The agent.
public enum HitRole: String, Codable {
    case assistant = "assistant"
    case user = "user"
}

/// Params of `sessions.send` and `sessions.steer`.
// MARK: - SessionsSendParams
public struct SessionsSendParams: Codable {
    /// Agent that owns a bare key.
    public let agentId: String?
    /// Pictures and text files.
    public let attachments: [Attachment]?
    /// Names the run. Default: a new id.
    public let idempotencyKey: String?
    /// Session.
    public let key: String
    /// What is said.
    public let message: String
    /// How long the model may think.
    public let thinking: String?
    /// Longest run, milliseconds.
    public let timeoutMs: Int?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case attachments = "attachments"
        case idempotencyKey = "idempotencyKey"
        case key = "key"
        case message = "message"
        case thinking = "thinking"
        case timeoutMs = "timeoutMs"
    }

    public init(agentId: String?, attachments: [Attachment]?, idempotencyKey: String?, key: String, message: String, thinking: String?, timeoutMs: Int?) {
        self.agentId = agentId
        self.attachments = attachments
        self.idempotencyKey = idempotencyKey
        self.key = key
        self.message = message
        self.thinking = thinking
        self.timeoutMs = timeoutMs
    }
}

/// Result of `sessions.usage.logs`.
// MARK: - SessionsUsageLogsResult
public struct SessionsUsageLogsResult: Codable {
    /// Oldest first.
    public let logs: [UsageLogLine]

    public enum CodingKeys: String, CodingKey {
        case logs = "logs"
    }

    public init(logs: [UsageLogLine]) {
        self.logs = logs
    }
}

/// One line in [`SessionsUsageLogsResult`].
// MARK: - UsageLogLine
public struct UsageLogLine: Codable {
    /// What happened, for people.
    public let content: String
    /// USD; absent when the model has no known price.
    public let cost: Double?
    /// `assistant`: models wrote it.
    public let role: String
    /// Run it belongs to.
    public let runId: String
    /// Epoch milliseconds.
    public let timestamp: Int
    /// Tokens of every kind.
    public let tokens: Int

    public enum CodingKeys: String, CodingKey {
        case content = "content"
        case cost = "cost"
        case role = "role"
        case runId = "runId"
        case timestamp = "timestamp"
        case tokens = "tokens"
    }

    public init(content: String, cost: Double?, role: String, runId: String, timestamp: Int, tokens: Int) {
        self.content = content
        self.cost = cost
        self.role = role
        self.runId = runId
        self.timestamp = timestamp
        self.tokens = tokens
    }
}

/// Params of `sessions.usage`. Days are days in UTC, whatever `mode` says.
// MARK: - SessionsUsageParams
public struct SessionsUsageParams: Codable {
    /// Only this agent's. Default: every agent's.
    public let agentId: String?
    /// Last day. Default today.
    public let endDate: String?
    /// Only this conversation.
    public let key: String?
    /// Most conversations that are listed, 1 to 1000. Default 50. The sums are over all of them.
    public let limit: Int?
    /// How many days, when no first day is given.
    public let range: UsageRange?
    /// First day, `2026-11-21`. Default: 30 days, today included.
    public let startDate: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case endDate = "endDate"
        case key = "key"
        case limit = "limit"
        case range = "range"
        case startDate = "startDate"
    }

    public init(agentId: String?, endDate: String?, key: String?, limit: Int?, range: UsageRange?, startDate: String?) {
        self.agentId = agentId
        self.endDate = endDate
        self.key = key
        self.limit = limit
        self.range = range
        self.startDate = startDate
    }
}

/// A week.
///
/// A month.
///
/// A quarter.
///
/// A year.
///
/// As far back as it goes.
///
/// How many days. Everything is bounded by 366 days.
public enum UsageRange: String, Codable {
    case all = "all"
    case the1Y = "1y"
    case the30D = "30d"
    case the7D = "7d"
    case the90D = "90d"
}

/// Result of `sessions.usage`.
// MARK: - SessionsUsageResult
public struct SessionsUsageResult: Codable {
    /// The same in other groups.
    public let aggregates: UsageAggregates
    /// Last one.
    public let endDate: String
    /// The conversations that took something, the last used first.
    public let sessions: [SessionUsage]
    /// First day that was looked at, in UTC.
    public let startDate: String
    /// All of the range together, also what the list leaves out.
    public let totals: CostTotals
    /// Epoch milliseconds.
    public let updatedAt: Int

    public enum CodingKeys: String, CodingKey {
        case aggregates = "aggregates"
        case endDate = "endDate"
        case sessions = "sessions"
        case startDate = "startDate"
        case totals = "totals"
        case updatedAt = "updatedAt"
    }

    public init(aggregates: UsageAggregates, endDate: String, sessions: [SessionUsage], startDate: String, totals: CostTotals, updatedAt: Int) {
        self.aggregates = aggregates
        self.endDate = endDate
        self.sessions = sessions
        self.startDate = startDate
        self.totals = totals
        self.updatedAt = updatedAt
    }
}

/// The same in other groups.
///
/// The range in groups.
// MARK: - UsageAggregates
public struct UsageAggregates: Codable {
    /// By agent.
    public let byAgent: [AgentUsage]
    /// By messaging channel; not counted here, so always empty.
    public let byChannel: [ChannelUsage]
    /// By model, the most expensive first.
    public let byModel: [ModelUsage]
    /// By provider.
    public let byProvider: [ModelUsage]
    /// By day.
    public let daily: [AggregateDay]
    /// Messages, as far as models wrote them.
    public let messages: UsageMessages
    /// Tool calls; not counted here, so always empty.
    public let tools: UsageTools

    public enum CodingKeys: String, CodingKey {
        case byAgent = "byAgent"
        case byChannel = "byChannel"
        case byModel = "byModel"
        case byProvider = "byProvider"
        case daily = "daily"
        case messages = "messages"
        case tools = "tools"
    }

    public init(byAgent: [AgentUsage], byChannel: [ChannelUsage], byModel: [ModelUsage], byProvider: [ModelUsage], daily: [AggregateDay], messages: UsageMessages, tools: UsageTools) {
        self.byAgent = byAgent
        self.byChannel = byChannel
        self.byModel = byModel
        self.byProvider = byProvider
        self.daily = daily
        self.messages = messages
        self.tools = tools
    }
}

/// What one agent took.
// MARK: - AgentUsage
public struct AgentUsage: Codable {
    /// The agent.
    public let agentId: String
    /// The sums.
    public let totals: CostTotals

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case totals = "totals"
    }

    public init(agentId: String, totals: CostTotals) {
        self.agentId = agentId
        self.totals = totals
    }
}

/// The sums.
///
/// Tokens and money. Money is USD, in steps of a millionth; its four parts
/// divide it by today's prices.
///
/// All of the range together, also what the list leaves out.
///
/// All of them together.
///
/// What it took.
// MARK: - CostTotals
public struct CostTotals: Codable {
    /// Tokens read from a provider's cache.
    public let cacheRead: Int
    /// USD for tokens read from a cache.
    public let cacheReadCost: Double
    /// Tokens written to one.
    public let cacheWrite: Int
    /// USD for tokens written to a cache.
    public let cacheWriteCost: Double
    /// Tokens read.
    public let input: Int
    /// USD for tokens read.
    public let inputCost: Double
    /// Answers of models without a known price: their tokens are counted, money is not.
    public let missingCostEntries: Int
    /// Tokens written.
    public let output: Int
    /// USD for tokens written.
    public let outputCost: Double
    /// USD.
    public let totalCost: Double
    /// All of them.
    public let totalTokens: Int

    public enum CodingKeys: String, CodingKey {
        case cacheRead = "cacheRead"
        case cacheReadCost = "cacheReadCost"
        case cacheWrite = "cacheWrite"
        case cacheWriteCost = "cacheWriteCost"
        case input = "input"
        case inputCost = "inputCost"
        case missingCostEntries = "missingCostEntries"
        case output = "output"
        case outputCost = "outputCost"
        case totalCost = "totalCost"
        case totalTokens = "totalTokens"
    }

    public init(cacheRead: Int, cacheReadCost: Double, cacheWrite: Int, cacheWriteCost: Double, input: Int, inputCost: Double, missingCostEntries: Int, output: Int, outputCost: Double, totalCost: Double, totalTokens: Int) {
        self.cacheRead = cacheRead
        self.cacheReadCost = cacheReadCost
        self.cacheWrite = cacheWrite
        self.cacheWriteCost = cacheWriteCost
        self.input = input
        self.inputCost = inputCost
        self.missingCostEntries = missingCostEntries
        self.output = output
        self.outputCost = outputCost
        self.totalCost = totalCost
        self.totalTokens = totalTokens
    }
}

/// What one messaging channel took.
// MARK: - ChannelUsage
public struct ChannelUsage: Codable {
    /// The channel.
    public let channel: String
    /// The sums.
    public let totals: CostTotals

    public enum CodingKeys: String, CodingKey {
        case channel = "channel"
        case totals = "totals"
    }

    public init(channel: String, totals: CostTotals) {
        self.channel = channel
        self.totals = totals
    }
}

/// What one model, or all of one provider, took.
// MARK: - ModelUsage
public struct ModelUsage: Codable {
    /// Answers.
    public let count: Int
    /// The model; absent in a sum over a provider.
    public let model: String?
    /// The provider.
    public let provider: String
    /// The sums.
    public let totals: CostTotals

    public enum CodingKeys: String, CodingKey {
        case count = "count"
        case model = "model"
        case provider = "provider"
        case totals = "totals"
    }

    public init(count: Int, model: String?, provider: String, totals: CostTotals) {
        self.count = count
        self.model = model
        self.provider = provider
        self.totals = totals
    }
}

/// One day over all conversations.
// MARK: - AggregateDay
public struct AggregateDay: Codable {
    /// USD.
    public let cost: Double
    /// The day in UTC.
    public let date: String
    /// Failures; not counted here, so 0.
    public let errors: Int
    /// Answers of models.
    public let messages: Int
    /// Tokens of every kind.
    public let tokens: Int
    /// Calls of tools; not counted here, so 0.
    public let toolCalls: Int

    public enum CodingKeys: String, CodingKey {
        case cost = "cost"
        case date = "date"
        case errors = "errors"
        case messages = "messages"
        case tokens = "tokens"
        case toolCalls = "toolCalls"
    }

    public init(cost: Double, date: String, errors: Int, messages: Int, tokens: Int, toolCalls: Int) {
        self.cost = cost
        self.date = date
        self.errors = errors
        self.messages = messages
        self.tokens = tokens
        self.toolCalls = toolCalls
    }
}

/// Messages, as far as models wrote them.
///
/// Messages by kind. Only answers of models are counted here; the others are 0.
// MARK: - UsageMessages
public struct UsageMessages: Codable {
    /// From models.
    public let assistant: Int
    /// Failures.
    public let errors: Int
    /// Calls of tools.
    public let toolCalls: Int
    /// Results of tools.
    public let toolResults: Int
    /// All that are counted.
    public let total: Int
    /// From people.
    public let user: Int

    public enum CodingKeys: String, CodingKey {
        case assistant = "assistant"
        case errors = "errors"
        case toolCalls = "toolCalls"
        case toolResults = "toolResults"
        case total = "total"
        case user = "user"
    }

    public init(assistant: Int, errors: Int, toolCalls: Int, toolResults: Int, total: Int, user: Int) {
        self.assistant = assistant
        self.errors = errors
        self.toolCalls = toolCalls
        self.toolResults = toolResults
        self.total = total
        self.user = user
    }
}

/// Tool calls; not counted here, so always empty.
///
/// Tool calls.
// MARK: - UsageTools
public struct UsageTools: Codable {
    /// By tool.
    public let tools: [UsageTool]
    /// How many.
    public let totalCalls: Int
    /// Of how many tools.
    public let uniqueTools: Int

    public enum CodingKeys: String, CodingKey {
        case tools = "tools"
        case totalCalls = "totalCalls"
        case uniqueTools = "uniqueTools"
    }

    public init(tools: [UsageTool], totalCalls: Int, uniqueTools: Int) {
        self.tools = tools
        self.totalCalls = totalCalls
        self.uniqueTools = uniqueTools
    }
}

/// Calls of one tool.
// MARK: - UsageTool
public struct UsageTool: Codable {
    /// How many.
    public let count: Int
    /// Its name.
    public let name: String

    public enum CodingKeys: String, CodingKey {
        case count = "count"
        case name = "name"
    }

    public init(count: Int, name: String) {
        self.count = count
        self.name = name
    }
}

/// One conversation in [`SessionsUsageResult`].
// MARK: - SessionUsage
public struct SessionUsage: Codable {
    /// Its agent.
    public let agentId: String
    /// Its canonical key.
    public let key: String
    /// Its label.
    public let label: String?
    /// The model that answered last.
    public let model: String?
    /// Provider of the model that answered last.
    public let modelProvider: String?
    /// Its id, while it exists.
    public let sessionId: String?
    /// Epoch milliseconds of its last answer in the range.
    public let updatedAt: Int
    /// What it took; `null` when it took nothing in the range.
    public let usage: SessionUsageTotals?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case key = "key"
        case label = "label"
        case model = "model"
        case modelProvider = "modelProvider"
        case sessionId = "sessionId"
        case updatedAt = "updatedAt"
        case usage = "usage"
    }

    public init(agentId: String, key: String, label: String?, model: String?, modelProvider: String?, sessionId: String?, updatedAt: Int, usage: SessionUsageTotals?) {
        self.agentId = agentId
        self.key = key
        self.label = label
        self.model = model
        self.modelProvider = modelProvider
        self.sessionId = sessionId
        self.updatedAt = updatedAt
        self.usage = usage
    }
}

/// What one conversation took.
// MARK: - SessionUsageTotals
public struct SessionUsageTotals: Codable {
    /// Days on which it took something.
    public let activityDates: [String]
    /// Tokens read from a provider's cache.
    public let cacheRead: Int
    /// USD for tokens read from a cache.
    public let cacheReadCost: Double
    /// Tokens written to one.
    public let cacheWrite: Int
    /// USD for tokens written to a cache.
    public let cacheWriteCost: Double
    /// By day.
    public let dailyBreakdown: [UsageDayCost]
    /// Tokens read.
    public let input: Int
    /// USD for tokens read.
    public let inputCost: Double
    /// Epoch milliseconds of its last answer.
    public let lastActivity: Int
    /// Answers of models without a known price: their tokens are counted, money is not.
    public let missingCostEntries: Int
    /// By model.
    public let modelUsage: [ModelUsage]
    /// Tokens written.
    public let output: Int
    /// USD for tokens written.
    public let outputCost: Double
    /// USD.
    public let totalCost: Double
    /// All of them.
    public let totalTokens: Int

    public enum CodingKeys: String, CodingKey {
        case activityDates = "activityDates"
        case cacheRead = "cacheRead"
        case cacheReadCost = "cacheReadCost"
        case cacheWrite = "cacheWrite"
        case cacheWriteCost = "cacheWriteCost"
        case dailyBreakdown = "dailyBreakdown"
        case input = "input"
        case inputCost = "inputCost"
        case lastActivity = "lastActivity"
        case missingCostEntries = "missingCostEntries"
        case modelUsage = "modelUsage"
        case output = "output"
        case outputCost = "outputCost"
        case totalCost = "totalCost"
        case totalTokens = "totalTokens"
    }

    public init(activityDates: [String], cacheRead: Int, cacheReadCost: Double, cacheWrite: Int, cacheWriteCost: Double, dailyBreakdown: [UsageDayCost], input: Int, inputCost: Double, lastActivity: Int, missingCostEntries: Int, modelUsage: [ModelUsage], output: Int, outputCost: Double, totalCost: Double, totalTokens: Int) {
        self.activityDates = activityDates
        self.cacheRead = cacheRead
        self.cacheReadCost = cacheReadCost
        self.cacheWrite = cacheWrite
        self.cacheWriteCost = cacheWriteCost
        self.dailyBreakdown = dailyBreakdown
        self.input = input
        self.inputCost = inputCost
        self.lastActivity = lastActivity
        self.missingCostEntries = missingCostEntries
        self.modelUsage = modelUsage
        self.output = output
        self.outputCost = outputCost
        self.totalCost = totalCost
        self.totalTokens = totalTokens
    }
}

/// One day of one conversation.
// MARK: - UsageDayCost
public struct UsageDayCost: Codable {
    /// USD.
    public let cost: Double
    /// The day in UTC.
    public let date: String
    /// Tokens of every kind.
    public let tokens: Int

    public enum CodingKeys: String, CodingKey {
        case cost = "cost"
        case date = "date"
        case tokens = "tokens"
    }

    public init(cost: Double, date: String, tokens: Int) {
        self.cost = cost
        self.date = date
        self.tokens = tokens
    }
}

/// Result of `sessions.usage.timeseries`.
// MARK: - SessionsUsageTimeseriesResult
public struct SessionsUsageTimeseriesResult: Codable {
    /// Oldest first.
    public let points: [UsagePoint]
    /// Id of the conversation at its last answer.
    public let sessionId: String?

    public enum CodingKeys: String, CodingKey {
        case points = "points"
        case sessionId = "sessionId"
    }

    public init(points: [UsagePoint], sessionId: String?) {
        self.points = points
        self.sessionId = sessionId
    }
}

/// One answer in [`SessionsUsageTimeseriesResult`].
// MARK: - UsagePoint
public struct UsagePoint: Codable {
    /// Tokens read from a cache.
    public let cacheRead: Int
    /// Tokens written to a cache.
    public let cacheWrite: Int
    /// USD; 0 when the model has no known price.
    public let cost: Double
    /// USD of this and all earlier points.
    public let cumulativeCost: Double
    /// Tokens of this and all earlier points.
    public let cumulativeTokens: Int
    /// Tokens read.
    public let input: Int
    /// Tokens written.
    public let output: Int
    /// Epoch milliseconds.
    public let timestamp: Int
    /// All of them.
    public let totalTokens: Int

    public enum CodingKeys: String, CodingKey {
        case cacheRead = "cacheRead"
        case cacheWrite = "cacheWrite"
        case cost = "cost"
        case cumulativeCost = "cumulativeCost"
        case cumulativeTokens = "cumulativeTokens"
        case input = "input"
        case output = "output"
        case timestamp = "timestamp"
        case totalTokens = "totalTokens"
    }

    public init(cacheRead: Int, cacheWrite: Int, cost: Double, cumulativeCost: Double, cumulativeTokens: Int, input: Int, output: Int, timestamp: Int, totalTokens: Int) {
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.cost = cost
        self.cumulativeCost = cumulativeCost
        self.cumulativeTokens = cumulativeTokens
        self.input = input
        self.output = output
        self.timestamp = timestamp
        self.totalTokens = totalTokens
    }
}

/// Params of `sessions.viewers.set`.
// MARK: - SessionsViewersSetParams
public struct SessionsViewersSetParams: Codable {
    /// Agent that owns bare keys.
    public let agentId: String?
    /// Their keys.
    public let sessionKeys: [String]

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case sessionKeys = "sessionKeys"
    }

    public init(agentId: String?, sessionKeys: [String]) {
        self.agentId = agentId
        self.sessionKeys = sessionKeys
    }
}

/// Result of `sessions.viewers.set`.
// MARK: - SessionsViewersSetResult
public struct SessionsViewersSetResult: Codable {
    /// The keys that were named.
    public let sessionKeys: [String]

    public enum CodingKeys: String, CodingKey {
        case sessionKeys = "sessionKeys"
    }

    public init(sessionKeys: [String]) {
        self.sessionKeys = sessionKeys
    }
}

/// Params of `device.pair.setupCode`.
// MARK: - SetupCodeParams
public struct SetupCodeParams: Codable {
    /// What the code grants; absent means full.
    public let bootstrapProfile: SetupAccess?
    /// Whether to draw the code as a PNG QR image.
    public let includeQr: Bool?
    /// Whether to write the code as an `oc-pair://` link too.
    public let joinUrl: Bool?
    /// Address the phone should use instead of the one the gateway knows.
    public let publicUrl: String?

    public enum CodingKeys: String, CodingKey {
        case bootstrapProfile = "bootstrapProfile"
        case includeQr = "includeQr"
        case joinUrl = "joinUrl"
        case publicUrl = "publicUrl"
    }

    public init(bootstrapProfile: SetupAccess?, includeQr: Bool?, joinUrl: Bool?, publicUrl: String?) {
        self.bootstrapProfile = bootstrapProfile
        self.includeQr = includeQr
        self.joinUrl = joinUrl
        self.publicUrl = publicUrl
    }
}

/// What a setup code grants; fixed when it is made.
///
/// What the code grants.
///
/// What it was given.
///
/// Node role, and an operator token for everything a phone does: read, write,
/// approvals, questions, talk. Never admin or pairing.
///
/// Node role, and an operator token to read and write.
///
/// Node role only.
public enum SetupAccess: String, Codable {
    case full = "full"
    case limited = "limited"
    case node = "node"
}

/// Result of `device.pair.setupCode`. `Debug` hides the code.
// MARK: - SetupCodeResult
public struct SetupCodeResult: Codable {
    /// What the code grants.
    public let access: SetupAccess
    /// `token` or `password`.
    public let auth: String
    /// Until when it works, epoch milliseconds; at most 10 minutes ahead.
    public let expiresAtMs: Int
    /// Address in the code.
    public let gatewayUrl: String
    /// All addresses, when there is more than one.
    public let gatewayUrls: [String]?
    /// The same as a link.
    public let joinUrl: String?
    /// PNG data URL.
    public let qrDataUrl: String?
    /// Base64url of `{url, urls?, bootstrapToken, expiresAtMs}`.
    public let setupCode: String
    /// Names the code in `device.pair.setupStatus`.
    public let setupId: String
    /// Where the address came from: `publicUrl`, `publicOrigin`, `bind`, `loopback`.
    public let urlSource: String

    public enum CodingKeys: String, CodingKey {
        case access = "access"
        case auth = "auth"
        case expiresAtMs = "expiresAtMs"
        case gatewayUrl = "gatewayUrl"
        case gatewayUrls = "gatewayUrls"
        case joinUrl = "joinUrl"
        case qrDataUrl = "qrDataUrl"
        case setupCode = "setupCode"
        case setupId = "setupId"
        case urlSource = "urlSource"
    }

    public init(access: SetupAccess, auth: String, expiresAtMs: Int, gatewayUrl: String, gatewayUrls: [String]?, joinUrl: String?, qrDataUrl: String?, setupCode: String, setupId: String, urlSource: String) {
        self.access = access
        self.auth = auth
        self.expiresAtMs = expiresAtMs
        self.gatewayUrl = gatewayUrl
        self.gatewayUrls = gatewayUrls
        self.joinUrl = joinUrl
        self.qrDataUrl = qrDataUrl
        self.setupCode = setupCode
        self.setupId = setupId
        self.urlSource = urlSource
    }
}

/// Params of `device.pair.setupStatus`.
// MARK: - SetupStatusParams
public struct SetupStatusParams: Codable {
    /// The code's id.
    public let setupId: String

    public enum CodingKeys: String, CodingKey {
        case setupId = "setupId"
    }

    public init(setupId: String) {
        self.setupId = setupId
    }
}

/// Result of `device.pair.setupStatus`; empty while the code waits, and for
/// codes that are unknown or expired.
// MARK: - SetupStatusResult
public struct SetupStatusResult: Codable {
    /// Who used it.
    public let completion: SetupCompleted?

    public enum CodingKeys: String, CodingKey {
        case completion = "completion"
    }

    public init(completion: SetupCompleted?) {
        self.completion = completion
    }
}

/// Event `device.pair.setup.completed`; also the answer of
/// `device.pair.setupStatus` once the code was used.
///
/// Who used it.
// MARK: - SetupCompleted
public struct SetupCompleted: Codable {
    /// What it was given.
    public let access: SetupAccess
    /// Device that used it.
    public let deviceId: String
    /// Its name for people.
    public let deviceName: String?
    /// The setup code's id.
    public let setupId: String
    /// When, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case access = "access"
        case deviceId = "deviceId"
        case deviceName = "deviceName"
        case setupId = "setupId"
        case ts = "ts"
    }

    public init(access: SetupAccess, deviceId: String, deviceName: String?, setupId: String, ts: Int) {
        self.access = access
        self.deviceId = deviceId
        self.deviceName = deviceName
        self.setupId = setupId
        self.ts = ts
    }
}

/// Event `shutdown`.
// MARK: - Shutdown
public struct Shutdown: Codable {
    /// Why the gateway stops.
    public let reason: String
    /// Milliseconds until it should be back.
    public let restartExpectedMs: Int?

    public enum CodingKeys: String, CodingKey {
        case reason = "reason"
        case restartExpectedMs = "restartExpectedMs"
    }

    public init(reason: String, restartExpectedMs: Int?) {
        self.reason = reason
        self.restartExpectedMs = restartExpectedMs
    }
}

/// Result of `skills.bins`.
// MARK: - SkillsBinsResult
public struct SkillsBinsResult: Codable {
    /// Names of programs, in order, each once.
    public let bins: [String]

    public enum CodingKeys: String, CodingKey {
        case bins = "bins"
    }

    public init(bins: [String]) {
        self.bins = bins
    }
}

/// Result of `status`.
// MARK: - StatusResult
public struct StatusResult: Codable {
    /// One line per messaging channel.
    public let channelSummary: [String]
    /// Authenticated connections at this moment.
    public let connections: ConnectionCount
    /// Devices that are paired, and requests that wait.
    public let devices: DeviceCount
    /// Heartbeats by agent.
    public let heartbeat: HeartbeatStatus
    /// Addresses that clients reach it at, `HOST:PORT`; its own machine's first.
    public let listen: [String]
    /// System events that wait for the main session.
    public let queuedSystemEvents: [String]
    /// Version of the gateway.
    public let runtimeVersion: String
    /// Sessions.
    public let sessions: SessionsStatus
    /// SHA-256 of the certificate of that port, hex; absent without TLS.
    public let tlsFingerprint: String?
    /// Milliseconds since it started.
    public let uptimeMs: Int
    /// What needs attention, for people: safe mode, missing keychain and the like.
    public let warnings: [String]

    public enum CodingKeys: String, CodingKey {
        case channelSummary = "channelSummary"
        case connections = "connections"
        case devices = "devices"
        case heartbeat = "heartbeat"
        case listen = "listen"
        case queuedSystemEvents = "queuedSystemEvents"
        case runtimeVersion = "runtimeVersion"
        case sessions = "sessions"
        case tlsFingerprint = "tlsFingerprint"
        case uptimeMs = "uptimeMs"
        case warnings = "warnings"
    }

    public init(channelSummary: [String], connections: ConnectionCount, devices: DeviceCount, heartbeat: HeartbeatStatus, listen: [String], queuedSystemEvents: [String], runtimeVersion: String, sessions: SessionsStatus, tlsFingerprint: String?, uptimeMs: Int, warnings: [String]) {
        self.channelSummary = channelSummary
        self.connections = connections
        self.devices = devices
        self.heartbeat = heartbeat
        self.listen = listen
        self.queuedSystemEvents = queuedSystemEvents
        self.runtimeVersion = runtimeVersion
        self.sessions = sessions
        self.tlsFingerprint = tlsFingerprint
        self.uptimeMs = uptimeMs
        self.warnings = warnings
    }
}

/// Connections by role.
///
/// Authenticated connections at this moment.
// MARK: - ConnectionCount
public struct ConnectionCount: Codable {
    /// Nodes.
    public let nodes: Int
    /// Operators.
    public let operators: Int

    public enum CodingKeys: String, CodingKey {
        case nodes = "nodes"
        case operators = "operators"
    }

    public init(nodes: Int, operators: Int) {
        self.nodes = nodes
        self.operators = operators
    }
}

/// Devices by state.
///
/// Devices that are paired, and requests that wait.
// MARK: - DeviceCount
public struct DeviceCount: Codable {
    /// Approved.
    public let paired: Int
    /// Waiting for a decision.
    public let pending: Int

    public enum CodingKeys: String, CodingKey {
        case paired = "paired"
        case pending = "pending"
    }

    public init(paired: Int, pending: Int) {
        self.paired = paired
        self.pending = pending
    }
}

/// Heartbeats in [`StatusResult`].
///
/// Heartbeats by agent.
// MARK: - HeartbeatStatus
public struct HeartbeatStatus: Codable {
    /// One row per agent.
    public let agents: [AgentHeartbeat]
    /// Agent that owns bare session keys.
    public let defaultAgentId: String

    public enum CodingKeys: String, CodingKey {
        case agents = "agents"
        case defaultAgentId = "defaultAgentId"
    }

    public init(agents: [AgentHeartbeat], defaultAgentId: String) {
        self.agents = agents
        self.defaultAgentId = defaultAgentId
    }
}

/// One agent in [`HeartbeatStatus`].
// MARK: - AgentHeartbeat
public struct AgentHeartbeat: Codable {
    /// Id of the agent.
    public let agentId: String
    /// Whether it runs.
    public let enabled: Bool
    /// Interval as configured.
    public let every: String
    /// Interval in milliseconds; `null` when off.
    public let everyMs: Int?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case enabled = "enabled"
        case every = "every"
        case everyMs = "everyMs"
    }

    public init(agentId: String, enabled: Bool, every: String, everyMs: Int?) {
        self.agentId = agentId
        self.enabled = enabled
        self.every = every
        self.everyMs = everyMs
    }
}

/// Sessions in [`StatusResult`].
///
/// Sessions.
// MARK: - SessionsStatus
public struct SessionsStatus: Codable {
    /// The same by agent.
    public let byAgent: [AgentSessions]
    /// How many.
    public let count: Int
    /// Model of a session that names none.
    public let defaults: SessionModelDefaults
    /// Where they are kept.
    public let paths: [String]
    /// Last used first.
    public let recent: [SessionStatusRow]

    public enum CodingKeys: String, CodingKey {
        case byAgent = "byAgent"
        case count = "count"
        case defaults = "defaults"
        case paths = "paths"
        case recent = "recent"
    }

    public init(byAgent: [AgentSessions], count: Int, defaults: SessionModelDefaults, paths: [String], recent: [SessionStatusRow]) {
        self.byAgent = byAgent
        self.count = count
        self.defaults = defaults
        self.paths = paths
        self.recent = recent
    }
}

/// Sessions of one agent.
// MARK: - AgentSessions
public struct AgentSessions: Codable {
    /// Id of the agent.
    public let agentId: String
    /// How many.
    public let count: Int
    /// Where they are kept.
    public let path: String
    /// Last used first.
    public let recent: [SessionStatusRow]

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case count = "count"
        case path = "path"
        case recent = "recent"
    }

    public init(agentId: String, count: Int, path: String, recent: [SessionStatusRow]) {
        self.agentId = agentId
        self.count = count
        self.path = path
        self.recent = recent
    }
}

/// One session in [`SessionsStatus`].
// MARK: - SessionStatusRow
public struct SessionStatusRow: Codable {
    /// Whether its last run was stopped.
    public let abortedLastRun: Bool?
    /// Milliseconds since then.
    public let age: Int
    /// Agent that owns it.
    public let agentId: String
    /// Tokens that it can read and write; `null` when not known.
    public let contextTokens: Int?
    /// Settings that differ from the default, for people.
    public let flags: [String]
    /// Tokens that models read for it.
    public let inputTokens: Int?
    /// Canonical key.
    public let key: String
    /// What it is between.
    public let kind: SessionKind
    /// The model that answers; `null` until there is one.
    public let model: String?
    /// Tokens that models wrote for it.
    public let outputTokens: Int?
    /// Share of the window that is used; `null` when not known.
    public let percentUsed: Int?
    /// Tokens that are left of the window; `null` when not known.
    public let remainingTokens: Int?
    /// Its session id.
    public let sessionId: String
    /// How long the model may think.
    public let thinkingLevel: ThinkingLevel?
    /// Tokens of the conversation; `null` until a model answered.
    public let totalTokens: Int?
    /// Epoch milliseconds.
    public let updatedAt: Int
    /// Whether tool calls are shown.
    public let verboseLevel: VerboseLevel?

    public enum CodingKeys: String, CodingKey {
        case abortedLastRun = "abortedLastRun"
        case age = "age"
        case agentId = "agentId"
        case contextTokens = "contextTokens"
        case flags = "flags"
        case inputTokens = "inputTokens"
        case key = "key"
        case kind = "kind"
        case model = "model"
        case outputTokens = "outputTokens"
        case percentUsed = "percentUsed"
        case remainingTokens = "remainingTokens"
        case sessionId = "sessionId"
        case thinkingLevel = "thinkingLevel"
        case totalTokens = "totalTokens"
        case updatedAt = "updatedAt"
        case verboseLevel = "verboseLevel"
    }

    public init(abortedLastRun: Bool?, age: Int, agentId: String, contextTokens: Int?, flags: [String], inputTokens: Int?, key: String, kind: SessionKind, model: String?, outputTokens: Int?, percentUsed: Int?, remainingTokens: Int?, sessionId: String, thinkingLevel: ThinkingLevel?, totalTokens: Int?, updatedAt: Int, verboseLevel: VerboseLevel?) {
        self.abortedLastRun = abortedLastRun
        self.age = age
        self.agentId = agentId
        self.contextTokens = contextTokens
        self.flags = flags
        self.inputTokens = inputTokens
        self.key = key
        self.kind = kind
        self.model = model
        self.outputTokens = outputTokens
        self.percentUsed = percentUsed
        self.remainingTokens = remainingTokens
        self.sessionId = sessionId
        self.thinkingLevel = thinkingLevel
        self.totalTokens = totalTokens
        self.updatedAt = updatedAt
        self.verboseLevel = verboseLevel
    }
}

/// Model defaults; `null` until a model is configured.
///
/// Model of a session that names none.
// MARK: - SessionModelDefaults
public struct SessionModelDefaults: Codable {
    /// Its context window in tokens.
    public let contextTokens: Int?
    /// Model id.
    public let model: String?

    public enum CodingKeys: String, CodingKey {
        case contextTokens = "contextTokens"
        case model = "model"
    }

    public init(contextTokens: Int?, model: String?) {
        self.contextTokens = contextTokens
        self.model = model
    }
}

/// Whether the caller is told.
// MARK: - Subscribed
public struct Subscribed: Codable {
    /// From now on.
    public let subscribed: Bool

    public enum CodingKeys: String, CodingKey {
        case subscribed = "subscribed"
    }

    public init(subscribed: Bool) {
        self.subscribed = subscribed
    }
}

/// Params of `system-event`.
// MARK: - SystemEventParams
public struct SystemEventParams: Codable {
    /// Its family.
    public let deviceFamily: String?
    /// Device that speaks.
    public let deviceId: String?
    /// Its host name.
    public let host: String?
    /// Instance that speaks.
    public let instanceId: String?
    /// Its address.
    public let ip: String?
    /// Seconds since somebody used it.
    public let lastInputSeconds: Int?
    /// Its mode.
    public let mode: String?
    /// Its model.
    public let modelIdentifier: String?
    /// Its operating system.
    public let platform: String?
    /// Why it speaks.
    public let reason: String?
    /// Its roles.
    public let roles: [Role]?
    /// Its scopes.
    public let scopes: [String]?
    /// Free words.
    public let tags: [String]?
    /// The line to show; must hold more than white space.
    public let text: String?
    /// Its version.
    public let version: String?

    public enum CodingKeys: String, CodingKey {
        case deviceFamily = "deviceFamily"
        case deviceId = "deviceId"
        case host = "host"
        case instanceId = "instanceId"
        case ip = "ip"
        case lastInputSeconds = "lastInputSeconds"
        case mode = "mode"
        case modelIdentifier = "modelIdentifier"
        case platform = "platform"
        case reason = "reason"
        case roles = "roles"
        case scopes = "scopes"
        case tags = "tags"
        case text = "text"
        case version = "version"
    }

    public init(deviceFamily: String?, deviceId: String?, host: String?, instanceId: String?, ip: String?, lastInputSeconds: Int?, mode: String?, modelIdentifier: String?, platform: String?, reason: String?, roles: [Role]?, scopes: [String]?, tags: [String]?, text: String?, version: String?) {
        self.deviceFamily = deviceFamily
        self.deviceId = deviceId
        self.host = host
        self.instanceId = instanceId
        self.ip = ip
        self.lastInputSeconds = lastInputSeconds
        self.mode = mode
        self.modelIdentifier = modelIdentifier
        self.platform = platform
        self.reason = reason
        self.roles = roles
        self.scopes = scopes
        self.tags = tags
        self.text = text
        self.version = version
    }
}

/// Result of `system.info`.
// MARK: - SystemInfoResult
public struct SystemInfoResult: Codable {
    /// Processor architecture.
    public let arch: String
    /// Logical processors.
    public let cpuCount: Int
    /// Bytes free there.
    public let diskAvailableBytes: Int?
    /// Where that file system is mounted.
    public let diskPath: String?
    /// Bytes of the file system with the state folder.
    public let diskTotalBytes: Int?
    /// Host name.
    public let hostname: String
    /// Address in the local network.
    public let lanAddress: String?
    /// Name of the machine for people.
    public let machineName: String
    /// Bytes.
    public let memoryFreeBytes: Int
    /// Bytes.
    public let memoryTotalBytes: Int
    /// Runtime version; clients expect the key, ours names the gateway.
    public let nodeVersion: String
    /// Operating system for people.
    public let osLabel: String
    /// Process id.
    public let pid: Int
    /// `linux`, `macos`, `windows`.
    public let platform: String
    /// Port of the gateway.
    public let port: Int?
    /// Kernel or system release.
    public let release: String
    /// Milliseconds since the gateway started.
    public let uptimeMs: Int

    public enum CodingKeys: String, CodingKey {
        case arch = "arch"
        case cpuCount = "cpuCount"
        case diskAvailableBytes = "diskAvailableBytes"
        case diskPath = "diskPath"
        case diskTotalBytes = "diskTotalBytes"
        case hostname = "hostname"
        case lanAddress = "lanAddress"
        case machineName = "machineName"
        case memoryFreeBytes = "memoryFreeBytes"
        case memoryTotalBytes = "memoryTotalBytes"
        case nodeVersion = "nodeVersion"
        case osLabel = "osLabel"
        case pid = "pid"
        case platform = "platform"
        case port = "port"
        case release = "release"
        case uptimeMs = "uptimeMs"
    }

    public init(arch: String, cpuCount: Int, diskAvailableBytes: Int?, diskPath: String?, diskTotalBytes: Int?, hostname: String, lanAddress: String?, machineName: String, memoryFreeBytes: Int, memoryTotalBytes: Int, nodeVersion: String, osLabel: String, pid: Int, platform: String, port: Int?, release: String, uptimeMs: Int) {
        self.arch = arch
        self.cpuCount = cpuCount
        self.diskAvailableBytes = diskAvailableBytes
        self.diskPath = diskPath
        self.diskTotalBytes = diskTotalBytes
        self.hostname = hostname
        self.lanAddress = lanAddress
        self.machineName = machineName
        self.memoryFreeBytes = memoryFreeBytes
        self.memoryTotalBytes = memoryTotalBytes
        self.nodeVersion = nodeVersion
        self.osLabel = osLabel
        self.pid = pid
        self.platform = platform
        self.port = port
        self.release = release
        self.uptimeMs = uptimeMs
    }
}

/// Params of `tailscale.set`.
// MARK: - TailscaleSetParams
public struct TailscaleSetParams: Codable {
    /// How Tailscale is to show the gateway.
    public let mode: TailscaleMode

    public enum CodingKeys: String, CodingKey {
        case mode = "mode"
    }

    public init(mode: TailscaleMode) {
        self.mode = mode
    }
}

/// How Tailscale shows the gateway.
///
/// How Tailscale is to show the gateway.
///
/// How it is configured.
///
/// Not at all.
///
/// To the tailnet, with a certificate of its own name.
///
/// To everybody on the internet.
public enum TailscaleMode: String, Codable {
    case funnel = "funnel"
    case off = "off"
    case serve = "serve"
}

/// Result of `tailscale.status` and `tailscale.set`; `tailscale` of `remote.status`.
// MARK: - TailscaleStatusResult
public struct TailscaleStatusResult: Codable {
    /// Addresses of the machine in its tailnet.
    public let addresses: [String]
    /// Name of the machine in its tailnet, without a dot at the end.
    public let dnsName: String?
    /// Whether members of the tailnet sign in with their Tailscale identity.
    public let identitySignIn: Bool
    /// How it is configured.
    public let mode: TailscaleMode
    /// What keeps it from doing what is configured.
    public let problem: TailscaleProblem?
    /// Whether Tailscale shows this gateway at this moment.
    public let served: Bool
    /// How the daemon is.
    public let state: TailscaleState
    /// Address of the page, once it is served.
    public let url: String?

    public enum CodingKeys: String, CodingKey {
        case addresses = "addresses"
        case dnsName = "dnsName"
        case identitySignIn = "identitySignIn"
        case mode = "mode"
        case problem = "problem"
        case served = "served"
        case state = "state"
        case url = "url"
    }

    public init(addresses: [String], dnsName: String?, identitySignIn: Bool, mode: TailscaleMode, problem: TailscaleProblem?, served: Bool, state: TailscaleState, url: String?) {
        self.addresses = addresses
        self.dnsName = dnsName
        self.identitySignIn = identitySignIn
        self.mode = mode
        self.problem = problem
        self.served = served
        self.state = state
        self.url = url
    }
}

/// What keeps Tailscale from doing what is configured.
///
/// What keeps it from doing what is configured.
// MARK: - TailscaleProblem
public struct TailscaleProblem: Codable {
    /// Stable word for programs, such as `not-logged-in` or `https-disabled`.
    public let code: String
    /// What is wrong and what to do, for people.
    public let message: String

    public enum CodingKeys: String, CodingKey {
        case code = "code"
        case message = "message"
    }

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// How the Tailscale daemon of the gateway's machine is.
///
/// How the daemon is.
///
/// There is none, or it does not answer.
///
/// It starts.
///
/// Nobody is signed in.
///
/// Somebody has to approve the machine.
///
/// It was stopped.
///
/// The machine is in its tailnet.
public enum TailscaleState: String, Codable {
    case missing = "missing"
    case needsApproval = "needs-approval"
    case needsLogin = "needs-login"
    case running = "running"
    case starting = "starting"
    case stopped = "stopped"
}

/// Params of `talk.config`.
// MARK: - TalkConfigParams
public struct TalkConfigParams: Codable {
    /// With keys, which needs `operator.talk.secrets`.
    public let includeSecrets: Bool?

    public enum CodingKeys: String, CodingKey {
        case includeSecrets = "includeSecrets"
    }

    public init(includeSecrets: Bool?) {
        self.includeSecrets = includeSecrets
    }
}

/// Result of `talk.config`.
// MARK: - TalkConfigResult
public struct TalkConfigResult: Codable {
    /// The settings.
    public let config: TalkSettings

    public enum CodingKeys: String, CodingKey {
        case config = "config"
    }

    public init(config: TalkSettings) {
        self.config = config
    }
}

/// The settings.
///
/// Settings that a voice conversation needs.
// MARK: - TalkSettings
public struct TalkSettings: Codable {
    /// Which conversation is meant when none is named.
    public let session: TalkSession?
    /// Section `talk` of the configuration; with `provider`, what its provider is set to also
    /// under `resolved`.
    public let talk: [String: JSONAny]?
    /// How it looks.
    public let ui: TalkUi?

    public enum CodingKeys: String, CodingKey {
        case session = "session"
        case talk = "talk"
        case ui = "ui"
    }

    public init(session: TalkSession?, talk: [String: JSONAny]?, ui: TalkUi?) {
        self.session = session
        self.talk = talk
        self.ui = ui
    }
}

/// Which conversation is meant when none is named.
///
/// `session` of [`TalkSettings`].
// MARK: - TalkSession
public struct TalkSession: Codable {
    /// Name of the main conversation.
    public let mainKey: String

    public enum CodingKeys: String, CodingKey {
        case mainKey = "mainKey"
    }

    public init(mainKey: String) {
        self.mainKey = mainKey
    }
}

/// How it looks.
///
/// `ui` of [`TalkSettings`].
// MARK: - TalkUi
public struct TalkUi: Codable {
    /// Colour of seams.
    public let seamColor: String

    public enum CodingKeys: String, CodingKey {
        case seamColor = "seamColor"
    }

    public init(seamColor: String) {
        self.seamColor = seamColor
    }
}

/// Result of `talk.mode`; also the event of that name.
// MARK: - TalkModeChanged
public struct TalkModeChanged: Codable {
    /// Whether a voice conversation is under way.
    public let enabled: Bool
    /// What happens in it.
    public let phase: String?
    /// Epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case enabled = "enabled"
        case phase = "phase"
        case ts = "ts"
    }

    public init(enabled: Bool, phase: String?, ts: Int) {
        self.enabled = enabled
        self.phase = phase
        self.ts = ts
    }
}

/// Params of `talk.mode`.
// MARK: - TalkModeParams
public struct TalkModeParams: Codable {
    /// Whether a voice conversation is under way.
    public let enabled: Bool
    /// What happens in it: `idle`, `listening`, `thinking`, `speaking`.
    public let phase: String?

    public enum CodingKeys: String, CodingKey {
        case enabled = "enabled"
        case phase = "phase"
    }

    public init(enabled: Bool, phase: String?) {
        self.enabled = enabled
        self.phase = phase
    }
}

/// Event `tick`.
// MARK: - Tick
public struct Tick: Codable {
    /// Epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case ts = "ts"
    }

    public init(ts: Int) {
        self.ts = ts
    }
}

/// Params of `tools.catalog`.
// MARK: - ToolsCatalogParams
public struct ToolsCatalogParams: Codable {
    /// The agent; the default agent when absent.
    public let agentId: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
    }

    public init(agentId: String?) {
        self.agentId = agentId
    }
}

/// Result of `tools.catalog`.
// MARK: - ToolsCatalogResult
public struct ToolsCatalogResult: Codable {
    /// The agent.
    public let agentId: String
    /// The tools by section.
    public let groups: [ToolGroup]
    /// Selections that tools belong to.
    public let profiles: [ToolProfile]

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case groups = "groups"
        case profiles = "profiles"
    }

    public init(agentId: String, groups: [ToolGroup], profiles: [ToolProfile]) {
        self.agentId = agentId
        self.groups = groups
        self.profiles = profiles
    }
}

/// A section of the catalogue.
// MARK: - ToolGroup
public struct ToolGroup: Codable {
    /// Its name.
    public let id: String
    /// Its name for people.
    public let label: String
    /// `mcp:` and the server they come from.
    public let pluginId: String?
    /// Where they come from.
    public let source: ToolOrigin
    /// Its tools, by name.
    public let tools: [ToolEntry]

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case label = "label"
        case pluginId = "pluginId"
        case source = "source"
        case tools = "tools"
    }

    public init(id: String, label: String, pluginId: String?, source: ToolOrigin, tools: [ToolEntry]) {
        self.id = id
        self.label = label
        self.pluginId = pluginId
        self.source = source
        self.tools = tools
    }
}

/// Where it comes from.
///
/// Where a tool of the catalogue comes from.
///
/// Where they come from.
///
/// The gateway itself.
///
/// Somebody else: `plugin_id` says who.
public enum ToolOrigin: String, Codable {
    case core = "core"
    case plugin = "plugin"
}

/// One tool.
// MARK: - ToolEntry
public struct ToolEntry: Codable {
    /// Selections it belongs to.
    public let defaultProfiles: [String]
    /// What it does.
    public let description: String
    /// The name it is called by.
    public let id: String
    /// Its name for people.
    public let label: String
    /// `mcp:` and the server it comes from.
    public let pluginId: String?
    /// Where it comes from.
    public let source: ToolOrigin

    public enum CodingKeys: String, CodingKey {
        case defaultProfiles = "defaultProfiles"
        case description = "description"
        case id = "id"
        case label = "label"
        case pluginId = "pluginId"
        case source = "source"
    }

    public init(defaultProfiles: [String], description: String, id: String, label: String, pluginId: String?, source: ToolOrigin) {
        self.defaultProfiles = defaultProfiles
        self.description = description
        self.id = id
        self.label = label
        self.pluginId = pluginId
        self.source = source
    }
}

/// A selection of tools.
// MARK: - ToolProfile
public struct ToolProfile: Codable {
    /// Its name.
    public let id: String
    /// Its name for people.
    public let label: String

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case label = "label"
    }

    public init(id: String, label: String) {
        self.id = id
        self.label = label
    }
}

/// Params of `tools.effective`.
// MARK: - ToolsEffectiveParams
public struct ToolsEffectiveParams: Codable {
    /// Its agent, when the key does not say.
    public let agentId: String?
    /// The conversation.
    public let sessionKey: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, sessionKey: String) {
        self.agentId = agentId
        self.sessionKey = sessionKey
    }
}

/// Result of `tools.effective`.
// MARK: - ToolsEffectiveResult
public struct ToolsEffectiveResult: Codable {
    /// The agent.
    public let agentId: String
    /// The tools by source; a source without tools is left out.
    public let groups: [EffectiveGroup]
    /// The selection that it works with.
    public let profile: String

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case groups = "groups"
        case profile = "profile"
    }

    public init(agentId: String, groups: [EffectiveGroup], profile: String) {
        self.agentId = agentId
        self.groups = groups
        self.profile = profile
    }
}

/// The tools of one source.
// MARK: - EffectiveGroup
public struct EffectiveGroup: Codable {
    /// The source.
    public let id: ToolSource
    /// Its name for people.
    public let label: String
    /// The source again.
    public let source: ToolSource
    /// Its tools.
    public let tools: [EffectiveTool]

    public enum CodingKeys: String, CodingKey {
        case id = "id"
        case label = "label"
        case source = "source"
        case tools = "tools"
    }

    public init(id: ToolSource, label: String, source: ToolSource, tools: [EffectiveTool]) {
        self.id = id
        self.label = label
        self.source = source
        self.tools = tools
    }
}

/// The source.
///
/// Where a tool that a conversation gets comes from.
///
/// The source again.
///
/// Where it comes from.
///
/// The gateway itself.
///
/// A server that brings tools.
public enum ToolSource: String, Codable {
    case core = "core"
    case mcp = "mcp"
}

/// A tool that a conversation gets.
// MARK: - EffectiveTool
public struct EffectiveTool: Codable {
    /// What it does, in one line.
    public let description: String
    /// The name it is called by.
    public let id: String
    /// Its name for people.
    public let label: String
    /// The server that brings it.
    public let mcpServer: String?
    /// What models are told about it.
    public let rawDescription: String
    /// Where it comes from.
    public let source: ToolSource

    public enum CodingKeys: String, CodingKey {
        case description = "description"
        case id = "id"
        case label = "label"
        case mcpServer = "mcpServer"
        case rawDescription = "rawDescription"
        case source = "source"
    }

    public init(description: String, id: String, label: String, mcpServer: String?, rawDescription: String, source: ToolSource) {
        self.description = description
        self.id = id
        self.label = label
        self.mcpServer = mcpServer
        self.rawDescription = rawDescription
        self.source = source
    }
}

/// Params of `tools.invoke`.
// MARK: - ToolsInvokeParams
public struct ToolsInvokeParams: Codable {
    /// Its agent, when the key does not say.
    public let agentId: String?
    /// Its arguments.
    public let args: [String: JSONAny]?
    /// A repetition with the same key gets the first answer.
    public let idempotencyKey: String?
    /// The tool.
    public let name: String
    /// Conversation whose rules hold; the main one when absent.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case args = "args"
        case idempotencyKey = "idempotencyKey"
        case name = "name"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, args: [String: JSONAny]?, idempotencyKey: String?, name: String, sessionKey: String?) {
        self.agentId = agentId
        self.args = args
        self.idempotencyKey = idempotencyKey
        self.name = name
        self.sessionKey = sessionKey
    }
}

/// Result of `tools.invoke`.
// MARK: - ToolsInvokeResult
public struct ToolsInvokeResult: Codable {
    /// Why it did not.
    public let error: ToolFailure?
    /// Whether the tool did it.
    public let ok: Bool
    /// What it gave back.
    public let output: ToolOutput?
    /// The tool.
    public let toolName: String

    public enum CodingKeys: String, CodingKey {
        case error = "error"
        case ok = "ok"
        case output = "output"
        case toolName = "toolName"
    }

    public init(error: ToolFailure?, ok: Bool, output: ToolOutput?, toolName: String) {
        self.error = error
        self.ok = ok
        self.output = output
        self.toolName = toolName
    }
}

/// Why a tool did not do it.
///
/// Why it did not.
// MARK: - ToolFailure
public struct ToolFailure: Codable {
    /// `not_found`, `forbidden` or `tool_error`.
    public let code: String
    /// For people.
    public let message: String

    public enum CodingKeys: String, CodingKey {
        case code = "code"
        case message = "message"
    }

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// What a tool gave back.
///
/// What it gave back.
// MARK: - ToolOutput
public struct ToolOutput: Codable {
    /// Texts and pictures, as in a message.
    public let content: [JSONAny]
    /// Facts for programs.
    public let details: JSONAny?

    public enum CodingKeys: String, CodingKey {
        case content = "content"
        case details = "details"
    }

    public init(content: [JSONAny], details: JSONAny?) {
        self.content = content
        self.details = details
    }
}

/// Event `update.available`: a newer release was found, told once per version.
// MARK: - UpdateAvailable
public struct UpdateAvailable: Codable {
    /// The release; null when there is none any more.
    public let updateAvailable: UpdateOffer?

    public enum CodingKeys: String, CodingKey {
        case updateAvailable = "updateAvailable"
    }

    public init(updateAvailable: UpdateOffer?) {
        self.updateAvailable = updateAvailable
    }
}

/// A release that is newer than what runs.
// MARK: - UpdateOffer
public struct UpdateOffer: Codable {
    /// Of which channel.
    public let channel: String
    /// What runs.
    public let currentVersion: String
    /// What is offered.
    public let latestVersion: String
    /// What is new, for people.
    public let notes: String?
    /// When it was published, epoch milliseconds.
    public let publishedAtMs: Int?
    /// What would be downloaded, bytes.
    public let sizeBytes: Int?

    public enum CodingKeys: String, CodingKey {
        case channel = "channel"
        case currentVersion = "currentVersion"
        case latestVersion = "latestVersion"
        case notes = "notes"
        case publishedAtMs = "publishedAtMs"
        case sizeBytes = "sizeBytes"
    }

    public init(channel: String, currentVersion: String, latestVersion: String, notes: String?, publishedAtMs: Int?, sizeBytes: Int?) {
        self.channel = channel
        self.currentVersion = currentVersion
        self.latestVersion = latestVersion
        self.notes = notes
        self.publishedAtMs = publishedAtMs
        self.sizeBytes = sizeBytes
    }
}

/// Params of `update.hold`.
// MARK: - UpdateHoldParams
public struct UpdateHoldParams: Codable {
    /// Whether updates are stopped. Default true.
    public let hold: Bool?
    /// Until when, epoch milliseconds; without, until it is called again.
    public let until: Int?

    public enum CodingKeys: String, CodingKey {
        case hold = "hold"
        case until = "until"
    }

    public init(hold: Bool?, until: Int?) {
        self.hold = hold
        self.until = until
    }
}

/// Result of `update.hold`.
// MARK: - UpdateHoldResult
public struct UpdateHoldResult: Codable {
    /// What happens by itself: `off`, `check` or `install`.
    public let auto: String
    /// Which releases are looked at.
    public let channel: String
    /// What runs.
    public let current: UpdateCurrent
    /// Whether updates are stopped.
    public let hold: Bool
    /// Until when; absent means until somebody lets them happen again.
    public let holdUntilMs: Int?
    /// When the newest release was last asked for.
    public let lastCheckedAtMs: Int?
    /// Why that failed, for people.
    public let lastCheckError: String?
    /// Same as `sentinel.status`.
    public let lastResult: UpdateOutcome?
    /// How updates take effect here.
    public let mode: UpdateMode
    /// Always true; a failure is an error frame.
    public let ok: Bool
    /// How far an update is.
    public let phase: UpdatePhase
    /// What `postern update --revert` would go back to.
    public let previousVersion: String?
    /// What the last update came to.
    public let sentinel: UpdateSentinel?
    /// Why there are no updates here, for people; absent when there are.
    public let unavailable: String?
    /// The newer release, as far as is known.
    public let updateAvailable: UpdateOffer?
    /// Where they come from.
    public let url: String?

    public enum CodingKeys: String, CodingKey {
        case auto = "auto"
        case channel = "channel"
        case current = "current"
        case hold = "hold"
        case holdUntilMs = "holdUntilMs"
        case lastCheckedAtMs = "lastCheckedAtMs"
        case lastCheckError = "lastCheckError"
        case lastResult = "lastResult"
        case mode = "mode"
        case ok = "ok"
        case phase = "phase"
        case previousVersion = "previousVersion"
        case sentinel = "sentinel"
        case unavailable = "unavailable"
        case updateAvailable = "updateAvailable"
        case url = "url"
    }

    public init(auto: String, channel: String, current: UpdateCurrent, hold: Bool, holdUntilMs: Int?, lastCheckedAtMs: Int?, lastCheckError: String?, lastResult: UpdateOutcome?, mode: UpdateMode, ok: Bool, phase: UpdatePhase, previousVersion: String?, sentinel: UpdateSentinel?, unavailable: String?, updateAvailable: UpdateOffer?, url: String?) {
        self.auto = auto
        self.channel = channel
        self.current = current
        self.hold = hold
        self.holdUntilMs = holdUntilMs
        self.lastCheckedAtMs = lastCheckedAtMs
        self.lastCheckError = lastCheckError
        self.lastResult = lastResult
        self.mode = mode
        self.ok = ok
        self.phase = phase
        self.previousVersion = previousVersion
        self.sentinel = sentinel
        self.unavailable = unavailable
        self.updateAvailable = updateAvailable
        self.url = url
    }
}

/// What runs.
// MARK: - UpdateCurrent
public struct UpdateCurrent: Codable {
    /// Its file.
    public let path: String?
    /// Which of the files it is.
    public let slot: UpdateSlot
    /// Its version.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case path = "path"
        case slot = "slot"
        case version = "version"
    }

    public init(path: String?, slot: UpdateSlot, version: String) {
        self.path = path
        self.slot = slot
        self.version = version
    }
}

/// Which of the files it is.
///
/// Which program file runs.
///
/// The one that was installed.
///
/// The first of the two that updates are put into.
///
/// The second.
public enum UpdateSlot: String, Codable {
    case a = "a"
    case b = "b"
    case installed = "installed"
}

/// Same as `sentinel.status`.
///
/// What came of an update.
///
/// What came of it so far.
///
/// What came of it. `ok` means that the restart into the new release follows.
///
/// It was staged, or it serves.
///
/// It failed; what ran before runs.
///
/// There was nothing to do, or it may not be done here.
public enum UpdateOutcome: String, Codable {
    case error = "error"
    case ok = "ok"
    case skipped = "skipped"
}

/// How updates take effect here.
///
/// How an update takes effect.
///
/// A second file beside the installed one.
///
/// Somebody else's package updates this program.
public enum UpdateMode: String, Codable {
    case package = "package"
    case slots = "slots"
}

/// How far an update is.
///
/// How far it is.
///
/// None is under way.
///
/// The file is being fetched, or was and is not trusted yet.
///
/// The file is what the manifest says, and starts.
///
/// The next restart tries it.
///
/// It serves, watched by the old one.
///
/// It failed; the state is being put back.
///
/// It proved itself.
///
/// It did not; the old one serves.
public enum UpdatePhase: String, Codable {
    case confirmed = "confirmed"
    case downloaded = "downloaded"
    case idle = "idle"
    case reverted = "reverted"
    case reverting = "reverting"
    case staged = "staged"
    case trial = "trial"
    case verified = "verified"
}

/// What the last update came to; it outlives restarts.
// MARK: - UpdateSentinel
public struct UpdateSentinel: Codable {
    /// What ran before.
    public let fromVersion: String
    /// What whoever asked for it noted.
    public let note: String?
    /// How far it is.
    public let phase: UpdatePhase
    /// Why it failed, for people.
    public let reason: String?
    /// What came of it so far.
    public let status: UpdateOutcome
    /// What was done, in order.
    public let steps: [UpdateStep]
    /// What was to run.
    public let toVersion: String
    /// When it got there, epoch milliseconds.
    public let ts: Int

    public enum CodingKeys: String, CodingKey {
        case fromVersion = "fromVersion"
        case note = "note"
        case phase = "phase"
        case reason = "reason"
        case status = "status"
        case steps = "steps"
        case toVersion = "toVersion"
        case ts = "ts"
    }

    public init(fromVersion: String, note: String?, phase: UpdatePhase, reason: String?, status: UpdateOutcome, steps: [UpdateStep], toVersion: String, ts: Int) {
        self.fromVersion = fromVersion
        self.note = note
        self.phase = phase
        self.reason = reason
        self.status = status
        self.steps = steps
        self.toVersion = toVersion
        self.ts = ts
    }
}

/// One step of an update.
// MARK: - UpdateStep
public struct UpdateStep: Codable {
    /// What there is to say about it.
    public let detail: String?
    /// How long it took, milliseconds.
    public let durationMs: Int
    /// Which: `check`, `download`, `verify`, `start`, `stage`, `snapshot`, `trial`, `revert`.
    public let name: String
    /// Whether it worked.
    public let ok: Bool

    public enum CodingKeys: String, CodingKey {
        case detail = "detail"
        case durationMs = "durationMs"
        case name = "name"
        case ok = "ok"
    }

    public init(detail: String?, durationMs: Int, name: String, ok: Bool) {
        self.detail = detail
        self.durationMs = durationMs
        self.name = name
        self.ok = ok
    }
}

/// Params of `update.revert`.
// MARK: - UpdateRevertParams
public struct UpdateRevertParams: Codable {
    /// How long the restart waits, milliseconds.
    public let restartDelayMs: Int?
    /// On behalf of which conversation; refused, as with `update.run`.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case restartDelayMs = "restartDelayMs"
        case sessionKey = "sessionKey"
    }

    public init(restartDelayMs: Int?, sessionKey: String?) {
        self.restartDelayMs = restartDelayMs
        self.sessionKey = sessionKey
    }
}

/// Result of `update.revert`.
// MARK: - UpdateRevertResult
public struct UpdateRevertResult: Codable {
    /// Always true; a failure is an error frame.
    public let ok: Bool
    /// The restart that follows.
    public let restart: UpdateRestart
    /// The version that is taken back.
    public let revertedVersion: String

    public enum CodingKeys: String, CodingKey {
        case ok = "ok"
        case restart = "restart"
        case revertedVersion = "revertedVersion"
    }

    public init(ok: Bool, restart: UpdateRestart, revertedVersion: String) {
        self.ok = ok
        self.restart = restart
        self.revertedVersion = revertedVersion
    }
}

/// The restart that follows.
// MARK: - UpdateRestart
public struct UpdateRestart: Codable {
    /// In how many milliseconds.
    public let delayMs: Int
    /// How long clients will be without a gateway, milliseconds.
    public let expectedMs: Int

    public enum CodingKeys: String, CodingKey {
        case delayMs = "delayMs"
        case expectedMs = "expectedMs"
    }

    public init(delayMs: Int, expectedMs: Int) {
        self.delayMs = delayMs
        self.expectedMs = expectedMs
    }
}

/// Event `update.run.changed`: how far an update is.
// MARK: - UpdateRunChanged
public struct UpdateRunChanged: Codable {
    /// Bytes that were fetched.
    public let downloadedBytes: Int?
    /// How far it is.
    public let phase: UpdatePhase
    /// Why it ended without an update, for people.
    public let reason: String?
    /// Bytes there are.
    public let totalBytes: Int?
    /// The release that is wanted.
    public let version: String

    public enum CodingKeys: String, CodingKey {
        case downloadedBytes = "downloadedBytes"
        case phase = "phase"
        case reason = "reason"
        case totalBytes = "totalBytes"
        case version = "version"
    }

    public init(downloadedBytes: Int?, phase: UpdatePhase, reason: String?, totalBytes: Int?, version: String) {
        self.downloadedBytes = downloadedBytes
        self.phase = phase
        self.reason = reason
        self.totalBytes = totalBytes
        self.version = version
    }
}

/// Params of `update.run`.
// MARK: - UpdateRunParams
public struct UpdateRunParams: Codable {
    /// Why, for whoever reads `update.status` later.
    public let note: String?
    /// How long the restart waits, milliseconds.
    public let restartDelayMs: Int?
    /// On behalf of which conversation; refused, because no agent updates its own gateway.
    public let sessionKey: String?
    /// How long checking and fetching may take, milliseconds.
    public let timeoutMs: Int?
    /// The version that is wanted; any other that is offered is an error.
    public let version: String?

    public enum CodingKeys: String, CodingKey {
        case note = "note"
        case restartDelayMs = "restartDelayMs"
        case sessionKey = "sessionKey"
        case timeoutMs = "timeoutMs"
        case version = "version"
    }

    public init(note: String?, restartDelayMs: Int?, sessionKey: String?, timeoutMs: Int?, version: String?) {
        self.note = note
        self.restartDelayMs = restartDelayMs
        self.sessionKey = sessionKey
        self.timeoutMs = timeoutMs
        self.version = version
    }
}

/// Result of `update.run`.
// MARK: - UpdateRunResult
public struct UpdateRunResult: Codable {
    /// Always true: what came of it is in `result`.
    public let ok: Bool
    /// The restart that follows.
    public let restart: UpdateRestart?
    /// What came of it.
    public let result: UpdateRunOutcome
    /// What `update.status` will tell about it.
    public let sentinel: UpdateSentinel?

    public enum CodingKeys: String, CodingKey {
        case ok = "ok"
        case restart = "restart"
        case result = "result"
        case sentinel = "sentinel"
    }

    public init(ok: Bool, restart: UpdateRestart?, result: UpdateRunOutcome, sentinel: UpdateSentinel?) {
        self.ok = ok
        self.restart = restart
        self.result = result
        self.sentinel = sentinel
    }
}

/// Result of `update.run`, in itself.
///
/// What came of it.
// MARK: - UpdateRunOutcome
public struct UpdateRunOutcome: Codable {
    /// How long it took, milliseconds.
    public let durationMs: Int
    /// How updates take effect here.
    public let mode: UpdateMode
    /// Why nothing was updated, for people.
    public let reason: String?
    /// What came of it. `ok` means that the restart into the new release follows.
    public let status: UpdateOutcome
    /// What was done, in order.
    public let steps: [UpdateStep]

    public enum CodingKeys: String, CodingKey {
        case durationMs = "durationMs"
        case mode = "mode"
        case reason = "reason"
        case status = "status"
        case steps = "steps"
    }

    public init(durationMs: Int, mode: UpdateMode, reason: String?, status: UpdateOutcome, steps: [UpdateStep]) {
        self.durationMs = durationMs
        self.mode = mode
        self.reason = reason
        self.status = status
        self.steps = steps
    }
}

/// Result of `update.status` and `update.check`.
// MARK: - UpdateStatusResult
public struct UpdateStatusResult: Codable {
    /// What happens by itself: `off`, `check` or `install`.
    public let auto: String
    /// Which releases are looked at.
    public let channel: String
    /// What runs.
    public let current: UpdateCurrent
    /// Whether updates are stopped.
    public let hold: Bool
    /// Until when; absent means until somebody lets them happen again.
    public let holdUntilMs: Int?
    /// When the newest release was last asked for.
    public let lastCheckedAtMs: Int?
    /// Why that failed, for people.
    public let lastCheckError: String?
    /// Same as `sentinel.status`.
    public let lastResult: UpdateOutcome?
    /// How updates take effect here.
    public let mode: UpdateMode
    /// How far an update is.
    public let phase: UpdatePhase
    /// What `postern update --revert` would go back to.
    public let previousVersion: String?
    /// What the last update came to.
    public let sentinel: UpdateSentinel?
    /// Why there are no updates here, for people; absent when there are.
    public let unavailable: String?
    /// The newer release, as far as is known.
    public let updateAvailable: UpdateOffer?
    /// Where they come from.
    public let url: String?

    public enum CodingKeys: String, CodingKey {
        case auto = "auto"
        case channel = "channel"
        case current = "current"
        case hold = "hold"
        case holdUntilMs = "holdUntilMs"
        case lastCheckedAtMs = "lastCheckedAtMs"
        case lastCheckError = "lastCheckError"
        case lastResult = "lastResult"
        case mode = "mode"
        case phase = "phase"
        case previousVersion = "previousVersion"
        case sentinel = "sentinel"
        case unavailable = "unavailable"
        case updateAvailable = "updateAvailable"
        case url = "url"
    }

    public init(auto: String, channel: String, current: UpdateCurrent, hold: Bool, holdUntilMs: Int?, lastCheckedAtMs: Int?, lastCheckError: String?, lastResult: UpdateOutcome?, mode: UpdateMode, phase: UpdatePhase, previousVersion: String?, sentinel: UpdateSentinel?, unavailable: String?, updateAvailable: UpdateOffer?, url: String?) {
        self.auto = auto
        self.channel = channel
        self.current = current
        self.hold = hold
        self.holdUntilMs = holdUntilMs
        self.lastCheckedAtMs = lastCheckedAtMs
        self.lastCheckError = lastCheckError
        self.lastResult = lastResult
        self.mode = mode
        self.phase = phase
        self.previousVersion = previousVersion
        self.sentinel = sentinel
        self.unavailable = unavailable
        self.updateAvailable = updateAvailable
        self.url = url
    }
}

/// Params of `usage.cost`. Days are days in UTC.
// MARK: - UsageCostParams
public struct UsageCostParams: Codable {
    /// Only this agent.
    public let agentId: String?
    /// How many days, today included. Default 30; more than 366 are 366.
    public let days: Int?
    /// Last day. Default today.
    public let endDate: String?
    /// First day, `2026-11-21`; wins over `days`.
    public let startDate: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case days = "days"
        case endDate = "endDate"
        case startDate = "startDate"
    }

    public init(agentId: String?, days: Int?, endDate: String?, startDate: String?) {
        self.agentId = agentId
        self.days = days
        self.endDate = endDate
        self.startDate = startDate
    }
}

/// Result of `usage.cost`.
// MARK: - UsageCostResult
public struct UsageCostResult: Codable {
    /// The days on which something was taken, oldest first.
    public let daily: [UsageDay]
    /// How many days were looked at.
    public let days: Int
    /// Last of them, in UTC.
    public let endDate: String
    /// First of them, in UTC.
    public let startDate: String
    /// All of them together.
    public let totals: CostTotals
    /// Epoch milliseconds.
    public let updatedAt: Int

    public enum CodingKeys: String, CodingKey {
        case daily = "daily"
        case days = "days"
        case endDate = "endDate"
        case startDate = "startDate"
        case totals = "totals"
        case updatedAt = "updatedAt"
    }

    public init(daily: [UsageDay], days: Int, endDate: String, startDate: String, totals: CostTotals, updatedAt: Int) {
        self.daily = daily
        self.days = days
        self.endDate = endDate
        self.startDate = startDate
        self.totals = totals
        self.updatedAt = updatedAt
    }
}

/// One day in [`UsageCostResult`].
// MARK: - UsageDay
public struct UsageDay: Codable {
    /// Tokens read from a provider's cache.
    public let cacheRead: Int
    /// USD for tokens read from a cache.
    public let cacheReadCost: Double
    /// Tokens written to one.
    public let cacheWrite: Int
    /// USD for tokens written to a cache.
    public let cacheWriteCost: Double
    /// The day in UTC, `2026-11-21`.
    public let date: String
    /// Tokens read.
    public let input: Int
    /// USD for tokens read.
    public let inputCost: Double
    /// Answers of models without a known price: their tokens are counted, money is not.
    public let missingCostEntries: Int
    /// Tokens written.
    public let output: Int
    /// USD for tokens written.
    public let outputCost: Double
    /// USD.
    public let totalCost: Double
    /// All of them.
    public let totalTokens: Int

    public enum CodingKeys: String, CodingKey {
        case cacheRead = "cacheRead"
        case cacheReadCost = "cacheReadCost"
        case cacheWrite = "cacheWrite"
        case cacheWriteCost = "cacheWriteCost"
        case date = "date"
        case input = "input"
        case inputCost = "inputCost"
        case missingCostEntries = "missingCostEntries"
        case output = "output"
        case outputCost = "outputCost"
        case totalCost = "totalCost"
        case totalTokens = "totalTokens"
    }

    public init(cacheRead: Int, cacheReadCost: Double, cacheWrite: Int, cacheWriteCost: Double, date: String, input: Int, inputCost: Double, missingCostEntries: Int, output: Int, outputCost: Double, totalCost: Double, totalTokens: Int) {
        self.cacheRead = cacheRead
        self.cacheReadCost = cacheReadCost
        self.cacheWrite = cacheWrite
        self.cacheWriteCost = cacheWriteCost
        self.date = date
        self.input = input
        self.inputCost = inputCost
        self.missingCostEntries = missingCostEntries
        self.output = output
        self.outputCost = outputCost
        self.totalCost = totalCost
        self.totalTokens = totalTokens
    }
}

/// Params of `usage.override`: `clear`, or a reason and one of `untilMs`, `forMs`.
// MARK: - UsageOverrideParams
public struct UsageOverrideParams: Codable {
    /// Whose limits; the shared ones are lifted for this agent too. Default: every agent's.
    public let agentId: String?
    /// Put the limits back: of the agent, or without `agentId` of everybody.
    public let clear: Bool?
    /// For how long, milliseconds; at most a day.
    public let forMs: Int?
    /// Why. Kept in the audit trail.
    public let reason: String?
    /// Until when, epoch milliseconds; at most a day ahead.
    public let untilMs: Int?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case clear = "clear"
        case forMs = "forMs"
        case reason = "reason"
        case untilMs = "untilMs"
    }

    public init(agentId: String?, clear: Bool?, forMs: Int?, reason: String?, untilMs: Int?) {
        self.agentId = agentId
        self.clear = clear
        self.forMs = forMs
        self.reason = reason
        self.untilMs = untilMs
    }
}

/// Result of `usage.override`.
// MARK: - UsageOverrideResult
public struct UsageOverrideResult: Codable {
    /// Always true; a failure is an error frame.
    public let ok: Bool
    /// What is lifted now.
    public let overrides: [LimitOverride]

    public enum CodingKeys: String, CodingKey {
        case ok = "ok"
        case overrides = "overrides"
    }

    public init(ok: Bool, overrides: [LimitOverride]) {
        self.ok = ok
        self.overrides = overrides
    }
}

/// Limits that are lifted for a while.
// MARK: - LimitOverride
public struct LimitOverride: Codable {
    /// For whom; absent for every agent.
    public let agentId: String?
    /// Who decided: a device, or the client's name.
    public let by: String
    /// Why.
    public let reason: String
    /// Since when, epoch milliseconds.
    public let sinceMs: Int
    /// Until when, epoch milliseconds.
    public let untilMs: Int

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case by = "by"
        case reason = "reason"
        case sinceMs = "sinceMs"
        case untilMs = "untilMs"
    }

    public init(agentId: String?, by: String, reason: String, sinceMs: Int, untilMs: Int) {
        self.agentId = agentId
        self.by = by
        self.reason = reason
        self.sinceMs = sinceMs
        self.untilMs = untilMs
    }
}

/// Result of `usage.status`.
// MARK: - UsageStatusResult
public struct UsageStatusResult: Codable {
    /// The limits with their numbers.
    public let limits: [UsageLimit]
    /// What people should know: limits that are reached, models without a price.
    public let notes: [String]
    /// Limits that are lifted for a while.
    public let overrides: [LimitOverride]
    /// The limits in the form that clients draw as bars. Empty without limits.
    public let providers: [UsageProvider]
    /// Today in UTC, and what it took.
    public let today: UsageToday
    /// Epoch milliseconds.
    public let updatedAt: Int

    public enum CodingKeys: String, CodingKey {
        case limits = "limits"
        case notes = "notes"
        case overrides = "overrides"
        case providers = "providers"
        case today = "today"
        case updatedAt = "updatedAt"
    }

    public init(limits: [UsageLimit], notes: [String], overrides: [LimitOverride], providers: [UsageProvider], today: UsageToday, updatedAt: Int) {
        self.limits = limits
        self.notes = notes
        self.overrides = overrides
        self.providers = providers
        self.today = today
        self.updatedAt = updatedAt
    }
}

/// One daily limit.
// MARK: - UsageLimit
public struct UsageLimit: Codable {
    /// Whose; absent for the one that all agents share.
    public let agentId: String?
    /// Whether it keeps agents from asking models now.
    public let blocked: Bool
    /// The limit.
    public let limit: Double
    /// Set aside for answers that are under way.
    public let reserved: Double
    /// When it starts again, epoch milliseconds.
    public let resetAt: Int
    /// Spent today.
    public let spent: Double
    /// What it counts.
    public let unit: LimitUnit
    /// Answers of today without a known price; they count in no limit of money.
    public let unpricedAnswers: Int?
    /// 0 to 100.
    public let usedPercent: Double

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case blocked = "blocked"
        case limit = "limit"
        case reserved = "reserved"
        case resetAt = "resetAt"
        case spent = "spent"
        case unit = "unit"
        case unpricedAnswers = "unpricedAnswers"
        case usedPercent = "usedPercent"
    }

    public init(agentId: String?, blocked: Bool, limit: Double, reserved: Double, resetAt: Int, spent: Double, unit: LimitUnit, unpricedAnswers: Int?, usedPercent: Double) {
        self.agentId = agentId
        self.blocked = blocked
        self.limit = limit
        self.reserved = reserved
        self.resetAt = resetAt
        self.spent = spent
        self.unit = unit
        self.unpricedAnswers = unpricedAnswers
        self.usedPercent = usedPercent
    }
}

/// What a limit counts.
///
/// What it counts.
///
/// Money.
///
/// Tokens of every kind.
public enum LimitUnit: String, Codable {
    case tokens = "tokens"
    case usd = "usd"
}

/// Something that has limits.
// MARK: - UsageProvider
public struct UsageProvider: Codable {
    /// Its name for people.
    public let displayName: String
    /// Why nothing is known.
    public let error: String?
    /// What the account is called.
    public let plan: String?
    /// Its id.
    public let provider: String
    /// Its limits.
    public let windows: [UsageWindow]

    public enum CodingKeys: String, CodingKey {
        case displayName = "displayName"
        case error = "error"
        case plan = "plan"
        case provider = "provider"
        case windows = "windows"
    }

    public init(displayName: String, error: String?, plan: String?, provider: String, windows: [UsageWindow]) {
        self.displayName = displayName
        self.error = error
        self.plan = plan
        self.provider = provider
        self.windows = windows
    }
}

/// One limit as a bar.
// MARK: - UsageWindow
public struct UsageWindow: Codable {
    /// Its name for people.
    public let label: String
    /// When it starts again, epoch milliseconds.
    public let resetAt: Int?
    /// 0 to 100.
    public let usedPercent: Double

    public enum CodingKeys: String, CodingKey {
        case label = "label"
        case resetAt = "resetAt"
        case usedPercent = "usedPercent"
    }

    public init(label: String, resetAt: Int?, usedPercent: Double) {
        self.label = label
        self.resetAt = resetAt
        self.usedPercent = usedPercent
    }
}

/// Today in UTC, and what it took.
///
/// Today so far.
// MARK: - UsageToday
public struct UsageToday: Codable {
    /// The day in UTC.
    public let date: String
    /// What it took.
    public let totals: CostTotals

    public enum CodingKeys: String, CodingKey {
        case date = "date"
        case totals = "totals"
    }

    public init(date: String, totals: CostTotals) {
        self.date = date
        self.totals = totals
    }
}

/// Result of `voicewake.routing.get` and `.set`; also event `voicewake.routing.changed`.
// MARK: - VoiceWakeRoutingResult
public struct VoiceWakeRoutingResult: Codable {
    /// What is in force.
    public let config: VoiceWakeRouting

    public enum CodingKeys: String, CodingKey {
        case config = "config"
    }

    public init(config: VoiceWakeRouting) {
        self.config = config
    }
}

/// Which conversation a word begins.
///
/// What is in force.
// MARK: - VoiceWakeRouting
public struct VoiceWakeRouting: Codable {
    /// For words without a route of their own.
    public let defaultTarget: VoiceWakeTarget
    /// At most 32.
    public let routes: [VoiceWakeRoute]
    /// When it was changed last, epoch milliseconds; 0 when never.
    public let updatedAtMs: Int
    /// Always 1.
    public let version: Int

    public enum CodingKeys: String, CodingKey {
        case defaultTarget = "defaultTarget"
        case routes = "routes"
        case updatedAtMs = "updatedAtMs"
        case version = "version"
    }

    public init(defaultTarget: VoiceWakeTarget, routes: [VoiceWakeRoute], updatedAtMs: Int, version: Int) {
        self.defaultTarget = defaultTarget
        self.routes = routes
        self.updatedAtMs = updatedAtMs
        self.version = version
    }
}

/// Where it leads.
///
/// Where a word leads: exactly one of the three.
///
/// For words without a route of their own.
// MARK: - VoiceWakeTarget
public struct VoiceWakeTarget: Codable {
    /// The main conversation of this agent.
    public let agentId: String?
    /// The conversation that the device shows.
    public let mode: VoiceWakeMode?
    /// This conversation.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case mode = "mode"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, mode: VoiceWakeMode?, sessionKey: String?) {
        self.agentId = agentId
        self.mode = mode
        self.sessionKey = sessionKey
    }
}

/// A target that is no name.
///
/// The conversation that the device shows.
public enum VoiceWakeMode: String, Codable {
    case current = "current"
}

/// One word and where it leads.
// MARK: - VoiceWakeRoute
public struct VoiceWakeRoute: Codable {
    /// Where it leads.
    public let target: VoiceWakeTarget
    /// The word, in lower case without punctuation around words.
    public let trigger: String

    public enum CodingKeys: String, CodingKey {
        case target = "target"
        case trigger = "trigger"
    }

    public init(target: VoiceWakeTarget, trigger: String) {
        self.target = target
        self.trigger = trigger
    }
}

/// Params of `voicewake.routing.set`.
// MARK: - VoiceWakeRoutingSetParams
public struct VoiceWakeRoutingSetParams: Codable {
    /// All of it; there is no merging.
    public let config: VoiceWakeRoutingParams

    public enum CodingKeys: String, CodingKey {
        case config = "config"
    }

    public init(config: VoiceWakeRoutingParams) {
        self.config = config
    }
}

/// Which conversation a word begins, as somebody asks for it. What else is there is not
/// read.
///
/// All of it; there is no merging.
// MARK: - VoiceWakeRoutingParams
public struct VoiceWakeRoutingParams: Codable {
    /// For words without a route of their own. Default: the conversation that the device shows.
    public let defaultTarget: VoiceWakeTargetParams?
    /// At most 32.
    public let routes: [VoiceWakeRouteParams]?
    /// 1, when it is given.
    public let version: Int?

    public enum CodingKeys: String, CodingKey {
        case defaultTarget = "defaultTarget"
        case routes = "routes"
        case version = "version"
    }

    public init(defaultTarget: VoiceWakeTargetParams?, routes: [VoiceWakeRouteParams]?, version: Int?) {
        self.defaultTarget = defaultTarget
        self.routes = routes
        self.version = version
    }
}

/// Where it is to lead.
///
/// Where a word is to lead: exactly one of the three.
// MARK: - VoiceWakeTargetParams
public struct VoiceWakeTargetParams: Codable {
    /// The main conversation of this agent.
    public let agentId: String?
    /// The conversation that the device shows.
    public let mode: VoiceWakeMode?
    /// This conversation.
    public let sessionKey: String?

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case mode = "mode"
        case sessionKey = "sessionKey"
    }

    public init(agentId: String?, mode: VoiceWakeMode?, sessionKey: String?) {
        self.agentId = agentId
        self.mode = mode
        self.sessionKey = sessionKey
    }
}

/// One word and where it is to lead.
// MARK: - VoiceWakeRouteParams
public struct VoiceWakeRouteParams: Codable {
    /// Where it is to lead.
    public let target: VoiceWakeTargetParams
    /// The word, at most 64 characters; kept in lower case without punctuation around words.
    public let trigger: String

    public enum CodingKeys: String, CodingKey {
        case target = "target"
        case trigger = "trigger"
    }

    public init(target: VoiceWakeTargetParams, trigger: String) {
        self.target = target
        self.trigger = trigger
    }
}

/// Params of `voicewake.set`.
// MARK: - VoiceWakeSetParams
public struct VoiceWakeSetParams: Codable {
    /// Words or short sentences: at most 32 of 64 characters. Blank ones are left out; none at
    /// all means the usual
    /// words.
    public let triggers: [String]

    public enum CodingKeys: String, CodingKey {
        case triggers = "triggers"
    }

    public init(triggers: [String]) {
        self.triggers = triggers
    }
}

/// Words that wake devices; also event `voicewake.changed`.
// MARK: - VoiceWakeTriggers
public struct VoiceWakeTriggers: Codable {
    /// The words, never empty.
    public let triggers: [String]

    public enum CodingKeys: String, CodingKey {
        case triggers = "triggers"
    }

    public init(triggers: [String]) {
        self.triggers = triggers
    }
}

/// Params of `wizard.cancel`.
// MARK: - WizardCancelParams
public struct WizardCancelParams: Codable {
    /// The wizard.
    public let sessionId: String

    public enum CodingKeys: String, CodingKey {
        case sessionId = "sessionId"
    }

    public init(sessionId: String) {
        self.sessionId = sessionId
    }
}

/// Params of `wizard.next`.
// MARK: - WizardNextParams
public struct WizardNextParams: Codable {
    /// The answer to the question that waits.
    public let answer: WizardAnswer?
    /// The wizard.
    public let sessionId: String

    public enum CodingKeys: String, CodingKey {
        case answer = "answer"
        case sessionId = "sessionId"
    }

    public init(answer: WizardAnswer?, sessionId: String) {
        self.answer = answer
        self.sessionId = sessionId
    }
}

/// An answer. `Debug` does not show it: it may be a key.
// MARK: - WizardAnswer
public struct WizardAnswer: Codable {
    /// The question that is answered.
    public let stepId: String
    /// The value of the chosen option, a text, true or false, by the kind of the question; none
    /// for a note.
    public let value: JSONAny?

    public enum CodingKeys: String, CodingKey {
        case stepId = "stepId"
        case value = "value"
    }

    public init(stepId: String, value: JSONAny?) {
        self.stepId = stepId
        self.value = value
    }
}

/// Result of `wizard.next`.
// MARK: - WizardNextResult
public struct WizardNextResult: Codable {
    /// Whether it is over: what was chosen is in force.
    public let done: Bool
    /// Why it ended without success.
    public let error: String?
    /// How far it is.
    public let status: WizardState?
    /// The next question; once it is over, something that only the client's side can do, if
    /// anything is left.
    public let step: WizardStep?

    public enum CodingKeys: String, CodingKey {
        case done = "done"
        case error = "error"
        case status = "status"
        case step = "step"
    }

    public init(done: Bool, error: String?, status: WizardState?, step: WizardStep?) {
        self.done = done
        self.error = error
        self.status = status
        self.step = step
    }
}

/// How far it is.
///
/// How far a wizard is.
///
/// It waits for an answer.
///
/// What was chosen is in force.
///
/// It was ended; everything is as it was.
///
/// It failed; everything is as it was.
public enum WizardState: String, Codable {
    case cancelled = "cancelled"
    case done = "done"
    case error = "error"
    case running = "running"
}

/// The next question; once it is over, something that only the client's side can do, if
/// anything is left.
///
/// One question.
///
/// The first question.
// MARK: - WizardStep
public struct WizardStep: Codable {
    /// Who does it: `action` steps of the client are the client's to carry out.
    public let executor: WizardExecutor?
    /// Names it in the answer.
    public let id: String
    /// The answer that is offered.
    public let initialValue: JSONAny?
    /// What is asked, and what the answers mean.
    public let message: String?
    /// What can be chosen.
    public let options: [WizardOption]?
    /// An example of an answer.
    public let placeholder: String?
    /// Whether the answer is a secret, which must not be shown while it is typed.
    public let sensitive: Bool?
    /// What it is about, in a few words.
    public let title: String?
    /// How it is asked.
    public let type: WizardStepKind

    public enum CodingKeys: String, CodingKey {
        case executor = "executor"
        case id = "id"
        case initialValue = "initialValue"
        case message = "message"
        case options = "options"
        case placeholder = "placeholder"
        case sensitive = "sensitive"
        case title = "title"
        case type = "type"
    }

    public init(executor: WizardExecutor?, id: String, initialValue: JSONAny?, message: String?, options: [WizardOption]?, placeholder: String?, sensitive: Bool?, title: String?, type: WizardStepKind) {
        self.executor = executor
        self.id = id
        self.initialValue = initialValue
        self.message = message
        self.options = options
        self.placeholder = placeholder
        self.sensitive = sensitive
        self.title = title
        self.type = type
    }
}

/// Who carries out an action.
///
/// Who does it: `action` steps of the client are the client's to carry out.
///
/// The gateway.
///
/// The client.
public enum WizardExecutor: String, Codable {
    case client = "client"
    case gateway = "gateway"
}

/// One thing that can be chosen.
// MARK: - WizardOption
public struct WizardOption: Codable {
    /// What it means.
    public let hint: String?
    /// Its name.
    public let label: String
    /// What the answer carries.
    public let value: JSONAny

    public enum CodingKeys: String, CodingKey {
        case hint = "hint"
        case label = "label"
        case value = "value"
    }

    public init(hint: String?, label: String, value: JSONAny) {
        self.hint = hint
        self.label = label
        self.value = value
    }
}

/// How it is asked.
///
/// How a question is asked.
///
/// Something to read; no answer.
///
/// One of `options`.
///
/// A text.
///
/// True or false.
///
/// Several of `options`.
///
/// Something takes a while.
///
/// Something to do.
public enum WizardStepKind: String, Codable {
    case action = "action"
    case confirm = "confirm"
    case multiselect = "multiselect"
    case note = "note"
    case progress = "progress"
    case select = "select"
    case text = "text"
}

/// Params of `wizard.start`.
// MARK: - WizardStartParams
public struct WizardStartParams: Codable {
    /// What is set up: this gateway. Default `local`.
    public let mode: WizardMode?
    /// Folder for the default agent's files. Default: the one that is configured.
    public let workspace: String?

    public enum CodingKeys: String, CodingKey {
        case mode = "mode"
        case workspace = "workspace"
    }

    public init(mode: WizardMode?, workspace: String?) {
        self.mode = mode
        self.workspace = workspace
    }
}

/// What a wizard sets up.
///
/// This gateway.
///
/// A client of a gateway elsewhere; not a matter of this wizard.
public enum WizardMode: String, Codable {
    case local = "local"
    case remote = "remote"
}

/// Result of `wizard.start`.
// MARK: - WizardStartResult
public struct WizardStartResult: Codable {
    /// Whether it is over.
    public let done: Bool
    /// Why it is over.
    public let error: String?
    /// Names the wizard in the calls that follow.
    public let sessionId: String
    /// How far it is.
    public let status: WizardState?
    /// The first question.
    public let step: WizardStep?

    public enum CodingKeys: String, CodingKey {
        case done = "done"
        case error = "error"
        case sessionId = "sessionId"
        case status = "status"
        case step = "step"
    }

    public init(done: Bool, error: String?, sessionId: String, status: WizardState?, step: WizardStep?) {
        self.done = done
        self.error = error
        self.sessionId = sessionId
        self.status = status
        self.step = step
    }
}

/// Params of `wizard.status`.
// MARK: - WizardStatusParams
public struct WizardStatusParams: Codable {
    /// The wizard.
    public let sessionId: String

    public enum CodingKeys: String, CodingKey {
        case sessionId = "sessionId"
    }

    public init(sessionId: String) {
        self.sessionId = sessionId
    }
}

/// Result of `wizard.cancel` and `wizard.status`.
// MARK: - WizardStatusResult
public struct WizardStatusResult: Codable {
    /// Why it ended without success.
    public let error: String?
    /// How far it is.
    public let status: WizardState

    public enum CodingKeys: String, CodingKey {
        case error = "error"
        case status = "status"
    }

    public init(error: String?, status: WizardState) {
        self.error = error
        self.status = status
    }
}

public typealias ApprovalId = String
public typealias ApprovalText = String
public typealias ArrayOfAnyValue = [JSONAny]
public typealias ArrayOfApprovalRequested = [ApprovalRequested]
public typealias ArrayOfChatMessage = [ChatMessage]
public typealias ArrayOfPresenceEntry = [PresenceEntry]
public typealias DeviceLabel = String
public typealias DeviceRef = String
public typealias EnvironmentId = String
public typealias IdempotencyKey = String
public typealias InvokeId = String
public typealias NoParams = [String: JSONAny]
public typealias NodeCommand = String
public typealias NodeEventName = String
public typealias NodeExecRules = [String: JSONAny]
public typealias NodeName = String
public typealias NodeRef = String
public typealias NodeTokenText = String
public typealias PendingItemId = String
public typealias PendingKind = String
public typealias RequestId = String
public typealias ScopeSet = [String]
public typealias SessionKey = String
public typealias StreamChunk = String
public typealias ToolName = String

// MARK: - Encode/decode helpers

public class JSONNull: Codable, Hashable {

    public static func == (lhs: JSONNull, rhs: JSONNull) -> Bool {
        return true
    }

    public var hashValue: Int {
        return 0
    }

    public func hash(into hasher: inout Hasher) {
        // No-op
    }

    public init() {}

    public required init(from decoder: Decoder) throws {
        let container = try decoder.singleValueContainer()
        if !container.decodeNil() {
            throw DecodingError.typeMismatch(JSONNull.self, DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "Wrong type for JSONNull"))
        }
    }

    public func encode(to encoder: Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}

class JSONCodingKey: CodingKey {
    let key: String

    required init?(intValue: Int) {
        return nil
    }

    required init?(stringValue: String) {
        key = stringValue
    }

    var intValue: Int? {
        return nil
    }

    var stringValue: String {
        return key
    }
}

public class JSONAny: Codable {

    public let value: Any

    static func decodingError(forCodingPath codingPath: [CodingKey]) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "Cannot decode JSONAny")
        return DecodingError.typeMismatch(JSONAny.self, context)
    }

    static func encodingError(forValue value: Any, codingPath: [CodingKey]) -> EncodingError {
        let context = EncodingError.Context(codingPath: codingPath, debugDescription: "Cannot encode JSONAny")
        return EncodingError.invalidValue(value, context)
    }

    static func decode(from container: SingleValueDecodingContainer) throws -> Any {
        if let value = try? container.decode(Bool.self) {
            return value
        }
        if let value = try? container.decode(Int64.self) {
            return value
        }
        if let value = try? container.decode(Double.self) {
            return value
        }
        if let value = try? container.decode(String.self) {
            return value
        }
        if container.decodeNil() {
            return JSONNull()
        }
        throw decodingError(forCodingPath: container.codingPath)
    }

    static func decode(from container: inout UnkeyedDecodingContainer) throws -> Any {
        if let value = try? container.decode(Bool.self) {
            return value
        }
        if let value = try? container.decode(Int64.self) {
            return value
        }
        if let value = try? container.decode(Double.self) {
            return value
        }
        if let value = try? container.decode(String.self) {
            return value
        }
        if let value = try? container.decodeNil() {
            if value {
                return JSONNull()
            }
        }
        if var container = try? container.nestedUnkeyedContainer() {
            return try decodeArray(from: &container)
        }
        if var container = try? container.nestedContainer(keyedBy: JSONCodingKey.self) {
            return try decodeDictionary(from: &container)
        }
        throw decodingError(forCodingPath: container.codingPath)
    }

    static func decode(from container: inout KeyedDecodingContainer<JSONCodingKey>, forKey key: JSONCodingKey) throws -> Any {
        if let value = try? container.decode(Bool.self, forKey: key) {
            return value
        }
        if let value = try? container.decode(Int64.self, forKey: key) {
            return value
        }
        if let value = try? container.decode(Double.self, forKey: key) {
            return value
        }
        if let value = try? container.decode(String.self, forKey: key) {
            return value
        }
        if let value = try? container.decodeNil(forKey: key) {
            if value {
                return JSONNull()
            }
        }
        if var container = try? container.nestedUnkeyedContainer(forKey: key) {
            return try decodeArray(from: &container)
        }
        if var container = try? container.nestedContainer(keyedBy: JSONCodingKey.self, forKey: key) {
            return try decodeDictionary(from: &container)
        }
        throw decodingError(forCodingPath: container.codingPath)
    }

    static func decodeArray(from container: inout UnkeyedDecodingContainer) throws -> [Any] {
        var arr: [Any] = []
        while !container.isAtEnd {
            let value = try decode(from: &container)
            arr.append(value)
        }
        return arr
    }

    static func decodeDictionary(from container: inout KeyedDecodingContainer<JSONCodingKey>) throws -> [String: Any] {
        var dict = [String: Any]()
        for key in container.allKeys {
            let value = try decode(from: &container, forKey: key)
            dict[key.stringValue] = value
        }
        return dict
    }

    static func encode(to container: inout UnkeyedEncodingContainer, array: [Any]) throws {
        for value in array {
            if let value = value as? Bool {
                try container.encode(value)
            } else if let value = value as? Int64 {
                try container.encode(value)
            } else if let value = value as? Double {
                try container.encode(value)
            } else if let value = value as? String {
                try container.encode(value)
            } else if value is JSONNull {
                try container.encodeNil()
            } else if let value = value as? [Any] {
                var container = container.nestedUnkeyedContainer()
                try encode(to: &container, array: value)
            } else if let value = value as? [String: Any] {
                var container = container.nestedContainer(keyedBy: JSONCodingKey.self)
                try encode(to: &container, dictionary: value)
            } else {
                throw encodingError(forValue: value, codingPath: container.codingPath)
            }
        }
    }

    static func encode(to container: inout KeyedEncodingContainer<JSONCodingKey>, dictionary: [String: Any]) throws {
        for (key, value) in dictionary {
            let key = JSONCodingKey(stringValue: key)!
            if let value = value as? Bool {
                try container.encode(value, forKey: key)
            } else if let value = value as? Int64 {
                try container.encode(value, forKey: key)
            } else if let value = value as? Double {
                try container.encode(value, forKey: key)
            } else if let value = value as? String {
                try container.encode(value, forKey: key)
            } else if value is JSONNull {
                try container.encodeNil(forKey: key)
            } else if let value = value as? [Any] {
                var container = container.nestedUnkeyedContainer(forKey: key)
                try encode(to: &container, array: value)
            } else if let value = value as? [String: Any] {
                var container = container.nestedContainer(keyedBy: JSONCodingKey.self, forKey: key)
                try encode(to: &container, dictionary: value)
            } else {
                throw encodingError(forValue: value, codingPath: container.codingPath)
            }
        }
    }

    static func encode(to container: inout SingleValueEncodingContainer, value: Any) throws {
        if let value = value as? Bool {
            try container.encode(value)
        } else if let value = value as? Int64 {
            try container.encode(value)
        } else if let value = value as? Double {
            try container.encode(value)
        } else if let value = value as? String {
            try container.encode(value)
        } else if value is JSONNull {
            try container.encodeNil()
        } else {
            throw encodingError(forValue: value, codingPath: container.codingPath)
        }
    }

    public required init(from decoder: Decoder) throws {
        if var arrayContainer = try? decoder.unkeyedContainer() {
            self.value = try JSONAny.decodeArray(from: &arrayContainer)
        } else if var container = try? decoder.container(keyedBy: JSONCodingKey.self) {
            self.value = try JSONAny.decodeDictionary(from: &container)
        } else {
            let container = try decoder.singleValueContainer()
            self.value = try JSONAny.decode(from: container)
        }
    }

    public func encode(to encoder: Encoder) throws {
        if let arr = self.value as? [Any] {
            var container = encoder.unkeyedContainer()
            try JSONAny.encode(to: &container, array: arr)
        } else if let dict = self.value as? [String: Any] {
            var container = encoder.container(keyedBy: JSONCodingKey.self)
            try JSONAny.encode(to: &container, dictionary: dict)
        } else {
            var container = encoder.singleValueContainer()
            try JSONAny.encode(to: &container, value: self.value)
        }
    }
}

// MARK: - ChatSendResult

/// One of these; the first that can be read.
public enum ChatSendResult: Codable {
    case sentRun(SentRun)
    case chatAbortResult(ChatAbortResult)

    public init(from decoder: Decoder) throws {
        if let value = try? SentRun(from: decoder) {
            self = .sentRun(value)
            return
        }
        if let value = try? ChatAbortResult(from: decoder) {
            self = .chatAbortResult(value)
            return
        }
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "Not a ChatSendResult"))
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
        case .sentRun(let value):
            try value.encode(to: encoder)
        case .chatAbortResult(let value):
            try value.encode(to: encoder)
        }
    }
}

// MARK: - GatewayFrame

/// One message of the wire, told apart by its type. A type that this file does not know is kept as it came.
public enum GatewayFrame: Codable {
    case request(RequestFrame)
    case response(ResponseFrame)
    case event(EventFrame)
    case unknown(JSONAny)

    private enum Key: String, CodingKey {
        case type = "type"
    }

    public init(from decoder: Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .type) {
        case "req":
            self = .request(try RequestFrame(from: decoder))
        case "res":
            self = .response(try ResponseFrame(from: decoder))
        case "event":
            self = .event(try EventFrame(from: decoder))
        default:
            self = .unknown(try JSONAny(from: decoder))
        }
    }

    public func encode(to encoder: Encoder) throws {
        switch self {
        case .request(let frame):
            try frame.encode(to: encoder)
        case .response(let frame):
            try frame.encode(to: encoder)
        case .event(let frame):
            try frame.encode(to: encoder)
        case .unknown(let frame):
            try frame.encode(to: encoder)
        }
    }
}
