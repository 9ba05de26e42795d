import { afterEach, describe, expect, it } from 'vitest';
import { folderOf, rememberWelcomed, stepsFor } from './steps';

afterEach(() => localStorage.clear());

describe('the first run', () => {
  it('asks about starting at login only where that can be set and is not', () => {
    expect(stepsFor(undefined)).toEqual(['what', 'model', 'phone']);
    expect(stepsFor({ startAtLogin: true })).toEqual(['what', 'model', 'phone']);
    expect(stepsFor({ startAtLogin: false })).toEqual(['what', 'model', 'phone', 'login']);
  });

  it('knows the folder of a file on any system', () => {
    expect(folderOf('/home/ada/.postern/postern.sqlite')).toBe('/home/ada/.postern');
    expect(folderOf('C:\\Users\\Ada\\.postern\\postern.sqlite')).toBe('C:\\Users\\Ada\\.postern');
    expect([folderOf('postern.sqlite'), folderOf(undefined), folderOf('')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is remembered on this device', () => {
    rememberWelcomed();
    expect(localStorage.getItem('postern.welcomed')).toBe('1');
  });
});
