const { coverageThreshold, ...config } = require('./jest.config.js');

/** The construct's tests on the oldest libraries that the package accepts: see scripts/test-floor.mjs. */
module.exports = {
  ...config,
  testMatch: ['construct', 'provider', 'image-logical-id', 'synthesis-checks'].map(
    (name) => `**/test/${name}*.test.ts`,
  ),
  moduleNameMapper: {
    '^(aws-cdk-lib|constructs)($|/.*)': '<rootDir>/node_modules/.cache/floor/node_modules/$1$2',
  },
};
