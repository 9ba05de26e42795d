import { expect, it } from 'vitest';
import { hostCommand } from './host';

it.each([
  ['http://127.0.0.1:18789/', 'postern node run --host GATEWAY'],
  ['http://desk.local:18789/', 'postern node run --host desk.local'],
  ['http://192.168.1.5:19000/', 'postern node run --host 192.168.1.5 --port 19000'],
  ['https://gateway.example/', 'postern node run --host gateway.example --port 443 --tls'],
  ['http://[fe80::1]:18789/', 'postern node run --host fe80::1'],
])('a page at %s tells %s', (url, want) => {
  expect(hostCommand(new URL(url))).toBe(want);
});
