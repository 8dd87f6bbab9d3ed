const Environment = require('../support/environment.js');

/** One failure is enough to tell a mutant: the tests after it are skipped. */
module.exports = class extends Environment {
  failed = false;

  async handleTestEvent(event, state) {
    await super.handleTestEvent?.(event, state);
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') {
      this.failed = true;
    }
    if (event.name === 'test_start' && this.failed) {
      event.test.mode = 'skip';
    }
  }
};
