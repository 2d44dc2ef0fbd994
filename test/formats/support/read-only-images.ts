import { brotliDecompressSync } from 'node:zlib';

/*
 * Made of the tar that writeTar makes of read-only-tree.ts, with the attributes in both forms, by programs of Debian trixie:
 *   mkfs.erofs -b 4096 -zlz4hc -U 11111111-2222-3333-4444-555555555555 -T 1700000000 --mkfs-time --tar=f IMAGE TAR
 *   sqfstar -comp zstd -Xcompression-level 9 -b 256K -mkfs-time 1700000000 -root-mode 751 -root-uid 3 -root-gid 4
 *     -root-time 1700000000 IMAGE <TAR
 * and the last one of files a and b by sqfstar -comp gzip -b 4K.
 */
const EROFS = [
  'G/9PEcX0jqheHCD+ONwYgwC17lYisUUSJTAituAydawMGtXNQ1ls6Ng4ONhBC41jfVMwKtKgckX5C/W4g3cXoVx28PDZ/Xtndh6+',
  'vZ9WYFVQl0NW6QC3qqgq2YFxCjpOwE03qlFNigRUcKPZvZiiEgkTHozolY++AsB1cAjrHUGocW68Z7VVuAwcnbMjwBBlRjv+8x9q',
  'YvDcyCYgUfES/+Q1gZlMcMAQfflR8epQCywgHPPqh07GQosHZjJujlA7oYjoxXYIaK0RbxD1Td/QLJY+f7yQyGf/3lBLJo1PBh4S',
  'iSgaqoZEix6tVpq2SiPD899fTP+5UzNbM8mChQuA4XuztNkCtaARQBomFtRv+TrPS3qT+ENDanWRBPqVm+Mmb9/8Xjh+4YAFsCcM',
  'H3CC7z6MLBPgYhoSkppaVtZeH21HAIZBtML0fbHilASjggA0FNFhwLAemSSYXBChERQQQREQQymI5GiUifRIqkR2FNUiP4I6ymkA',
  'qmmC6CpJK4haaaJNNEpBJ+10g5goJb1iurTQzzzGQaySYSIbmQxsZRqwh5nAXuYAhx0JnD08Om10eML7P4irv6SnrUuaStDXCyXX',
  'NbbIfOBm0Ddz2pjM09+GbJ889pi8J+TfCLrmapTxxXMXT19mjZgrfvnUBUHP+Nj8TK/h+fPir/2S+BVXQRcQIcUzZk6eO65pkm3M',
  'HeK1Hdi3WqABcgjISrzENTIOCQjMVb0V9YBCgbMWTdPh6cOj01DAodUCcxdoALqq2nbyT7C2LZ9XCyyAGgJ8wit22ZrdUZdnC5Do',
  'BLDqkjqI88FgvybAdAkSlsWSRswATygDAPKYAqLzYQlEF8JSWF+WpNqR4HUVp+scQ3I1iDg3LOAmceOCBQAzAAq7W4yIACvoWdJf',
  'gCUWsx9zx7W1IbAGBufnaMHnDs7JGZk8Y3BeztwkYBE7K0xd1LFJMgaXCaExjGEbZWR4EQwBbCLAFkAbxrqODQa3qQkLEGAHsB2R',
  'BGBR0AHkq1zAZvaXkPR5cyg4TMxyEcw+6UvRGlngW4wjQNYrw7gSZvS6NkMMjQFyo1TihxOAbbqP9oYw6PNBDr8uaMJyf7DFGUCb',
  'rd2JY3RLgt1zOwJcAD4CiwjyK6xfRbnKwDD+xSnhnGdRi0JpjcIN4Kjz503IwtwW8mFLn1wA7gLnZ5CGhL0o1fnQny51qQtA6Vsq',
  'XSRNyzY/HmnVRco0GykHIGmTm/nxHPpQApH1eodqfq+US9cuk3qFrgCll0Vvs/l1NhFhbG+DdXasokLXVJWnKsBzeVNefcvtLDCw',
  'WuUGQ1pVt6uAiPVN/Rkzbve8CdOq3TRlVU2LCsjY3jR/c87t+SO/VmVefb4W+cqVN67Qpa6AKv01FEEfYj5s5T3FYo4AHwDxVO6+',
  'aUgaWyY/MAYA4Jr96MiCJFsLroGID0hQoMGABSfhz49AU1AxWoIbQuAQIkKMBCkySS4hJ92RnSAVLOGoaXfUIwCBiUIrtVPRRMWt',
  '0NTFKMRhajbDUD9WIRZ77VuyDZztdcdBlDS2h0epHYvP121rgv2SoJCA1fpfxx+AAIAHBx0StHDvXWL5X5d5/NzCef//OCuDRLCD',
  'Ei8HQpLXUaYkgrOsJ6a0aJPCaIwU3S7CWdlnlbMErbbfVPJqLLrgKdYdPkyLeq6GFBk+Ar3cymZtppI5MRN/wqt22y2tCnIV+WXU',
  '3X7YRpfUbnqqbPrjdKyp6DPs0tUO5+U6WzPX8tt0N163513D3kc8dvrpfvzgW+658nU7zM8bxNDx79Ofv3F9vzBJXvi++YWfti9E',
  'ae5FjOz/B3HUfG4UjHEfilMwvhQNTH+AuCqGmTWxZV4n60BOFQE7q+LyBeQHaAYMLzowveoMiwclEzwpm4yXOBY2xLO02QndOlcC',
  '6kJpwcxlyrzpwvauuzjWH61TMcWbqmk+rQYrWxJZ25YUG3BXyiFcq2hkt3pwferFqy/T1/w6ZvhSN8uvNMicHcls7Uph13vlblRC',
  'uVUFnTvf+gn8GCDs32750zQvgFYtmMDWriOVvX1pHOqApKuGca8G1kPXlhsk8meI2H+GLQqiY0kw3V7uluM4PEA0O088cXVhTNoT',
  '3Y7rrDjvqeWiPNtWHK2vEryzQ4H3152NpxD/HdfGuJwYvyuctThP5u6SKTymyzBiPfdWivHCKrG3l7o+YJciH+2eil/a4XQQrE6p',
  'x3G251xs6Ra0J/nag4lBMec5NagoHZkYG3tCEDTRbOKdxC4vy2fUYxtUBJnPfu7zF51kpC4jWRkn8/wglPDkdnN2QAChDbe3WqdF',
  'HHl756cqAAAVwkeYjYBnRdPe5ddiAADYPwqoIAA3Dw4=',
];
const SQUASHFS = [
  'G/8PAI6U7gLbhvC0S5FJzAx2MF/d3A7iCy6AAssdt7Xd2g7CMNCci9oeCjAwSBJNozQgD6V5diNU/lIeGmdNDImPjWcDAICP9oEA',
  'YEAAgNEDHwwMMABwwgAAAAAaJMJQmIIkXEMTncaw/BeHwZGBkShB5q9P78UOdiAo7Osf0WuRqyFNRU5JNiLeEhOCVG5WV5ZcTl5B',
  'EVFSVlGVI8hDAYpAoARlqGjVnwHMJSu8vxLEf6/Vie6gxBCaT1H8gA8WuN/mTH9YaoRaSEU+DoUIPmh3YTgqM0Yvpil9Gg4Vetjh',
  'ynhcboJZSlf+PBIm/KjTjfmkwhS7kqHyZTRC5HGXO8tppRm8mqn6dSxS9Em3B+tZlTnJWpbat/Eosac9nmzn1Rak69nq3yeixZ/1',
  'erFfrbEk28Bp/JiMkXze581xvdaKfDNX8ychVupFvw/njTpriq08rV/EOOmXA75cN+ttKLfztX9Pxcu8GvTjvtVgS7VToPNnOkH2',
  '9QV/ntuNdtS7hXp/ZxLl3l4M4L3TbE+zV6T/bzZJ/t2lQL67LQ60+8UG/y87gitOEJ5pOZx5JYJlVeJajuT1XCndN016b5v1nVFD',
  'Luhh10jWtSi29egbedI382VuFbxrMXjfavgBM+KGHXWH2TdiODZjOWVvF8rdKZJvM/rYbvypw2TMg2Tck3RiK45rO557526xwr0S',
  'xfufO02/dJl99SKb9CYn+FAk8Owm8u4llSIPypQelnebf+ux+N5L9KWc8qOa5ttP5j9IEThUflSh8rhS1fJHn9XPfmt/6pkAmtnA',
  'VMGjNKHj9CdVak+r1Z/V/Bqw+T1o+4e2aWjNLaaQS8H0wTfKvpmjIJugjFoGMW3HnIKLY1/+Ll3LERkQE+1H0/uI0HaQ/o8WW2F1',
  'iarVG0AXxAf8z/GYaCQm21siTAUxvXns8N9jyl/oBA4d45oWm9IgHDU6LISNrumE9DgSqBoG6cm3QgmUF3s2DDwKYZ0p6AVjC91u',
  'CHws1w0PLfuQfyaYbQIXpN/aZlaOYhc0I/lW8MWWYh9cRIq9L4UFNGo6q1W5Je3qVkzbxI1mfb+OZatyHRCSo2h+S2B0tg72HupP',
  '0phypxq6qrp02SWV+7fjwPgHxbrBPlXF1GcdL4MO9xf3Wx8dozSP+aQ4E9LjvoVpQSv28EnoATLwyUxU1sfyjFVWx1aehpERVyzY',
  'HdOuY6EiNXaPh0NvQFDWR+C6IZNX6IP7NZpQWvjtSPMZ+6Uv/XR0E+Eiyk0N0/uY30zSEmqc3jW8xaUjOp2XHwebTOOncQ84K7Kf',
  '8KIf56LiR6vjelvef9nsCLcZlZjEYziWIBMdNDdpNBHSsWtiHv/d9z8n1LbLwND0QXv8ItEqALa7Jv+nKwv//55g4kwqHjLp9mk/',
  'HmTbXEbVzDyCE2NS16JMO9p7GOyfVu7N5W4a2YhTmwkk4fL5VqQlbxNURegDYfNx7iCa3dv48d/kfUk1n3P3lh55fP6ilipzl8+Y',
  'mJMT+4TnJ+vzd+Prw3fE1ijlNHv2rbUSe7+lTIZFPFhGrrTZ31mRpKB37RTiUolGArN4tdKa2TwyV54VYukCVMllMbSpEPLQz2g1',
  'EJuBQVWbWTrwyOVcMCYz6Bm+3TQkS27hpn6+W5GaV9L9AH6FBIPpiWuW5R3bfSHchMzfxLgL4kASSAOrRx+TLMzLrrz7G/pievo7',
  '887zw2ClnLpFYraH+wbF72ezDa/Un/9v/X+k+vXtEYkLXK+4qvQZOmTxaQ1XE8epLjeOS1lxx2mt9+4YPaeFr0b9SEp6zulYM2Xe',
  '7Ndqa9f09/M3dNb0IIvMHKTgEOEdZunAr+J5fuSYvvMT+2Y5xBNFPEHgRqcO1xjRSIGOehgoCdvVDfqmG4kFMrZuYAsTpETEXh//',
  'JBtCfSM4JdKxG6z325EzAt746pl9A5pIgdSSaYtVd/biY8s5glty1ZlIQZRX48cZRis5E0+vnTeXJVc0ZN9z6XDQ4oIAi+cLIAIb',
  'VtwQwACIoYNALB0E0MAzoTVcEwDihbfI+6haQya+UZEKiHJNljLPXJI2lKTHspnlJvG8PB6Hw5+qVRy860D95sjbTizhZfEloUVA',
  'ckgok70FBUGCoVjQUCzu9uk/lL5vWkD6h5sfUj8zNF7V/1jr3mdNAhBXTATVeSZZBhJTGNNAjSNRj7zKpgECgigAIACIAgCEJQEA',
  'NigAACMAIIQWAJBGDQDAUqjg3uWs/moRD+OwsekLtvA7CADwHAYK',
];
const ZLIB_SQUASHFS = [
  'G/8PYAYCGIfdACCCCVKC2eAX69KT1USTAz1RfrcXbStCDTxk+5MQsVdQVlImBPAzKRd5EAAEkCYDIYQBfwDAXAAA9AUA4H9sALwE',
  'JMnBZfXN10f7Mhf68ref+SbZC7aTqW/cF5vz3/b2uUWfVVpj2VjD6LZPYGKhiVVv4tCG89uUo+/PP8eWmi8sMj27+f/liPeSC9U3',
  '2VnpV/cuCBYs+emvKLIn4KA04K00MeXmFv7OxkgpXuX67ovkvDXt8GlD+UMcMO8RVVX7dTnNhJo/Fr7VI+lv290vjMhDPss2ojL+',
  'lwYAduYyiGew+QsAkG4WAUQBAEUBBA==',
];

function unpacked(text: readonly string[]): Buffer {
  return brotliDecompressSync(Buffer.from(text.join(''), 'base64'));
}

export const erofsImage = unpacked(EROFS);
export const squashfsImage = unpacked(SQUASHFS);
export const zlibSquashfsImage = unpacked(ZLIB_SQUASHFS);
