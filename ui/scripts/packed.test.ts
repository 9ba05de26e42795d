// @vitest-environment node
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { MANIFEST, pack } from './packed.mjs';

it('a built folder is packed and listed, each file with its hash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'));
  mkdirSync(join(folder, 'assets'));
  const script = 'export const word = "word";\n'.repeat(200);
  writeFileSync(join(folder, 'assets/a.js'), script);
  writeFileSync(join(folder, 'index.html'), '<p>');
  writeFileSync(join(folder, 'icon.png'), Buffer.alloc(4000, 1));
  pack(folder);
  const hash = createHash('sha256').update(script).digest('hex');
  const lines = readFileSync(join(folder, MANIFEST), 'utf8').trim().split('\n');
  expect(lines.map((line) => line.split(' ').slice(1).join(' '))).toEqual([
    'gzip assets/a.js',
    'plain icon.png',
    'plain index.html',
  ]);
  expect(lines[0]?.startsWith(hash)).toBe(true);
  expect(gunzipSync(readFileSync(join(folder, 'assets/a.js.gz'))).toString()).toBe(script);
  expect(existsSync(join(folder, 'index.html.gz'))).toBe(false);

  // What an earlier packing left is neither packed nor listed again.
  pack(folder);
  expect(readFileSync(join(folder, MANIFEST), 'utf8').trim().split('\n')).toEqual(lines);
});
