import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleFiles, bundleName, bundleZip, deviceFacts, gather } from './bundle';
import { crc32, zip } from './zip';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

async function onDisk(blob: Blob): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  made.push(folder);
  const path = join(folder, 'bundle.zip');
  writeFileSync(path, new Uint8Array(await blob.arrayBuffer()));
  return path;
}

const READ = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    print(json.dumps({i.filename: [z.read(i).decode(), list(i.date_time), i.compress_type] for i in z.infolist()}))
`;

function read(path: string): Record<string, [string, number[], number]> {
  return JSON.parse(execFileSync('python3', ['-c', READ, path], { encoding: 'utf8' })) as ReturnType<
    typeof read
  >;
}

describe('zip', () => {
  it('knows the checksum of the standard', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  it('is read by another program, names and times included', async () => {
    const encode = (text: string) => new TextEncoder().encode(text);
    const entries = [
      { name: 'a.txt', bytes: encode('äöü €\n') },
      { name: 'größe/leer.json', bytes: encode('') },
      { name: 'big.txt', bytes: encode('x'.repeat(200_000)) },
    ];
    const found = read(await onDisk(zip(entries, new Date(2026, 10, 21, 7, 12, 45))));
    expect(Object.keys(found)).toEqual(['a.txt', 'größe/leer.json', 'big.txt']);
    expect(found['a.txt']).toEqual(['äöü €\n', [2026, 11, 21, 7, 12, 44], 0]);
    expect(found['big.txt']?.[0]).toHaveLength(200_000);
  });

  it('of nothing is a zip file too', async () => {
    expect(read(await onDisk(zip([], new Date(1970, 0, 1))))).toEqual({});
  });
});

describe('a bundle', () => {
  it('holds what was gathered, redacted, and tells what failed', async () => {
    const parts = await gather([
      {
        file: 'health.json',
        load: () => Promise.resolve({ ok: true, path: '/home/ada/.postern', token: 'hunter2' }),
      },
      { file: 'status.json', load: () => Promise.reject(new Error('missing scope: operator.read')) },
      { file: 'none.json', load: () => Promise.resolve(undefined) },
    ]);
    const files = bundleFiles(parts, { addresses: true });
    const found = read(await onDisk(bundleZip(files, new Date())));
    expect(JSON.parse(found['health.json']?.[0] ?? '')).toEqual({
      ok: true,
      path: '~/.postern',
      token: '[removed]',
    });
    expect(found['status.json']?.[0]).toContain('missing scope');
    expect(found['none.json']?.[0]).toBe('null\n');
    expect(found['README.txt']?.[0]).toContain('sent to nobody');
    for (const file of files) expect(found[file.name]?.[0]).toBe(file.text);
  });

  it('names devices without their keys and tokens', () => {
    const device = {
      deviceId: 'd',
      publicKey: 'k',
      tokens: [{ role: 'node' }],
      remoteIp: '10.0.0.1',
      connected: true,
    };
    expect(deviceFacts(device)).toEqual({ deviceId: 'd', connected: true });
  });

  it('has a name with its time', () => {
    expect(bundleName(new Date(Date.UTC(2026, 10, 21, 7, 5)))).toBe('postern-debug-20261121-0705.zip');
  });
});
