/** Prints the last line of a test run, for example `153 passed, 0 failed`. */
module.exports = class {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numFailedTestSuites }) {
    // A suite that cannot be loaded has no failed tests.
    const failed = numFailedTests || numFailedTestSuites;
    process.stdout.write(`${numPassedTests} passed, ${failed} failed\n`);
  }
};
