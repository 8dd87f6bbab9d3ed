// Development is on Node 20 or newer, the function runs on 24: what the SDK says of 20 is no news here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
// The CDK's validation of templates takes seconds of each process that synthesizes. test/lib/cdk-validation.test.ts turns it on.
process.env.CDK_VALIDATION = 'false';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/support/environment.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // The build writes JavaScript into lib/, but the tests run the source.
  moduleFileExtensions: ['ts', 'js', 'json'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  collectCoverageFrom: [
    'lib/**/*.ts',
    'lambda/**/*.ts',
    'simulator/**/*.ts',
    '!**/*.d.ts',
    '!lib/index.ts',
    '!simulator/cli.ts',
  ],
  coverageReporters: ['text', 'html'],
  coverageThreshold: {
    global: { lines: 95, branches: 95 },
    './simulator/': { lines: 95, branches: 90 },
  },
  globalSetup: '<rootDir>/test/support/bundle-sdk.mjs',
  moduleNameMapper: {
    '^@aws-sdk/(client-workspaces|client-cloudformation)$': '<rootDir>/node_modules/.cache/sdk/$1.js',
    '^@smithy/core/retry$': '<rootDir>/node_modules/.cache/sdk/retry.js',
  },
  testTimeout: 60_000,
  // The default leaves a core idle, which is half of a small machine.
  maxWorkers: '100%',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
};
