/**
 * The tests of the construct in one file, so that Stryker loads what they need once for each mutant. The fastest come
 * first, because the first failure ends the run of a mutant.
 */
describe('validation', () => void require('../lib/validation.test'));
describe('properties', () => void require('../lambda/event/request.test'));
describe('account list', () => void require('../lib/account-list.test'));
describe('image logical ID', () => void require('../lib/image-logical-id.test'));
describe('function policy', () => void require('../lib/function-policy.test'));
describe('share', () => void require('../lib/workspace-image-share.test'));
describe('provider', () => void require('../lib/workspace-image-share-provider.test'));
describe('synthesis checks', () => void require('../lib/synthesis-checks.test'));
describe('acknowledged rules', () => void require('../lib/acknowledged-rules.test'));
describe('copies of the package', () => void require('../lib/package-copy.test'));
