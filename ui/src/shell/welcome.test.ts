import { describe, expect, it } from 'vitest';
import { hasModel, mayGuide } from './welcome';

describe('the guide for the first start', () => {
  const fresh = { welcomed: false, isAdmin: true, atStart: true };

  it('is for an admin who came to the start page and has not seen it', () => {
    expect(mayGuide(fresh)).toBe(true);
    expect(mayGuide({ ...fresh, welcomed: true })).toBe(false);
    expect(mayGuide({ ...fresh, isAdmin: false })).toBe(false);
    expect(mayGuide({ ...fresh, atStart: false })).toBe(false);
  });

  it('is not needed once a real model answers', () => {
    expect(hasModel([])).toBe(false);
    expect(hasModel([{ provider: 'postern', tags: ['default'] }])).toBe(false);
    expect(hasModel([{ provider: 'other' }])).toBe(false);
    expect(hasModel([{ provider: 'other', tags: ['default'] }])).toBe(true);
  });
});
