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
public enum ApprovedVia: String, Codable {
    case approvedViaOperator = "operator"
    case local = "local"
    case setupCode = "setup-code"
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

    public init(browserOrigin: String?, clientId: String?, clientMode: String?, deviceFamily: String?, deviceId: String, displayName: String?, isRepair: Bool?, platform: String?, publicKey: String, remoteIp: String?, requestId: String, role: Role?, roles: [Role]?, scopes: [String]?, silent: Bool?, ts: Int) {
        self.browserOrigin = browserOrigin
        self.clientId = clientId
        self.clientMode = clientMode
        self.deviceFamily = deviceFamily
        self.deviceId = deviceId
        self.displayName = displayName
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
    /// What can be called and received.
    public let features: Features
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
        case features = "features"
        case policy = "policy"
        case helloOkProtocol = "protocol"
        case server = "server"
        case snapshot = "snapshot"
        case type = "type"
    }

    public init(auth: HelloAuth?, features: Features, policy: Policy, helloOkProtocol: Int, server: ServerInfo, snapshot: Snapshot, type: String) {
        self.auth = auth
        self.features = features
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
public enum AuthMethod: String, Codable {
    case bootstrapToken = "bootstrap-token"
    case deviceToken = "device-token"
    case none = "none"
    case password = "password"
    case token = "token"
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
public enum AuthMode: String, Codable {
    case none = "none"
    case password = "password"
    case token = "token"
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
    /// Always true: a gateway that answers is up.
    public let ok: Bool
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
        case ok = "ok"
        case sessions = "sessions"
        case ts = "ts"
    }

    public init(agents: [AgentHealth], channelLabels: [String: String], channelOrder: [String], channels: [String: JSONAny], defaultAgentId: String, durationMs: Int, heartbeatSeconds: Int, ok: Bool, sessions: SessionSummary, ts: Int) {
        self.agents = agents
        self.channelLabels = channelLabels
        self.channelOrder = channelOrder
        self.channels = channels
        self.defaultAgentId = defaultAgentId
        self.durationMs = durationMs
        self.heartbeatSeconds = heartbeatSeconds
        self.ok = ok
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
    /// Where the address came from: `publicUrl`, `bind`, `loopback`.
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
    /// System events that wait for the main session.
    public let queuedSystemEvents: [String]
    /// Version of the gateway.
    public let runtimeVersion: String
    /// Sessions.
    public let sessions: SessionsStatus
    /// Milliseconds since it started.
    public let uptimeMs: Int
    /// What needs attention, for people: safe mode, missing keychain and the like.
    public let warnings: [String]

    public enum CodingKeys: String, CodingKey {
        case channelSummary = "channelSummary"
        case connections = "connections"
        case devices = "devices"
        case heartbeat = "heartbeat"
        case queuedSystemEvents = "queuedSystemEvents"
        case runtimeVersion = "runtimeVersion"
        case sessions = "sessions"
        case uptimeMs = "uptimeMs"
        case warnings = "warnings"
    }

    public init(channelSummary: [String], connections: ConnectionCount, devices: DeviceCount, heartbeat: HeartbeatStatus, queuedSystemEvents: [String], runtimeVersion: String, sessions: SessionsStatus, uptimeMs: Int, warnings: [String]) {
        self.channelSummary = channelSummary
        self.connections = connections
        self.devices = devices
        self.heartbeat = heartbeat
        self.queuedSystemEvents = queuedSystemEvents
        self.runtimeVersion = runtimeVersion
        self.sessions = sessions
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
    public let recent: [RecentSession]

    public enum CodingKeys: String, CodingKey {
        case byAgent = "byAgent"
        case count = "count"
        case defaults = "defaults"
        case paths = "paths"
        case recent = "recent"
    }

    public init(byAgent: [AgentSessions], count: Int, defaults: SessionModelDefaults, paths: [String], recent: [RecentSession]) {
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
    public let recent: [RecentSession]

    public enum CodingKeys: String, CodingKey {
        case agentId = "agentId"
        case count = "count"
        case path = "path"
        case recent = "recent"
    }

    public init(agentId: String, count: Int, path: String, recent: [RecentSession]) {
        self.agentId = agentId
        self.count = count
        self.path = path
        self.recent = recent
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

public typealias ArrayOfPresenceEntry = [PresenceEntry]
public typealias DeviceLabel = String
public typealias DeviceRef = String
public typealias NoParams = [String: JSONAny]
public typealias RequestId = String
public typealias ScopeSet = [String]

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
