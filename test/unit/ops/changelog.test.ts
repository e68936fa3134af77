import { expect, test } from 'vitest';
import { releasedText } from '../../../scripts/changelog-text.ts';

test('a release takes what was not released, and leaves an empty section for the next', () => {
  const before = '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0\n\n- Old.\n';
  expect(releasedText(before, '0.2.0', '2026-11-30')).toBe(
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-11-30)\n\n- New.\n\n## 0.1.0\n\n- Old.\n',
  );
});

test('nothing to release ends the release', () => {
  const text = '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n';
  expect(() => releasedText(text, '0.2.0', '2026-11-30')).toThrow('says nothing');
  expect(() => releasedText('# Changelog\n', '0.2.0', '2026-11-30')).toThrow('no section');
});
