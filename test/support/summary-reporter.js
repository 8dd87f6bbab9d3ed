/** The last line of a test run, for whoever reads nothing else: `153 passed, 0 failed`. */
module.exports = class {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numFailedTestSuites }) {
    // A suite that could not be loaded holds no failed test.
    const failed = numFailedTests || numFailedTestSuites;
    process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`);
  }
};
