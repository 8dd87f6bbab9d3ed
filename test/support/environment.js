const { TestEnvironment } = require('jest-environment-node');

/**
 * A jest environment whose errors are Node's own. In jest's, an error of Node's core is not an `instanceof Error`,
 * and a program that asks that question (the AWS SDK does) answers differently than in production.
 */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, { Error, TypeError, RangeError, SyntaxError });
  }
};
