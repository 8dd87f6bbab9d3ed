const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { TestEnvironment } = require('jest-environment-node');

/** What `os.tmpdir()` returns. */
const TMPDIR = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';

/**
 * A jest environment whose errors are Node's own. In jest's, an error of Node's core is not an `instanceof Error`,
 * and a program that asks that question (the AWS SDK does) answers differently than in production.
 *
 * It deletes the temporary files of its tests: the CDK leaves a directory for each app that is synthesized.
 */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, { Error, TypeError, RangeError, SyntaxError });
    const { parse } = this.global.JSON;
    this.global.JSON.parse = (...given) => {
      try {
        return parse(...given);
      } catch (error) {
        throw new SyntaxError(error.message);
      }
    };
    this.before = tmpdir();
    process.env[TMPDIR] = mkdtempSync(join(this.before, 'tests-'));
  }

  async teardown() {
    rmSync(process.env[TMPDIR], { recursive: true });
    process.env[TMPDIR] = this.before;
    await super.teardown();
  }
};
