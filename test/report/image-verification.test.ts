import { expect, it } from 'vitest';
import { paint } from '../../toolkit/report/answers/text.ts';
import { imageVerificationText } from '../../toolkit/report/image-verification.ts';

it('tells each difference with its place and origin, and what was varied', () => {
  const text = imageVerificationText(
    {
      name: 'trial',
      identical: false,
      files: [
        { name: 'trial-1.raw', identical: false },
        { name: 'trial-1.spdx.json', identical: true },
      ],
      differences: [
        {
          ...{ where: 'root file system', what: '/etc/stamp', member: '', detail: 'line 1: "1" / "2"' },
          from: 'scripts of a-1-1.noarch',
        },
        { where: 'partition root', what: 'inode 12', member: 'field mtime', detail: 'x', from: '' },
      ],
      varied: ['clock', 'umask'],
      second: '/out/verify/images/trial',
    },
    paint(false),
  );
  expect(text).toBe(
    [
      'trial: differs',
      '  root file system > /etc/stamp: line 1: "1" / "2"',
      '    from scripts of a-1-1.noarch',
      '  partition root > inode 12 > field mtime: x',
      '  not the same: trial-1.raw',
      '  the second image is in /out/verify/images/trial',
      'otherwise in the second image: clock, umask',
      '1 of 2 files of trial byte-identical',
      '',
    ].join('\n'),
  );
});
