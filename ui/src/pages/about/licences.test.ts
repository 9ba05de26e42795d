import { describe, expect, it } from 'vitest';
import { isOtherVersion, PAGE_VERSION } from './facts';
import { findPackages, reflow, type LicencePackage } from './licences';

const ROWS: LicencePackage[] = [
  { name: 'svelte', version: '5.0.0', licence: 'MIT', kind: 'npm' },
  { name: 'serde', version: '1.0.0', licence: 'MIT OR Apache-2.0', kind: 'rust' },
];

describe('licences', () => {
  it('are found by name and by licence', () => {
    expect(findPackages(ROWS, '')).toEqual(ROWS);
    expect(findPackages(ROWS, ' apache  SERDE ').map((of) => of.name)).toEqual(['serde']);
    expect(findPackages(ROWS, 'svelte apache')).toEqual([]);
  });
});

describe('texts', () => {
  it('flow, and lists stay lists', () => {
    expect(reflow('any person\nobtaining a copy\n\nThe above\n* one\n* two')).toBe(
      'any person obtaining a copy\n\nThe above\n* one\n* two',
    );
    expect(reflow('a\n  b\n1. c')).toBe('a\n  b\n1. c');
  });
});

describe('versions', () => {
  it('differ only when both are known', () => {
    expect(PAGE_VERSION).toMatch(/^\d+\.\d+\.\d+/);
    expect([isOtherVersion('1', ''), isOtherVersion('1', '1'), isOtherVersion('1', '2')]).toEqual([
      false,
      false,
      true,
    ]);
  });
});
