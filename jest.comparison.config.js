const { coverageThreshold, testPathIgnorePatterns, ...config } = require('./jest.config.js');

/** The comparison with AwsCustomResource, which takes minutes and says nothing about a change of the construct. */
module.exports = { ...config, testMatch: ['**/test/aws-custom-resource/*.test.ts'] };
