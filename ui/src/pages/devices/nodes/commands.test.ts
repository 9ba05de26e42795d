import { describe, expect, it } from 'vitest';
import { t } from '$i18n';
import { compareSurface, dangerOf, grouped, needsAdmin } from './commands';

describe('grouped', () => {
  it('puts commands into families, the far-reaching first and strangers last', () => {
    const families = grouped([
      'zoo.feed',
      'camera.snap',
      'system.run',
      'desktop.stream',
      'camera.list',
      'screen.record',
    ]);
    expect(families.map(({ word, commands }) => [word, commands])).toEqual([
      ['system', ['system.run']],
      ['screen', ['desktop.stream', 'screen.record']],
      ['camera', ['camera.snap', 'camera.list']],
      ['zoo', ['zoo.feed']],
    ]);
    expect(families.at(-1)?.name).toBeUndefined();
  });

  it('loses no command', () => {
    const all = Object.keys(t.nodes.names);
    expect(
      grouped(all)
        .flatMap((family) => family.commands)
        .sort(),
    ).toEqual(all.sort());
  });
});

describe('danger', () => {
  it.each([
    ['system.run', 'runs'],
    ['computer.act', 'controls'],
    ['browser.proxy', 'controls'],
    ['camera.snap', 'watches'],
    ['screen.record', 'watches'],
    ['location.get', 'reads'],
    ['fs.listDir', 'reads'],
    ['sms.send', 'speaks'],
    ['system.notify', undefined],
    ['system.run.prepare', undefined],
    ['camera.list', undefined],
  ])('%s: %s', (command, want) => {
    expect(dangerOf(command)).toBe(want);
  });

  it('knows what only administrators invoke', () => {
    for (const command of [
      'system.run',
      'system.run.prepare',
      'system.which',
      'fs.listDir',
      'browser.proxy',
    ]) {
      expect(needsAdmin(command), command).toBe(true);
    }
    for (const command of ['system.notify', 'camera.snap', 'canvas.eval']) {
      expect(needsAdmin(command), command).toBe(false);
    }
  });
});

describe('compareSurface', () => {
  it('tells what is new, what is kept, and what is not offered any more', () => {
    const asked = compareSurface(
      { caps: ['system', 'camera'], commands: ['system.notify', 'system.run'] },
      { caps: ['system'], commands: ['system.notify', 'system.which'] },
    );
    expect(asked).toEqual({
      added: ['system.run'],
      kept: ['system.notify'],
      addedCaps: ['camera'],
      dropped: ['system.which'],
    });
  });

  it('calls everything new that was never approved', () => {
    expect(compareSurface({ commands: ['a.b'] }, undefined)).toEqual({
      added: ['a.b'],
      kept: [],
      addedCaps: [],
      dropped: [],
    });
  });
});
