const { coverageThreshold, ...config } = require('./jest.config.js');

/** The construct's tests on the oldest libraries that the package accepts: see scripts/test-min-versions.mjs. */
module.exports = {
  ...config,
  testMatch: ['**/test/lib/*/*.test.ts'],
  // cdk-nag needs a newer aws-cdk-lib.
  testPathIgnorePatterns: ['acknowledged-rules'],
  moduleNameMapper: {
    '^(aws-cdk-lib|constructs)($|/.*)': '<rootDir>/node_modules/.cache/min-versions/node_modules/$1$2',
  },
};
