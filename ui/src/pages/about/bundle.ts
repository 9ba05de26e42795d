// What a debug bundle holds: gathered from the gateway and this page, redacted, and shown before it is saved.

import { redact, type RedactOptions } from './redact';
import { zip, type ZipEntry } from './zip';

/** A part that is asked for; one that fails is told in the bundle and does not spoil the rest. */
export interface Source {
  file: string;
  load: () => Promise<unknown>;
}

export interface BundleFile {
  name: string;
  text: string;
}

/** Fields of a paired device that help to understand a fault; no key, no token, not even a hash of one. */
const DEVICE_FIELDS = [
  'deviceId',
  'displayName',
  'label',
  'platform',
  'deviceFamily',
  'clientId',
  'clientMode',
  'role',
  'roles',
  'scopes',
  'connected',
  'createdAtMs',
  'approvedAtMs',
  'approvedVia',
  'lastSeenAtMs',
  'lastSeenReason',
] as const;

export function deviceFacts(device: object): Record<string, unknown> {
  const known = new Map<string, unknown>(Object.entries(device));
  return Object.fromEntries(
    DEVICE_FIELDS.filter((name) => known.has(name)).map((name) => [name, known.get(name)]),
  );
}

export async function gather(sources: readonly Source[]): Promise<Map<string, unknown>> {
  const parts = await Promise.all(
    sources.map(async ({ file, load }): Promise<[string, unknown]> => {
      try {
        return [file, await load()];
      } catch (error) {
        return [file, { unavailable: error instanceof Error ? error.message : 'no answer' }];
      }
    }),
  );
  return new Map(parts);
}

const README = `This is a debug bundle of Postern. It was made on your machine and was sent to nobody.

Secrets (tokens, keys, codes) and the names of home folders were taken out. It holds no messages and no files of
agents. Look through it before you pass it on: every file is plain text.
`;

/** The files as they will be saved. */
export function bundleFiles(parts: ReadonlyMap<string, unknown>, options: RedactOptions): BundleFile[] {
  const files = [...parts].map(([name, value]) => ({
    name,
    text: `${JSON.stringify(redact(value, options), null, 2) ?? 'null'}\n`,
  }));
  return [{ name: 'README.txt', text: README }, ...files];
}

export function bundleZip(files: readonly BundleFile[], at: Date): Blob {
  const encoder = new TextEncoder();
  const entries = files.map((file): ZipEntry => ({ name: file.name, bytes: encoder.encode(file.text) }));
  return zip(entries, at);
}

/** `postern-debug-20261121-0712.zip` */
export function bundleName(at: Date): string {
  const digits = at.toISOString().replaceAll(/\D/g, '');
  return `postern-debug-${digits.slice(0, 8)}-${digits.slice(8, 12)}.zip`;
}
