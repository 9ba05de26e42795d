// Takes secrets and private names out of what a debug bundle holds. It errs on the side of taking out too much.

export interface RedactOptions {
  /** Also addresses of machines. */
  addresses: boolean;
}

const GONE = '[removed]';

/** Fields whose value is a secret, whatever it looks like. */
const SECRET_FIELD =
  /(?:token|secret|passw(?:or)?d|passphrase|authorization|cookie|credential|signature|nonce|private_?key|api_?key|setup_?code|join_?url|qr_?data_?url|bearer|session_?key_?hash)$/i;

/** Fields that end like a secret and are numbers or lists about them: `inputTokens`, `contextTokens`, `tokens`. */
const COUNTS = /tokens$/i;

/** Secrets by their shape, wherever they stand in a text. */
const SHAPES: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, GONE],
  // A header, or the same in a sentence: its scheme stays, what follows goes.
  [/\b(Bearer|Basic|Digest)\s+[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${GONE}`],
  [
    /\b((?:x-)?(?:api-key|auth-token|goog-api-key)|authorization|cookie|set-cookie)(["']?\s*[:=]\s*)[^\n"']+/gi,
    `$1$2${GONE}`,
  ],
  [/\boc-pair:\/\/\S+/gi, `oc-pair://${GONE}`],
  [/\b(postern:\/\/pair)\S*/gi, `$1${GONE}`],
  // Names of fields inside of text and of addresses: `token=…`, `"apiKey": "…"`.
  [
    /([\w-]*(?:token|secret|password|passwd|api_?key|access_?key|signature)["']?\s*[=:]\s*["']?)[^\s"'&,;#}\])]{3,}/gi,
    `$1${GONE}`,
  ],
  // User and password in an address.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+(?::[^\s/@]*)?@/gi, `$1${GONE}@`],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, GONE],
  [/\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{8,}/g, GONE],
  [
    /\b(?:xai-|gsk_|ghp_|gho_|ghs_|github_pat_|glpat-|hf_|xox[abprs]-|npm_|AIza|AKIA|ASIA|ya29\.)[A-Za-z0-9._-]{8,}/g,
    GONE,
  ],
  [/\b\d{6,12}:[A-Za-z0-9_-]{30,}/g, GONE],
];

/** A long run of letters and digits without a word in it is a key until the opposite is known. */
const RANDOM = /[A-Za-z0-9+/_-]{24,}={0,2}/g;

const HOMES: readonly [RegExp, string][] = [
  [/\b[A-Za-z]:[\\/]+Users[\\/]+[^\\/\s"':;,]+/gi, '~'],
  [/(^|[^\w.])\/(?:home|Users)\/[^/\s"':;,]+/g, '$1~'],
  [/(^|[^\w.])\/root(?=[/\s"':;,]|$)/g, '$1~'],
];

const IPV4 = /\b(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}\b/g;
/** What may be an IPv6 address or the address of a network card. */
const COLONS = /(?<![\w:])[0-9a-f:]{3,45}(?![\w:])/gi;

function hideRandom(text: string): string {
  return text.replace(RANDOM, (run) => {
    // Ids of devices are hashes of public keys: the beginning tells them apart and gives nothing away.
    if (/^[0-9a-f]{64}$/.test(run)) return `${run.slice(0, 12)}…`;
    if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(run)) return run;
    return isRandom(run) ? GONE : run;
  });
}

/** Words, paths and names with dashes have few changes between letters, digits and cases. */
function isRandom(run: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(run)) return true;
  const plain = run.replaceAll(/[^A-Za-z0-9]/g, '');
  const changes = [...plain].filter(
    (char, at) => at > 0 && classOf(char) !== classOf(plain.charAt(at - 1)),
  ).length;
  return /\d/.test(plain) && changes >= plain.length / 4;
}

function classOf(char: string): number {
  if (/[0-9]/.test(char)) return 0;
  return /[a-z]/.test(char) ? 1 : 2;
}

export function redactText(text: string, options: RedactOptions): string {
  let safe = text;
  for (const [shape, instead] of SHAPES) safe = safe.replace(shape, instead);
  for (const [home, instead] of HOMES) safe = safe.replace(home, instead);
  safe = hideRandom(safe);
  return options.addresses ? hideAddresses(safe) : safe;
}

function hideAddresses(text: string): string {
  return text
    .replace(IPV4, (address) => (isHarmless(address) ? address : '[address]'))
    .replace(COLONS, (run) => (run === '::1' || !isAddress(run) ? run : '[address]'));
}

/** This machine itself, or a version of a browser: those are written `142.0.0.0`. */
function isHarmless(address: string): boolean {
  return address.startsWith('127.') || address.endsWith('.0.0.0');
}

function isAddress(run: string): boolean {
  const isTime = /^\d{1,2}:\d{2}:\d{2}$/.test(run);
  return run.split(':').length > 2 && /[0-9a-f]/i.test(run) && !isTime;
}

/** Lists of conversations, and words that somebody wrote: how many there are is enough. */
const PRIVATE_FIELD = /^(?:recent|prompt|text|content|derivedTitle|lastMessagePreview)$/;

/** Fields that name a machine or where it is. */
const PLACE_FIELD = /^(?:hostname|machineName|host|displayName|label|remoteIp|ip|lanAddress|tailnetDns)$/i;

/** A copy without secrets; fields of the same name are treated alike at any depth. */
export function redact(value: unknown, options: RedactOptions): unknown {
  if (typeof value === 'string') return redactText(value, options);
  if (Array.isArray(value)) return value.map((item) => redact(item, options));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    copy[redactText(name, options)] = redactField(name, field, options);
  }
  return copy;
}

function redactField(name: string, field: unknown, options: RedactOptions): unknown {
  const isCount = COUNTS.test(name) && typeof field !== 'string';
  if (SECRET_FIELD.test(name) && !isCount && field !== null && typeof field !== 'boolean') return GONE;
  if (PRIVATE_FIELD.test(name) && field !== null)
    return Array.isArray(field) ? `[${field.length} left out]` : '[left out]';
  if (options.addresses && PLACE_FIELD.test(name) && typeof field === 'string') return '[name]';
  return redact(field, options);
}
