import { describe, expect, it } from 'vitest';
import { checkMakeVariables, releaseVersion, variable, words, yesNo } from '../../toolkit/cli/variables.ts';

describe('checkMakeVariables', () => {
  it('takes the variables of the table', () => {
    expect(() => checkMakeVariables(['CONFIG', 'REBUILD_PACKAGES'])).not.toThrow();
  });

  it('refuses a variable of the original that is not there yet, by its name', () => {
    expect(() => checkMakeVariables(['CONFIG', 'QUICK_REBUILD'])).toThrow(
      /QUICK_REBUILD is not supported yet/,
    );
  });

  it('says what a mistyped variable may have been', () => {
    expect(() => checkMakeVariables(['PACKAGE'])).toThrow(
      expect.objectContaining({ hint: 'Did you mean PACKAGES?' }),
    );
  });
});

describe('variable', () => {
  it('takes the first name that is set, then the fallback', () => {
    expect(variable({ CONFIG_FILE: 'b' }, 'CONFIG', 'CONFIG_FILE')).toBe('b');
    expect(variable({ CONFIG: '', CONFIG_FILE: 'b' }, 'CONFIG', 'CONFIG_FILE')).toBe('b');
    expect(variable({}, 'TOOLCHAIN')).toBe('userns');
  });

  it('refuses anything but y and n for a switch', () => {
    expect(() => yesNo({ RUN_CHECK: 'yes' }, 'RUN_CHECK')).toThrow(/RUN_CHECK is 'yes'/);
  });

  it('takes a release version that file names can have', () => {
    expect(releaseVersion({ RELEASE_VERSION: '3.0.20260101' })).toBe('3.0.20260101');
    expect(releaseVersion({})).toBeUndefined();
    expect(() => releaseVersion({ RELEASE_VERSION: '../1' })).toThrow(/RELEASE_VERSION is '\.\.\/1'/);
  });

  it('splits words at any white space', () => {
    expect(words(' a  b\n')).toEqual(['a', 'b']);
  });
});
