const { coverageThreshold, ...config } = require('./jest.config.js');

/** The construct's tests on the oldest libraries that the package accepts: see scripts/test-min-versions.mjs. */
module.exports = {
  ...config,
  testMatch: [
    'workspace-image-share',
    'image-logical-id',
    'account-list',
    'function-policy',
    'validators',
    'package-copy',
  ].map((name) => `**/test/lib/${name}*.test.ts`),
  moduleNameMapper: {
    '^(aws-cdk-lib|constructs)($|/.*)': '<rootDir>/node_modules/.cache/min-versions/node_modules/$1$2',
  },
};
